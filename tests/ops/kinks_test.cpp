// Where a slope has a step the headers name one, and equals share a gradient.

#include <cinta/cinta.hpp>
#include <functional>

#include "support/catch_compat.hpp"

using namespace cinta;

namespace {

using Doubles = std::vector<double>;

Doubles slopes(const std::function<Tensor(const Tensor&)>& f, const Doubles& at) {
  const Tensor x = from_data(at, {std::int64_t(at.size())}).requires_grad_();
  return grad({sum(f(x))}, {x})[0].to_vector<double>();
}

}  // namespace

TEST_CASE("slopes of activations at their kinks") {
  const auto of = [](auto f) { return [f](const Tensor& x) { return f(x); }; };
  CHECK(slopes(of([](auto& x) { return leaky_relu(x, 0.25); }), {0}) == Doubles{0.25});
  CHECK(slopes(of([](auto& x) { return elu(x, 2); }), {0}) == Doubles{2});
  CHECK(slopes(of([](auto& x) { return celu(x, 2); }), {0}) == Doubles{1});
  CHECK(slopes(of([](auto& x) { return relu6(x); }), {0, 3, 6}) == Doubles{0, 1, 0});
  CHECK(slopes(of([](auto& x) { return hardsigmoid(x); }), {-3, 3}) == Doubles{0, 0});
  CHECK(slopes(of([](auto& x) { return hardswish(x); }), {-3, 3}) == Doubles{0, 1});
  CHECK(slopes(of([](auto& x) { return hardtanh(x); }), {-1, 0, 1}) == Doubles{0, 1, 0});
  CHECK(slopes(of([](auto& x) { return hardshrink(x); }), {-0.5, 0.5, 1}) == Doubles{0, 0, 1});
  CHECK(slopes(of([](auto& x) { return softshrink(x); }), {-0.5, 0.5, 1}) == Doubles{0, 0, 1});
  CHECK(slopes(of([](auto& x) { return threshold(x, 1, 5); }), {1, 2}) == Doubles{0, 1});
  const Tensor weight = full({1}, 0.25, float64);
  CHECK(slopes(of([&](auto& x) { return prelu(x, weight); }), {0, 1}) == Doubles{0.25, 1});
}

TEST_CASE("slopes of losses at their kinks") {
  const Tensor target = zeros({1}, float64);
  CHECK(slopes([&](const Tensor& x) { return quantile_loss(x, target, 0.8); }, {0}) == Doubles{0});
  CHECK(slopes([&](const Tensor& x) { return huber_loss(x, target, 0.5); }, {0.5}) == Doubles{0.5});
  CHECK(slopes([&](const Tensor& x) { return smooth_l1_loss(x, target, 0.5); }, {0.5}) ==
        Doubles{1});
}

TEST_CASE("equals share the gradient of logaddexp") {
  const Doubles at{-3, 0, 2};
  const Tensor same = from_data(at, {3});
  CHECK(slopes([&](const Tensor& x) { return logaddexp(x, same); }, at) == Doubles{0.5, 0.5, 0.5});
  CHECK(slopes([&](const Tensor& x) { return logaddexp(same, x); }, at) == Doubles{0.5, 0.5, 0.5});
}
