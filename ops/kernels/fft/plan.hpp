#pragma once
// A complex transform of one length, in the translation unit of one instruction set.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numbers>
#include <utility>
#include <vector>

namespace cinta::kernels::CINTA_SIMD {
namespace {

// Real and imaginary parts side by side, as loops over vectors want them.
template <class T>
struct Parts {
  std::vector<T> re, im;
  explicit Parts(std::int64_t n) : re(std::size_t(n)), im(std::size_t(n)) {}
};

// exp(-2 pi i k / n) for k < count.
template <class T>
Parts<T> roots(std::int64_t n, std::int64_t count) {
  Parts<T> all(count);
  for (std::int64_t k = 0; k < count; ++k) {
    const double angle = -2 * std::numbers::pi * double(k) / double(n);
    all.re[std::size_t(k)] = T(std::cos(angle));
    all.im[std::size_t(k)] = T(std::sin(angle));
  }
  return all;
}

// Lengths of small primes are divided by one after the other: T. Stockham, "High-speed convolution
// and correlation", 1966, which orders the results on the way. Others are a convolution of such a
// length: L. Bluestein, "A linear filtering approach to the computation of the discrete Fourier
// transform", 1970.
template <class T>
class Plan {
 public:
  explicit Plan(std::int64_t n) : n_(n), root_(0) {
    std::int64_t rest = n;
    for (const int p : {4, 2, 3, 5, 7, 11, 13})
      for (; rest % p == 0; rest /= p) factors_.push_back(p);
    if (rest == 1) {
      root_ = roots<T>(n, n);
    } else {
      by_convolution();
    }
  }

  std::int64_t scratch() const { return inner_ ? 4 * inner_->n_ : 2 * n_; }

  // In place; `room` holds scratch() numbers.
  void run(T* re, T* im, T* room) const {
    if (inner_) return convolve(re, im, room);
    T *xr = re, *xi = im, *yr = room, *yi = room + n_;
    std::int64_t n = n_, s = 1;
    for (const int r : factors_) {
      const std::int64_t m = n / r;
      switch (r) {
        case 2: stage<2>(m, s, xr, xi, yr, yi); break;
        case 3: stage<3>(m, s, xr, xi, yr, yi); break;
        case 4: stage<4>(m, s, xr, xi, yr, yi); break;
        case 5: stage<5>(m, s, xr, xi, yr, yi); break;
        case 7: stage<7>(m, s, xr, xi, yr, yi); break;
        case 11: stage<11>(m, s, xr, xi, yr, yi); break;
        default: stage<13>(m, s, xr, xi, yr, yi); break;
      }
      std::swap(xr, yr);
      std::swap(xi, yi);
      n = m;
      s *= r;
    }
    if (xr != re) {
      std::copy_n(xr, n_, re);
      std::copy_n(xi, n_, im);
    }
  }

 private:
  // s transforms of length r * m that lie s apart become r * s of length m.
  template <int r>
  void stage(std::int64_t m, std::int64_t s, const T* xr, const T* xi, T* yr, T* yi) const {
    std::array<T, r * r> cr, ci;  // of the transform of length r
    for (int k = 0; k < r; ++k) {
      for (int j = 0; j < r; ++j) {
        const auto at = std::size_t(j * k % r * (n_ / r));
        cr[std::size_t(k * r + j)] = root_.re[at];
        ci[std::size_t(k * r + j)] = root_.im[at];
      }
    }
    for (std::int64_t p = 0; p < m; ++p) {
      std::array<T, r> wr, wi;
      for (int k = 0; k < r; ++k) {
        const auto at = std::size_t(p * k * s);
        wr[std::size_t(k)] = root_.re[at];
        wi[std::size_t(k)] = root_.im[at];
      }
      const T *fr = xr + s * p, *fi = xi + s * p;
      T *tr = yr + s * r * p, *ti = yi + s * r * p;
      for (std::int64_t q = 0; q < s; ++q) {
        T ar[r], ai[r], br[r], bi[r];
        for (int j = 0; j < r; ++j) {
          ar[j] = fr[q + s * m * j];
          ai[j] = fi[q + s * m * j];
        }
        small<r>(ar, ai, br, bi, cr.data(), ci.data());
        for (int k = 0; k < r; ++k) {
          const T vr = wr[std::size_t(k)], vi = wi[std::size_t(k)];
          tr[q + s * k] = br[k] * vr - bi[k] * vi;
          ti[q + s * k] = br[k] * vi + bi[k] * vr;
        }
      }
    }
  }

