#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/nn/init.hpp>
#include <cinta/ops/random/random.hpp>
#include <cmath>

namespace cinta::nn::init {
namespace {

struct Fans {
  double in, out;
};

Fans fans(const char* what, const Tensor& weight, const Site& site) {
  if (weight.rank() < 2) {
    throw ShapeError(
        std::string(what) + ": fans need at least two axes, the shape is " + weight.shape().str(),
        site);
  }
  double field = 1;  // elements that one connection between an input and an output has
  for (int i = 2; i < weight.rank(); ++i) field *= double(weight.shape()[i]);
  return {double(weight.shape()[1]) * field, double(weight.shape()[0]) * field};
}

}  // namespace

const Tensor& xavier_uniform_(const Tensor& weight, double gain, Site site) {
  const NoGrad no_grad;
  const Fans fan = fans("xavier_uniform_", weight, site);
  const double bound = gain * std::sqrt(6 / (fan.in + fan.out));
  uniform_(weight, -bound, bound, site);
  return weight;
}

const Tensor& xavier_normal_(const Tensor& weight, double gain, Site site) {
  const NoGrad no_grad;
  const Fans fan = fans("xavier_normal_", weight, site);
  normal_(weight, 0, gain * std::sqrt(2 / (fan.in + fan.out)), site);
  return weight;
}

const Tensor& kaiming_uniform_(const Tensor& weight, double gain, Site site) {
  const NoGrad no_grad;
  const double bound = gain * std::sqrt(3 / fans("kaiming_uniform_", weight, site).in);
  uniform_(weight, -bound, bound, site);
  return weight;
}

const Tensor& kaiming_normal_(const Tensor& weight, double gain, Site site) {
  const NoGrad no_grad;
  normal_(weight, 0, gain / std::sqrt(fans("kaiming_normal_", weight, site).in), site);
  return weight;
}

}  // namespace cinta::nn::init
