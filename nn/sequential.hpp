#pragma once

#include <cinta/nn/module.hpp>
#include <functional>

#pragma GCC visibility push(default)
namespace cinta::nn {

/// Modules applied one after another, named "0", "1", ... A step is a module of this library or
/// one of the user's that has operator() or forward on one tensor.
class Sequential : public Module {
 public:
  template <std::derived_from<Module>... M>
  explicit Sequential(M... steps) {
    (push_back(std::move(steps)), ...);
  }

  template <std::derived_from<Module> M>
  void push_back(M step, Site site = {}) {
    M held = add(std::to_string(steps_.size()), std::move(step), site);
    if constexpr (std::invocable<M&, const Tensor&, const Site&>)
      steps_.push_back([held](const Tensor& x, const Site& at) mutable { return held(x, at); });
    else if constexpr (std::invocable<M&, const Tensor&>)
      steps_.push_back([held](const Tensor& x, const Site&) mutable { return held(x); });
    else
      steps_.push_back([held](const Tensor& x, const Site&) mutable { return held.forward(x); });
  }

  Tensor operator()(Tensor x, Site site = {}) const {
    for (const auto& step : steps_) x = step(x, site);
    return x;
  }

  std::size_t size() const { return steps_.size(); }

 private:
  std::vector<std::function<Tensor(const Tensor&, const Site&)>> steps_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
