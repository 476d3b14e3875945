// Compiled once per instruction set; see fft.hpp. Without contraction, so that an element has the
// same bits whatever lies beside it.

#include <algorithm>
#include <cinta/ops/kernels/fft/fft.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <memory>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

#include <cinta/ops/kernels/fft/plan.hpp>
#include <cinta/ops/kernels/fft/plan_cache.hpp>
#include <cinta/ops/kernels/fft/rows.hpp>

namespace cinta::kernels::CINTA_SIMD {

void fft(const Array& x, const Array& y, std::int64_t n, std::int64_t inner, bool inverse,
         double scale);
void real_fft(const Array& x, const Array& y, std::int64_t n, double scale, double interior);
void real_fft_adjoint(const Array& x, const Array& y, std::int64_t n, double scale,
                      double interior);

namespace {

// How many of `count` signals of `length` numbers are transformed side by side: a register of them,
// unless that leaves a thread without any, or fills more than the second cache.
template <class T>
std::int64_t signals_at_once(std::int64_t count, std::int64_t length) {
  constexpr std::int64_t second_cache = 512 * 1024, most = register_lanes<T>;
  if (4 * length * most * std::int64_t(sizeof(T)) > second_cache) return 1;
  if (count * length < grain) return std::min(count, most);
  return std::clamp<std::int64_t>(count / thread_count(), 1, most);
}

// f(first, width, room) for blocks of up to `width` of `count` signals, several at a time; room has
// `numbers` numbers a signal.
template <class T, class F>
void for_blocks(std::int64_t count, std::int64_t width, std::int64_t length, std::int64_t numbers,
                const F& f) {
  const std::int64_t blocks = (count + width - 1) / width;
  parallel_for(blocks, grain_of(16 * length * width),
               [&f, count, width, numbers](std::int64_t begin, std::int64_t end) {
                 const std::unique_ptr<T[]> room(new T[std::size_t(numbers * width + 8 * gap<T>)]);
                 for (std::int64_t block = begin; block < end; ++block) {
                   const std::int64_t first = block * width;
                   f(first, std::min(width, count - first), room.get());
                 }
               });
}

// Of an even length n two neighbours are one complex number: a transform of half the length, from
// which those of the even and of the odd elements follow.
template <class T>
struct RealPlan {
  bool even;
  std::int64_t length, bins;
  Plan<T> plan;
  Parts<T> turns;  // exp(-2 pi i k / n) of an even n

