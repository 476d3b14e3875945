#pragma once
// Node: one recorded operation. Header, edges, saved tensors and backward rules are one allocation.

#include <cinta/autograd/tensor.hpp>
#include <functional>

#pragma GCC visibility push(default)
namespace cinta {

class Grad;
class Attributes;
class Hooks;

/// Gets a gradient; returns another one to go on with, or an undefined tensor for no change.
using GradientHook = std::function<Tensor(const Tensor& gradient)>;

/// Gets what a node's rules made of the gradients of its outputs (undefined where nothing depends
/// on one): a gradient for each input (undefined where none was asked for). Returns as many to go
/// on with, or nothing for no change.
using NodeHook = std::function<Tensors(const Tensors& gradients, const Tensors& dys)>;

/// Which tensors an operation keeps for its backward rules. Saving less frees memory earlier.
class Save {
 public:
  static constexpr Save nothing() { return Save(0, 0); }
  static constexpr Save inputs() { return Save(all, 0); }
  static constexpr Save outputs() { return Save(0, all); }
  static constexpr Save everything() { return Save(all, all); }
  /// Input or output `index` (0 to 62), if `condition` holds.
  static constexpr Save input(int index, bool condition = true) {
    return Save(condition ? std::uint64_t{1} << index : 0, 0);
  }
  static constexpr Save output(int index = 0, bool condition = true) {
    return Save(0, condition ? std::uint64_t{1} << index : 0);
  }
  friend constexpr Save operator|(Save a, Save b) {
    return Save(a.inputs_ | b.inputs_, a.outputs_ | b.outputs_);
  }
  constexpr bool has_input(int index) const { return inputs_ >> (index < 63 ? index : 63) & 1; }
  constexpr bool has_output(int index) const { return outputs_ >> (index < 63 ? index : 63) & 1; }

 private:
  static constexpr std::uint64_t all = ~std::uint64_t{0};
  constexpr Save(std::uint64_t inputs, std::uint64_t outputs)
      : inputs_(inputs), outputs_(outputs) {}
  std::uint64_t inputs_, outputs_;
};

/// One output of a node: where a gradient goes to.
struct Edge {
  Node* node = nullptr;
  int output = 0;

  explicit operator bool() const { return node != nullptr; }
  const Spec& spec() const;
  friend bool operator==(const Edge&, const Edge&) = default;
};

/// The output that a tensor is; null if the tensor is in no graph.
inline Edge edge_of(const Tensor& x) { return {x.node(), x.output_index()}; }

class Node : public Counted {
 public:
  /// What an operation's rules look like to the engine.
  struct Rules {
    /// Writes the gradient of each input that grad.needs() into gradients[i].
    void (*run)(const void* rules, const Grad& grad, Tensor* gradients);
    void (*destroy)(void* rules) noexcept;
    std::size_t bytes;  // of the rules stored behind the node
  };

  const char* name() const { return name_; }
  /// The name, with the attributes that it keeps, if any: "sum(axes=(0,), keepdims=true)".
  std::string str() const;
  /// What the operation was called with besides tensors; empty unless somebody who watched had them
  /// kept when the node was made.
  Attributes attributes() const;
  void keep_attributes(const Attributes& attributes);
  const Site& site() const { return site_; }
  int output_count() const { return output_count_; }
  const Spec& output(int index = 0) const { return output_slot(index).spec; }
  /// Grows along every path of the graph and, within a thread, with time. Leaves have 0.
  std::uint64_t sequence() const { return sequence_; }
  bool is_leaf() const { return rules_ == nullptr; }
  int input_count() const { return input_count_; }
  /// The node that made input `index`; null if that input needs no gradient.
  Node* input(int index) const { return input_slots()[index].node.get(); }
  /// The same, and which of that node's outputs it is.
  Edge edge(int index) const { return {input(index), int(input_slots()[index].output)}; }
  /// Spec of an input that needs a gradient.
  const Spec& input_spec(int index) const { return edge(index).spec(); }

  /// A saved input, or from index input_count() on a saved output. Throws GraphError if it was
  /// not saved, was freed by an earlier backward, or was overwritten since.
  const Tensor& saved(int index) const;
  /// The same, and does not keep it.
  Tensor take_saved(int index);
  /// The same without the checks: undefined if there is nothing.
  const Tensor& held(int index) const { return saved_slot(index).tensor; }
  void release_saved();
  /// Of tensors that nodes up to this one have saved on `storage` and that were overwritten since,
  /// only the text of the error is needed. They must not hold on to what an in-place operation made
  /// their history: it may lead here. What lies behind `known`, if given, was seen to earlier.
  void forget_overwritten(const Storage& storage, const Node* known) const;

