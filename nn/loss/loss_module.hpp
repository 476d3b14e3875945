#pragma once
// What modules of losses have in common.

#include <cinta/nn/module/module.hpp>
#include <cinta/ops/loss/loss.hpp>
#include <utility>

#pragma GCC visibility push(default)
namespace cinta::nn {

struct LossOptions {
  Reduction reduction = Reduction::mean;
};

namespace detail {

/// function(inputs..., options) of as many tensors. Weights among the options are buffers, as in
/// PyTorch: "weight", "pos_weight".
template <class Options>
class LossModule : public Module {
 public:
  const Options& options() const { return options_; }

 protected:
  LossModule(Options options, const Site& site) : options_(std::move(options)) {
    if constexpr (requires { options_.weight; })
      if (options_.weight.defined()) add_buffer("weight", options_.weight, site);
    if constexpr (requires { options_.pos_weight; })
      if (options_.pos_weight.defined()) add_buffer("pos_weight", options_.pos_weight, site);
  }

 private:
  Options options_;
};

/// Of a prediction and a target.
template <class Options>
class Loss2 : public LossModule<Options> {
 public:
  Tensor operator()(const Tensor& prediction, const Tensor& target, Site site = {}) const {
    const Module::Call call(*this, site);
    return call([&](const Tensor& x, const Tensor& t) { return function_(x, t, this->options()); },
                prediction, target);
  }

 protected:
  using Function = Tensor (*)(const Tensor& prediction, const Tensor& target, const Options&);
  Loss2(Function function, Options options, const Site& site)
      : LossModule<Options>(std::move(options), site), function_(function) {}

 private:
  Function function_;
};

/// Of three tensors.
template <class Options>
class Loss3 : public LossModule<Options> {
 public:
  Tensor operator()(const Tensor& a, const Tensor& b, const Tensor& c, Site site = {}) const {
    const Module::Call call(*this, site);
    return call([&](const Tensor& x, const Tensor& y,
                    const Tensor& z) { return function_(x, y, z, this->options()); },
                a, b, c);
  }

 protected:
  using Function = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, const Options&);
  Loss3(Function function, Options options, const Site& site)
      : LossModule<Options>(std::move(options), site), function_(function) {}

 private:
  Function function_;
};

}  // namespace detail
}  // namespace cinta::nn
#pragma GCC visibility pop
