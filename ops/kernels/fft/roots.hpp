#pragma once
// Roots of one.

#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>
#include <vector>

namespace cinta::kernels::CINTA_SIMD {
namespace {

/// Real and imaginary parts side by side.
template <class T>
struct Parts {
  std::vector<T> re, im;
  explicit Parts(std::int64_t n) : re(std::size_t(n)), im(std::size_t(n)) {}
  std::int64_t numbers() const { return 2 * std::int64_t(re.size()); }
};

/// exp(-2 pi i k / n) in double: of an angle below an eighth of the circle, which is rounded least.
inline std::pair<double, double> exact_root(std::int64_t k, std::int64_t n) {
  k %= n;
  const bool below = 2 * k > n;  // the conjugate
  if (below) k = n - k;
  const bool left = 4 * k > n;
  std::int64_t twice = left ? n - 2 * k : 2 * k;
  const bool steep = 4 * twice > n;
  // An eighth of the circle is n / 8; in units of a quarter of a step nothing is lost.
  std::int64_t quarter = 2 * twice;
  if (steep) quarter = n - quarter;
  const double angle = std::numbers::pi / 2 * double(quarter) / double(n);
  double re = std::cos(angle), im = std::sin(angle);
  if (steep) std::swap(re, im);
  return {left ? -re : re, below ? im : -im};
}

template <class T>
std::pair<T, T> root(std::int64_t k, std::int64_t n) {
  const auto [re, im] = exact_root(k, n);
  return {T(re), T(im)};
}

/// exp(-2 pi i k / n) for k < count.
template <class T>
Parts<T> roots(std::int64_t n, std::int64_t count) {
  Parts<T> many(count);
  for (std::int64_t k = 0; k < count; ++k) {
    const auto [re, im] = root<T>(k, n);
    many.re[std::size_t(k)] = re, many.im[std::size_t(k)] = im;
  }
  return many;
}

}  // namespace
}  // namespace cinta::kernels::CINTA_SIMD
