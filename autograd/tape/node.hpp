#pragma once
// Node: one recorded operation. Header, edges, saved tensors and backward rules are one allocation.

#include <cinta/autograd/tape/hooks.hpp>
#include <cinta/autograd/tensor.hpp>
#include <mutex>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

class Grad;

/// Which tensors an operation keeps for its backward rules. Saving less frees memory earlier.
class Save {
 public:
  static constexpr Save nothing() { return Save(0, false); }
  static constexpr Save output() { return Save(0, true); }
  static constexpr Save inputs() { return Save(~std::uint64_t{0}, false); }
  static constexpr Save everything() { return Save(~std::uint64_t{0}, true); }
  /// Input `index` (0 to 62), if `condition` holds.
  static constexpr Save input(int index, bool condition = true) {
    return Save(condition ? std::uint64_t{1} << index : 0, false);
  }
  friend constexpr Save operator|(Save a, Save b) {
    return Save(a.inputs_ | b.inputs_, a.output_ || b.output_);
  }
  constexpr bool has_input(int index) const { return inputs_ >> (index < 63 ? index : 63) & 1; }
  constexpr bool has_output() const { return output_; }

 private:
  constexpr Save(std::uint64_t inputs, bool output) : inputs_(inputs), output_(output) {}
  std::uint64_t inputs_;
  bool output_;
};

class Node : public Counted {
 public:
  /// What an operation's rules look like to the engine.
  struct Rules {
    /// Writes the gradient of each input that grad.needs() into gradients[i].
    void (*run)(const void* rules, const Grad& grad, Tensor* gradients);
    void (*destroy)(void* rules) noexcept;
    std::size_t bytes;  // of the rules stored behind the node
  };

  struct Saved {
    Tensor tensor;
    std::uint32_t version = 0;
  };

  const char* name() const { return name_; }
  const Site& site() const { return site_; }
  const Spec& output() const { return output_; }
  /// Grows along every path of the graph and, within a thread, with time. Leaves have 0.
  std::uint64_t sequence() const { return sequence_; }
  bool is_leaf() const { return rules_ == nullptr; }
  int input_count() const { return input_count_; }
  /// The node that made input `index`; null if that input needs no gradient.
  Node* input(int index) const { return edges()[index].get(); }

  /// A saved input, or with index == input_count() the saved output. Throws GraphError if it was
  /// not saved, was freed by an earlier backward, or was overwritten since.
  const Tensor& saved(int index) const;
  /// The same, and does not keep it.
  Tensor take_saved(int index);
  /// The same without the checks: undefined if there is nothing.
  const Tensor& held(int index) const { return saved_slots()[index].tensor; }
  void release_saved();
  /// Of tensors that nodes up to this one have saved on `storage` and that were overwritten since,
  /// only the text of the error is needed. They must not hold on to what an in-place operation made
  /// their history: it may lead here. What lies behind `known`, if given, was seen to earlier.
  void forget_overwritten(const Storage& storage, const Node* known) const;

  /// Hooks on the gradient of the output, see Tensor::register_hook. For the thread that recorded
  /// the node, before another one may differentiate.
  HookHandle register_prehook(GradientHook hook);
  /// Calls `hook(gradients, dy)` after the rules have run; it may return other gradients, of the
  /// same shapes and dtypes.
  HookHandle register_hook(NodeHook hook);
  /// Null if nobody watches.
  Hooks* hooks() const { return hooks_.get(); }
  Hooks& make_hooks();

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
  static Ref<Node> create(const char* name, const Site& site, const Tensor& output, int input_count,
                          const Rules* rules);
  void connect(int index, const Tensor& input, bool save);
  void save_output(const Tensor& output);
  void finish();  // numbers the node, after all inputs are connected
  void* rules() const;
  void set_rules(const Rules* rules) { rules_ = rules; }  // of the same size

  static void destroy(Node* node) noexcept;

 protected:
  Node(const char* name, const Site& site, Spec output, int input_count, const Rules* rules)
      : name_(name),
        site_(site),
        output_(std::move(output)),
        input_count_(input_count),
        rules_(rules) {}
  ~Node() {
    if (hooks_) hooks_->clear();  // a handle may keep the object, but not what hooks hold
  }

  const char* name_;
  Site site_;
  Spec output_;
  union {
    std::uint64_t sequence_ = 0;
    Node* next_doomed_;  // in the list of nodes that wait for destruction
  };
  int input_count_;
  bool freed_ = false;
  const Rules* rules_;
  Ref<Hooks> hooks_;

 private:
  Ref<Node>* edges() const;
  Saved* saved_slots() const;
  static std::size_t allocation_bytes(int input_count, const Rules* rules);
  static void destroy_one(Node* node) noexcept;
};

/// The node of a leaf: where gradients are collected. Threads that differentiate their own graphs
/// over the same leaf add to it one at a time.
class Leaf final : public Node {
 public:
  static Ref<Node> create(const Spec& spec, const Site& site);

  Tensor grad() const;
  void set_grad(Tensor gradient);
  /// Adds `gradient`. Without `keep_graph` the sum is made in place where nobody else sees it.
  void accumulate(Tensor gradient, bool keep_graph);
  void set_spec(const Spec& spec) { output_ = spec; }

  /// For lookups: whether they ask for row-sparse gradients, and the row that they show as zero.
  void note_lookup(bool row_sparse, std::optional<std::int64_t> padding_idx) {
    if (row_sparse) row_sparse_.store(true, std::memory_order_relaxed);
    if (padding_idx) padding_row_.store(*padding_idx, std::memory_order_relaxed);
  }
  bool wants_row_sparse() const { return row_sparse_.load(std::memory_order_relaxed); }
  /// The row that lookups show as zero, which optimizers leave as it is; -1 if there is none.
  std::int64_t padding_row() const { return padding_row_.load(std::memory_order_relaxed); }

 private:
  friend class Node;
  Leaf(const Spec& spec, const Site& site) : Node("leaf", site, spec, 0, nullptr) {}
  ~Leaf() = default;

  mutable std::mutex mutex_;
  Tensor grad_;
  std::atomic<bool> row_sparse_{false};
  std::atomic<std::int64_t> padding_row_{-1};
};

}  // namespace cinta
#pragma GCC visibility pop
