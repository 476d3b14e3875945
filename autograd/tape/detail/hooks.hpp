#pragma once
// What a node keeps for those who watch its gradient: hooks, and the gradient itself if asked to.

#include <cinta/autograd/core/mutex.hpp>
#include <cinta/autograd/tape/node.hpp>
#include <cinta/autograd/tape/watch/attributes.hpp>
#include <map>
#include <optional>

namespace cinta {

/// A watched view, null when it has gone, and where its elements lie, seen from its base.
struct ViewPlace {
  TensorImpl* view;
  const TensorImpl* base;
  Shape shape;
  Strides strides;
  std::int64_t offset;
};

/// The hooks of one node. Only nodes that are watched have such an object. Threads may
/// differentiate while others add and remove; a hook runs without any lock held, so that it may do
/// so as well.
///
/// After a write to the base of a watched view, the node that the view then gets shares the hooks
/// of the old one. What is retained is the gradient of the newest.
class Hooks : public Counted {
 public:
  /// Before the node's rules run, or before a leaf accumulates: on the gradient of one output.
  std::uint64_t add(GradientHook hook, int output);
  /// After the rules have run.
  std::uint64_t add(NodeHook hook);
  void remove(std::uint64_t id);

  /// For nodes that have these hooks: when they get and when they leave them.
  void attach(const Node& node);
  void detach(const Node& node);

  /// For the engine: the gradient of one of the node's outputs on its way in.
  Tensor before(const Node& node, int output, Tensor gradient);
  /// For the engine: whether hooks see the gradients of its inputs.
  bool any_after() const;
  /// For the engine: the gradients of its inputs on their way out, each in its input's spec.
  void after(const Node& node, Tensors& gradients, const Tensors& dys);

  void retain_grad(int output);
  bool retains_grad(int output) const;
  Tensor retained(int output) const;
  void set_retained(int output, Tensor gradient);
  /// Hands the order to retain, and what was retained, to the node that replaces this one as the
  /// history of an output, where it is the only output.
  void pass_on_retained(int output, Hooks& successor);

  /// What the operation was called with, for pictures and errors; empty unless somebody asked for
  /// it when the node was made.
  const KeptAttributes& attributes() const { return attributes_; }
  void keep(const Attributes& attributes) { attributes_ = KeptAttributes(attributes); }

  /// Of a view's node: where the view lies, so that others find it on their way to the base.
  void set_place(std::optional<ViewPlace> place);
  std::optional<ViewPlace> place() const;
  void forget_view(const TensorImpl* view);

  static void destroy(Hooks* hooks) noexcept;

 private:
  template <class F>
  struct Entry {
    int output;                     // that it is on
    std::shared_ptr<const F> hook;  // shared with a call that is running it
  };
  struct Retained {
    int output;
    Tensor gradient;
  };
  Retained* find(int output);
  const Retained* find(int output) const { return const_cast<Hooks*>(this)->find(output); }

  void clear();

  mutable detail::Mutex mutex_;
  const Node* node_ = nullptr;  // the newest
  int nodes_ = 0;
  std::optional<ViewPlace> place_;
  std::uint64_t last_id_ = 0;
  // By their ids, which is the order in which they were added.
  std::map<std::uint64_t, Entry<GradientHook>> before_;
  std::map<std::uint64_t, Entry<NodeHook>> after_;
  std::vector<Retained> retained_;  // of the outputs that retain theirs
  KeptAttributes attributes_;
};

}  // namespace cinta
