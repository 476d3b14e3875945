#pragma once
// apply: how an operation runs and is recorded. Built-in operations and users' use the same call.

#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/autograd/tape/node.hpp>
#include <cinta/autograd/tape/part.hpp>
#include <cinta/autograd/tape/watch/attributes.hpp>
#include <cinta/autograd/tape/watch/op_watch.hpp>
#include <initializer_list>
#include <tuple>
#include <type_traits>

#pragma GCC visibility push(default)
namespace cinta {

/// What identifies a call of an operation: its name (a literal: only the pointer is kept), what
/// it saves for backward (everything, unless said), the line that called it, and what it was called
/// with besides tensors: {{"axes", axes}, {"keepdims", keepdims}}. Lists among that are borrowed.
struct Op {
  Op(const char* name, Site site = {}) : Op(name, Save::everything(), site) {}
  Op(const char* name, Save save, const Site& site)
      : name(name), save(save), site(SiteScope::resolve(site)) {}
  template <std::size_t N>
  Op(const char* name, Save save, const Site& site, const Attribute (&attributes)[N])
      : name(name), save(save), site(SiteScope::resolve(site)), attributes(attributes) {}

  /// The same call, saving something else.
  Op saving(Save other) const {
    Op op = *this;
    op.save = other;
    return op;
  }
  /// "sum(axes=(0,), keepdims=true)", or without attributes "exp".
  std::string str() const;

  const char* name;
  Save save;
  Site site;
  Attributes attributes;
};

/// The inputs of a call, borrowed: {a, b} or a vector of Tensors.
class Inputs {
 public:
  struct Item {
    Item(const Tensor& tensor) : tensor(&tensor) {}
    const Tensor* tensor;
  };
  Inputs(std::initializer_list<Item> items) : items_(items), size_(int(items.size())) {}
  Inputs() = default;
  Inputs(const Tensors& tensors) : tensors_(tensors.data()), size_(int(tensors.size())) {}

  int size() const { return size_; }
  const Tensor& operator[](int i) const {
    return tensors_ ? tensors_[i] : *items_.begin()[i].tensor;
  }

 private:
  std::initializer_list<Item> items_;
  const Tensor* tensors_ = nullptr;
  int size_ = 0;
};

/// How the engine runs rules.
struct BackwardMode {
  bool keep_graph = false;    // what was saved is needed again
  bool create_graph = false;  // the gradients' own computation is recorded
};

/// What a backward rule works with: the gradients of the outputs and what the operation saved.
class Grad {
 public:
  Grad(Node& node, Tensor* dys, const bool* needed, BackwardMode mode, detail::GradientSums& sums)
      : dy(dys[0]), node_(node), dys_(dys), needed_(needed), mode_(mode), sums_(sums) {}

  /// Gradient of the only output, or of the first of several, in its shape and dtype. Of several
  /// outputs those that nothing depends on have an undefined one.
  const Tensor& dy;
  /// The same of any output.
  const Tensor& dy_of(int output) const { return dys_[own_output(output)]; }
  /// The same with zeros in place of an undefined one.
  Tensor dy_or_zeros(int output) const;
  /// `dy` itself for the last rule to read it (they run from the last input to the first): if its
  /// is_unique() then, the rule may write to it.
  Tensor take_dy() const;
  int output_count() const { return node_.output_count(); }
  const Spec& output_spec(int output) const { return node_.output(own_output(output)); }

  /// Whether the rule's own computation is recorded, so that gradients can be differentiated: it
  /// must then be made of operations, and may be a fused loop otherwise.
  bool create_graph() const { return mode_.create_graph; }

  /// Saved input. Throws GraphError if it was not saved or was overwritten since.
  const Tensor& in(int index) const { return node_.saved(own_input(index)); }
  /// The same for the last rule to read it (they run from the last input to the first): unless the
  /// graph is kept, its memory is free for the next rule's result.
  Tensor take_in(int index) const {
    return mode_.keep_graph ? in(index) : node_.take_saved(own_input(index));
  }
  /// Saved output, as part of the graph when the gradient's own graph is being recorded.
  Tensor out(int index = 0) const;
  /// Shape of an input that requires a gradient, saved or not. Throws RuleError for another.
  const Shape& shape(int index) const {
    if (!node_.input(own_input(index))) [[unlikely]]
      refuse_shape(index);
    return node_.input_spec(index).shape;
  }
  /// Whether this input is a leaf, where gradients are collected.
  bool is_leaf(int index) const {
    const Node* input = node_.input(own_input(index));
    return input && input->is_leaf();
  }
  /// Whether it is one whose lookups ask for row-sparse gradients.
  bool wants_row_sparse(int index) const;
  /// Whether the gradient of this input is asked for.
  bool needs(int index) const { return needed_[own_input(index)]; }

  /// For the rule of an input of which the operation reads a part: what it returns then. The part
  /// is added to where the input's gradient adds up, so that a loop over the parts of a tensor does
  /// not cost the whole tensor each time. Differentiable. Throws RuleError if values do not fit or
  /// lie outside.
  Tensor part(int input, const Part& part) const;

