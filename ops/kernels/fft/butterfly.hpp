#pragma once
// Transforms of a few numbers, each in a vector of many.

#include <array>
#include <cinta/ops/kernels/fft/lanes.hpp>
#include <cinta/ops/kernels/fft/roots.hpp>

namespace cinta::kernels::CINTA_SIMD {
namespace {

/// Cosines and sines of the transform of length r.
template <class T, int r>
struct Circle {
  std::array<T, r> cosine, sine;
  Circle() {
    for (int k = 0; k < r; ++k) {
      const auto [re, im] = root<T>(k, r);
      cosine[std::size_t(k)] = re;
      sine[std::size_t(k)] = -im;
    }
  }
};

template <class V>
[[gnu::always_inline]] inline void sum_and_difference(V& a, V& b) {
  const V sum = a + b;
  b = a - b, a = sum;
}

/// Of four numbers, of which the results are in the order 0, 2, 1, 3.
template <class V>
[[gnu::always_inline]] inline void by_four(V& ar, V& ai, V& br, V& bi, V& cr, V& ci, V& dr, V& di) {
  sum_and_difference(ar, cr), sum_and_difference(ai, ci);
  sum_and_difference(br, dr), sum_and_difference(bi, di);
  sum_and_difference(ar, br), sum_and_difference(ai, bi);
  const V re = cr, im = ci;  // c + i d and c - i d
  cr = re + di, ci = im - dr;
  const V other = dr;
  dr = re - di, di = im + other;
}

/// Numbers re + i im, in place.
template <class T, int r, class V>
[[gnu::always_inline]] inline void transform(V* re, V* im, const Circle<T, r>& circle) {
  if constexpr (r == 2) {
    sum_and_difference(re[0], re[1]), sum_and_difference(im[0], im[1]);
  } else if constexpr (r == 4) {
    by_four(re[0], im[0], re[1], im[1], re[2], im[2], re[3], im[3]);
    std::swap(re[1], re[2]), std::swap(im[1], im[2]);
  } else if constexpr (r == 8) {
    by_four(re[0], im[0], re[2], im[2], re[4], im[4], re[6], im[6]);
    by_four(re[1], im[1], re[3], im[3], re[5], im[5], re[7], im[7]);
    // Even ones are now at 0, 4, 2, 6 as results 0, 1, 2, 3, odd ones at 1, 5, 3, 7; the odd ones
    // are turned by eighths of the circle.
    const V half = all<T, V>(T(0.70710678118654752440));
    const V e0 = re[0], f0 = im[0], e1 = re[4], f1 = im[4], e2 = re[2], f2 = im[2], e3 = re[6],
            f3 = im[6];
    const V o0 = re[1], p0 = im[1], o2 = re[3], p2 = im[3];
    const V s1 = re[5] + im[5], d1 = im[5] - re[5], s3 = re[7] + im[7], d3 = im[7] - re[7];
    re[0] = e0 + o0, im[0] = f0 + p0, re[4] = e0 - o0, im[4] = f0 - p0;
    re[2] = e2 + p2, im[2] = f2 - o2, re[6] = e2 - p2, im[6] = f2 + o2;
    re[1] = fused<T, V>(half, s1, e1), im[1] = fused<T, V>(half, d1, f1);
    re[5] = fused<T, V>(-half, s1, e1), im[5] = fused<T, V>(-half, d1, f1);
    re[3] = fused<T, V>(half, d3, e3), im[3] = fused<T, V>(-half, s3, f3);
    re[7] = fused<T, V>(-half, d3, e3), im[7] = fused<T, V>(half, s3, f3);
  } else {
    // Results k and r - k have the cosines in common, and sines of the other sign.
    constexpr int half = r / 2;
    V sr[half], si[half], dr[half], di[half];
    const V ar = re[0], ai = im[0];
    for (int j = 0; j < half; ++j) {
      sr[j] = re[j + 1] + re[r - 1 - j], si[j] = im[j + 1] + im[r - 1 - j];
      dr[j] = re[j + 1] - re[r - 1 - j], di[j] = im[j + 1] - im[r - 1 - j];
      re[0] += sr[j], im[0] += si[j];
    }
    for (int k = 1; k <= half; ++k) {
      V er = ar, ei = ai, odd_r, odd_i;
      for (int j = 0; j < half; ++j) {
        const auto at = std::size_t((j + 1) * k % r);
        const V cosine = all<T, V>(circle.cosine[at]), sine = all<T, V>(circle.sine[at]);
        er = fused<T, V>(sr[j], cosine, er), ei = fused<T, V>(si[j], cosine, ei);
        odd_r = j == 0 ? di[j] * sine : fused<T, V>(di[j], sine, odd_r);
        odd_i = j == 0 ? dr[j] * sine : fused<T, V>(dr[j], sine, odd_i);
      }
      re[k] = er + odd_r, im[k] = ei - odd_i;
      re[r - k] = er - odd_r, im[r - k] = ei + odd_i;
    }
  }
}

}  // namespace
}  // namespace cinta::kernels::CINTA_SIMD
