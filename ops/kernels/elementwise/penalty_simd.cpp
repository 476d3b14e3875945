// Compiled once per instruction set; see simd/dispatch.hpp.
//
// Sums are formed as in reduce_simd.cpp: a fixed number of lanes over blocks, blocks added in a
// wider type, units of fixed size added in order.

#include <algorithm>
#include <cinta/ops/kernels/elementwise/penalty.hpp>
#include <cinta/ops/kernels/loop/double_double.hpp>
#include <cinta/ops/kernels/loop/transform.hpp>
#include <limits>
#include <vector>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void penalty_sums(const Array& x, double* absolute, double* squares);
void penalty_slope(const Array& x, double l1, double l2, double at_zero, const Array& dx);
void group_norms(const Array& x, const Groups& groups, double* norms);
void scale_groups(const Array& x, const Groups& groups, const double* factor, const Array& y);
void group_slope(const Array& x, const Groups& groups, double scale, const Array& dx);
void shrink_elements(const Array& x, double threshold, double shrink, double low, double high);

namespace {

constexpr int lanes = 32;
constexpr std::int64_t block = 1024;      // elements added in their own precision
constexpr std::int64_t unit = 32 * 1024;  // elements whose sum one thread forms

// A factor of 0 gives 0, whatever the value.
template <class T>
T scaled(T value, T factor) {
  return factor == 0 ? T(0) : factor * value;
}

struct Sums {
  DoubleDouble absolute, squares;
};

template <class T>
void add_block(const T* x, std::int64_t n, Sums& sums) {
  T absolute[lanes] = {}, squares[lanes] = {};
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
#pragma omp simd
    for (int k = 0; k < lanes; ++k) {
      const T v = x[i + k];
      absolute[k] += v < 0 ? -v : v;
      squares[k] += v * v;
    }
  }
  for (int k = 0; i < n; ++i, ++k) {
    absolute[k] += x[i] < 0 ? -x[i] : x[i];
    squares[k] += x[i] * x[i];
  }
  for (int width = lanes / 2; width > 0; width /= 2) {
    for (int k = 0; k < width; ++k) {
      absolute[k] += absolute[k + width];
      squares[k] += squares[k + width];
    }
  }
  sums.absolute += absolute[0];
  sums.squares += squares[0];
}

template <class T>
Sums sums_of(const T* x, std::int64_t n) {
  Sums sums;
  for (std::int64_t i = 0; i < n; i += block) add_block(x + i, std::min(block, n - i), sums);
  return sums;
}

// The squares alone, of groups that may be short: fewer lanes, so that there is less to fold.
template <class T>
double squares_of(const T* x, std::int64_t n) {
  constexpr int few = 8;
  double total = 0;
  for (std::int64_t start = 0; start < n; start += block) {
    const std::int64_t end = std::min(start + block, n);
    T sums[few] = {};
    std::int64_t i = start;
    for (; i + few <= end; i += few) {
#pragma omp simd
      for (int k = 0; k < few; ++k) sums[k] += x[i + k] * x[i + k];
    }
    for (int k = 0; i < end; ++i, ++k) sums[k] += x[i] * x[i];
    total += double(((sums[0] + sums[4]) + (sums[2] + sums[6])) +
                    ((sums[1] + sums[5]) + (sums[3] + sums[7])));
  }
  return total;
}

// squares[g] += those of `rows` rows of (groups, inner), for groups of few elements in a row.
template <class T>
void add_rows(const T* x, const Groups& groups, std::int64_t rows, double* squares) {
  for (std::int64_t r = 0; r < rows; ++r, x += groups.count * groups.inner) {
    if (groups.inner == 1) {
      for (std::int64_t g = 0; g < groups.count; ++g) squares[g] += double(x[g]) * double(x[g]);
    } else {
      for (std::int64_t g = 0; g < groups.count; ++g)
        squares[g] += squares_of(x + g * groups.inner, groups.inner);
    }
  }
}

// Whether a sum of squares of T is neither too large nor too small to be one.
template <class T>
bool is_safe(double squares) {
  constexpr double least = sizeof(T) == sizeof(float) ? 1e-30 : 1e-280;
  return squares >= least && squares <= std::numeric_limits<double>::max();
}

// The norm of a group whose squares are out of range: of its elements as parts of the largest.
template <class T>
double careful_norm(const T* x, const Groups& groups, std::int64_t g) {
  const auto for_each = [&](const auto& f) {
    for (std::int64_t r = 0; r < groups.outer; ++r)
      for (std::int64_t i = 0; i < groups.inner; ++i)
        f(std::fabs(double(x[(r * groups.count + g) * groups.inner + i])));
  };
  double largest = 0, parts = 0;
  for_each([&](double size) { largest = size > largest || size != size ? size : largest; });
  if (largest == 0 || !std::isfinite(largest)) return largest;
  for_each([&](double size) { parts += size / largest * (size / largest); });
  return largest * std::sqrt(parts);
}

template <class T>
double norm_of(double squares, const T* x, const Groups& groups, std::int64_t g) {
  return is_safe<T>(squares) ? std::sqrt(squares) : careful_norm(x, groups, g);
}

}  // namespace

void penalty_sums(const Array& x, double* absolute, double* squares) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const T* const data = x.data<T>();
    const std::int64_t n = x.numel(), units = (n + unit - 1) / unit;
    std::vector<Sums> partial(static_cast<std::size_t>(units));
    parallel_for(units, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t u = begin; u < end; ++u)
        partial[std::size_t(u)] = sums_of(data + u * unit, std::min(unit, n - u * unit));
    });
    Sums total;
    for (const Sums& sums : partial) {
      total.absolute += sums.absolute;
      total.squares += sums.squares;
    }
    *absolute = double(total.absolute);
    *squares = double(total.squares);
  });
}

