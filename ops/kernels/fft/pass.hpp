#pragma once
// One pass of a transform over all of its numbers.

#include <cinta/ops/kernels/fft/butterfly.hpp>

namespace cinta::kernels::CINTA_SIMD {
namespace {

/// Where the numbers of a pass lie: `count` times, r runs of `run` neighbours, `apart` from each
/// other, become r runs `put_apart` from each other; the next r runs begin `step` further.
struct Form {
  std::int64_t count, run;
  std::int64_t step, apart;
  std::int64_t put_step, put_apart;
};

/// Results k > 0 of the p-th are turned by the roots at turns[2 (p (r - 1) + k - 1)], if `turned`.
template <int r, bool turned, class T, class From, class To>
[[gnu::flatten]] void pass(const Form& form, const From& source, const To& target, const T* roots) {
  static const Circle<T, r> circle;
  const std::int64_t apart = form.apart, put_apart = form.put_apart;
  for (std::int64_t p = 0; p < form.count; ++p) {
    const From from = source + p * form.step;
    const To to = target + p * form.put_step;
    const T* const w = turned ? roots + 2 * p * (r - 1) : nullptr;
    along<T>(form.run, [=]<class V>(std::int64_t q) {
      V re[r], im[r];
      for (int j = 0; j < r; ++j) from.load(q + j * apart, re[j], im[j]);
      transform<T, r>(re, im, circle);
      for (int k = 0; k < r; ++k) {
        if (turned && k > 0)
          turn<T, V>(re[k], im[k], all<T, V>(w[2 * k - 2]), all<T, V>(w[2 * k - 1]));
        to.store(q + k * put_apart, re[k], im[k]);
      }
    });
  }
}

/// Numbers k of r vectors behind each other, for all k: r is a power of two.
template <int r, class V, class Sequence>
[[gnu::always_inline]] inline void interleave(V* x) {
  for (int step = 1; step < r; step *= 2) {
    V y[r];
    for (int i = 0; i < r / 2; ++i) {
      y[2 * i] = zip<false>(x[i], x[i + r / 2], Sequence());
      y[2 * i + 1] = zip<true>(x[i], x[i + r / 2], Sequence());
    }
    for (int i = 0; i < r; ++i) x[i] = y[i];
  }
}

/// The first pass of one signal, whose runs have a single number: vectors of neighbours, whose
/// results are put behind each other in registers. Root k of the p-th is number (k - 1) m + p.
template <int r, class T, class From>
[[gnu::flatten]] void first_pass(std::int64_t m, const From& from, const Split<T>& to,
                                 const Parts<T>& roots) {
  static const Circle<T, r> circle;
  const T *const wr = roots.re.data(), *const wi = roots.im.data();
  along<T>(m, [=]<class V>(std::int64_t p) {
    if constexpr (!std::is_same_v<T, V>) {
      using Sequence = std::make_integer_sequence<int, lanes_of<T, V>>;
      V re[r], im[r];
      for (int j = 0; j < r; ++j) from.load(p + j * m, re[j], im[j]);
      transform<T, r>(re, im, circle);
      for (int k = 1; k < r; ++k) {
        const V vr = get<V>(wr + (k - 1) * m + p);
        const V vi = get<V>(wi + (k - 1) * m + p);
        turn<T, V>(re[k], im[k], vr, vi);
      }
      interleave<r, V, Sequence>(re);
      interleave<r, V, Sequence>(im);
      for (int k = 0; k < r; ++k) to.store(r * p + k * lanes_of<T, V>, re[k], im[k]);
    }
  });
}

}  // namespace
}  // namespace cinta::kernels::CINTA_SIMD