  /// Hooks on the gradient of an output, see Tensor::register_hook. For the thread that recorded
  /// the node, before another one may differentiate.
  HookHandle register_prehook(GradientHook hook, int output = 0);
  /// Calls `hook(gradients, dys)` after the rules have run; it may return other gradients, of the
  /// same shapes and dtypes.
  HookHandle register_hook(NodeHook hook);
  /// Null if nobody watches.
  Hooks* hooks() const { return hooks_.get(); }
  Hooks& make_hooks();
  /// Watched by the same from now on.
  void share_hooks(const Ref<Hooks>& hooks);
  const Ref<Hooks>& hooks_handle() const { return hooks_; }

  /// Whether the output shows elements of the only input.
  bool is_view() const { return view_ && output_count_ == 1; }
  void mark_view() { view_ = true; }

  /// Brings the nodes of the inputs, which in a long graph have left the caches, while this one is
  /// being worked on.
  void prefetch_inputs() const {
    for (int i = 0; i < input_count_; ++i) {
      const char* node = reinterpret_cast<const char*>(input(i));
      if (!node) continue;
      for (int line = 0; line < 192; line += 64) __builtin_prefetch(node + line, 1);
    }
  }

  void run(const Grad& grad, Tensor* gradients) const { rules_->run(rules(), grad, gradients); }

  /// For apply: a node without rules yet, which the caller then constructs at rules().
  static Ref<Node> create(const char* name, const Site& site, TensorSpan outputs, int input_count,
                          const Rules* rules);
  void connect(int index, const Tensor& input, bool save);
  void save_output(int index, const Tensor& output);
  /// Output `index` has no gradient.
  void set_constant(int index) { output_slot(index).constant = true; }
  bool is_constant(int index) const { return output_slot(index).constant; }
  void finish();  // numbers the node, after all inputs are connected
  void* rules() const;
  void set_rules(const Rules* rules) { rules_ = rules; }  // of the same size

  static void destroy(Node* node) noexcept;

 protected:
  struct Saved {
    Tensor tensor = {};
    std::uint32_t version = 0;
  };
  struct Input : Saved {
    std::uint32_t output = 0;  // of the node
    Ref<Node> node = {};
  };
  struct Output : Saved {
    Output(const Shape& shape, Dtype dtype) : spec{shape, dtype} {}
    bool constant = false;
    Spec spec;
  };

  Node(const char* name, const Site& site, const Shape& shape, Dtype dtype, int input_count,
       int output_count, const Rules* rules);
  ~Node();

  int input_count_;
  const char* name_;
  Site site_;
  Output output_;  // the first one: nearly all nodes have no other
  union {
    std::uint64_t sequence_ = 0;
    Node* next_doomed_;  // in the list of nodes that wait for destruction
  };
  int output_count_;
  bool freed_ = false;
  bool view_ = false;
  const Rules* rules_;
  Ref<Hooks> hooks_;

 private:
  Input* input_slots() const;
  Output* more_outputs() const;
  const Output& output_slot(int index) const {
    return index == 0 ? output_ : more_outputs()[index - 1];
  }
  Output& output_slot(int index) {
    return const_cast<Output&>(static_cast<const Node*>(this)->output_slot(index));
  }
  const Saved& saved_slot(int index) const {
    if (index < input_count_) return input_slots()[index];
    return output_slot(index - input_count_);
  }
  std::size_t rules_offset() const;
  std::size_t allocation_bytes() const;
  static void destroy_one(Node* node) noexcept;
};

inline Node::Input* Node::input_slots() const {
  return reinterpret_cast<Input*>(const_cast<Node*>(this) + 1);
}
inline Node::Output* Node::more_outputs() const {
  return reinterpret_cast<Output*>(input_slots() + input_count_);
}
inline const Spec& Edge::spec() const { return node->output(output); }

}  // namespace cinta

template <>
struct std::hash<cinta::Edge> {
  std::size_t operator()(const cinta::Edge& edge) const {
    return std::hash<const void*>()(edge.node) + std::size_t(edge.output) * 0x9E3779B97F4A7C15u;
  }
};
#pragma GCC visibility pop
