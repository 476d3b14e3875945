#pragma once
// Activations as modules, for use in Sequential. In written-out code call the functions in ops/.

#include <cinta/nn/module.hpp>
#include <cinta/ops/elementwise/activation.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/nn/softmax.hpp>
#include <tuple>

#pragma GCC visibility push(default)
namespace cinta::nn {

namespace detail {

/// function(x, numbers...), with numbers that the module keeps.
template <auto function, class... A>
class Activation : public Module {
 public:
  explicit Activation(A... numbers) : numbers_(numbers...) {}

  Tensor operator()(const Tensor& x, Site site = {}) const {
    const Call call(*this, site);
    return call(
        [&](const Tensor& in) {
          return std::apply([&](A... numbers) { return function(in, numbers..., site); }, numbers_);
        },
        x);
  }

 private:
  std::tuple<A...> numbers_;
};

}  // namespace detail

struct ReLU : detail::Activation<&relu> {};
struct Tanh : detail::Activation<&tanh> {};
struct Sigmoid : detail::Activation<&sigmoid> {};
struct Softplus : detail::Activation<&softplus> {};
struct GELU : detail::Activation<&gelu> {};
struct SiLU : detail::Activation<&silu> {};
struct Mish : detail::Activation<&mish> {};
struct LogSigmoid : detail::Activation<&logsigmoid> {};
struct SELU : detail::Activation<&selu> {};
struct ReLU6 : detail::Activation<&relu6> {};
struct Hardsigmoid : detail::Activation<&hardsigmoid> {};
struct Hardswish : detail::Activation<&hardswish> {};

/// Those that have one number; defaults are PyTorch's.
struct LeakyReLU : detail::Activation<&leaky_relu, double> {
  explicit LeakyReLU(double negative_slope = 0.01) : Activation(negative_slope) {}
};
struct ELU : detail::Activation<&elu, double> {
  explicit ELU(double alpha = 1) : Activation(alpha) {}
};
struct CELU : detail::Activation<&celu, double> {
  explicit CELU(double alpha = 1) : Activation(alpha) {}
};
struct Hardshrink : detail::Activation<&hardshrink, double> {
  explicit Hardshrink(double lambda = 0.5) : Activation(lambda) {}
};
struct Softshrink : detail::Activation<&softshrink, double> {
  explicit Softshrink(double lambda = 0.5) : Activation(lambda) {}
};
/// And two.
struct Hardtanh : detail::Activation<&hardtanh, double, double> {
  explicit Hardtanh(double low = -1, double high = 1) : Activation(low, high) {}
};
struct Threshold : detail::Activation<&threshold, double, double> {
  Threshold(double limit, double value) : Activation(limit, value) {}
};
/// And an axis.
struct Softmax : detail::Activation<&softmax, Axis> {
  explicit Softmax(Axis axis) : Activation(axis) {}
};
struct LogSoftmax : detail::Activation<&log_softmax, Axis> {
  explicit LogSoftmax(Axis axis) : Activation(axis) {}
};

/// prelu with a trained slope, one or one for each channel (axis 1 of x); all begin at `init`.
class PReLU : public Module {
 public:
  explicit PReLU(std::int64_t count = 1, double init = 0.25, Dtype dtype = float32, Site site = {});
  Tensor operator()(const Tensor& x, Site site = {}) const;

  Tensor weight;  ///< (count)
};

}  // namespace cinta::nn
#pragma GCC visibility pop
