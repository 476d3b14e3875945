#include <cinta/autograd/tape/watch/op_watch.hpp>

namespace cinta::detail {

void OpWatch::recorded(const Op& op, Node& node) {
  for (OpWatch* watch = innermost_; watch; watch = watch->outer_) watch->after_record(op, node);
}

void OpWatch::writes(const Tensor& x, const Inputs& inputs) {
  for (OpWatch* watch = innermost_; watch; watch = watch->outer_) watch->before_write(x, inputs);
}

void OpWatch::ran(const Op& op, const Inputs& inputs, std::span<const Tensor> outputs,
                  const Forward* forward) {
  for (OpWatch* watch = innermost_; watch; watch = watch->outer_)
    watch->after_forward(op, inputs, outputs, forward);
}

void OpWatch::differentiated(const Node& node, std::span<const Tensor> dys,
                             const Tensors& gradients) {
  for (OpWatch* watch = innermost_; watch; watch = watch->outer_)
    watch->after_backward(node, dys, gradients);
}

void OpWatch::seeded(const Edge& root, const Tensor& gradient, const Site& site) {
  for (OpWatch* watch = innermost_; watch; watch = watch->outer_)
    watch->before_backward(root, gradient, site);
}

void OpWatch::summed(const Edge& edge, const Tensor& gradient) {
  for (OpWatch* watch = innermost_; watch; watch = watch->outer_) watch->after_sum(edge, gradient);
}

}  // namespace cinta::detail
