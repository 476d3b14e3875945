#pragma once
// Complex transforms of one length, in the translation unit of one instruction set.

#include <algorithm>
#include <array>
#include <cinta/ops/kernels/simd/register_transpose.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <numbers>
#include <tuple>
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

// exp(-2 pi i k / n)
template <class T>
std::pair<T, T> root(std::int64_t k, std::int64_t n) {
  const double angle = -2 * std::numbers::pi * double(k % n) / double(n);
  return {T(std::cos(angle)), T(std::sin(angle))};
}

// exp(-2 pi i k / n) for k < count.
template <class T>
Parts<T> roots(std::int64_t n, std::int64_t count) {
  Parts<T> all(count);
  for (std::int64_t k = 0; k < count; ++k)
    std::tie(all.re[std::size_t(k)], all.im[std::size_t(k)]) = root<T>(k, n);
  return all;
}

// Numbers between arrays that are read and written side by side: where their sizes are powers of
// two, they would all want the same lines of a cache.
template <class T>
inline constexpr std::int64_t gap = 5 * 64 / std::int64_t(sizeof(T));

// Lengths of small primes are divided by one after the other: T. Stockham, "High-speed convolution
// and correlation", 1966, which orders the results on the way. Others are a convolution of such a
// length: L. Bluestein, "A linear filtering approach to the computation of the discrete Fourier
// transform", 1970.
//
// Several signals lie side by side, number j of signal q at j * width + q, so that loops over them
// fill vectors from the first step on. An element goes through the same operations in any width.
template <class T>
class Plan {
 public:
  explicit Plan(std::int64_t n) : n_(n) {
    std::int64_t rest = n;
    for (const int p : {4, 2, 3, 5, 7, 11, 13})
      for (; rest % p == 0; rest /= p) factors_.push_back(p);
    if (rest != 1) {
      by_convolution();
      return;
    }
    for (std::int64_t m = n; const int r : factors_) {
      m /= r;
      Parts<T> turns(m * (r - 1));
      for (int k = 1; k < r; ++k)
        for (std::int64_t p = 0; p < m; ++p) {
          const auto at = std::size_t((k - 1) * m + p);
          std::tie(turns.re[at], turns.im[at]) = root<T>(p * k, m * r);
        }
      turns_.push_back(std::move(turns));
    }
  }

  std::int64_t length() const { return n_; }
  std::int64_t scratch() const { return inner_ ? 4 * inner_->n_ : 2 * n_; }

  // In place; `room` holds scratch() numbers a signal, and four gaps.
  void run(T* re, T* im, T* room, std::int64_t width) const {
    if (inner_) return convolve(re, im, room, width);
    T *xr = re, *xi = im, *yr = room, *yi = room + n_ * width + gap<T>;
    std::int64_t n = n_, s = width;
    for (std::size_t i = 0; i < factors_.size(); ++i) {
      const int r = factors_[i];
      const std::int64_t m = n / r;
      const Parts<T>& turns = turns_[i];
      switch (r) {
        case 2: stage<2>(m, s, xr, xi, yr, yi, turns); break;
        case 3: stage<3>(m, s, xr, xi, yr, yi, turns); break;
        case 4: stage<4>(m, s, xr, xi, yr, yi, turns); break;
        case 5: stage<5>(m, s, xr, xi, yr, yi, turns); break;
        case 7: stage<7>(m, s, xr, xi, yr, yi, turns); break;
        case 11: stage<11>(m, s, xr, xi, yr, yi, turns); break;
        default: stage<13>(m, s, xr, xi, yr, yi, turns); break;
      }
      std::swap(xr, yr);
      std::swap(xi, yi);
      n = m;
      s *= r;
    }
    if (xr != re) {
      std::copy_n(xr, n_ * width, re);
      std::copy_n(xi, n_ * width, im);
    }
  }

 private:
  // Cosines and sines of the transform of length r.
  template <int r>
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

