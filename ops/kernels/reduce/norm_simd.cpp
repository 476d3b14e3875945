// Compiled once per instruction set; see simd/dispatch.hpp.

#include <algorithm>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/reduce/norm.hpp>
#include <cinta/ops/kernels/simd/math.hpp>
#include <cmath>
#include <type_traits>
#include <vector>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

#include <cinta/ops/kernels/reduce/short_rows.hpp>
#include <cinta/ops/kernels/simd/join_lanes.hpp>

namespace cinta::kernels::CINTA_SIMD {

void norm_rows(const Array& x, double p, const Array& y);
void product_rows(const Array& x, const Array& y);

namespace {

constexpr std::int64_t unit = 32 * 1024;  // elements of a long row that are one thread's
constexpr int lanes = 16;

// All elements taken in by `add`, in a fixed number of lanes that begin with `first` and are
// combined by `join`.
template <class Wide, class T, class Add, class Join>
Wide fold(const T* x, std::int64_t n, Wide first, const Add& add, const Join& join) {
  Wide all[lanes];
  for (Wide& value : all) value = first;
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (int k = 0; k < lanes; ++k) all[k] = add(all[k], Wide(x[i + k]));
  for (int k = 0; i < n; ++i, ++k) all[k] = add(all[k], Wide(x[i]));
  return join_lanes<lanes>(all, join);
}

// finish(i, fold of row i). Rows longer than a unit are cut into units, of which each thread has
// some.
template <class Wide, class T, class Add, class Join, class Finish>
void fold_rows(const T* x, std::int64_t rows, std::int64_t n, Wide first, const Add& add,
               const Join& join, const Finish& finish) {
  if (n <= unit) {
    parallel_for(rows, grain_of(n), [=](std::int64_t begin, std::int64_t end) {
      if (n < short_row) return fold_short_rows(x, begin, end, n, first, add, finish);
      for (std::int64_t i = begin; i < end; ++i) finish(i, fold(x + i * n, n, first, add, join));
    });
    return;
  }
  const std::int64_t units = (n + unit - 1) / unit;
  std::vector<Wide> parts(std::size_t(rows * units));
  Wide* const to = parts.data();
  parallel_for(rows * units, 1, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t u = begin; u < end; ++u) {
      const std::int64_t start = u % units * unit;
      to[u] = fold(x + u / units * n + start, std::min(unit, n - start), first, add, join);
    }
  });
  for (std::int64_t i = 0; i < rows; ++i) {
    Wide all = first;
    for (std::int64_t u = 0; u < units; ++u) all = join(all, to[i * units + u]);
    finish(i, all);
  }
}

constexpr auto sum_of = [](double a, double b) { return a + b; };
constexpr auto larger = [](double a, double b) { return b > a || b != b ? b : a; };
constexpr auto larger_size = [](double a, double b) { return larger(a, std::abs(b)); };

// The sum of (|x| / largest)^p, in lanes as fold() has them.
template <class T>
double sum_of_powers(const T* x, std::int64_t n, double p, double largest) {
  using B = xsimd::batch<double>;
  double all[lanes] = {};
  for (std::int64_t i = 0; i < n; i += lanes) {
    const int count = int(std::min<std::int64_t>(lanes, n - i));
    double powers[lanes] = {};
    for (int k = 0; k < count; ++k) powers[k] = std::abs(double(x[i + k])) / largest;
    for (int k = 0; k < lanes; k += int(B::size))
      pow(B::load_unaligned(powers + k), B(p)).store_unaligned(powers + k);
    for (int k = 0; k < count; ++k) all[k] += powers[k];
  }
  return join_lanes<lanes>(all, sum_of);
}

// The norm in units of the largest element, so that nothing overflows or vanishes.
template <class T>
double scaled_norm(const T* x, std::int64_t n, double p, double largest) {
  if (!(largest > 0) || std::isinf(largest)) return largest;
  return largest * std::pow(sum_of_powers(x, n, p, largest), 1 / p);
}

}  // namespace

void norm_rows(const Array& x, double p, const Array& y) {
  const std::int64_t n = x.shape.back(), rows = y.numel();
  if (rows == 0) return;
  dispatch_floating(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = y.data<T>();
    if (p == 1) {
      fold_rows(
          from, rows, n, 0.0, [](double s, double v) { return s + std::abs(v); }, sum_of,
          [=](std::int64_t i, double sum) { to[i] = T(sum); });
    } else if (p == 2) {
      fold_rows(
          from, rows, n, 0.0, [](double s, double v) { return s + v * v; }, sum_of,
          [=](std::int64_t i, double sum) {
            // Sums of squares of float32 are always far from the ends of double.
            const bool fits =
                std::is_same_v<T, float> || (sum > 1e-280 && sum < 1e300) || sum != sum;
            const T* row = from + i * n;
            to[i] = T(fits ? std::sqrt(sum)
                           : scaled_norm(row, n, p, fold(row, n, 0.0, larger_size, larger)));
          });
    } else {
      fold_rows(from, rows, n, 0.0, larger_size, larger, [=](std::int64_t i, double largest) {
        to[i] = T(scaled_norm(from + i * n, n, p, largest));
      });
    }
  });
}

void product_rows(const Array& x, const Array& y) {
  const std::int64_t n = x.shape.back(), rows = y.numel();
  if (rows == 0) return;
  const auto multiply = [](auto a, auto b) { return a * b; };
  const auto products = [&]<class T, class Wide>(T, Wide) {
    T* to = y.data<T>();
    fold_rows(x.data<T>(), rows, n, Wide(1), multiply, multiply,
              [=](std::int64_t i, Wide product) { to[i] = T(product); });
  };
  if (x.dtype == int64)
    products(std::int64_t{}, std::uint64_t{});
  else if (x.dtype == float32)
    products(float{}, double{});
  else
    products(double{}, double{});
}

}  // namespace cinta::kernels::CINTA_SIMD
