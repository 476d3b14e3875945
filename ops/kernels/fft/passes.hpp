#pragma once
// Transforms of lengths without large prime factors, in the translation unit of one instruction
// set.

#include <algorithm>
#include <cinta/ops/kernels/fft/pass.hpp>
#include <cinta/ops/kernels/fft/room.hpp>
#include <tuple>

namespace cinta::kernels::CINTA_SIMD {
namespace {

/// Lengths of small primes are divided by one after the other: T. Stockham, "High-speed convolution
/// and correlation", 1966, which orders the results on the way.
///
/// Several signals lie side by side, number j of signal q at j * row + q, so that vectors run over
/// signals. Of a single one they run over neighbours, which the first pass turns over.
template <class T>
class Passes {
 public:
  static bool can(std::int64_t n) {
    for (const int p : {2, 3, 5, 7, 11, 13})
      while (n % p == 0) n /= p;
    return n == 1;
  }

  explicit Passes(std::int64_t n) : n_(n) {
    std::vector<int> odd, even;
    std::int64_t rest = n;
    for (const int p : {3, 5, 7, 11, 13})
      for (; rest % p == 0; rest /= p) odd.push_back(p);
    // By 8 first, and 4 4 rather than 8 2; 8 or 4 at the end where there are two of them.
    for (; rest % 8 == 0 && (rest != 16 || even.empty()); rest /= 8) even.push_back(8);
    for (; rest % 4 == 0; rest /= 4) even.push_back(4);
    if (rest == 2) even.push_back(2);
    factors_ = even;
    factors_.insert(factors_.end() - (even.size() > 1 ? 1 : 0), odd.begin(), odd.end());
    for (std::int64_t m = n; const int r : factors_) {
      m /= r;
      std::vector<T>& roots = roots_.emplace_back();
      for (std::int64_t p = 0; m > 1 && p < m; ++p) {
        for (int k = 1; k < r; ++k) {
          const auto [re, im] = root<T>(p * k, m * r);
          roots.push_back(re), roots.push_back(im);
        }
      }
    }
    const std::int64_t m = alone() ? n / 8 : 0;
    for (int k = 1; k < 8; ++k) {
      for (std::int64_t p = 0; p < m; ++p) {
        const auto at = std::size_t((k - 1) * m + p);
        std::tie(first_.re[at], first_.im[at]) = root<T>(p * k, n);
      }
    }
  }

  std::int64_t length() const { return n_; }
  /// Those of the tables.
  std::int64_t numbers() const {
    std::int64_t all = first_.numbers();
    for (const std::vector<T>& roots : roots_) all += std::int64_t(roots.size());
    return all;
  }
  /// Whether a single signal fills vectors.
  bool alone() const { return n_ % 8 == 0 && n_ / 8 >= (narrow<T> > 1 ? narrow<T> : wide<T>); }
  std::int64_t scratch(std::int64_t width) const { return 2 * Room<T>::of(n_ * width); }

  /// From numbers `row` apart to numbers `to_row` apart, which are not the same memory.
  template <class From, class To>
  void run(const From& from, std::int64_t row, const To& to, std::int64_t to_row, Room<T> room,
           std::int64_t width) const {
    if (factors_.empty()) return copy<T>(1, width, from, row, to, to_row);
    Step step{room.take(n_ * width), room.take(n_ * width), n_, width};
    if (can_begin<From>(row, width))
      begin(from, row, step, width);
    else
      copy<T>(n_, width, from, row, step.x, width);
    between(step);
    finish(step, to, to_row, width);
  }

  /// From x, with y to write to as well, to the one that is returned: numbers side by side.
  Split<T> run(const Split<T>& x, const Split<T>& y, std::int64_t width) const {
    Step step{x, y, n_, width};
    if (factors_.empty()) return x;
    if (can_begin<Split<T>>(width, width)) begin(x, width, step, width);
    between(step);
    any_pass<false>(factors_.back(), {1, step.s, 0, step.s, 0, step.s}, step.x, step.y, nullptr);
    return step.y;
  }

 private:
  // Where a transform is: numbers in x, s neighbours for each of n of what is left.
  struct Step {
    Split<T> x, y;
    std::int64_t n, s;
    std::size_t done = 0;

    void divide(int r) {
      n /= r, s *= r, ++done;
      std::swap(x, y);
    }
  };

  bool fills(std::int64_t row, std::int64_t width) const {
    return alone() && width == 1 && row == 1;
  }
  template <class From>
  bool can_begin(std::int64_t row, std::int64_t width) const {
    if (fills(row, width)) return true;
    return factors_.size() > 1 && (std::is_same_v<From, Split<T>> || factors_[0] == 8);
  }

  // The first pass, unless it is the last one too.
  template <class From>
  void begin(const From& from, std::int64_t row, Step& step, std::int64_t width) const {
    const int r = factors_[0];
    const std::int64_t m = n_ / r;
    const Form form{m, width, row, m * row, width * r, width};
    if (fills(row, width))
      first_pass<8>(m, from, step.y, first_);
    else if constexpr (std::is_same_v<From, Split<T>>)
      any_pass<true>(r, form, from, step.y, roots_[0].data());
    else
      pass<8, true, T>(form, from, step.y, roots_[0].data());
    step.divide(r);
  }

  void between(Step& step) const {
    while (step.done + 1 < factors_.size()) {
      const int r = factors_[step.done];
      const std::int64_t s = step.s, m = step.n / r;
      any_pass<true>(r, {m, s, s, s * m, s * r, s}, step.x, step.y, roots_[step.done].data());
      step.divide(r);
    }
  }

  // The last pass: s / width runs of `width` numbers.
  template <class To>
  void finish(const Step& step, const To& to, std::int64_t to_row, std::int64_t width) const {
    const int r = factors_.back();
    const std::int64_t s = step.s, runs = s / width;
    const Form packed{1, s, 0, s, 0, s};
    const Form form = to_row == width ? packed : Form{runs, width, width, s, to_row, runs * to_row};
    if constexpr (std::is_same_v<To, Split<T>>) {
      any_pass<false>(r, form, step.x, to, nullptr);
    } else if (r == 8) {
      pass<8, false, T>(form, step.x, to, nullptr);
    } else if (r == 4) {
      pass<4, false, T>(form, step.x, to, nullptr);
    } else {
      any_pass<false>(r, packed, step.x, step.y, nullptr);
      copy<T>(n_, width, step.y, width, to, to_row);
    }
  }

  template <bool turned>
  static void any_pass(int r, const Form& form, const Split<T>& x, const Split<T>& y,
                       const T* roots) {
    switch (r) {
      case 2: return pass<2, turned, T>(form, x, y, roots);
      case 3: return pass<3, turned, T>(form, x, y, roots);
      case 4: return pass<4, turned, T>(form, x, y, roots);
      case 5: return pass<5, turned, T>(form, x, y, roots);
      case 7: return pass<7, turned, T>(form, x, y, roots);
      case 8: return pass<8, turned, T>(form, x, y, roots);
      case 11: return pass<11, turned, T>(form, x, y, roots);
      default: return pass<13, turned, T>(form, x, y, roots);
    }
  }

  std::int64_t n_;
  std::vector<int> factors_;
  std::vector<std::vector<T>> roots_;         // of each pass
  Parts<T> first_{alone() ? n_ / 8 * 7 : 0};  // of the first pass of a single signal
};

}  // namespace
}  // namespace cinta::kernels::CINTA_SIMD
