#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/memory/pool.hpp>
#include <cinta/autograd/tape/detail/hooks.hpp>
#include <cinta/autograd/tape/detail/leaf.hpp>
#include <cinta/autograd/tape/node.hpp>
#include <cinta/autograd/tape/substitution.hpp>
#include <new>
#include <unordered_set>

namespace cinta {
namespace {

// The sequence numbers form a Lamport clock: larger than those of all inputs and than any that
// this thread gave before, without a counter that threads would share.
thread_local constinit std::uint64_t clock_now = 0;

// Nodes whose last reference went while another node of this thread was being destroyed. They
// wait here, so that a long chain is freed without recursion.
thread_local constinit Node* doomed = nullptr;
thread_local constinit bool destroying = false;

constexpr std::size_t align_up(std::size_t bytes) {
  constexpr std::size_t unit = alignof(std::max_align_t);
  return (bytes + unit - 1) / unit * unit;
}

}  // namespace

// Behind the node lie: the inputs, the outputs after the first, the rules.

std::size_t Node::rules_offset() const {
  return align_up(sizeof(Node) + std::size_t(input_count_) * sizeof(Input) +
                  std::size_t(output_count_ - 1) * sizeof(Output));
}
std::size_t Node::allocation_bytes() const { return rules_offset() + rules_->bytes; }

void* Node::rules() const {
  return reinterpret_cast<char*>(const_cast<Node*>(this)) + rules_offset();
}

Ref<Node> Node::create(const char* name, const Site& site, TensorSpan outputs, int input_count,
                       const Rules* rules) {
  const int output_count = int(outputs.size());
  const std::size_t bytes = align_up(sizeof(Node) + std::size_t(input_count) * sizeof(Input) +
                                     std::size_t(output_count - 1) * sizeof(Output)) +
                            rules->bytes;
  Node* node = new (pool::allocate(bytes))
      Node(name, site, outputs[0].shape(), outputs[0].dtype(), input_count, output_count, rules);
  for (int i = 0; i < input_count; ++i) new (node->input_slots() + i) Input();
  for (int i = 1; i < output_count; ++i)
    new (node->more_outputs() + i - 1)
        Output(outputs[std::size_t(i)].shape(), outputs[std::size_t(i)].dtype());
  return Ref<Node>::adopt(node);
}

void Node::connect(int index, const Tensor& input, bool save) {
  Input& slot = input_slots()[index];
  if (input.requires_grad()) {
    slot.node = input.impl()->node;
    slot.output = input.impl()->output_index;
    if (slot.node->sequence_ > sequence_) sequence_ = slot.node->sequence_;
  }
  if (save) {
    slot.tensor = detail::Substitution::lasting(input);
    slot.version = input.version();
    input.storage()->mark_saved();
  }
}

void Node::save_output(int index, const Tensor& output) {
  // An alias without a node: the output itself owns this node and would keep it alive for ever.
  Output& slot = output_slot(index);
  slot.tensor = output.detach();
  slot.version = output.storage()->version();
}

void Node::finish() {
  if (clock_now > sequence_) sequence_ = clock_now;
  clock_now = ++sequence_;
}

std::string Node::str() const {
  const std::string with = attributes().str();
  return with.empty() ? name_ : std::string(name_) + '(' + with + ')';
}

const Tensor& Node::saved(int index) const {
  const Saved& slot = saved_slot(index);
  const auto which = [&] {
    if (index < input_count_) return "input " + std::to_string(index);
    return output_count_ == 1 ? std::string("its output")
                              : "its output " + std::to_string(index - input_count_);
  };
  if (!slot.tensor.defined()) {
    if (freed_) {
      throw FreedGraphError(str() +
                                ": what backward needs was freed by an earlier backward; pass "
                                "retain_graph to the earlier one to run it again",
                            site_);
    }
    throw RuleError(
        str() + ": its backward rule reads " + which() + ", which the operation does not save",
        site_);
  }
  if (slot.tensor.version() != slot.version) {
    const Writer writer = slot.tensor.last_writer();
    throw GraphError(str() + ": " + which() + ", saved for backward, was overwritten by " +
                         writer.name + " [" + writer.site.str() + "] (version " +
                         std::to_string(slot.version) + " was saved, now it is " +
                         std::to_string(slot.tensor.version()) + ")",
                     site_);
  }
  return slot.tensor;
}

Tensor Node::take_saved(int index) {
  saved(index);
  freed_ = true;
  return std::move(const_cast<Saved&>(saved_slot(index)).tensor);
}

void Node::release_saved() {
  freed_ = true;
  for (int i = 0; i < input_count_; ++i) input_slots()[i].tensor = Tensor();
  for (int i = 0; i < output_count_; ++i) output_slot(i).tensor = Tensor();
}

void Node::forget_overwritten(const Storage& storage, const Node* known) const {
  std::unordered_set<const Node*> seen{known};
  std::vector<const Node*> waiting{this};
  while (!waiting.empty()) {
    const Node* node = waiting.back();
    waiting.pop_back();
    if (!seen.insert(node).second) continue;
    for (int i = 0; i < node->input_count_; ++i) {
      Saved& slot = node->input_slots()[i];
      if (slot.tensor.defined() && slot.tensor.storage().get() == &storage &&
          slot.version != slot.tensor.version())
        slot.tensor = slot.tensor.detach();
      if (node->input(i)) waiting.push_back(node->input(i));
    }
  }
}

Node::Node(const char* name, const Site& site, const Shape& shape, Dtype dtype, int input_count,
           int output_count, const Rules* rules)
    : input_count_(input_count),
      name_(name),
      site_(site),
      output_(shape, dtype),
      output_count_(output_count),
      rules_(rules) {}

Node::~Node() {
  if (hooks_) hooks_->detach(*this);
}

Attributes Node::attributes() const {
  return hooks_ ? hooks_->attributes().borrowed() : Attributes();
}

void Node::keep_attributes(const Attributes& attributes) {
  if (!attributes.empty()) make_hooks().keep(attributes);
}

Hooks& Node::make_hooks() {
  if (!hooks_) share_hooks(Ref<Hooks>::adopt(new Hooks));
  return *hooks_;
}

void Node::share_hooks(const Ref<Hooks>& hooks) {
  hooks_ = hooks;
  hooks_->attach(*this);
}

HookHandle Node::register_prehook(GradientHook hook, int output) {
  Hooks& hooks = make_hooks();
  return HookHandle([kept = hooks_, id = hooks.add(std::move(hook), output)] { kept->remove(id); });
}

HookHandle Node::register_hook(NodeHook hook) {
  Hooks& hooks = make_hooks();
  return HookHandle([kept = hooks_, id = hooks.add(std::move(hook))] { kept->remove(id); });
}

void Node::destroy_one(Node* node) noexcept {
  if (node->is_leaf()) {
    static_cast<Leaf*>(node)->~Leaf();
    pool::deallocate(node, sizeof(Leaf));
    return;
  }
  node->prefetch_inputs();
  const std::size_t bytes = node->allocation_bytes();
  node->rules_->destroy(node->rules());
  for (int i = 0; i < node->input_count_; ++i) node->input_slots()[i].~Input();
  for (int i = 1; i < node->output_count_; ++i) node->more_outputs()[i - 1].~Output();
  node->~Node();
  pool::deallocate(node, bytes);
}

void Node::destroy(Node* node) noexcept {
  if (destroying) {
    node->next_doomed_ = std::exchange(doomed, node);
    return;
  }
  destroying = true;
  destroy_one(node);
  while (doomed) {
    Node* next = doomed;
    doomed = next->next_doomed_;
    destroy_one(next);
  }
  destroying = false;
}

}  // namespace cinta
