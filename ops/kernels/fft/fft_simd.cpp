// Compiled once per instruction set; see fft.hpp.

#include <cinta/ops/kernels/fft/fft.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

#include <cinta/ops/kernels/fft/plan.hpp>

namespace cinta::kernels::CINTA_SIMD {

void fft(const Array& x, const Array& y, std::int64_t n, bool inverse, double scale);
void real_fft(const Array& x, const Array& y, std::int64_t n, double scale, double interior);
void real_fft_adjoint(const Array& x, const Array& y, std::int64_t n, double scale,
                      double interior);

namespace {

// f(row, re, im, room) for every row, several at a time, where re and im have `length` numbers.
template <class T, class F>
void fodd_rrows(std::int64_t rows, std::int64_t length, const Plan<T>& plan, const F& f) {
  parallel_for(
      rows, grain_of(16 * length), [&plan, &f, length](std::int64_t begin, std::int64_t end) {
        const auto count = static_cast<std::size_t>(length);
        std::vector<T> re(count), im(count), room(static_cast<std::size_t>(plan.scratch()));
        for (std::int64_t row = begin; row < end; ++row) f(row, re.data(), im.data(), room.data());
      });
}

}  // namespace

void fft(const Array& x, const Array& y, std::int64_t n, bool inverse, double scale) {
  dispatch_floating(y.dtype, [&]<class T>() {
    if (y.numel() == 0) return;
    const Plan<T> plan(n);
    const T factor = T(scale);
    fodd_rrows(y.numel() / (2 * n), n, plan,
               [&, from = x.data<T>(), to = y.data<T>()](std::int64_t row, T* re, T* im, T* room) {
                 const T* const in = from + 2 * n * row;
                 T* const out = to + 2 * n * row;
                 for (std::int64_t j = 0; j < n; ++j) {
                   re[j] = in[2 * j];
                   im[j] = in[2 * j + 1];
                 }
                 // With exchanged parts it is the inverse.
                 inverse ? plan.run(im, re, room) : plan.run(re, im, room);
                 for (std::int64_t k = 0; k < n; ++k) {
                   out[2 * k] = factor * re[k];
                   out[2 * k + 1] = factor * im[k];
                 }
               });
  });
}

// Of an even length n two neighbours are one complex number: a transform of half the length, from
// which those of the even and of the odd elements follow.

void real_fft(const Array& x, const Array& y, std::int64_t n, double scale, double interior) {
  dispatch_floating(y.dtype, [&]<class T>() {
    if (y.numel() == 0) return;
    const bool even = n % 2 == 0;
    const std::int64_t length = even ? n / 2 : n, bins = n / 2 + 1;
    const Plan<T> plan(length);
    const Parts<T> w = roots<T>(n, even ? bins : 0);
    fodd_rrows(y.numel() / (2 * bins), length, plan,
               [&, from = x.data<T>(), to = y.data<T>()](std::int64_t row, T* re, T* im, T* room) {
                 const T* const in = from + n * row;
                 T* const out = to + 2 * bins * row;
                 for (std::int64_t j = 0; j < length; ++j) {
                   re[j] = even ? in[2 * j] : in[j];
                   im[j] = even ? in[2 * j + 1] : T(0);
                 }
                 plan.run(re, im, room);
                 for (std::int64_t k = 0; k < bins; ++k) {
                   T r = re[k % length], i = im[k % length];
                   if (even) {
                     const std::int64_t other = (length - k) % length;
                     const T er = T(0.5) * (r + re[other]), ei = T(0.5) * (i - im[other]);
                     const T odd_r = T(0.5) * (i + im[other]), odd_i = T(0.5) * (re[other] - r);
                     const T wr = w.re[std::size_t(k)], wi = w.im[std::size_t(k)];
                     r = er + odd_r * wr - odd_i * wi;
                     i = ei + odd_r * wi + odd_i * wr;
                   }
                   const bool edge = k == 0 || 2 * k == n;
                   const T factor = T(edge ? scale : scale * interior);
                   out[2 * k] = factor * r;
                   out[2 * k + 1] = edge ? T(0) : factor * i;
                 }
               });
  });
}

void real_fft_adjoint(const Array& x, const Array& y, std::int64_t n, double scale,
                      double interior) {
  dispatch_floating(y.dtype, [&]<class T>() {
    if (y.numel() == 0) return;
    const bool even = n % 2 == 0;
    const std::int64_t length = even ? n / 2 : n, bins = n / 2 + 1;
    const Plan<T> plan(length);
    const Parts<T> w = roots<T>(n, even ? length : 0);
    const T edge_factor = T(scale), factor = T(0.5 * scale * interior);
    fodd_rrows(y.numel() / n, length, plan,
               [&, from = x.data<T>(), to = y.data<T>()](std::int64_t row, T* re, T* im, T* room) {
                 const T* const in = from + 2 * bins * row;
                 T* const out = to + n * row;
                 // The whole spectrum, of which bin n - k is the conjugate of bin k.
                 const auto bin = [=](std::int64_t k, T& r, T& i) {
                   const bool mirrored = k >= bins;
                   const std::int64_t at = mirrored ? n - k : k;
                   const bool edge = at == 0 || 2 * at == n;
                   r = (edge ? edge_factor : factor) * in[2 * at];
                   i = edge ? T(0) : mirrored ? -factor * in[2 * at + 1] : factor * in[2 * at + 1];
                 };
                 for (std::int64_t k = 0; k < length; ++k) {
                   T r, i;
                   bin(k, r, i);
                   if (even) {
                     T sr, si;
                     bin(k + length, sr, si);
                     const T dr = r - sr, di = i - si;
                     const T wr = w.re[std::size_t(k)], wi = -w.im[std::size_t(k)];
                     r += sr - (dr * wi + di * wr);
                     i += si + (dr * wr - di * wi);
                   }
                   re[k] = r;
                   im[k] = i;
                 }
                 plan.run(im, re, room);
                 for (std::int64_t j = 0; j < length; ++j) {
                   if (even) {
                     out[2 * j] = re[j];
                     out[2 * j + 1] = im[j];
                   } else {
                     out[j] = re[j];
                   }
                 }
               });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
