#pragma once
// Arrays of a transform in a block of memory, and what fills them, in the translation unit of one
// instruction set.

#include <algorithm>
#include <cinta/ops/kernels/fft/lanes.hpp>
#include <cinta/ops/kernels/fft/roots.hpp>

namespace cinta::kernels::CINTA_SIMD {
namespace {

/// Numbers between arrays that are read and written side by side: where their sizes are powers of
/// two, they would all want the same lines of a cache.
template <class T>
inline constexpr std::int64_t gap = 5 * 64 / std::int64_t(sizeof(T));

/// Takes arrays from a block of memory.
template <class T>
struct Room {
  T* next;
  Split<T> take(std::int64_t n) {
    T* const re = next;
    T* const im = re + n + gap<T>;
    next = im + n + gap<T>;
    return {re, im};
  }
  static std::int64_t of(std::int64_t n) { return 2 * (n + gap<T>); }
};

/// `width` signals of n numbers, number j of signal q at j * row + q, to the same elsewhere.
template <class T, class From, class To>
[[gnu::flatten]] void copy(std::int64_t n, std::int64_t width, const From& from, std::int64_t row,
                           const To& to, std::int64_t to_row) {
  const bool one = width == 1 && row == 1 && to_row == 1;
  for (std::int64_t j = 0; j < (one ? 1 : n); ++j) {
    const From x = from + j * row;
    const To y = to + j * to_row;
    along<T>(one ? n : width, [=]<class V>(std::int64_t q) {
      V re, im;
      x.load(q, re, im);
      y.store(q, re, im);
    });
  }
}

/// The same, number j times c_j.
template <class T, class From, class To>
[[gnu::flatten]] void multiply(std::int64_t n, std::int64_t width, const From& from,
                               std::int64_t row, const Parts<T>& c, const To& to,
                               std::int64_t to_row) {
  const T *const cr = c.re.data(), *const ci = c.im.data();
  const bool one = width == 1 && row == 1 && to_row == 1;
  if (one) {
    along<T>(n, [=]<class V>(std::int64_t q) {
      V re, im;
      from.load(q, re, im);
      const V wr = get<V>(cr + q);
      const V wi = get<V>(ci + q);
      turn<T, V>(re, im, wr, wi);
      to.store(q, re, im);
    });
    return;
  }
  for (std::int64_t j = 0; j < n; ++j) {
    const From x = from + j * row;
    const To y = to + j * to_row;
    const T wr = cr[j], wi = ci[j];
    along<T>(width, [=]<class V>(std::int64_t q) {
      V re, im;
      x.load(q, re, im);
      turn<T, V>(re, im, all<T, V>(wr), all<T, V>(wi));
      y.store(q, re, im);
    });
  }
}

}  // namespace
}  // namespace cinta::kernels::CINTA_SIMD
