#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/detail/view_history.hpp>
#include <cinta/autograd/tape/apply_in_place.hpp>

namespace cinta::detail {

bool check_write(const Op& op, const Tensor& x, const Inputs& inputs) {
  const std::string name = op.name;
  check_defined(op, {x});
  check_defined(op, inputs);
  if (!x.is_contiguous() && may_overlap(x.shape(), x.strides())) {
    throw ValueError(name + ": several elements of a tensor of shape " + x.shape().str() +
                         " and strides " + x.strides().str() +
                         " share a place in memory; write to a clone() of it",
                     op.site);
  }
  if (!should_record(inputs, x.dtype()) && !should_record({x}, x.dtype())) return false;

  TensorImpl& root = *x.impl()->root();
  if (root.requires_grad && (!root.node || root.node->is_leaf())) {
    throw GraphError(name + ": writes to " + (&root == x.impl() ? "" : "a view of ") +
                         "a leaf that requires gradients, and a leaf has no history to record it "
                         "in; write under NoGrad, or to a clone() of it",
                     op.site);
  }
  if (x.impl()->unrecorded_view || may_overlap(root.shape, root.strides)) {
    throw GraphError(name + ": writes to a view " +
                         (x.impl()->unrecorded_view
                              ? "made under NoGrad, so that the write cannot be recorded for what "
                                "it is a view of; make the view outside NoGrad, or write to a "
                                "detach() of it"
                              : "of repeated elements; write to a clone() of it"),
                     op.site);
  }
  return true;
}

void rebase(const Op& op, const Tensor& x, Ref<Node> node) {
  TensorImpl& impl = *x.impl();
  TensorImpl& root = *impl.root();
  if (impl.storage->was_saved()) node->forget_overwritten(*impl.storage, root.node.get());
  impl.set_node(std::move(node));
  if (&root == &impl) {
    ++root.rewritten;
    return;
  }
  // What was written before the base's last write is not behind any more: or its history, asked for
  // below, would be made anew from the base.
  impl.seen.store(root.rewritten, std::memory_order_relaxed);
  const Tensor base(Ref<TensorImpl>::share(&root));
  root.set_node(node_of_written(base, x, op.site));
  impl.seen.store(++root.rewritten, std::memory_order_release);
}

}  // namespace cinta::detail
