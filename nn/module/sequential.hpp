#pragma once

#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/nn/module/call.hpp>
#include <functional>
#include <memory>

#pragma GCC visibility push(default)
namespace cinta::nn {

namespace detail {
template <class S>
concept Step = std::derived_from<S, Module> || std::invocable<S&, const Tensor&>;
}

/// Steps applied one after another: modules of this library or of yours, which have operator() or
/// forward on one tensor, and functions of a tensor. Modules are named by their place, "0", "1",
/// ...
///
///     nn::Sequential net(nn::Linear(8, 64), nn::ReLU(), [](const Tensor& x) { return x * 2; });
class Sequential : public Module {
 public:
  template <detail::Step... S>
  explicit Sequential(S... steps) {
    (push_back(std::move(steps)), ...);
  }

  template <detail::Step S>
  void push_back(S step, Site site = {}) {
    if constexpr (std::derived_from<S, Module>) {
      S held = add(std::to_string(size()), std::move(step), site);
      steps_->push_back([held](const Tensor& x, const Site& at) mutable -> Tensor {
        return nn::call(held, x, at);
      });
    } else {
      cinta::detail::check_not_empty("Sequential", "a step", step, site);
      steps_->push_back([held = std::move(step)](const Tensor& x, const Site&) mutable -> Tensor {
        return held(x);
      });
    }
  }

  Tensor operator()(const Tensor& x, Site site = {}) const;

  std::size_t size() const { return steps_->size(); }

 private:
  using Steps = std::vector<std::function<Tensor(const Tensor&, const Site&)>>;
  std::shared_ptr<Steps> steps_ = std::make_shared<Steps>();  // of all handles
};

}  // namespace cinta::nn
#pragma GCC visibility pop