  template <int r>
  static void small(const T* ar, const T* ai, T* br, T* bi, const T* cr, const T* ci) {
    if constexpr (r == 2) {
      br[0] = ar[0] + ar[1], bi[0] = ai[0] + ai[1];
      br[1] = ar[0] - ar[1], bi[1] = ai[0] - ai[1];
    } else if constexpr (r == 4) {
      const T er = ar[0] + ar[2], ei = ai[0] + ai[2], fr = ar[0] - ar[2], fi = ai[0] - ai[2];
      const T gr = ar[1] + ar[3], gi = ai[1] + ai[3], hr = ar[1] - ar[3], hi = ai[1] - ai[3];
      br[0] = er + gr, bi[0] = ei + gi;
      br[1] = fr + hi, bi[1] = fi - hr;
      br[2] = er - gr, bi[2] = ei - gi;
      br[3] = fr - hi, bi[3] = fi + hr;
    } else {
      for (int k = 0; k < r; ++k) {
        T re = ar[0], im = ai[0];
        for (int j = 1; j < r; ++j) {
          re += ar[j] * cr[k * r + j] - ai[j] * ci[k * r + j];
          im += ar[j] * ci[k * r + j] + ai[j] * cr[k * r + j];
        }
        br[k] = re, bi[k] = im;
      }
    }
  }

  // j k = (j^2 + k^2 - (k - j)^2) / 2 makes of the sum a convolution with a chirp.
  void by_convolution() {
    std::int64_t m = 1;
    while (m < 2 * n_ - 1) m *= 2;
    inner_ = std::make_unique<Plan>(m);
    chirp_ = std::make_unique<Parts<T>>(n_);
    filter_ = std::make_unique<Parts<T>>(m);
    const double size = 1 / double(m);
    __extension__ using Wide = unsigned __int128;
    for (std::int64_t j = 0; j < n_; ++j) {
      // j^2 modulo 2 n, without its overflow.
      const auto square = std::int64_t(Wide(j) * Wide(j) % std::uint64_t(2 * n_));
      const double angle = -std::numbers::pi * double(square) / double(n_);
      const auto at = std::size_t(j), mirrored = std::size_t((m - j) % m);
      chirp_->re[at] = T(std::cos(angle));
      chirp_->im[at] = T(std::sin(angle));
      filter_->re[at] = filter_->re[mirrored] = T(std::cos(angle) * size);
      filter_->im[at] = filter_->im[mirrored] = T(-std::sin(angle) * size);
    }
    std::vector<T> room(std::size_t(inner_->scratch()));
    inner_->run(filter_->re.data(), filter_->im.data(), room.data());
  }

  void convolve(T* re, T* im, T* room) const {
    const std::int64_t m = inner_->n_;
    T *ar = room, *ai = room + m, *inner_room = room + 2 * m;
    const T *cr = chirp_->re.data(), *ci = chirp_->im.data();
    const T *gr = filter_->re.data(), *gi = filter_->im.data();
    for (std::int64_t j = 0; j < n_; ++j) {
      ar[j] = re[j] * cr[j] - im[j] * ci[j];
      ai[j] = re[j] * ci[j] + im[j] * cr[j];
    }
    std::fill(ar + n_, ar + m, T(0));
    std::fill(ai + n_, ai + m, T(0));
    inner_->run(ar, ai, inner_room);
    for (std::int64_t j = 0; j < m; ++j) {
      const T r = ar[j] * gr[j] - ai[j] * gi[j];
      ai[j] = ar[j] * gi[j] + ai[j] * gr[j];
      ar[j] = r;
    }
    inner_->run(ai, ar, inner_room);  // exchanged parts: the inverse
    for (std::int64_t j = 0; j < n_; ++j) {
      re[j] = ar[j] * cr[j] - ai[j] * ci[j];
      im[j] = ar[j] * ci[j] + ai[j] * cr[j];
    }
  }

  std::int64_t n_;
  std::vector<int> factors_;
  Parts<T> root_;  // of n, unless by convolution
  std::unique_ptr<Plan> inner_;
  std::unique_ptr<Parts<T>> chirp_, filter_;
};

}  // namespace
}  // namespace cinta::kernels::CINTA_SIMD
