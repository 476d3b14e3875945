#pragma once
// DetectNan: finds the operation that makes the first NaN or infinity.

#include <cinta/autograd/tape/watch/op_watch.hpp>

#pragma GCC visibility push(default)
namespace cinta {

struct DetectNanOptions {
  bool infinities = true;  ///< look for infinities too; off where a mask is made of them
};

/// While it lives, every operation of this thread has its floating result looked at, and in
/// backward the gradients that its rules return. The first NaN or infinity throws NanError with the
/// operation and its attributes, whether its forward or which input's gradient made it, the module
/// and line that called it, and the smallest and largest finite element of everything that went in,
/// with the numbers of NaN and infinities. What was not finite before the scope saw it is said to
/// come from outside.
///
///     const DetectNan detect;
///     net(x).backward();
///
/// Reads every result once more; costs a thread-local test an operation where there is no scope.
class DetectNan final : detail::OpWatch {
 public:
  explicit DetectNan(DetectNanOptions options = {}) : options_(options) {}

 private:
  void after_record(const Op& op, Node& node) override;
  void before_write(const Tensor& x, const Inputs& inputs) override;
  void after_forward(const Op& op, const Inputs& inputs, TensorSpan outputs,
                     const detail::Forward* forward) override;
  void after_backward(const Node& node, TensorSpan dys, const Tensors& gradients) override;
  bool reads_gradients() const override { return true; }
  void before_backward(const Edge& root, const Tensor& gradient, const Site& site) override;
  void after_sum(const Edge& edge, const Tensor& gradient) override;
  bool bad(const Tensor& x) const;

  DetectNanOptions options_;
  bool was_bad_ = false;  // what is written to, before that
};

}  // namespace cinta
#pragma GCC visibility pop
