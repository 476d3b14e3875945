// What chooses passes the gradient on to what it chose, and NaN always wins (docs/design.md, 7).

#include <cinta/cinta.hpp>
#include <cmath>

#include "support/catch_compat.hpp"

namespace {

using namespace cinta;
using Doubles = std::vector<double>;

template <class F>
Doubles gradient(const F& f, const Tensor& at, bool create_graph) {
  Tensor x = at.detach().requires_grad_();
  return grad({sum(f(x))}, {x}, {.create_graph = create_graph})[0]
      .detach()
      .template to_vector<double>();
}

}  // namespace

TEST_CASE("the extreme of many elements") {
  const bool create_graph = GENERATE(false, true);
  const Tensor x = tensor({1, NAN, 3, NAN, -5}, float64);
  const auto expected = Doubles{0, 0.5, 0, 0.5, 0};
  CHECK(gradient([](const Tensor& t) { return max(t); }, x, create_graph) == expected);
  CHECK(gradient([](const Tensor& t) { return min(t); }, x, create_graph) == expected);
  const Tensor rows = tensor({{1, NAN}, {2, 2}}, float64);
  CHECK(gradient([](const Tensor& t) { return max(t, 1); }, rows, create_graph) ==
        Doubles{0, 1, 0.5, 0.5});
}

TEST_CASE("the extreme of two, and what limits one") {
  const bool create_graph = GENERATE(false, true);
  const Tensor a = tensor({1, NAN, 3, 2, NAN}, float64), b = tensor({NAN, 2, 1, 2, NAN}, float64);
  const Doubles of_a{0, 1, 1, 0.5, 0.5}, of_b{1, 0, 0, 0.5, 0.5}, least_a{0, 1, 0, 0.5, 0.5},
      least_b{1, 0, 1, 0.5, 0.5};
  const auto first = [&](auto f) {
    return gradient([&](const Tensor& t) { return f(t, b); }, a, create_graph);
  };
  const auto second = [&](auto f) {
    return gradient([&](const Tensor& t) { return f(a, t); }, b, create_graph);
  };
  const auto most = [](const Tensor& x, const Tensor& y) { return maximum(x, y); };
  const auto least = [](const Tensor& x, const Tensor& y) { return minimum(x, y); };
  CHECK(first(most) == of_a);
  CHECK(second(most) == of_b);
  CHECK(first(least) == least_a);
  CHECK(second(least) == least_b);

  const Tensor x = tensor({-2, NAN, 0.5, 3}, float64);
  CHECK(gradient([](const Tensor& t) { return clamp(t, -1, 1); }, x, create_graph) ==
        Doubles{0, 1, 1, 0});
  CHECK(gradient([](const Tensor& t) { return relu(t); }, x, create_graph) == Doubles{0, 1, 1, 1});
}

TEST_CASE("infinite elements of a segment share it, as in softmax") {
  const double most = std::numeric_limits<double>::infinity();
  const Tensor x = from_data(std::vector<double>{most, 1, most, 2, most}, {5}).requires_grad_();
  const Tensor ids = from_data(std::vector<std::int64_t>{0, 0, 0, 1, 2}, {5});
  const Tensor y = segment_softmax(x, ids, 3);
  CHECK(y.to_vector<double>() == std::vector<double>{0.5, 0, 0.5, 1, 1});
  CHECK(grad({sum(y * y)}, {x})[0].to_vector<double>() == std::vector<double>{0, 0, 0, 0, 0});
}