  explicit RealPlan(std::int64_t n)
      : even(n % 2 == 0),
        length(even ? n / 2 : n),
        bins(n / 2 + 1),
        plan(length),
        turns(roots<T>(n, even ? bins : 0)) {}
};

}  // namespace

void fft(const Array& x, const Array& y, std::int64_t n, std::int64_t inner, bool inverse,
         double scale) {
  dispatch_floating(y.dtype, [&]<class T>() {
    if (y.numel() == 0) return;
    const auto shared = planned<Plan<T>>(n);
    const Plan<T>& plan = *shared;
    const T factor = T(scale);
    const T* const from = x.data<T>();
    T* const to = y.data<T>();
    const std::int64_t outer = y.numel() / (2 * n * inner);
    const bool rows = inner == 1;
    // Columns are read a cache line at a time, however long they are.
    const std::int64_t width =
        rows ? signals_at_once<T>(outer, n) : std::min<std::int64_t>(inner, register_lanes<T>);
    const std::int64_t across = (inner + width - 1) / width;
    for_blocks<T>(rows ? outer : outer * across, rows ? width : 1, n * (rows ? 1 : width),
                  (2 * n + plan.scratch()) * (rows ? 1 : width),
                  [=, &plan](std::int64_t first, std::int64_t signals, T* room) {
                    std::int64_t offset = 2 * n * first, stride = 2 * n;
                    if (!rows) {
                      const std::int64_t column = first % across * width;
                      signals = std::min(width, inner - column);
                      offset = 2 * (first / across * n * inner + column);
                      stride = 2 * inner;
                    }
                    T *re = room, *im = re + n * signals + gap<T>,
                      *rest = im + n * signals + gap<T>;
                    rows ? split_rows(from + offset, stride, n, signals, re, im)
                         : split_columns(from + offset, stride, n, signals, re, im);
                    // With exchanged parts it is the inverse.
                    inverse ? plan.run(im, re, rest, signals) : plan.run(re, im, rest, signals);
                    rows ? join_rows(re, im, n, signals, factor, to + offset, stride)
                         : join_columns(re, im, n, signals, factor, to + offset, stride);
                  });
  });
}

void real_fft(const Array& x, const Array& y, std::int64_t n, double scale, double interior) {
  dispatch_floating(y.dtype, [&]<class T>() {
    if (y.numel() == 0) return;
    const auto shared = planned<RealPlan<T>>(n);
    const RealPlan<T>& real = *shared;
    const std::int64_t length = real.length, bins = real.bins;
    const T* const from = x.data<T>();
    T* const to = y.data<T>();
    const std::int64_t count = y.numel() / (2 * bins);
    const std::int64_t width = signals_at_once<T>(count, length);
    const std::int64_t numbers = 2 * (length + bins) + real.plan.scratch();
    for_blocks<T>(
        count, width, length, numbers,
        [=, &real](std::int64_t first, std::int64_t signals, T* room) {
          T *re = room, *im = re + length * signals + gap<T>;
          T *out_r = im + length * signals + gap<T>, *out_i = out_r + bins * signals + gap<T>;
          T* rest = out_i + bins * signals + gap<T>;
          const T* const in = from + n * first;
          if (real.even) {
            split_rows(in, n, length, signals, re, im);
          } else {
            for (std::int64_t q = 0; q < signals; ++q)
              for (std::int64_t j = 0; j < n; ++j) re[j * signals + q] = in[q * n + j];
            std::fill_n(im, length * signals, T(0));
          }
          real.plan.run(re, im, rest, signals);
          for (std::int64_t k = 0; k < bins; ++k) {
            const std::int64_t at = k % length * signals, other = (length - k) % length * signals;
            const bool edge = k == 0 || 2 * k == n;
            const T factor = T(edge ? scale : scale * interior);
            const T wr = real.even ? real.turns.re[std::size_t(k)] : T(0),
                    wi = real.even ? real.turns.im[std::size_t(k)] : T(0);
            for (std::int64_t q = 0; q < signals; ++q) {
              T r = re[at + q], i = im[at + q];
              if (real.even) {
                const T sr = re[other + q], si = im[other + q];
                const T er = T(0.5) * (r + sr), ei = T(0.5) * (i - si);
                const T odd_r = T(0.5) * (i + si), odd_i = T(0.5) * (sr - r);
                r = er + (odd_r * wr - odd_i * wi);
                i = ei + (odd_r * wi + odd_i * wr);
              }
              out_r[k * signals + q] = factor * r;
              out_i[k * signals + q] = edge ? T(0) : factor * i;
            }
          }
          join_rows(out_r, out_i, bins, signals, T(1), to + 2 * bins * first, 2 * bins);
        });
  });
}

void real_fft_adjoint(const Array& x, const Array& y, std::int64_t n, double scale,
                      double interior) {
  dispatch_floating(y.dtype, [&]<class T>() {
    if (y.numel() == 0) return;
    const auto shared = planned<RealPlan<T>>(n);
    const RealPlan<T>& real = *shared;
    const std::int64_t length = real.length, bins = real.bins;
    const T edge_factor = T(scale), factor = T(0.5 * scale * interior);
    const T* const from = x.data<T>();
    T* const to = y.data<T>();
    const std::int64_t count = y.numel() / n;
    const std::int64_t width = signals_at_once<T>(count, length);
    const std::int64_t numbers = 2 * (length + bins) + real.plan.scratch();
    for_blocks<T>(
        count, width, length, numbers,
        [=, &real](std::int64_t first, std::int64_t signals, T* room) {
          T *re = room, *im = re + length * signals + gap<T>;
          T *in_r = im + length * signals + gap<T>, *in_i = in_r + bins * signals + gap<T>;
          T* rest = in_i + bins * signals + gap<T>;
          split_rows(from + 2 * bins * first, 2 * bins, bins, signals, in_r, in_i);
          for (std::int64_t k = 0; k < bins; ++k) {
            const bool edge = k == 0 || 2 * k == n;
            const T size = edge ? edge_factor : factor;
            for (std::int64_t q = k * signals; q < (k + 1) * signals; ++q) {
              in_r[q] *= size;
              in_i[q] = edge ? T(0) : in_i[q] * size;
            }
          }
          // The whole spectrum, of which bin n - k is the conjugate of bin k.
          for (std::int64_t k = 0; k < length; ++k) {
            const std::int64_t at = k < bins ? k : n - k;
            const T sign = k < bins ? T(1) : T(-1);
            if (!real.even) {
              for (std::int64_t q = 0; q < signals; ++q) {
                re[k * signals + q] = in_r[at * signals + q];
                im[k * signals + q] = sign * in_i[at * signals + q];
              }
              continue;
            }
            // Bin k + length, the conjugate of bin length - k.
            const std::int64_t other = length - k;
            const T wr = real.turns.re[std::size_t(k)], wi = -real.turns.im[std::size_t(k)];
            for (std::int64_t q = 0; q < signals; ++q) {
              const T r = in_r[k * signals + q], i = in_i[k * signals + q];
              const T sr = in_r[other * signals + q], si = -in_i[other * signals + q];
              const T dr = r - sr, di = i - si;
              re[k * signals + q] = r + sr - (dr * wi + di * wr);
              im[k * signals + q] = i + si + (dr * wr - di * wi);
            }
          }
          real.plan.run(im, re, rest, signals);
          T* const out = to + n * first;
          if (real.even) {
            join_rows(re, im, length, signals, T(1), out, n);
          } else {
            for (std::int64_t q = 0; q < signals; ++q)
              for (std::int64_t j = 0; j < n; ++j) out[q * n + j] = re[j * signals + q];
          }
        });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
