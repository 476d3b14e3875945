// Compiled once per instruction set; see fft.hpp. Without contraction, so that an element has the
// same bits whatever lies beside it.

#include <algorithm>
#include <cinta/ops/kernels/fft/fft.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

#include <cinta/ops/kernels/fft/plan.hpp>
#include <cinta/ops/kernels/fft/plan_cache.hpp>
#include <cinta/ops/kernels/fft/real.hpp>
#include <cinta/ops/kernels/fft/rows.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>
#include <cinta/ops/kernels/simd/streaming.hpp>

namespace cinta::kernels::CINTA_SIMD {

void fft(const Array& x, const Array& y, std::int64_t n, std::int64_t inner, bool inverse,
         double scale);
void real_fft(const Array& x, const Array& y, std::int64_t rows, std::int64_t n, double scale,
              double interior);
void real_fft_adjoint(const Array& x, const Array& y, std::int64_t rows, std::int64_t n,
                      double scale, double interior);

namespace {

// Of columns, which always lie side by side. An array may become its own transform.
template <class T>
struct ColumnPlan : Plan<T> {
  explicit ColumnPlan(std::int64_t n) : Plan<T>(n, false) {}
};

// How many of `count` signals are transformed side by side: one where it fills vectors alone and is
// not short, or a register of them unless that leaves a thread without any.
template <class T>
std::int64_t signals_at_once(const Plan<T>& plan, std::int64_t count, std::int64_t length) {
  constexpr std::int64_t short_signal = 128;
  if (plan.alone() && (count < wide<T> || length > short_signal)) return 1;
  if (count * length < grain) return std::min<std::int64_t>(count, wide<T>);
  return std::clamp<std::int64_t>(count / thread_count(), 1, wide<T>);
}

// f(first, width, room) for blocks of up to `width` of `count` signals, several at a time unless a
// single one is for all threads; room has `numbers` numbers.
template <class T, class F>
void for_blocks(const Plan<T>& plan, std::int64_t count, std::int64_t width, std::int64_t length,
                std::int64_t numbers, const F& f) {
  const std::int64_t blocks = (count + width - 1) / width;
  parallel_for(
      blocks, plan.is_long() ? blocks : grain_of(16 * length * width),
      [&f, count, width, numbers, alone = plan.alone()](std::int64_t begin, std::int64_t end) {
        Scratch memory(std::size_t(numbers) * sizeof(T));
        const Room<T> room{reinterpret_cast<T*>(memory.memory())};
        for (std::int64_t block = begin; block < end; ++block) {
          const std::int64_t first = block * width, last = std::min(first + width, count);
          // Too few for a register are better off alone.
          const bool each = alone && last - first < width;
          for (std::int64_t i = first; i < last; i += each ? 1 : last - first)
            f(i, each ? 1 : last - first, room);
        }
      });
}

// The next row's lines, one after the other, while this one is worked on: transforms read and write
// at several places by turns, which memory is slow at.
template <class T>
void fetch_next(const T* in, std::int64_t read, const T* out, std::int64_t written) {
  constexpr std::int64_t line = cache_line / std::int64_t(sizeof(T));
  for (std::int64_t i = 0; i < read; i += line) __builtin_prefetch(in + read + i, 0, 2);
  for (std::int64_t i = 0; i < written; i += line) __builtin_prefetch(out + written + i, 1, 2);
}

template <class T, bool inverse>
void transform_rows(const T* from, T* to, std::int64_t n, std::int64_t count, T factor) {
  const auto shared = planned<Plan<T>>(n);
  const Plan<T>& plan = *shared;
  const std::int64_t width = signals_at_once(plan, count, n);
  const std::int64_t numbers = 2 * Room<T>::of(n * width) + plan.scratch(width);
  for_blocks(plan, count, width, n, numbers,
             [=, &plan](std::int64_t first, std::int64_t signals, Room<T> room) {
               const T* const in = from + 2 * n * first;
               T* const out = to + 2 * n * first;
               if (signals == 1) {
                 if (!plan.is_long()) fetch_next(in, 2 * n, out, 2 * n);
                 const Pairs<T, inverse> source{const_cast<T*>(in)}, target{out, factor};
                 return plan.run(source, 1, target, 1, room, 1);
               }
               const Split<T> a = room.take(n * signals), b = room.take(n * signals);
               split_rows(in, 2 * n, n, signals, a.re, a.im);
               // With exchanged parts it is the inverse.
               plan.run(inverse ? a.exchanged() : a, signals, inverse ? b.exchanged() : b, signals,
                        room, signals);
               join_rows(b.re, b.im, n, signals, factor, out, 2 * n);
             });
}

template <class T, bool inverse>
void transform_columns(const T* from, T* to, std::int64_t n, std::int64_t outer, std::int64_t inner,
                       T factor) {
  const auto shared = planned<ColumnPlan<T>>(n);
  const Plan<T>& plan = *shared;
  // Blocks of about the same width.
  const std::int64_t across = (inner + wide<T> - 1) / wide<T>, most = (inner + across - 1) / across;
  for_blocks(
      plan, outer * across, 1, n * most, plan.scratch(most),
      [=, &plan](std::int64_t block, std::int64_t, Room<T> room) {
        const std::int64_t b = block % across, begin = b * inner / across;
        const std::int64_t offset = 2 * (block / across * n * inner + begin);
        const Pairs<T, inverse> source{const_cast<T*>(from) + offset}, target{to + offset, factor};
        const std::int64_t end = (b + 1) * inner / across;
        if (end < inner) {
          // The lines of the next columns, which are on their way meanwhile.
          const T* const next = from + offset + 2 * (end - begin);
          for (std::int64_t j = 0; j < n; ++j)
            prefetch(next + 2 * j * inner, 2 * wide<T> * std::int64_t(sizeof(T)));
        }
        plan.run(source, inner, target, inner, room, end - begin);
      });
}

// f(first, signals, room) for blocks of `count` rows of real numbers.
template <class T, class F>
void for_real_blocks(const RealPlan<T>& real, std::int64_t count, const F& f) {
  const std::int64_t width = signals_at_once(real.plan, count, real.length);
  const std::int64_t numbers = 3 * Room<T>::of(real.bins * width * 2) + real.plan.scratch(width);
  for_blocks(real.plan, count, width, real.length, numbers, f);
}

template <class T>
void bins_of_rows(const T* from, T* to, std::int64_t n, std::int64_t count, T edge, T factor) {
  const auto shared = planned<RealPlan<T>>(n);
  const RealPlan<T>& real = *shared;
  const std::int64_t length = real.length, bins = real.bins;
  for_real_blocks(real, count, [=, &real](std::int64_t first, std::int64_t signals, Room<T> room) {
    const T* const in = from + n * first;
    const Pairs<T, false> out{to + 2 * bins * first};
    const Split<T> z = room.take(length * signals);
    if (real.even && signals == 1) {
      if (!real.plan.is_long()) fetch_next(in, n, out.at, 2 * bins);
      real.plan.run(Pairs<T, false>{const_cast<T*>(in)}, 1, z, 1, room, 1);
      return real.unpack(z, out, 1, edge, factor);
    }
    const Split<T> a = room.take(bins * signals * 2);
    if (real.even) {
      split_rows(in, n, length, signals, a.re, a.im);
      real.plan.run(a, signals, z, signals, room, signals);
      real.unpack(z, a, signals, edge, factor);
    } else {
      split_reals(in, n, n, signals, a.re);
      std::fill_n(a.im, n * signals, T(0));
      real.plan.run(a, signals, z, signals, room, signals);
      for (std::int64_t q = 0; q < bins * signals; ++q) {
        a.re[q] = (q < signals ? edge : factor) * z.re[q];
        a.im[q] = q < signals ? T(0) : factor * z.im[q];
      }
    }
    join_rows(a.re, a.im, bins, signals, T(1), out.at, 2 * bins);
  });
}

template <class T>
void rows_of_bins(const T* from, T* to, std::int64_t n, std::int64_t count, T edge, T factor) {
  const auto shared = planned<RealPlan<T>>(n);
  const RealPlan<T>& real = *shared;
  const std::int64_t length = real.length, bins = real.bins;
  for_real_blocks(real, count, [=, &real](std::int64_t first, std::int64_t signals, Room<T> room) {
    const Pairs<T, false> in{const_cast<T*>(from) + 2 * bins * first};
    T* const out = to + n * first;
    const Split<T> z = room.take(length * signals);
    if (real.even && signals == 1) {
      if (!real.plan.is_long()) fetch_next<T>(in.at, 2 * bins, out, n);
      real.pack(in, z, 1, edge, factor);
      return real.plan.run(z.exchanged(), 1, Pairs<T, true>{out}, 1, room, 1);
    }
    const Split<T> a = room.take(bins * signals * 2);
    split_rows(in.at, 2 * bins, bins, signals, a.re, a.im);
    if (real.even) {
      real.pack(a, z, signals, edge, factor);
      real.plan.run(z.exchanged(), signals, a.exchanged(), signals, room, signals);
      return join_rows(a.re, a.im, length, signals, T(1), out, n);
    }
    // The whole spectrum, of which bin n - k is the conjugate of bin k.
    const T half = T(0.5) * factor;
    for (std::int64_t q = 0; q < signals; ++q) z.re[q] = edge * a.re[q], z.im[q] = T(0);
    for (std::int64_t k = 1; k < bins; ++k) {
      for (std::int64_t q = 0; q < signals; ++q) {
        const std::int64_t at = k * signals + q, other = (n - k) * signals + q;
        z.re[at] = z.re[other] = half * a.re[at];
        z.im[at] = half * a.im[at];
        z.im[other] = -z.im[at];
      }
    }
    real.plan.run(z.exchanged(), signals, a.exchanged(), signals, room, signals);
    join_reals(a.re, n, signals, out, n);
  });
}

// f(image, room) for images of some numbers: one a thread where there are enough of them, others by
// all threads.
template <class T, class F>
void for_images(std::int64_t images, std::int64_t numbers, std::int64_t size, const F& f) {
  const bool each = images >= 2 * thread_count();
  parallel_for(images, each ? grain_of(16 * size) : images,
               [&f, numbers](std::int64_t begin, std::int64_t end) {
                 Scratch memory(std::size_t(numbers) * sizeof(T));
                 for (std::int64_t i = begin; i < end; ++i)
                   f(i, reinterpret_cast<T*>(memory.memory()));
               });
}

}  // namespace

void fft(const Array& x, const Array& y, std::int64_t n, std::int64_t inner, bool inverse,
         double scale) {
  dispatch_floating(y.dtype, [&]<class T>() {
    if (y.numel() == 0) return;
    const std::int64_t outer = y.numel() / (2 * n * inner);
    const T* const from = x.data<T>();
    T *const to = y.data<T>(), factor = T(scale);
    if (inner == 1)
      inverse ? transform_rows<T, true>(from, to, n, outer, factor)
              : transform_rows<T, false>(from, to, n, outer, factor);
    else
      inverse ? transform_columns<T, true>(from, to, n, outer, inner, factor)
              : transform_columns<T, false>(from, to, n, outer, inner, factor);
  });
}

void real_fft(const Array& x, const Array& y, std::int64_t rows, std::int64_t n, double scale,
              double interior) {
  dispatch_floating(y.dtype, [&]<class T>() {
    if (y.numel() == 0) return;
    const std::int64_t bins = n / 2 + 1, count = y.numel() / (2 * bins);
    const T edge = T(scale), factor = T(scale * interior);
    const T* const from = x.data<T>();
    T* const to = y.data<T>();
    if (rows == 1) return bins_of_rows(from, to, n, count, edge, factor);
    // Columns of an image while it is in a cache.
    for_images<T>(count / rows, 0, rows * n, [=](std::int64_t image, T*) {
      T* const spectrum = to + image * rows * bins * 2;
      bins_of_rows(from + image * rows * n, spectrum, n, rows, edge, factor);
      transform_columns<T, false>(spectrum, spectrum, rows, 1, bins, T(1));
    });
  });
}

void real_fft_adjoint(const Array& x, const Array& y, std::int64_t rows, std::int64_t n,
                      double scale, double interior) {
  dispatch_floating(y.dtype, [&]<class T>() {
    if (y.numel() == 0) return;
    const std::int64_t bins = n / 2 + 1, count = y.numel() / n;
    const T edge = T(scale), factor = T(scale * interior);
    const T* const from = x.data<T>();
    T* const to = y.data<T>();
    if (rows == 1) return rows_of_bins(from, to, n, count, edge, factor);
    const std::int64_t numbers = 2 * rows * bins;
    for_images<T>(count / rows, numbers, rows * n, [=](std::int64_t image, T* spectrum) {
      transform_columns<T, true>(from + image * numbers, spectrum, rows, 1, bins, T(1));
      rows_of_bins<T>(spectrum, to + image * rows * n, n, rows, edge, factor);
    });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