  /// Throws RuleError unless so many gradients, of as many rules or of the only one, are one for
  /// each input.
  void check_count(std::size_t gradients) const {
    if (gradients != std::size_t(node_.input_count())) [[unlikely]]
      refuse_count(gradients);
  }

 private:
  // The index, if the operation has such an input or output; else throws RuleError.
  int own_input(int index) const { return own(index, node_.input_count(), "input"); }
  int own_output(int index) const { return own(index, node_.output_count(), "output"); }
  int own(int index, int count, const char* kind) const {
    if (index < 0 || index >= count) [[unlikely]]
      refuse(index, count, kind);
    return index;
  }
  [[noreturn]] void refuse(int index, int count, const char* kind) const;
  [[noreturn]] void refuse_shape(int index) const;
  [[noreturn]] void refuse_count(std::size_t gradients) const;

  Node& node_;
  Tensor* dys_;
  const bool* needed_;
  BackwardMode mode_;
  detail::GradientSums& sums_;
};

/// The rule of an input that has no gradient, such as indices; and the mark of such an output.
inline constexpr struct NoGradient {
} no_gradient;

/// One of several outputs: its spec, or {spec, no_gradient} if it is a constant for
/// differentiation. Those that are not floating always are.
struct OutputSpec {
  OutputSpec(Spec what) : spec(std::move(what)), differentiable(is_floating(spec.dtype)) {}
  OutputSpec(Spec what, NoGradient) : spec(std::move(what)), differentiable(false) {}

  Spec spec;
  bool differentiable;
};
using OutputSpecs = std::vector<OutputSpec>;

namespace detail {

/// Throws `error` on, with the name of the operation that needed the memory.
[[noreturn]] void rethrow_named(const MemoryError& error, const Op& op);

/// Checks that inputs are defined and have elements; the name goes into the error.
void check_defined(const Op& op, const Inputs& inputs);
/// Whether somebody sees the gradients that the rules of this node are given and return.
bool is_watched(const Node& node);
/// Whether somebody sees the gradients that its rules return, which are whole tensors then.
bool are_gradients_read(const Node& node);
bool should_record(const Inputs& inputs, Dtype output);
bool should_record(const Inputs& inputs, const OutputSpecs& outputs);
Ref<Node> new_node(const Op& op, const Inputs& inputs, TensorSpan outputs,
                   const Node::Rules* rules);

// One rule per input, or a single rule that returns the gradients of all inputs.
template <class... R>
struct RuleSet {
  std::tuple<R...> rules;

  static void run(const void* self, const Grad& grad, Tensor* gradients) {
    run(static_cast<const RuleSet*>(self)->rules, grad, gradients, std::index_sequence_for<R...>());
  }
  static void destroy(void* self) noexcept { static_cast<RuleSet*>(self)->~RuleSet(); }

  static constexpr Node::Rules table = {&run, &destroy, sizeof(std::tuple<R...>)};
  /// Of a node whose rules were never made.
  static constexpr Node::Rules unmade = {&run, [](void*) noexcept {}, sizeof(std::tuple<R...>)};

 private:
  template <std::size_t... I>
  static void run(const std::tuple<R...>& rules, const Grad& grad,
                  [[maybe_unused]] Tensor* gradients, std::index_sequence<I...>) {
    // The last input's first: weights come after what they are applied to, see Grad::take_in.
    constexpr std::size_t last = sizeof...(R) - 1;
    (run_one<last - I>(std::get<last - I>(rules), grad, gradients), ...);
  }

