#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/fill.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/detail/hooks.hpp>
#include <cinta/autograd/tape/detail/leaf.hpp>
#include <cinta/autograd/tape/substitution.hpp>

namespace cinta {

std::string Op::str() const {
  return attributes.empty() ? name : std::string(name) + '(' + attributes.str() + ')';
}

Tensor Grad::out(int index) const {
  const Tensor& saved = node_.saved(node_.input_count() + own_output(index));
  if (!create_graph() || node_.is_constant(index)) return saved;
  Tensor output = saved.detach();
  output.impl()->node = Ref<Node>::share(&node_);
  output.impl()->output_index = std::uint32_t(index);
  output.impl()->requires_grad = true;
  return output;
}

bool Grad::wants_row_sparse(int index) const {
  return is_leaf(index) && static_cast<const Leaf*>(node_.input(index))->wants_row_sparse();
}

void Grad::refuse(int index, int count, const char* kind) const {
  throw RuleError(node_.str() + ": its backward rule asks for " + kind + " " +
                      std::to_string(index) + ", and the operation has " + std::to_string(count),
                  node_.site());
}

void Grad::refuse_shape(int index) const {
  throw RuleError(node_.str() + ": its backward rule asks for the shape of input " +
                      std::to_string(index) +
                      ", which requires no gradient: only the others' are kept",
                  node_.site());
}

void Grad::refuse_count(std::size_t gradients) const {
  throw RuleError(node_.str() + ": its backward gives " + std::to_string(gradients) +
                      " gradients, and the operation has " + std::to_string(node_.input_count()) +
                      " inputs; give one for each, no_gradient or an undefined one where there is "
                      "none",
                  node_.site());
}

Tensor Grad::dy_or_zeros(int output) const {
  const Spec& spec = output_spec(output);
  return dy_of(output).defined() ? dy_of(output) : zeros(spec.shape, spec.dtype);
}

Tensor Grad::take_dy() const {
  // Whoever watches reads it again afterwards.
  return detail::is_watched(node_) ? dys_[0] : std::move(dys_[0]);
}

Tensor Grad::part(int input, const Part& part) const {
  if (!needs(input)) return {};
  const Spec& whole = node_.input_spec(input);
  const Tensor& values = part.values;
  const std::int64_t width =
      whole.shape.rank() == 0 || whole.shape[0] == 0 ? 0 : whole.shape.numel() / whole.shape[0];
  const bool fits = !part.ids.defined() ? values.shape() == part.layout.shape
                    : part.along        ? values.shape() == part.ids.shape()
                                        : values.numel() == part.ids.numel() * width;
  if (!fits || values.dtype() != whole.dtype) {
    throw RuleError(std::string(node_.name()) + ": its backward rule returned a part of " +
                        values.spec().str() + " for input " + std::to_string(input) + " of " +
                        whole.str() + ", which does not fit its places " +
                        (part.ids.defined() ? part.ids.shape().str() : part.layout.shape.str()),
                    node_.site());
  }
  if (values.numel() > 0 && !detail::lies_within(part, whole.shape)) {
    throw RuleError(std::string(node_.name()) +
                        ": its backward rule returned a part that lies outside of input " +
                        std::to_string(input) + " of " + whole.str(),
                    node_.site());
  }
  return sums_.add(node_, input, part);
}

namespace detail {

void rethrow_named(const MemoryError& error, const Op& op) {
  if (error.is_named()) throw error;
  throw MemoryError(error, op.name, op.site);
}

namespace {

[[noreturn, gnu::cold]] void refuse_input(const Op& op, const Inputs& inputs, int i) {
  const std::string which = std::string(op.name) + ": input " + std::to_string(i) + " is ";
  if (!inputs[i].defined()) throw ValueError(which + "an undefined tensor", op.site);
  throw ValueError(
      which + "a row-sparse " + inputs[i].spec().str() + "; operations take it as to_dense(t)",
      op.site);
}

}  // namespace

void check_defined(const Op& op, const Inputs& inputs) {
  for (int i = 0; i < inputs.size(); ++i)
    if (!inputs[i].defined() || inputs[i].is_row_sparse()) [[unlikely]]
      refuse_input(op, inputs, i);
}

bool should_record(const Inputs& inputs, Dtype output) {
  if (!GradMode::enabled() || !is_floating(output)) return false;
  for (int i = 0; i < inputs.size(); ++i)
    if (inputs[i].requires_grad()) return true;
  return false;
}

bool should_record(const Inputs& inputs, const OutputSpecs& outputs) {
  const auto differentiable = [](const OutputSpec& output) { return output.differentiable; };
  return std::any_of(outputs.begin(), outputs.end(), differentiable) &&
         should_record(inputs, float32);
}

Ref<Node> new_node(const Op& op, const Inputs& inputs, TensorSpan outputs,
                   const Node::Rules* rules) {
  Ref<Node> node = Node::create(op.name, op.site, outputs, inputs.size(), rules);
  for (int i = 0; i < inputs.size(); ++i) node->connect(i, inputs[i], op.save.has_input(i));
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (op.save.has_output(int(i))) node->save_output(int(i), outputs[i]);
  node->finish();
  if (OpWatch::any()) OpWatch::recorded(op, *node);
  return node;
}

bool is_watched(const Node& node) {
  return OpWatch::any() || (node.hooks() && node.hooks()->any_after());
}

bool are_gradients_read(const Node& node) {
  return OpWatch::any_reads_gradients() || (node.hooks() && node.hooks()->any_after());
}

namespace {

void attach_output(const Ref<Node>& node, const Tensors& outputs, std::size_t i) {
  TensorImpl& output = *outputs[i].impl();
  output.node = node;
  output.output_index = std::uint32_t(i);
  output.requires_grad = true;
}

// Makes `view` hear of what in-place operations do to the history of `x`.
void link_view(const Tensor& x, const Tensor& view) {
  TensorImpl& to = *view.impl();
  if (!GradMode::enabled() || x.impl()->unrecorded_view) {
    // No link: it would keep the graph of x alive.
    to.unrecorded_view = true;
    return;
  }
  to.base = Ref<TensorImpl>::share(Substitution::lasting(x).impl()->root());
  to.base_replaced = to.base->replaced;
  to.seen.store(to.base->rewritten, std::memory_order_relaxed);
  if (to.node) to.node->mark_view();
}

}  // namespace

void attach(const Ref<Node>& node, const Tensors& outputs, const OutputSpecs& specs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (specs[i].differentiable)
      attach_output(node, outputs, i);
    else
      node->set_constant(int(i));
  }
}

void attach(const Ref<Node>& node, const Tensors& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) attach_output(node, outputs, i);
}

Tensor make_view(const Op& op, const Tensor& x, const Shape& shape, const Strides& strides,
                 std::int64_t offset) {
  check_defined(op, {x});
  checked_bytes(op.name, shape, x.dtype(), op.site);
  return alias(x, shape, strides, offset);
}

Tensors make_views(const Op& op, const Tensor& x, const std::vector<Layout>& layouts) {
  check_defined(op, {x});
  Tensors views;
  views.reserve(layouts.size());
  for (const Layout& to : layouts) {
    checked_bytes(op.name, to.shape, x.dtype(), op.site);
    views.push_back(alias(x, to.shape, to.strides, to.offset));
  }
  return views;
}

void finish_views(const Op& op, const Tensor& x, TensorSpan views) {
  if (is_floating(x.dtype()))
    for (const Tensor& view : views) link_view(x, view);
  if (OpWatch::any()) OpWatch::ran(op, {x}, views, nullptr);
}

Tensor identity_view(const Tensor& x) {
  return apply_view({"view", Save::nothing(), Site()}, x, x.shape(), x.strides(), 0,
                    [](const Grad& g) { return g.dy; });
}

}  // namespace detail
}  // namespace cinta
