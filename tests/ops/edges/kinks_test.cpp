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

TEST_CASE("targets of 0 and 1 have the slope of their neighbours") {
  const Tensor share = full({3}, 0.3, float64), weight = ones({}, float64);
  const auto bce = [&](const Tensor& t) { return sum(binary_cross_entropy(share, t)); };
  const auto with_logits = [&](const Tensor& t) {
    return binary_cross_entropy_with_logits(
        share, t, BinaryLossOptions{.pos_weight = weight, .reduction = Reduction::sum});
  };
  const auto soft = [&](const Tensor& t) {
    return cross_entropy(share, t, ClassLossOptions{.reduction = Reduction::sum});
  };
  const auto focal = [&](const Tensor& t) {
    return focal_loss(share, t, {.gamma = 0, .reduction = Reduction::sum});
  };
  for (const auto& [f, slope] :
       std::vector<std::pair<std::function<Tensor(const Tensor&)>, double>>{
           {[&](const Tensor& t) { return 3 * bce(t); }, std::log(0.7 / 0.3)},
           {with_logits, -0.3},
           {soft, std::log(3.0)},
           {[&](const Tensor& t) { return 4 / 3.0 * focal(t); }, 0}}) {
    const Doubles found = slopes(f, {0, 1, 1e-9});
    if (slope != 0)
      for (const double s : found) CHECK(s == Approx(slope));
    CHECK(found[0] == Approx(found[2]).epsilon(1e-6));
  }
  // Where a certain error has an infinite loss, none of it is taken.
  const Tensor sure = from_data(Doubles{0, 1}, {2});
  CHECK(sum(binary_cross_entropy(sure, sure)).item<double>() == 0);
  const Tensor logits = from_data(Doubles{-INFINITY, INFINITY}, {2});
  CHECK(binary_cross_entropy_with_logits(logits, sure, BinaryLossOptions{.pos_weight = weight})
            .item<double>() == 0);
}

TEST_CASE("a focal loss has slopes where nothing is missing") {
  const Tensor target = from_data(Doubles{1, 0}, {2});
  for (const double gamma : {0.0, 0.5, 1.5, 2.0}) {
    const Tensor x = from_data(Doubles{800, -800}, {2}).requires_grad_();
    const Tensor loss = focal_loss(x, target, {.gamma = gamma, .reduction = Reduction::sum});
    const Tensor slope = grad({loss}, {x}, {.create_graph = true})[0];
    CHECK(slope.to_vector<double>() == Doubles{0, 0});
    CHECK(grad({sum(slope)}, {x})[0].to_vector<double>() == Doubles{0, 0});
  }
}

TEST_CASE("equals share the gradient of logaddexp") {
  const Doubles at{-3, 0, 2};
  const Tensor same = from_data(at, {3});
  CHECK(slopes([&](const Tensor& x) { return logaddexp(x, same); }, at) == Doubles{0.5, 0.5, 0.5});
  CHECK(slopes([&](const Tensor& x) { return logaddexp(same, x); }, at) == Doubles{0.5, 0.5, 0.5});
}

TEST_CASE("where formulas of abs and maximum have a kink, what is smooth keeps its derivatives") {
  namespace dist = cinta::distributions;
  const auto second = [](const std::function<Tensor(const Tensor&)>& f, double at) {
    const Tensor x = full({1}, at, float64).requires_grad_();
    const Tensor slope = grad({sum(f(x))}, {x}, {.create_graph = true})[0];
    return grad({sum(slope)}, {x})[0].item<double>();
  };
  const Tensor one = ones({1}, float64);
  for (const bool swapped : {false, true}) {
    const auto of = [&](auto f) {
      return [&, f](const Tensor& x) { return swapped ? f(one, x) : f(x, one); };
    };
    CHECK(second(of([](auto& a, auto& b) { return logaddexp(a, b); }), 1) == Approx(0.25));
    CHECK(second(of([](auto& a, auto& b) { return logaddexp2(a, b); }), 1) ==
          Approx(0.25 * std::log(2.0)));
    CHECK(second(of([](auto& a, auto& b) { return huber_loss(a, b, 0.5); }), 1) == Approx(1));
    CHECK(second(of([](auto& a, auto& b) { return smooth_l1_loss(a, b, 0.5); }), 1) == Approx(2));
    CHECK(second(of([](auto& a, auto& b) {
                   return kl_divergence(dist::Laplace(a, 2), dist::Laplace(b, 2));
                 }),
                 1) == Approx(0.25));
    CHECK(second(of([](auto& a, auto& b) { return dist::StudentT(3, a, 2).log_prob(b); }), 1) ==
          Approx(-1 / 3.0));
  }
  for (const double both : {-INFINITY, INFINITY}) {
    const Tensor same = full({1}, both, float64);
    CHECK(logaddexp(same, same).item<double>() == both);
    CHECK(logaddexp2(same, same).item<double>() == both);
    CHECK(slopes([&](const Tensor& x) { return logaddexp(x, same); }, {both}) == Doubles{0.5});
  }
  CHECK(slopes([&](const Tensor& x) { return dist::Laplace(one, 2).cdf(x); }, {1}) ==
        Doubles{0.25});
  const Tensor ends = from_data(Doubles{0, 1}, {2});
  CHECK(dist::Cauchy(1.0, 2).icdf(ends).to_vector<double>() == Doubles{-INFINITY, INFINITY});
}