  template <std::size_t I, class Rule>
  static void run_one(const Rule& rule, const Grad& grad, Tensor* gradients) {
    constexpr bool first_to_run = I == sizeof...(R) - 1;
    if constexpr (std::is_same_v<Rule, NoGradient>) {
      if constexpr (first_to_run && sizeof...(R) > 1) grad.check_count(sizeof...(R));
    } else if constexpr (std::is_same_v<std::invoke_result_t<const Rule&, const Grad&>, Tensors>) {
      static_assert(sizeof...(R) == 1, "a rule that returns Tensors is the only rule");
      Tensors all = rule(grad);
      grad.check_count(all.size());
      for (std::size_t i = 0; i < all.size(); ++i) gradients[i] = std::move(all[i]);
    } else {
      if constexpr (first_to_run) grad.check_count(sizeof...(R));
      if (grad.needs(int(I))) gradients[I] = rule(grad);
    }
  }
};

/// A view of all of `x` that is a node of its own: its gradients are those of the uses of the view,
/// not of `x`.
Tensor identity_view(const Tensor& x);

template <class... R>
Ref<Node> make_node(const Op& op, const Inputs& inputs, TensorSpan outputs, R&&... rules) {
  using Set = RuleSet<std::decay_t<R>...>;
  static_assert(alignof(Set) <= alignof(std::max_align_t));
  Ref<Node> node = new_node(op, inputs, outputs, &Set::table);
  try {
    new (node->rules()) Set{{std::forward<R>(rules)...}};
  } catch (...) {  // a rule whose copy throws
    node->set_rules(&Set::unmade);
    throw;
  }
  return node;
}

template <class... R>
void record(const Op& op, const Inputs& inputs, const Tensor& output, R&&... rules) {
  output.impl()->node = make_node(op, inputs, output, std::forward<R>(rules)...);
  output.impl()->requires_grad = true;
}

/// Makes the outputs that have gradients results of `node`; without specs, all of them.
void attach(const Ref<Node>& node, const Tensors& outputs, const OutputSpecs& specs);
void attach(const Ref<Node>& node, const Tensors& outputs);

/// Views of `x` in no graph yet, checked as apply_view says, and what comes after their record:
/// they hear of what in-place operations do to the history of `x`.
Tensor make_view(const Op& op, const Tensor& x, const Shape& shape, const Strides& strides,
                 std::int64_t offset);
Tensors make_views(const Op& op, const Tensor& x, const std::vector<Layout>& layouts);
void finish_views(const Op& op, const Tensor& x, TensorSpan views);

}  // namespace detail

/// Runs an operation and records it if gradients are wanted.
///
/// `forward(inputs, y)` writes every element of `y`, a new tensor of the given spec; it may be run
/// again with other memory, also after the call (record_operations), so it captures numbers and
/// shapes by value and keeps nothing. `rules` are either one per input, each
/// `Tensor(const Grad&)` or no_gradient, or a single one returning Tensors for all inputs. A rule
/// is written in operations, so that it can itself be differentiated; it returns a gradient of
/// its input's shape, or of one that broadcasting gave it: the engine sums that back. It captures
/// numbers and shapes, never Tensors: those come from `Grad`.
///
/// With several specs the operation has as many outputs, and `forward(inputs, outputs)` gets them
/// as Tensors. Rules find their gradients in Grad::dy_of.
template <class Forward, class... R>
Tensor apply(const Op& op, const Inputs& inputs, const Spec& spec, Forward&& forward,
             R&&... rules) {
  detail::check_defined(op, inputs);
  Tensor output = detail::new_tensor(op.name, spec.shape, spec.dtype, op.site);
  try {
    const SiteScope scope(op.site);
    const NoGrad no_grad;
    const detail::OpWatch::Inside inside(detail::OpWatch::Inside::forward);
    forward(inputs, output);
  } catch (const MemoryError& error) {
    detail::rethrow_named(error, op);
  }
  if (detail::should_record(inputs, spec.dtype))
    detail::record(op, inputs, output, std::forward<R>(rules)...);
  if (detail::OpWatch::any()) {
    const auto ran = detail::Forward::of<false>(forward);
    detail::OpWatch::ran(op, inputs, output, &ran);
  }
  return output;
}

template <class Forward, class... R>
Tensors apply(const Op& op, const Inputs& inputs, const OutputSpecs& specs, Forward&& forward,
              R&&... rules) {
  detail::check_defined(op, inputs);
  Tensors outputs;
  outputs.reserve(specs.size());
  for (const OutputSpec& output : specs)
    outputs.push_back(detail::new_tensor(op.name, output.spec.shape, output.spec.dtype, op.site));
  try {
    const SiteScope scope(op.site);
    const NoGrad no_grad;
    const detail::OpWatch::Inside inside(detail::OpWatch::Inside::forward);
    forward(inputs, std::as_const(outputs));
  } catch (const MemoryError& error) {
    detail::rethrow_named(error, op);
  }
  if (detail::should_record(inputs, specs))
    detail::attach(detail::make_node(op, inputs, outputs, std::forward<R>(rules)...), outputs,
                   specs);
  if (detail::OpWatch::any()) {
    const auto ran = detail::Forward::of<true>(forward);
    detail::OpWatch::ran(op, inputs, outputs, &ran);
  }
  return outputs;
}

/// Records an operation whose output shows elements of `x` without a copy; with several layouts,
/// whose offsets count from the first element of `x`, one that has as many outputs. That they lie
/// within x is the caller's to know; that their number fits is checked.
template <class Rule>
Tensor apply_view(const Op& op, const Tensor& x, const Shape& shape, const Strides& strides,
                  std::int64_t offset, Rule&& rule) {
  Tensor view = detail::make_view(op, x, shape, strides, offset);
  if (detail::should_record({x}, x.dtype()))
    detail::record(op, {x}, view, std::forward<Rule>(rule));
  detail::finish_views(op, x, view);
  return view;
}

template <class Rule>
Tensors apply_view(const Op& op, const Tensor& x, const std::vector<Layout>& layouts, Rule&& rule) {
  Tensors views = detail::make_views(op, x, layouts);
  if (!views.empty() && detail::should_record({x}, x.dtype()))
    detail::attach(detail::make_node(op, {x}, views, std::forward<Rule>(rule)), views);
  detail::finish_views(op, x, views);
  return views;
}

}  // namespace cinta
#pragma GCC visibility pop
