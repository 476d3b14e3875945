// Where a slope has a step the headers name one, and equals share a gradient.

#include <cinta/cinta.hpp>
#include <cmath>
#include <functional>
#include <limits>

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

TEST_CASE("slopes of functions at their kinks") {
  const auto of = [](auto f) { return [f](const Tensor& x) { return f(x); }; };
  CHECK(slopes(of([](auto& x) { return softsign(x); }), {0}) == Doubles{1});
  CHECK(slopes(of([](auto& x) { return hypot(x, 0.0); }), {0, 2}) == Doubles{0, 1});
  CHECK(slopes(of([](auto& x) { return atan2(x, 0.0); }), {0}) == Doubles{0});
  CHECK(slopes(of([](auto& x) { return copysign(x, -1.0); }), {0, 2, -2}) == Doubles{0, -1, 1});
  CHECK(slopes(of([](auto& x) { return sinc(x); }), {0}) == Doubles{0});
  CHECK(slopes(of([](auto& x) { return i1(x); }), {0}) == Doubles{0.5});
  CHECK(slopes(of([](auto& x) { return floor(x) + ceil(x) + round(x) + trunc(x); }), {1, 0.5}) ==
        Doubles{0, 0});
  const Doubles unset = {std::numeric_limits<double>::quiet_NaN(), INFINITY, 1};
  CHECK(slopes(of([](auto& x) { return nan_to_num(x); }), unset) == Doubles{0, 0, 1});
  CHECK(slopes(of([](auto& x) { return xlogy(x, 1.0); }), {0}) == Doubles{0});
  CHECK(slopes(of([](auto& x) { return xlog1py(x, 1.0); }), {0}) == Doubles{std::log(2.0)});
  CHECK(slopes(of([](auto& x) { return xlogy(0.0, x); }), {0, 2}) == Doubles{0, 0});
}

TEST_CASE("equals share the gradient of fmax and fmin; NaN has none") {
  const Tensor same = from_data(Doubles{1, 2}, {2});
  CHECK(slopes([&](const Tensor& x) { return fmax(x, same); }, {1, 2}) == Doubles{0.5, 0.5});
  CHECK(slopes([&](const Tensor& x) { return fmin(same, x); }, {1, 2}) == Doubles{0.5, 0.5});
  const double none = std::numeric_limits<double>::quiet_NaN();
  CHECK(slopes([&](const Tensor& x) { return fmax(x, same); }, {none, none}) == Doubles{0, 0});
  CHECK(slopes([&](const Tensor& x) { return fmin(same, x); }, {none, 5}) == Doubles{0, 0});
}

TEST_CASE("clamp between tensors gives the bounds what they replace") {
  const Tensor x = from_data(Doubles{-2, 0, 1, 2}, {4}).requires_grad_();
  const Tensor low = full({}, -1.0, float64).requires_grad_();
  const Tensor high = full({}, 1.0, float64).requires_grad_();
  const Tensors found = grad({sum(clamp(x, low, high))}, {x, low, high});
  CHECK(found[0].to_vector<double>() == Doubles{0, 1, 1, 0});
  CHECK(found[1].item<double>() == 1);
  CHECK(found[2].item<double>() == 1);
}

TEST_CASE("slopes of margins at their kinks") {
  const Tensor plus = ones({1}, float64);
  CHECK(slopes([&](const Tensor& x) { return hinge_loss(x, plus); }, {1}) == Doubles{0});
  CHECK(slopes([&](const Tensor& x) { return hinge_embedding_loss(x, -plus); }, {1}) == Doubles{0});
  CHECK(slopes([&](const Tensor& x) { return margin_ranking_loss(x, plus, plus); }, {1}) ==
        Doubles{0});
}

TEST_CASE("distances of equal vectors have gradient 0") {
  const Tensor same = from_data(Doubles{1, 2}, {1, 2});
  for (const double p : {1.0, 2.0, 3.0}) {
    const Tensor x = from_data(Doubles{1, 2}, {1, 2}).requires_grad_();
    CHECK(grad({sum(cdist(x, same, p))}, {x})[0].to_vector<double>() == Doubles{0, 0});
    CHECK(grad({sum(pairwise_distance(x, same, p))}, {x})[0].to_vector<double>() == Doubles{0, 0});
  }
}
