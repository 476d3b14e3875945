// Rows of any length, whose last elements are no whole register or block, and kernels that have two
// ways to one result, against plain loops.

#include <algorithm>
#include <cinta/cinta.hpp>
#include <cinta/ops/kernels/copy/copy_row.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

#include "support/catch_compat.hpp"

namespace {

using namespace cinta;

constexpr double infinity = std::numeric_limits<double>::infinity();

// Relative to b.
double off(double a, double b) { return b == 0 ? std::fabs(a) : std::fabs(a - b) / std::fabs(b); }

TEST_CASE("bytes are copied alike wherever both arrays lie in their pages") {
  std::vector<char> x(3 * 4096), memory(6 * 4096);
  std::iota(x.begin(), x.end(), char(1));
  // `to` is as far in its page as x, and up to two lines further.
  const std::int64_t aligned = std::int64_t(reinterpret_cast<std::uintptr_t>(x.data()) -
                                            reinterpret_cast<std::uintptr_t>(memory.data())) &
                               4095;
  for (std::int64_t further = 0; further <= 130; ++further) {
    for (const std::int64_t bytes :
         {0, 1, 63, 64, 65, 2047, 2048, 2049, 2111, 2112, 2113, 4096, 9001}) {
      std::fill(memory.begin(), memory.end(), char(77));
      char* const to = memory.data() + aligned + further;
      kernels::copy_bytes(to, x.data(), bytes);
      const auto is_untouched = [](char c) { return c == 77; };
      CAPTURE(further, bytes);
      CHECK(std::equal(to, to + bytes, x.begin()));
      CHECK(std::all_of(memory.data(), to, is_untouched));
      CHECK(std::all_of(to + bytes, memory.data() + memory.size(), is_untouched));
    }
  }
}

TEST_CASE("rows rolled by a few elements, whose copies lie a little further in their pages") {
  for (const Dtype dtype : {float32, float64}) {
    const Tensor x = to(arange(7 * 1024), dtype);
    for (const std::int64_t shift : {1, 3, 7, 8, 1023}) {
      const Tensor y = roll(reshape(x, {7, 1024}), shift, 1);
      const auto values = to(y, float64).to_vector<double>();
      std::int64_t wrong = 0;
      for (std::int64_t i = 0; i < 7 * 1024; ++i) {
        const std::int64_t row = i / 1024 * 1024, column = (i % 1024 - shift + 1024) % 1024;
        wrong += values[std::size_t(i)] != double(row + column);
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("norms and distances of rows of any length") {
  manual_seed(3);
  for (const Dtype dtype : {float32, float64}) {
    const double unit = dtype == float32 ? 0x1p-23 : 0x1p-52;
    for (std::int64_t n = 1; n <= 70; ++n) {
      const Tensor a = randn({5, n}, dtype), b = randn({6, n}, dtype);
      const auto u = to(a, float64).to_vector<double>(), v = to(b, float64).to_vector<double>();
      CAPTURE(n, name_of(dtype));
      for (const double p : {0.5, 3.0, 2.5}) {
        const auto y = to(norm(a, p, 1), float64).to_vector<double>();
        double worst = 0;
        for (std::size_t i = 0; i < 5; ++i) {
          long double sum = 0;
          for (std::int64_t k = 0; k < n; ++k)
            sum += std::pow(std::fabs((long double)u[i * std::size_t(n) + std::size_t(k)]), p);
          worst = std::max(worst, off(y[i], double(std::pow(sum, 1 / (long double)p))));
        }
        CHECK(worst < 12 * unit);
      }
      const auto y = to(cdist(a, b), float64).to_vector<double>();
      double worst = 0;
      for (std::size_t i = 0; i < 5; ++i) {
        for (std::size_t j = 0; j < 6; ++j) {
          long double sum = 0;
          for (std::size_t k = 0; k < std::size_t(n); ++k) {
            const long double d =
                (long double)u[i * std::size_t(n) + k] - v[j * std::size_t(n) + k];
            sum += d * d;
          }
          worst = std::max(worst, off(y[i * 6 + j], double(std::sqrt(sum))));
        }
      }
      CHECK(worst < 4 * unit);
    }
  }
}

TEST_CASE("many rows of any length, added, multiplied, compared and scanned") {
  manual_seed(11);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Dtype dtype : {float32, float64, int64}) {
    const double unit = dtype == float32 ? 0x1p-23 : dtype == float64 ? 0x1p-52 : 0;
    for (const std::int64_t rows : {1, 16, 63, 65, 200}) {
      for (const std::int64_t n : {1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 64, 130}) {
        Tensor x = to(randint(1, 9, {rows, n}), dtype);
        if (dtype != int64) x = x * 0.25 * to(randint(0, 2, {rows, n}) * 2 - 1, dtype);
        CAPTURE(name_of(dtype), rows, n);
        // Some elements are NaN.
        Tensor with_nan = x;
        if (dtype != int64 && n > 1) with_nan = where(rand({rows, n}) < 0.1, nan, x);
        const auto u = to(x, float64).to_vector<double>(),
                   v = to(with_nan, float64).to_vector<double>();
        const auto sums = to(sum(x, 1), float64).to_vector<double>(),
                   products = to(prod(x, 1), float64).to_vector<double>(),
                   most = to(amax(with_nan, 1), float64).to_vector<double>(),
                   least = to(amin(with_nan, 1), float64).to_vector<double>(),
                   running = to(cumsum(x, 1), float64).to_vector<double>(),
                   down = to(sum(x, 0), float64).to_vector<double>();
        const auto some = any(x > 2, 1).to_vector<bool>();
        std::int64_t wrong = 0;
        double worst = 0;
        for (std::size_t i = 0; i < std::size_t(rows); ++i) {
          double total = 0, product = 1, high = v[i * std::size_t(n)], low = high;
          bool one = false;
          for (std::size_t k = i * std::size_t(n); k < (i + 1) * std::size_t(n); ++k) {
            total += u[k];  // exact: quarters
            product *= u[k];
            high = high != high || v[k] != v[k] ? nan : std::max(high, v[k]);
            low = low != low || v[k] != v[k] ? nan : std::min(low, v[k]);
            one |= u[k] > 2;
            wrong += running[k] != total;
          }
          const auto differs = [](double a, double b) { return a != b && (a == a || b == b); };
          wrong += sums[i] != total;
          wrong += differs(most[i], high);
          wrong += differs(least[i], low);
          wrong += some[i] != one;
          if (dtype != int64 || product < 0x1p53)  // above, int64 counts modulo 2^64
            worst = std::max(worst, off(products[i], product));
        }
        for (std::size_t k = 0; k < std::size_t(n); ++k) {
          double total = 0;
          for (std::size_t i = 0; i < std::size_t(rows); ++i) total += u[i * std::size_t(n) + k];
          wrong += down[k] != total;
        }
        CHECK(wrong == 0);
        CHECK(worst <= double(n) * unit);
      }
    }
  }
}

TEST_CASE("vector products of many, along any axis, by any number of threads") {
  manual_seed(4);
  for (const auto& [shape, axis] :
       {std::pair<Shape, int>{{70001, 3}, 1}, {{3, 70001}, 0}, {{5, 3, 30001}, 1}}) {
    for (const Dtype dtype : {float32, float64, int64}) {
      const Tensor a = to(randint(-9, 9, shape), dtype), b = to(randint(-9, 9, shape), dtype);
      const Tensor y = cross(a, b, axis);
      for (const int i : {0, 1, 2}) {
        const int j = (i + 1) % 3, k = (i + 2) % 3;
        const Tensor expected =
            select(a, axis, j) * select(b, axis, k) - select(a, axis, k) * select(b, axis, j);
        CAPTURE(shape.str(), axis, name_of(dtype), i);
        CHECK(count_nonzero(ne(select(y, axis, i), expected)).item() == 0);
      }
    }
  }
}

TEST_CASE("distances at the ends of the range") {
  const Tensor a = tensor({{3e200, 4e200}, {3e-200, 0.}}, float64),
               b = tensor({{0., 0.}, {0., 4e-200}}, float64);
  const auto y = cdist(a, b).to_vector<double>();
  CHECK(off(y[0], 5e200) < 1e-15);
  CHECK(off(y[1], 5e200) < 1e-15);
  CHECK(off(y[2], 3e-200) < 1e-15);
  CHECK(off(y[3], 5e-200) < 1e-15);
  const Tensor far = full({1, 3}, 3e38, float32), near = full({1, 3}, -3e38, float32);
  CHECK(cdist(far, near).to_vector<float>()[0] == std::numeric_limits<float>::infinity());
  const Tensor small = full({1, 1}, 1e-44, float32);
  CHECK(cdist(small, zeros({1, 1}, float32)).to_vector<float>()[0] == 1e-44f);
}

TEST_CASE("squares and cubes are products, with a power's special cases") {
  std::vector<double> values = {0.0,     -0.0,   1.0,    -1.0,    infinity, -infinity, 1e102,
                                -1e103,  1e-103, 1e-110, 5.6e102, 5.7e102,  1e154,     1e300,
                                -1e-320, 0.1,    3.0,    10.0,    1.1e-108};
  while (values.size() < 64) values.push_back(values.back() * 1.7 - 3);
  for (const double exponent : {2.0, 3.0}) {
    const Tensor x = from_data(values, {std::int64_t(values.size())});
    const auto of_doubles = pow(x, full(x.shape(), exponent, float64)).to_vector<double>();
    const auto of_floats = pow(to(x, float32), exponent).to_vector<float>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      CAPTURE(exponent, values[i]);
      const long double v = values[i], exact = exponent == 2 ? v * v : v * v * v;
      const double expected = double(exact);
      CHECK((of_doubles[i] == expected || off(of_doubles[i], expected) <= 0x1p-52));
      CHECK(std::signbit(of_doubles[i]) == std::signbit(expected));
      const double single = float(values[i]);
      CHECK(of_floats[i] == float(exponent == 2 ? single * single : single * single * single));
    }
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(std::isnan(pow(full({9}, nan, float64), exponent).to_vector<double>()[8]));
  }
}

TEST_CASE("the first few of rows, of equals the first, of NaN and of rows that rise") {
  manual_seed(5);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (int round = 0; round < 60; ++round) {
    const std::int64_t n = 8 + 37 * round, rows = 3;
    Tensor x = round % 3 == 0 ? to(randint(0, 9, {rows, n}), float32) : randn({rows, n});
    if (round % 5 == 0) x = where(x > 1, nan, x);
    if (round % 7 == 0) x = expand(reshape(to(arange(n), float32), {1, n}), {rows, n});
    const auto values = x.to_vector<float>();
    for (const std::int64_t k : {1, 2, 5, 20, 32}) {
      if (k > n) continue;
      for (const bool largest : {false, true}) {
        const auto found = topk(x, k, 1, {.largest = largest});
        const auto places = found.indices.to_vector<std::int64_t>();
        const auto sorted = sort(x, 1, largest).indices.to_vector<std::int64_t>();
        std::int64_t wrong = 0;
        for (std::int64_t r = 0; r < rows; ++r)
          for (std::int64_t i = 0; i < k; ++i)
            wrong += places[std::size_t(r * k + i)] != sorted[std::size_t(r * n + i)];
        CAPTURE(round, n, k, largest);
        CHECK(wrong == 0);
      }
    }
  }
}

TEST_CASE("places in sorted rows of any length") {
  manual_seed(7);
  for (std::int64_t n = 0; n < 40; ++n) {
    const Tensor row = sort(to(randint(0, 12, {n}), float32), 0).values;
    const Tensor x = to(randint(-2, 15, {50}), float32);
    const auto sorted = row.to_vector<float>(), values = x.to_vector<float>();
    for (const bool right : {false, true}) {
      const auto places = searchsorted(row, x, right).to_vector<std::int64_t>();
      std::int64_t wrong = 0;
      for (std::size_t i = 0; i < values.size(); ++i) {
        const auto at = right ? std::upper_bound(sorted.begin(), sorted.end(), values[i])
                              : std::lower_bound(sorted.begin(), sorted.end(), values[i]);
        wrong += places[i] != at - sorted.begin();
      }
      CAPTURE(n, right);
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("ids are counted, and different elements found, by any number of threads") {
  manual_seed(9);
  for (const std::int64_t n : {0, 1, 1000, 300000}) {
    for (const std::int64_t size : {1, 7, 5000}) {
      const Tensor ids = randint(0, size, {n});
      std::map<std::int64_t, std::int64_t> expected;
      for (const std::int64_t id : ids.to_vector<std::int64_t>()) ++expected[id];
      const auto counts = bincount(ids, size).to_vector<std::int64_t>();
      std::int64_t wrong = std::int64_t(counts.size()) != size;
      for (std::int64_t k = 0; k < size; ++k)
        wrong += counts[std::size_t(k)] != (expected.count(k) ? expected[k] : 0);
      CAPTURE(n, size);
      CHECK(wrong == 0);
      const auto found = unique(ids);
      const auto values = found.values.to_vector<std::int64_t>(),
                 times = found.counts.to_vector<std::int64_t>();
      CHECK(values.size() == expected.size());
      wrong = 0;
      std::size_t i = 0;
      for (const auto& each : expected) {
        wrong += values[i] != each.first || times[i] != each.second;
        ++i;
      }
      CHECK(wrong == 0);
      CHECK(take(found.values, found.inverse).to_vector<std::int64_t>() ==
            ids.to_vector<std::int64_t>());
    }
  }
}

}  // namespace
