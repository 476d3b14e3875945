#include <cinta/autograd/tape/op_watch.hpp>

namespace cinta::detail {

void OpWatch::recorded(const Node& node) {
  for (OpWatch* watch = innermost_; watch; watch = watch->outer_) watch->after_record(node);
}

void OpWatch::writes(const Inputs& inputs) {
  for (OpWatch* watch = innermost_; watch; watch = watch->outer_) watch->before_write(inputs);
}

void OpWatch::ran(const Op& op, const Inputs& inputs, const Tensor& output) {
  for (OpWatch* watch = innermost_; watch; watch = watch->outer_)
    watch->after_forward(op, inputs, output);
}

void OpWatch::differentiated(const Node& node, const Tensor& dy, const Tensors& gradients) {
  for (OpWatch* watch = innermost_; watch; watch = watch->outer_)
    watch->after_backward(node, dy, gradients);
}

void OpWatch::seeded(const Node& node, const Tensor& gradient, const Site& site) {
  for (OpWatch* watch = innermost_; watch; watch = watch->outer_)
    watch->before_backward(node, gradient, site);
}

void OpWatch::summed(const Node& node, const Tensor& gradient) {
  for (OpWatch* watch = innermost_; watch; watch = watch->outer_) watch->after_sum(node, gradient);
}

}  // namespace cinta::detail