TEST_CASE("slopes and second derivatives that formulas would lose") {
  const auto of = [](auto f) { return [f](const Tensor& x) { return f(x); }; };
  // d/dx d/dy of x log(y) and x log(1 + y) at x = 0.
  for (const bool one_more : {false, true}) {
    const Tensor x = zeros({2}, float64).requires_grad_();
    const Tensor y = from_data(Doubles{0.5, 3}, {2}).requires_grad_();
    const Tensor value = sum(one_more ? xlog1py(x, y) : xlogy(x, y));
    const Tensor slope = grad({value}, {y}, {.create_graph = true})[0];
    CHECK(slope.to_vector<double>() == Doubles{0, 0});
    CHECK(grad({sum(slope)}, {x})[0].to_vector<double>() ==
          (one_more ? Doubles{1 / 1.5, 0.25} : Doubles{2, 1 / 3.0}));
  }
  const auto second = [](auto f) {
    return [f](const Tensor& x) { return grad({sum(f(x))}, {x}, {.create_graph = true})[0]; };
  };
  CHECK(slopes(second([](const Tensor& x) { return log_ndtr(x); }), {40, 1e300}) == Doubles{0, 0});
  CHECK(slopes(second([](const Tensor& x) { return i1e(x); }), {-1e-300, 1e-300}) ==
        Doubles{1, -1});
  CHECK(slopes(second([](const Tensor& x) { return i1(x); }), {1e-8})[0] ==
        Approx(0.375e-8).epsilon(1e-14));
  // The quotients are below 0, rounded ones are not.
  CHECK(slopes(of([](auto& x) { return remainder(1.0, x); }), {-INFINITY}) == Doubles{1});
  CHECK(slopes(of([](auto& x) { return remainder(-1e-300, x); }), {1e300}) == Doubles{1});
  CHECK(slopes(of([](auto& x) { return fmod(-1e-300, x); }), {1e300}) == Doubles{0});
}

TEST_CASE("functions next to their poles, quotients next to whole numbers") {
  const auto at = [](double x) { return full({1}, x, float64); };
  CHECK(digamma(at(-1e-300)).item<double>() == Approx(1e300));
  CHECK(digamma(at(-3 - 0x1p-40)).item<double>() == Approx(0x1p40));
  CHECK(polygamma(1.0, at(-1e-100)).item<double>() == Approx(1e200));
  CHECK(div(at(1), -INFINITY, Rounding::floor).item<double>() == -1);
  CHECK(div(at(-1e-300), 1e300, Rounding::floor).item<double>() == -1);
  CHECK(std::isnan(div(at(INFINITY), 1, Rounding::floor).item<double>()));
  CHECK(div(at(-3), 0, Rounding::floor).item<double>() == -INFINITY);
}

TEST_CASE("NaN wins in clamp and takes the gradient") {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const Tensor x = from_data(Doubles{none, 0, 0, 5}, {4}).requires_grad_();
  const Tensor low = from_data(Doubles{-1, none, -1, 2}, {4}).requires_grad_();
  const Tensor high = from_data(Doubles{1, 1, none, 1}, {4}).requires_grad_();
  const Tensor y = clamp(x, low, high);
  const Doubles values = y.to_vector<double>();
  CHECK((std::isnan(values[0]) && std::isnan(values[1]) && std::isnan(values[2])));
  CHECK(values[3] == 1);  // where low is above high
  const Tensors found = grad({sum(y)}, {x, low, high});
  CHECK(found[0].to_vector<double>() == Doubles{1, 0, 0, 0});
  CHECK(found[1].to_vector<double>() == Doubles{0, 1, 0, 0});
  CHECK(found[2].to_vector<double>() == Doubles{0, 0, 1, 1});
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

TEST_CASE("equals share the gradient of fmax and fmin; NaN has none beside a number") {
  const Tensor same = from_data(Doubles{1, 2}, {2});
  CHECK(slopes([&](const Tensor& x) { return fmax(x, same); }, {1, 2}) == Doubles{0.5, 0.5});
  CHECK(slopes([&](const Tensor& x) { return fmin(same, x); }, {1, 2}) == Doubles{0.5, 0.5});
  const double none = std::numeric_limits<double>::quiet_NaN();
  CHECK(slopes([&](const Tensor& x) { return fmax(x, same); }, {none, none}) == Doubles{0, 0});
  CHECK(slopes([&](const Tensor& x) { return fmin(same, x); }, {none, 5}) == Doubles{0, 0});
  const Tensor nothing = full({2}, none, float64);  // beside which NaN is an equal
  CHECK(slopes([&](const Tensor& x) { return fmax(x, nothing); }, {none, 1}) == Doubles{0.5, 1});
  CHECK(slopes([&](const Tensor& x) { return fmin(nothing, x); }, {none, 1}) == Doubles{0.5, 1});
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

TEST_CASE("near rows far from 0 have accurate distances, gradients and second derivatives") {
  manual_seed(1);
  const Tensor a = (1000 + randn({5, 20})).requires_grad_();
  const Tensor b = (a.detach() + 1e-2 * randn({5, 20})).requires_grad_();
  const Tensor x = to(a.detach(), float64).requires_grad_();
  const Tensor y = to(b.detach(), float64).requires_grad_();
  const auto all = [](const Tensor& u, const Tensor& v, const Tensor& distances) {
    const Tensors first = grad({sum(distances)}, {u, v}, {.create_graph = true});
    const Tensors second = grad({sum(square(first[0]))}, {u, v});
    return Tensors{first[0].detach(), first[1].detach(), second[0], second[1]};
  };
  const Tensors found = all(a, b, cdist(a, b));
  const Tensors right = all(x, y, norm(unsqueeze(x, -2) - unsqueeze(y, -3), 2, -1));
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double size = max(abs(right[i])).item<double>();
    CHECK(max(abs(to(found[i], float64) - right[i])).item<double>() < 2e-6 * size);
  }
}
