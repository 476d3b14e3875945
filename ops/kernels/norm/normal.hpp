#pragma once
// What norms take from their elements: less the mean, divided by the standard deviation. Only for
// *_simd.cpp files: each instruction set compiles its own copy.

#include <cinta/ops/kernels/loop/rows.hpp>
#include <cmath>
#include <limits>

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
  /// Reads the elements once, in runs, each as long as all before it: its deviations are from their
  /// mean, those of the first run from the mean of its first half, so that what is taken back of
  /// their squares is never most of the sum (Chan, Golub and LeVeque 1983).
  Normal(const T* x, const Segments& segments, double eps, bool centred = true) : x_(x) {
    const std::int64_t first = std::min(block, (segments.length + 1) / 2);
    T near = centred ? T(sum_of(x, first) / double(first)) : T(0);
    double rest = 0, square = 0;
    std::int64_t count = 0, in_run = 0;
    double sum = 0, squares = 0;  // of the run
    const auto end_run = [&] {
      const double n = double(in_run);
      if (centred) {
        const double shift = sum / n, delta = shift - rest;
        const double share = count ? n / double(count + in_run) : 1;
        squares += delta * delta * (double(count) * share) - sum * shift;
        rest += delta * share;
        const T mean = T(double(near) + rest);
        rest -= double(mean) - double(near);
        near = mean;
      }
      square += squares;
      count += in_run;
      sum = squares = 0;
      in_run = 0;
    };
    for (std::int64_t i = 0; i < segments.count; ++i) {
      for (std::int64_t k = 0, n; k < segments.length; k += n) {
        const std::int64_t whole = count ? count : 2 * first;
        n = std::min(whole - in_run, segments.length - k);
        add_moments(x + i * segments.step + k, n, near, &sum, &squares);
        in_run += n;
        if (in_run == whole) end_run();
      }
    }
    if (in_run > 0) end_run();
    double spread = square / double(count);  // of the deviations, whose unit is 1
    // Beside eps it counts for nothing what squares lost to numbers below the smallest normal one.
    constexpr double least = std::numeric_limits<T>::min() / std::numeric_limits<T>::epsilon();
    if (std::isfinite(square) && spread + eps >= least) [[likely]] {
      variance_ = spread < 0 ? 0 : spread;
      place(near, rest, 1 / std::sqrt(variance_ + eps));
    } else {
      double unit = 1;
      careful_moments(segments, near, centred, &unit, &rest, &spread);
      if (spread < 0) spread = 0;  // but NaN stays
      variance_ = spread * unit * unit;
      place(near, rest, 1 / std::hypot(unit * std::sqrt(spread), std::sqrt(eps)));
    }
  }

  /// By what is known of the set.
  Normal(const T* x, double near, double rest, double factor) : x_(x), variance_(0) {
    place(T(near), rest, factor);
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
  /// near and rest
  const double* mean() const { return mean_; }
  double factor() const { return factor_; }      ///< what deviations are multiplied by
  double variance() const { return variance_; }  ///< the biased one

 private:
  static constexpr std::int64_t block = 1024;  // what is added in T

  void place(T near, double rest, double factor) {
    near_ = Lanes<T>(near);
    rest_ = T(rest);
    scale_ = Lanes<T>(T(factor));
    shift_ = Lanes<T>(T(rest * factor));
    mean_[0] = double(near);
    mean_[1] = rest;
    factor_ = factor;
  }

  static double sum_of(const T* x, std::int64_t n) {
    return sum_lanes<T>(n, [x](auto k, auto m) { return Lanes<T>(x + k, m); });
  }

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
    constexpr std::int64_t size = Lanes<T>::size;
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

  // Where squares overflow or vanish: of deviations as parts of the largest.
  void careful_moments(const Segments& segments, T near, bool centred, double* unit, double* rest,
                       double* spread) const {
    double largest = 0, sum = 0, square = 0;
    const auto for_each = [&](const auto& f) {
      for (std::int64_t i = 0; i < segments.count; ++i)
        for (std::int64_t k = 0; k < segments.length; ++k)
          f(double(x_[i * segments.step + k]) - double(near));
    };
    for_each([&](double d) { largest = std::max(largest, std::fabs(d)); });
    if (!(largest > 0 && std::isfinite(largest))) return;
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
  double mean_[2], factor_, variance_;
  Lanes<T> near_, scale_, shift_;
};

}  // namespace cinta::kernels
