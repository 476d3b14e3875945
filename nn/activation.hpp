#pragma once
// Activations as modules, for use in Sequential. In written-out code call the functions in ops/.

#include <cinta/nn/module.hpp>
#include <cinta/ops/elementwise/activation.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

namespace detail {

template <Tensor (*function)(const Tensor&, Site)>
class Activation : public Module {
 public:
  Tensor operator()(const Tensor& x, Site site = {}) const {
    const Call call(*this, site);
    return function(x, site);
  }
};

}  // namespace detail

using ReLU = detail::Activation<&relu>;
using Tanh = detail::Activation<&tanh>;
using Sigmoid = detail::Activation<&sigmoid>;
using Softplus = detail::Activation<&softplus>;
using GELU = detail::Activation<&gelu>;
using SiLU = detail::Activation<&silu>;
using Mish = detail::Activation<&mish>;
using LogSigmoid = detail::Activation<&logsigmoid>;
using SELU = detail::Activation<&selu>;
using ReLU6 = detail::Activation<&relu6>;
using Hardsigmoid = detail::Activation<&hardsigmoid>;
using Hardswish = detail::Activation<&hardswish>;

}  // namespace cinta::nn
#pragma GCC visibility pop
