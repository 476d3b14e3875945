#pragma once
// What norms take from their elements: less the mean, divided by the standard deviation. Only for
// *_simd.cpp files: each instruction set compiles its own copy.

#include <cinta/ops/kernels/loop/rows.hpp>
#include <cmath>

namespace cinta::kernels {

/// The elements of a set: `count` segments of `length`, `step` from one to the next.
struct Segments {
  std::int64_t count, step, length;

  std::int64_t numel() const { return count * length; }
};

/// The mean is near + rest: beside a large one, what rounding takes from it is as large as the
/// deviations. Not `centred`, it counts as 0, and the deviations are the elements themselves.
template <class T>
class Normal {
 public:
  Normal(const T* x, const Segments& segments, double eps, bool centred = true) : x_(x) {
    const double n = double(segments.numel());
    double total = 0;
    for (std::int64_t i = 0; centred && i < segments.count; ++i) {
      const T* from = x + i * segments.step;
      total +=
          sum_lanes<T>(segments.length, [from](auto k, auto m) { return Lanes<T>(from + k, m); });
    }
    const T near = T(total / n);
    near_ = Lanes<T>(near);
    double sum = 0, square = 0;
    for (std::int64_t i = 0; i < segments.count; ++i)
      add_moments(x + i * segments.step, segments.length, near, &sum, &square);
    if (!centred) sum = 0;
    double rest = sum / n, spread = square / n - rest * rest;
    double unit = 1;  // of the deviations
    if (!std::isfinite(square)) [[unlikely]]
      careful_moments(segments, near, centred, &unit, &rest, &spread);
    if (spread < 0) spread = 0;  // but NaN stays
    const double scale = 1 / (unit * std::sqrt(spread + eps / (unit * unit)));
    rest_ = T(rest);
    scale_ = Lanes<T>(T(scale));
    shift_ = Lanes<T>(T(rest * scale));
    mean_ = double(near) + rest;
    variance_ = spread * unit * unit;
  }

  /// m elements from number k on, counted from the set's first.
  Lanes<T> operator()(std::int64_t k, std::int64_t m) const {
    return near_centred(k, m) * scale_ - shift_;
  }
  /// Without the division, and less `near` alone.
  Lanes<T> near_centred(std::int64_t k, std::int64_t m) const {
    return Lanes<T>(x_ + k, m) - near_;
  }
  T rest() const { return rest_; }
  const Lanes<T>& scale() const { return scale_; }
  double mean() const { return mean_; }
  double variance() const { return variance_; }  ///< the biased one

 private:
  struct Moments {
    void add(const Lanes<T>& d) {
      sums = sums + d;
      squares = squares + d * d;
    }
    Lanes<T> sums{T(0)}, squares{T(0)};
  };

  // Adds the deviations from `near` and their squares.
  static void add_moments(const T* x, std::int64_t n, T near, double* sum, double* square) {
    const Lanes<T> zero(near);
    const auto deviation = [&](std::int64_t k, std::int64_t m) {
      return Lanes<T>(x + k, m, near) - zero;
    };
    constexpr std::int64_t block = 1024, size = Lanes<T>::size;
    for (std::int64_t k = 0; k < n;) {
      const std::int64_t end = std::min(k + block, n);
      Moments a, b;  // two chains, so that one need not wait for the other
      for (; k + 2 * size <= end; k += 2 * size) {
        a.add(deviation(k, size));
        b.add(deviation(k + size, size));
      }
      for (; k < end; k += size) a.add(deviation(k, std::min(size, end - k)));
      *sum += (a.sums + b.sums).sum();
      *square += (a.squares + b.squares).sum();
    }
  }

  // Where squares overflow: of deviations as parts of the largest.
  void careful_moments(const Segments& segments, T near, bool centred, double* unit, double* rest,
                       double* spread) const {
    double largest = 0, sum = 0, square = 0;
    const auto for_each = [&](const auto& f) {
      for (std::int64_t i = 0; i < segments.count; ++i)
        for (std::int64_t k = 0; k < segments.length; ++k)
          f(double(x_[i * segments.step + k]) - double(near));
    };
    for_each([&](double d) { largest = std::max(largest, std::fabs(d)); });
    if (!std::isfinite(largest)) return;
    for_each([&](double d) {
      d /= largest;
      sum += centred ? d : 0;
      square += d * d;
    });
    const double n = double(segments.numel());
    *unit = largest;
    *rest = sum / n * largest;
    *spread = square / n - sum / n * (sum / n);
  }

  const T* x_;
  T rest_;
  double mean_, variance_;
  Lanes<T> near_, scale_, shift_;
};

}  // namespace cinta::kernels
