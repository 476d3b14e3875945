#pragma once
// Transforms of real numbers, in the translation unit of one instruction set.

#include <cinta/ops/kernels/fft/plan.hpp>

namespace cinta::kernels::CINTA_SIMD {
namespace {

/// Of an even length n two neighbours are one complex number: a transform of half the length h, to
/// numbers z, from which those of the even and of the odd elements follow.
template <class T>
class RealPlan {
 public:
  explicit RealPlan(std::int64_t n)
      : even(n % 2 == 0),
        length(even ? n / 2 : n),
        bins(n / 2 + 1),
        plan(length),
        roots_(roots<T>(n, even ? length / 2 + 1 : 0)) {}

  std::int64_t numbers() const { return plan.numbers() + roots_.numbers(); }

  /// Bins of an even length, interior ones times `factor`, the two others times `edge`.
  template <class To>
  void unpack(const Split<T>& z, const To& y, std::int64_t width, T edge, T factor) const {
    mirrored(z, y, width, [factor]<class V>(V& r, V& i, V& sr, V& si, V wr, V wi) {
      const V er = r + sr, ei = i - si, half = all<T, V>(T(0.5) * factor);
      V odd_r = i + si, odd_i = sr - r;
      turn<T, V>(odd_r, odd_i, wr, wi);
      r = half * (er + odd_r), i = half * (ei + odd_i);
      sr = half * (er - odd_r), si = half * (odd_i - ei);
    });
    for (std::int64_t q = 0; q < width; ++q) {
      T r, i;
      z.load(q, r, i);
      y.store(q, edge * (r + i), T(0));
      y.store(length * width + q, edge * (r - i), T(0));
    }
  }

  /// The adjoint: of bins the z whose inverse transform has the numbers in pairs.
  template <class From>
  void pack(const From& x, const Split<T>& z, std::int64_t width, T edge, T factor) const {
    mirrored(x, z, width, [factor]<class V>(V& r, V& i, V& sr, V& si, V wr, V wi) {
      const V size = all<T, V>(T(0.5) * factor);
      const V pr = size * (r + sr), pi = size * (i - si);
      V dr = size * (r - sr), di = size * (i + si);
      turn<T, V>(dr, di, wr, -wi);
      r = pr - di, i = pi + dr, sr = pr + di, si = dr - pi;
    });
    for (std::int64_t q = 0; q < width; ++q) {
      T first, last, unused;
      x.load(q, first, unused);
      x.load(length * width + q, last, unused);
      z.store(q, edge * (first + last), edge * (first - last));
    }
  }

  const bool even;
  const std::int64_t length, bins;  // of the complex transform
  const Plan<T> plan;

 private:
  // Numbers k and h - k become others by f, with exp(-2 pi i k / n), for 0 < k <= h / 2.
  template <class From, class To, class F>
  [[gnu::flatten]] void mirrored(const From& from, const To& to, std::int64_t width,
                                 const F& f) const {
    const std::int64_t h = length;
    const T *const roots_r = roots_.re.data(), *const roots_i = roots_.im.data();
    if (width == 1) {
      parallel_for(h / 2, grain_of(4), [=](std::int64_t begin, std::int64_t end) {
        along<T>(end - begin, [=]<class V>(std::int64_t place) {
          const std::int64_t k = begin + place + 1, other = h - k - lanes_of<T, V> + 1;
          V r, i, sr, si;
          from.load(k, r, i);
          from.load(other, sr, si);
          const V wr = get<V>(roots_r + k);
          const V wi = get<V>(roots_i + k);
          sr = reversed<T, V>(sr), si = reversed<T, V>(si);
          f.template operator()<V>(r, i, sr, si, wr, wi);
          to.store(k, r, i);
          to.store(other, reversed<T, V>(sr), reversed<T, V>(si));
        });
      });
      return;
    }
    for (std::int64_t k = 1; k <= h / 2; ++k) {
      const T re = roots_r[k], im = roots_i[k];
      along<T>(width, [=]<class V>(std::int64_t q) {
        V r, i, sr, si;
        from.load(k * width + q, r, i);
        from.load((h - k) * width + q, sr, si);
        f.template operator()<V>(r, i, sr, si, all<T, V>(re), all<T, V>(im));
        to.store(k * width + q, r, i);
        to.store((h - k) * width + q, sr, si);
      });
    }
  }

  Parts<T> roots_;  // exp(-2 pi i k / n) of an even n
};

}  // namespace
}  // namespace cinta::kernels::CINTA_SIMD
