#pragma once
// Leaf: the node of a tensor that the user asked gradients of.

#include <cinta/autograd/core/mutex.hpp>
#include <cinta/autograd/tape/node.hpp>
#include <optional>

namespace cinta {

/// The node of a leaf: where gradients are collected. Threads that differentiate their own graphs
/// over the same leaf add to it one at a time.
class Leaf final : public Node {
 public:
  static Ref<Node> create(const Spec& spec, const Site& site);

  Tensor grad() const;
  void set_grad(Tensor gradient);
  /// Adds `gradient`. Without `keep_graph` the sum is made in place where nobody else sees it.
  void accumulate(Tensor gradient, bool keep_graph);
  void set_spec(const Spec& spec) { output_.spec = spec; }

  /// For lookups: whether they ask for row-sparse gradients, and the row that they show as zero.
  void note_lookup(bool row_sparse, std::optional<std::int64_t> padding_idx) {
    if (row_sparse) row_sparse_.store(true, std::memory_order_relaxed);
    if (padding_idx) padding_row_.store(*padding_idx, std::memory_order_relaxed);
  }

  /// For messages: its place in the module that it is a parameter of, "hidden.weight", or null.
  /// Only the pointer is kept.
  void set_path(const char* path) { path_.store(path, std::memory_order_relaxed); }
  const char* path() const { return path_.load(std::memory_order_relaxed); }
  /// For optimizers: that one steps this leaf. Modules ask it of what they use.
  void note_optimizer() {
    if (!has_optimizer()) has_optimizer_.store(true, std::memory_order_relaxed);
    if (!any_has_optimizer()) any_has_optimizer_.store(true, std::memory_order_relaxed);
  }
  bool has_optimizer() const { return has_optimizer_.load(std::memory_order_relaxed); }
  static bool any_has_optimizer() { return any_has_optimizer_.load(std::memory_order_relaxed); }

  bool wants_row_sparse() const { return row_sparse_.load(std::memory_order_relaxed); }
  /// The row that lookups show as zero, which optimizers leave as it is; -1 if there is none.
  std::int64_t padding_row() const { return padding_row_.load(std::memory_order_relaxed); }

 private:
  friend class Node;
  Leaf(const Spec& spec, const Site& site)
      : Node("leaf", site, spec.shape, spec.dtype, 0, 1, nullptr) {}
  ~Leaf() = default;

  mutable detail::Mutex mutex_;
  Tensor grad_;
  std::atomic<bool> row_sparse_{false};
  std::atomic<std::int64_t> padding_row_{-1};
  std::atomic<const char*> path_{nullptr};
  std::atomic<bool> has_optimizer_{false};
  inline static constinit std::atomic<bool> any_has_optimizer_{false};
};

}  // namespace cinta
