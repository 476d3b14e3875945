#pragma once
// Activations as modules, for use in Sequential. In written-out code call the functions in ops/,
// which say what each computes.

#include <cinta/nn/module/module.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

namespace detail {

/// function(x, numbers), with at most two numbers that the module keeps.
class Activation : public Module {
 public:
  Tensor operator()(const Tensor& x, Site site = {}) const;

 protected:
  using Function = Tensor (*)(const Tensor& x, double a, double b, const Site& site);
  explicit Activation(Function function, double a = 0, double b = 0)
      : function_(function), a_(a), b_(b) {}

 private:
  Function function_;
  double a_, b_;
};

}  // namespace detail

struct ReLU : detail::Activation {
  ReLU();
};
struct Tanh : detail::Activation {
  Tanh();
};
struct Sigmoid : detail::Activation {
  Sigmoid();
};
enum class GELUApproximation { none, tanh };
struct GELU : detail::Activation {
  explicit GELU(GELUApproximation approximate = GELUApproximation::none);
};
struct SiLU : detail::Activation {
  SiLU();
};
struct Mish : detail::Activation {
  Mish();
};
struct LogSigmoid : detail::Activation {
  LogSigmoid();
};
struct SELU : detail::Activation {
  SELU();
};
struct ReLU6 : detail::Activation {
  ReLU6();
};
struct Hardsigmoid : detail::Activation {
  Hardsigmoid();
};
struct Hardswish : detail::Activation {
  Hardswish();
};
struct Softsign : detail::Activation {
  Softsign();
};
struct Tanhshrink : detail::Activation {
  Tanhshrink();
};

// With numbers; the defaults are PyTorch's. Softplus has no threshold: it is exact everywhere.
struct LeakyReLU : detail::Activation {
  explicit LeakyReLU(double negative_slope = 0.01);
};
struct Softplus : detail::Activation {
  explicit Softplus(double beta = 1);
};
struct ELU : detail::Activation {
  explicit ELU(double alpha = 1);
};
struct CELU : detail::Activation {
  explicit CELU(double alpha = 1);
};
struct Hardshrink : detail::Activation {
  explicit Hardshrink(double lambda = 0.5);
};
struct Softshrink : detail::Activation {
  explicit Softshrink(double lambda = 0.5);
};
struct Hardtanh : detail::Activation {
  explicit Hardtanh(double low = -1, double high = 1);
};
struct Threshold : detail::Activation {
  Threshold(double limit, double value);
};
struct Softmax : detail::Activation {
  explicit Softmax(Axis axis);
};
struct Softmin : detail::Activation {
  explicit Softmin(Axis axis);
};
struct LogSoftmax : detail::Activation {
  explicit LogSoftmax(Axis axis);
};
/// softmax over the channels of (batch, channels, height, width) or (channels, height, width).
/// Throws ShapeError for others.
struct Softmax2d : detail::Activation {
  Softmax2d();
};
struct GLU : detail::Activation {
  explicit GLU(Axis axis = -1);
};

/// rrelu: in training slopes are drawn, in evaluation mode all have the mean.
class RReLU : public Module {
 public:
  explicit RReLU(double lower = 1.0 / 8, double upper = 1.0 / 3) : lower_(lower), upper_(upper) {}
  Tensor operator()(const Tensor& x, Site site = {}) const;

 private:
  double lower_, upper_;
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
