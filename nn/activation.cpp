#include <cinta/autograd/core/error.hpp>
#include <cinta/nn/activation.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/activation.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/nn/rrelu.hpp>
#include <cinta/ops/nn/softmax.hpp>

namespace cinta::nn {

Tensor detail::Activation::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& in) { return function_(in, a_, b_, site); }, x);
}

namespace {

// The functions as an Activation calls them.
template <Tensor (*function)(const Tensor&, Site)>
Tensor plain(const Tensor& x, double, double, const Site& site) {
  return function(x, site);
}
template <Tensor (*function)(const Tensor&, double, Site)>
Tensor with_number(const Tensor& x, double a, double, const Site& site) {
  return function(x, a, site);
}
template <Tensor (*function)(const Tensor&, double, double, Site)>
Tensor with_numbers(const Tensor& x, double a, double b, const Site& site) {
  return function(x, a, b, site);
}
template <Tensor (*function)(const Tensor&, Axis, Site)>
Tensor along_axis(const Tensor& x, double axis, double, const Site& site) {
  return function(x, int(axis), site);
}

Tensor over_channels(const Tensor& x, double, double, const Site& site) {
  if (x.defined() && x.rank() != 3 && x.rank() != 4) {
    throw ShapeError(
        "Softmax2d: x needs (batch, channels, height, width) or (channels, height, width), got " +
            x.shape().str(),
        SiteScope::resolve(site));
  }
  return softmax(x, -3, site);
}

}  // namespace

ReLU::ReLU() : Activation(&plain<&relu>) {}
Tanh::Tanh() : Activation(&plain<&tanh>) {}
Sigmoid::Sigmoid() : Activation(&plain<&sigmoid>) {}
Softplus::Softplus(double beta) : Activation(&with_number<&softplus>, beta) {}
GELU::GELU(GELUApproximation approximate)
    : Activation(approximate == GELUApproximation::none ? &plain<&gelu> : &plain<&gelu_tanh>) {}
SiLU::SiLU() : Activation(&plain<&silu>) {}
Mish::Mish() : Activation(&plain<&mish>) {}
LogSigmoid::LogSigmoid() : Activation(&plain<&logsigmoid>) {}
SELU::SELU() : Activation(&plain<&selu>) {}
ReLU6::ReLU6() : Activation(&plain<&relu6>) {}
Hardsigmoid::Hardsigmoid() : Activation(&plain<&hardsigmoid>) {}
Hardswish::Hardswish() : Activation(&plain<&hardswish>) {}
Softsign::Softsign() : Activation(&plain<&softsign>) {}
Tanhshrink::Tanhshrink() : Activation(&plain<&tanhshrink>) {}
LeakyReLU::LeakyReLU(double negative_slope)
    : Activation(&with_number<&leaky_relu>, negative_slope) {}
ELU::ELU(double alpha) : Activation(&with_number<&elu>, alpha) {}
CELU::CELU(double alpha) : Activation(&with_number<&celu>, alpha) {}
Hardshrink::Hardshrink(double lambda) : Activation(&with_number<&hardshrink>, lambda) {}
Softshrink::Softshrink(double lambda) : Activation(&with_number<&softshrink>, lambda) {}
Hardtanh::Hardtanh(double low, double high) : Activation(&with_numbers<&hardtanh>, low, high) {}
Threshold::Threshold(double limit, double value)
    : Activation(&with_numbers<&threshold>, limit, value) {}
Softmax::Softmax(Axis axis) : Activation(&along_axis<&softmax>, int(axis)) {}
Softmin::Softmin(Axis axis) : Activation(&along_axis<&softmin>, int(axis)) {}
LogSoftmax::LogSoftmax(Axis axis) : Activation(&along_axis<&log_softmax>, int(axis)) {}
Softmax2d::Softmax2d() : Activation(&over_channels) {}
GLU::GLU(Axis axis) : Activation(&along_axis<&glu>, int(axis)) {}

Tensor RReLU::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& in) { return rrelu(in, lower_, upper_, is_training()); }, x);
}

PReLU::PReLU(std::int64_t count, double init, Dtype dtype, Site site) {
  if (count < 1)
    throw ValueError("PReLU: the count of slopes must be positive, got " + std::to_string(count),
                     site);
  weight = add("weight", full({count}, init, dtype), site);
}

Tensor PReLU::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site, {&weight});
  return call([&](const Tensor& in) { return prelu(in, weight); }, x);
}

}  // namespace cinta::nn