  // s transforms of length r * m that lie s apart become r * s of length m.
  template <int r>
  static void stage(std::int64_t m, std::int64_t s, const T* xr, const T* xi, T* yr, T* yi,
                    const Parts<T>& turns) {
    static const Circle<r> circle;
    if (s == 1) return first_stage<r>(m, xr, xi, yr, yi, turns.re.data(), turns.im.data(), circle);
    for (std::int64_t p = 0; p < m; ++p) {
      std::array<T, r> wr{}, wi{};
      for (int k = 1; k < r; ++k) {
        wr[std::size_t(k)] = turns.re[std::size_t((k - 1) * m + p)];
        wi[std::size_t(k)] = turns.im[std::size_t((k - 1) * m + p)];
      }
      const std::int64_t from = s * p, to = s * r * p;
      if (p == 0)
        lanes<r, false>(s, s * m, xr, xi, yr, yi, wr, wi, circle);
      else
        lanes<r, true>(s, s * m, xr + from, xi + from, yr + to, yi + to, wr, wi, circle);
    }
  }

  // Of so many neighbours as a V has numbers.
  template <int r, bool turned, class V>
  static void together(std::int64_t s, std::int64_t apart, const T* xr, const T* xi, T* yr, T* yi,
                       const std::array<T, r>& wr, const std::array<T, r>& wi,
                       const Circle<r>& circle) {
    V ar[r], ai[r], br[r], bi[r];
    for (int j = 0; j < r; ++j) {
      std::memcpy(&ar[j], xr + apart * j, sizeof(V));
      std::memcpy(&ai[j], xi + apart * j, sizeof(V));
    }
    small<r>(ar, ai, br, bi, circle);
    for (int k = 0; k < r; ++k) {
      V re = br[k], im = bi[k];
      if (turned && k > 0) {
        const T vr = wr[std::size_t(k)], vi = wi[std::size_t(k)];
        re = br[k] * vr - bi[k] * vi;
        im = br[k] * vi + bi[k] * vr;
      }
      std::memcpy(yr + s * k, &re, sizeof(V));
      std::memcpy(yi + s * k, &im, sizeof(V));
    }
  }

  // Vectors that are written down as such: the compiler makes none of the loop.
  template <int r, bool turned>
  [[gnu::flatten]] static void lanes(std::int64_t s, std::int64_t apart, const T* xr, const T* xi,
                                     T* yr, T* yi, const std::array<T, r>& wr,
                                     const std::array<T, r>& wi, const Circle<r>& circle) {
    constexpr std::int64_t step = register_lanes<T>;
    std::int64_t q = 0;
    for (; q + step <= s; q += step)
      together<r, turned, Register<T>>(s, apart, xr + q, xi + q, yr + q, yi + q, wr, wi, circle);
    for (; q < s; ++q)
      together<r, turned, T>(s, apart, xr + q, xi + q, yr + q, yi + q, wr, wi, circle);
  }

  // Of one signal the first step has no others beside it: vectors run along it.
  template <int r>
  static void first_stage(std::int64_t m, const T* __restrict xr, const T* __restrict xi,
                          T* __restrict yr, T* __restrict yi, const T* __restrict wr,
                          const T* __restrict wi, const Circle<r> circle) {
    for (std::int64_t p = 0; p < m; ++p) {
      T ar[r], ai[r], br[r], bi[r];
      for (int j = 0; j < r; ++j) {
        ar[j] = xr[p + m * j];
        ai[j] = xi[p + m * j];
      }
      small<r>(ar, ai, br, bi, circle);
      yr[r * p] = br[0];
      yi[r * p] = bi[0];
      for (int k = 1; k < r; ++k) {
        const T vr = wr[(k - 1) * m + p], vi = wi[(k - 1) * m + p];
        yr[r * p + k] = br[k] * vr - bi[k] * vi;
        yi[r * p + k] = br[k] * vi + bi[k] * vr;
      }
    }
    // By 1 and 0, which would make NaN of infinity beside it: as among others.
    lanes<r, false>(1, m, xr, xi, yr, yi, {}, {}, circle);
  }

