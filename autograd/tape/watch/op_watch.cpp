#include <cinta/autograd/tape/watch/op_watch.hpp>
#include <utility>

namespace cinta::detail {

OpWatch::OpWatch() : outer_(std::exchange(innermost_, this)) {}
OpWatch::~OpWatch() { innermost_ = outer_; }

OpWatch::Outside::Outside() : depth_before_(std::exchange(depth_, 0)) {}
OpWatch::Outside::~Outside() { depth_ = depth_before_; }

void OpWatch::after_record(const Op&, Node&) {}
void OpWatch::before_write(const Tensor&, const Inputs&) {}
void OpWatch::after_forward(const Op&, const Inputs&, TensorSpan, const Forward*) {}
void OpWatch::after_backward(const Node&, TensorSpan, const Tensors&) {}
void OpWatch::before_backward(const Edge&, const Tensor&, const Site&) {}
void OpWatch::after_sum(const Edge&, const Tensor&) {}
bool OpWatch::reads_gradients() const { return false; }

bool OpWatch::any_reads_gradients() {
  for (const OpWatch* watch = innermost_; watch; watch = watch->outer_)
    if (watch->reads_gradients()) return true;
  return false;
}

void OpWatch::recorded(const Op& op, Node& node) {
  for (OpWatch* watch = innermost_; watch; watch = watch->outer_) watch->after_record(op, node);
}

void OpWatch::writes(const Tensor& x, const Inputs& inputs) {
  for (OpWatch* watch = innermost_; watch; watch = watch->outer_) watch->before_write(x, inputs);
}

void OpWatch::ran(const Op& op, const Inputs& inputs, TensorSpan outputs, const Forward* forward) {
  for (OpWatch* watch = innermost_; watch; watch = watch->outer_)
    watch->after_forward(op, inputs, outputs, forward);
}

void OpWatch::differentiated(const Node& node, TensorSpan dys, const Tensors& gradients) {
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
