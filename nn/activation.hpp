#pragma once
// Activations as modules, for use in Sequential. In written-out code call the functions in ops/.

#include <cinta/nn/module.hpp>
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

}  // namespace cinta::nn
#pragma GCC visibility pop