  template <int r, class V>
  static void small(const V* ar, const V* ai, V* br, V* bi, const Circle<r>& circle) {
    if constexpr (r == 2) {
      br[0] = ar[0] + ar[1], bi[0] = ai[0] + ai[1];
      br[1] = ar[0] - ar[1], bi[1] = ai[0] - ai[1];
    } else if constexpr (r == 4) {
      const V er = ar[0] + ar[2], ei = ai[0] + ai[2], fr = ar[0] - ar[2], fi = ai[0] - ai[2];
      const V gr = ar[1] + ar[3], gi = ai[1] + ai[3], hr = ar[1] - ar[3], hi = ai[1] - ai[3];
      br[0] = er + gr, bi[0] = ei + gi;
      br[1] = fr + hi, bi[1] = fi - hr;
      br[2] = er - gr, bi[2] = ei - gi;
      br[3] = fr - hi, bi[3] = fi + hr;
    } else {
      // Bins k and r - k have the cosines in common, and sines of the other sign.
      constexpr int half = r / 2;
      V sr[half], si[half], dr[half], di[half];
      V all_r = ar[0], all_i = ai[0];
      for (int j = 0; j < half; ++j) {
        sr[j] = ar[j + 1] + ar[r - 1 - j], si[j] = ai[j + 1] + ai[r - 1 - j];
        dr[j] = ar[j + 1] - ar[r - 1 - j], di[j] = ai[j + 1] - ai[r - 1 - j];
        all_r += sr[j], all_i += si[j];
      }
      br[0] = all_r, bi[0] = all_i;
      for (int k = 1; k <= half; ++k) {
        V er = ar[0], ei = ai[0], odd_r{}, odd_i{};
        for (int j = 0; j < half; ++j) {
          const auto at = std::size_t((j + 1) * k % r);
          er += sr[j] * circle.cosine[at], ei += si[j] * circle.cosine[at];
          odd_r += di[j] * circle.sine[at], odd_i += dr[j] * circle.sine[at];
        }
        br[k] = er + odd_r, bi[k] = ei - odd_i;
        br[r - k] = er - odd_r, bi[r - k] = ei + odd_i;
      }
    }
  }

  // The length of a convolution of at least `least` that takes the fewest operations.
  static std::int64_t convolution_length(std::int64_t least) {
    std::int64_t best = 0;
    double lowest = 0;
    for (const std::int64_t odd : {1, 3, 5, 9, 15}) {
      std::int64_t m = odd;
      double steps = odd == 1 ? 0 : odd < 9 ? 1 : 2;
      for (; m < least; m *= 2) steps += 0.5;
      const double cost = double(m) * (std::ceil(steps) + 2);
      if (best == 0 || cost < lowest) best = m, lowest = cost;
    }
    return best;
  }

  // j k = (j^2 + k^2 - (k - j)^2) / 2 makes of the sum a convolution with a chirp.
  void by_convolution() {
    factors_.clear();
    const std::int64_t m = convolution_length(2 * n_ - 1);
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
    std::vector<T> room(std::size_t(inner_->scratch() + 4 * gap<T>));
    inner_->run(filter_->re.data(), filter_->im.data(), room.data(), 1);
  }

  // y = x times c, a number for each `width` of them, of `count`.
  static void multiply(std::int64_t count, std::int64_t width, const T* __restrict xr,
                       const T* __restrict xi, const Parts<T>& c, T* __restrict yr,
                       T* __restrict yi) {
    const T *cr = c.re.data(), *ci = c.im.data();
    if (width == 1) {
      for (std::int64_t j = 0; j < count; ++j) {
        yr[j] = xr[j] * cr[j] - xi[j] * ci[j];
        yi[j] = xr[j] * ci[j] + xi[j] * cr[j];
      }
      return;
    }
    for (std::int64_t j = 0; j < count; ++j) {
      const T wr = cr[j], wi = ci[j];
      for (std::int64_t q = j * width; q < (j + 1) * width; ++q) {
        yr[q] = xr[q] * wr - xi[q] * wi;
        yi[q] = xr[q] * wi + xi[q] * wr;
      }
    }
  }

  void convolve(T* re, T* im, T* room, std::int64_t width) const {
    const std::int64_t m = inner_->n_, used = n_ * width, all = m * width;
    T *ar = room, *ai = ar + all + gap<T>, *inner_room = ai + all + gap<T>;
    multiply(n_, width, re, im, *chirp_, ar, ai);
    std::fill(ar + used, ar + all, T(0));
    std::fill(ai + used, ai + all, T(0));
    inner_->run(ar, ai, inner_room, width);
    T *br = inner_room, *bi = br + all + gap<T>;
    multiply(m, width, ar, ai, *filter_, br, bi);
    inner_->run(bi, br, ar, width);  // exchanged parts: the inverse
    multiply(n_, width, br, bi, *chirp_, re, im);
  }

  std::int64_t n_;
  std::vector<int> factors_;
  std::vector<Parts<T>> turns_;  // of each factor, unless by convolution: by bin, by place
  std::unique_ptr<Plan> inner_;
  std::unique_ptr<Parts<T>> chirp_, filter_;
};

}  // namespace
}  // namespace cinta::kernels::CINTA_SIMD
