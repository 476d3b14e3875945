#pragma once
// Plain vectors, which is what minimizers compute with.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace cinta::optim::minimize {

using Vector = std::vector<double>;

/// In eight lanes, so that compilers make vectors of it; always in the same order.
inline double dot(const Vector& a, const Vector& b) {
  constexpr std::size_t lanes = 8;
  double sums[lanes] = {};
  const std::size_t whole = a.size() / lanes * lanes;
  for (std::size_t i = 0; i < whole; i += lanes)
    for (std::size_t k = 0; k < lanes; ++k) sums[k] += a[i + k] * b[i + k];
  for (std::size_t i = whole; i < a.size(); ++i) sums[i - whole] += a[i] * b[i];
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

inline double norm(const Vector& a) { return std::sqrt(dot(a, a)); }

/// The largest element without its sign; NaN if there is one.
inline double largest(const Vector& a) {
  double most = 0;
  for (const double v : a) {
    if (std::isnan(v)) return v;
    most = std::max(most, std::abs(v));
  }
  return most;
}

/// a += factor * b
inline void add(Vector& a, double factor, const Vector& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += factor * b[i];
}

inline void scale(Vector& a, double factor) {
  for (double& v : a) v *= factor;
}

/// a - b
inline Vector difference(const Vector& a, const Vector& b) {
  Vector result(a);
  add(result, -1, b);
  return result;
}

}  // namespace cinta::optim::minimize
