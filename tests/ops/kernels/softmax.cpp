// Softmax and cross entropy against plain loops.

#include <cinta/ops/kernels/reduce/softmax.hpp>

#include "ops/kernels/arrays.hpp"

namespace arrays {

// log(sum(exp(x))) of one row, straight from the definition.
long double log_sum_exp(const Block& x, std::int64_t row) {
  const std::int64_t n = x.shape().back();
  long double top = -inf, total = 0;
  for (std::int64_t k = 0; k < n; ++k) top = std::max(top, (long double)x.get(row * n + k));
  for (std::int64_t k = 0; k < n; ++k) total += std::exp(x.get(row * n + k) - top);
  return top + std::log(total);
}

const std::vector<Shape> row_shapes = {{0, 3},    {3, 0},     {1, 1},     {5, 2},    {7, 3},
                                       {4, 7},    {4, 8},     {4, 9},     {3, 15},   {3, 16},
                                       {3, 17},   {2, 33},    {2, 1023},  {2, 1025}, {900, 10},
                                       {40, 300}, {3, 40000}, {20000, 3}, {6, 5, 4}};

TEST_CASE("softmax and its gradient agree with plain loops") {
  for (const Shape& shape : row_shapes) {
    for (Dtype dtype : {float32, float64}) {
      const std::int64_t n = std::max<std::int64_t>(shape.back(), 1), rows = shape.numel() / n;
      const double unit = epsilon_of(dtype);
      Block x(shape, dtype), dy(shape, dtype), y(shape, dtype), l(shape, dtype), dx(shape, dtype);
      x.randomize(-20, 20), dy.randomize();
      std::vector<double> total;
      for (std::int64_t row = 0; row < rows; ++row) total.push_back(double(log_sum_exp(x, row)));
      CAPTURE(shape.str(), name_of(dtype));

      REQUIRE(same_for_threads(y, [&] { kernels::softmax(x, NAN, y); }));
      const auto p = [&](std::int64_t i) { return std::exp(x.get(i) - total[std::size_t(i / n)]); };
      REQUIRE(wrong(y, p, [&](std::int64_t i) { return 60 * unit * p(i); }) == 0);
      REQUIRE(same_for_threads(l, [&] { kernels::log_softmax(x, l); }));
      REQUIRE(wrong(
                  l, [&](std::int64_t i) { return x.get(i) - total[std::size_t(i / n)]; },
                  [&](std::int64_t) { return 60 * unit; }) == 0);

      std::vector<double> weighted(std::size_t(rows), 0), plain(std::size_t(rows), 0),
          size(std::size_t(rows), 0);
      for (std::int64_t i = 0; i < x.numel(); ++i) {
        weighted[std::size_t(i / n)] += p(i) * dy.get(i);
        plain[std::size_t(i / n)] += dy.get(i);
        size[std::size_t(i / n)] += std::fabs(dy.get(i));
      }
      REQUIRE(same_for_threads(dx, [&] { kernels::softmax_backward(y, dy, dx); }));
      REQUIRE(wrong(
                  dx,
                  [&](std::int64_t i) { return p(i) * (dy.get(i) - weighted[std::size_t(i / n)]); },
                  [&](std::int64_t i) { return 200 * unit * p(i) + 1e-300; }) == 0);
      REQUIRE(same_for_threads(dx, [&] { kernels::log_softmax_backward(l, dy, dx); }));
      REQUIRE(wrong(
                  dx, [&](std::int64_t i) { return dy.get(i) - p(i) * plain[std::size_t(i / n)]; },
                  [&](std::int64_t i) {
                    return 200 * unit * (3 + p(i) * size[std::size_t(i / n)]);
                  }) == 0);
    }
  }
}

TEST_CASE("cross entropy and its gradient agree with plain loops") {
  for (const Shape& shape : row_shapes) {
    if (shape.rank() != 2 || shape[1] == 0) continue;
    for (Dtype dtype : {float32, float64}) {
      const std::int64_t rows = shape[0], n = shape[1];
      const double unit = epsilon_of(dtype);
      Block x(shape, dtype), label({rows}, int64), loss({rows}, dtype), dx(shape, dtype);
      Block weight({rows}, dtype);
      x.randomize(-20, 20), weight.randomize();
      for (std::int64_t i = 0; i < rows; ++i) label.set(i, double(random_int(0, n - 1)));
      CAPTURE(shape.str(), name_of(dtype));
      REQUIRE(same_for_threads(loss, [&] { kernels::cross_entropy(x, label, loss); }));
      REQUIRE(wrong(
                  loss,
                  [&](std::int64_t i) {
                    return double(log_sum_exp(x, i) - x.get(i * n + std::int64_t(label.get(i))));
                  },
                  [&](std::int64_t) { return 60 * unit; }) == 0);
      REQUIRE(same_for_threads(
          dx, [&] { kernels::cross_entropy_backward(x, label, loss, weight, dx); }));
      std::vector<long double> total;
      for (std::int64_t i = 0; i < rows; ++i) total.push_back(log_sum_exp(x, i));
      REQUIRE(wrong(
                  dx,
                  [&](std::int64_t i) {
                    const double p = double(std::exp(x.get(i) - total[std::size_t(i / n)]));
                    return (p - double(label.get(i / n) == double(i % n))) * weight.get(i / n);
                  },
                  [&](std::int64_t) { return 60 * unit; }) == 0);
    }
  }
}

TEST_CASE("the gradient of a cross entropy that is infinite") {
  Block x({1, 3}, float32), label({1}, int64), loss({1}, float32), dx({1, 3}, float32);
  Block weight({1}, float32);
  label.set(0, 0), x.set(0, -inf), x.set(1, 2), x.set(2, 2), weight.set(0, 4);
  kernels::cross_entropy(x, label, loss);
  CHECK(loss.get(0) == inf);
  kernels::cross_entropy_backward(x, label, loss, weight, dx);
  CHECK(std::vector<double>{dx.get(0), dx.get(1), dx.get(2)} == std::vector<double>{-4, 2, 2});
}

TEST_CASE("softmax of extreme rows") {
  const auto row = [](std::vector<double> values) {
    Block x({std::int64_t(values.size())}, float64), y(x.shape(), float64), l(x.shape(), float64);
    for (std::size_t i = 0; i < values.size(); ++i) x.set(std::int64_t(i), values[i]);
    kernels::softmax(x, NAN, y);
    kernels::log_softmax(x, l);
    return std::vector<double>{y.get(0), y.get(1), l.get(0), l.get(1)};
  };
  CHECK(row({1000, 0}) == std::vector<double>{1, 0, 0, -1000});
  CHECK(row({-1e308, 1e308})[1] == 1);
  CHECK(row({-inf, 3}) == std::vector<double>{0, 1, -inf, 0});
  CHECK(row({1e9, 1e9 - 1})[2] == Approx(-std::log1p(std::exp(-1.0))).epsilon(1e-15));
  for (double value : row({nan, 1})) CHECK(std::isnan(value));
  for (double value : row({-inf, -inf})) CHECK(std::isnan(value));
}

}  // namespace arrays