void penalty_slope(const Array& x, double l1, double l2, double at_zero, const Array& dx) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const T up = T(l1), zero = T(l1 * at_zero), factor = T(l2);
    // The last choice is for 0 and for NaN, which stays.
    const auto sign = [=](auto v) {
      using V = decltype(v);
      return select(v > V(0), V(up), select(v < V(0), V(-up), v + V(zero)));
    };
    if (factor == 0) return map<T>(dx, sign, x);  // 0 * inf would be NaN
    map<T>(
        dx, [=](auto v) { return sign(v) + decltype(v)(factor) * v; }, x);
  });
}

void group_norms(const Array& x, const Groups& groups, double* norms) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const T* const data = x.data<T>();
    if (groups.outer == 1) {
      parallel_for(groups.count, grain_of(groups.inner), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t g = begin; g < end; ++g)
          norms[g] = norm_of(squares_of(data + g * groups.inner, groups.inner), data, groups, g);
      });
      return;
    }
    // Parts of the rows, of which there are few: each has sums for all groups.
    const std::int64_t row = std::max<std::int64_t>(1, groups.count * groups.inner);
    const std::int64_t rows = std::max((groups.outer + 63) / 64, (unit + row - 1) / row);
    const std::int64_t parts = (groups.outer + rows - 1) / rows;
    std::vector<double> partial(std::size_t(parts * groups.count), 0.0);
    parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t p = begin; p < end; ++p)
        add_rows(data + p * rows * row, groups, std::min(rows, groups.outer - p * rows),
                 partial.data() + p * groups.count);
    });
    for (std::int64_t g = 0; g < groups.count; ++g) {
      double squares = 0;
      for (std::int64_t p = 0; p < parts; ++p)
        squares += partial[std::size_t(p * groups.count + g)];
      norms[g] = norm_of(squares, data, groups, g);
    }
  });
}

void scale_groups(const Array& x, const Groups& groups, const double* factor, const Array& y) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const T* const from = x.data<T>();
    T* const to = y.data<T>();
    const std::int64_t inner = groups.inner, count = groups.count;
    if (inner == 1) {
      parallel_for(groups.outer, grain_of(count), [=](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin * count; i < end * count; i += count)
          for (std::int64_t g = 0; g < count; ++g) to[i + g] = scaled(from[i + g], T(factor[g]));
      });
      return;
    }
    parallel_for(groups.outer * count, grain_of(inner), [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t k = begin; k < end; ++k) {
        const T f = T(factor[k % count]);
        for (std::int64_t i = k * inner; i < (k + 1) * inner; ++i) to[i] = scaled(from[i], f);
      }
    });
  });
}

void group_slope(const Array& x, const Groups& groups, double scale, const Array& dx) {
  std::vector<double> norms(static_cast<std::size_t>(groups.count));
  const auto factor_of = [scale](double norm) { return norm == 0 ? 0 : scale / norm; };
  dispatch_floating(x.dtype, [&]<class T>() {
    const T* const from = x.data<T>();
    T* const to = dx.data<T>();
    const std::int64_t inner = groups.inner;
    if (groups.outer == 1) {  // a group is still in the cache when it is scaled
      parallel_for(groups.count, grain_of(inner), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t g = begin; g < end; ++g) {
          const double norm = norm_of(squares_of(from + g * inner, inner), from, groups, g);
          norms[std::size_t(g)] = norm;
          const T f = T(factor_of(norm));
          for (std::int64_t i = g * inner; i < (g + 1) * inner; ++i) to[i] = scaled(from[i], f);
        }
      });
    } else {
      std::vector<double> factors(norms.size());
      CINTA_SIMD::group_norms(x, groups, norms.data());
      std::transform(norms.begin(), norms.end(), factors.begin(), factor_of);
      CINTA_SIMD::scale_groups(x, groups, factors.data(), dx);
    }
    for (std::int64_t g = 0; g < groups.count; ++g) {
      const double norm = norms[std::size_t(g)];
      const bool tiny = std::isinf(T(factor_of(norm)));  // beyond T, where the slopes are not
      if (!tiny && !std::isinf(norm)) continue;
      const auto for_each = [&](const auto& f) {
        for (std::int64_t r = 0; r < groups.outer; ++r)
          for (std::int64_t i = 0; i < inner; ++i) f((r * groups.count + g) * inner + i);
      };
      if (tiny) {
        for_each([&](std::int64_t i) { to[i] = T(scale * (double(from[i]) / norm)); });
        continue;
      }
      // Infinite elements stand for equal ones that grow.
      std::int64_t infinite = 0;
      for_each([&](std::int64_t i) { infinite += std::isinf(from[i]); });
      const T slope = T(scale / std::sqrt(double(infinite)));
      for_each([&](std::int64_t i) {
        to[i] = !std::isinf(from[i]) ? T(0) : from[i] > 0 ? slope : -slope;
      });
    }
  });
}

void shrink_elements(const Array& x, double threshold, double shrink, double low, double high) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const T t = T(threshold), s = T(shrink), least = T(low), most = T(high);
    map<T>(
        x,
        [=](auto v) {
          using V = decltype(v);
          const V zero = v - v;  // NaN of NaN
          V u = select(v > V(t), v - V(t), select(v < V(-t), v + V(t), zero)) * V(s);
          u = select(u < V(least), V(least), u);
          return select(u > V(most), V(most), u);
        },
        x);
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
