#pragma once
// Complex transforms of any length, in the translation unit of one instruction set.

#include <cinta/ops/kernels/fft/long.hpp>
#include <memory>

namespace cinta::kernels::CINTA_SIMD {
namespace {

/// Lengths without large primes by passes, long ones of them by rows and columns; others are a
/// convolution of such a length: L. Bluestein, "A linear filtering approach to the computation of
/// the discrete Fourier transform", 1970.
template <class T>
class Plan {
 public:
  /// `one`: of signals one by one, never side by side, if they are long.
  explicit Plan(std::int64_t n, bool one = true) : n_(n) {
    if (!Passes<T>::can(n))
      by_convolution(one);
    else if (const std::int64_t rows = one ? Long<T>::rows_of(n) : 0)
      long_ = std::make_unique<Long<T>>(n, rows);
    else
      passes_ = std::make_unique<Passes<T>>(n);
  }

  /// Whether a single signal fills vectors, and all threads.
  bool alone() const { return inner_ ? inner_->alone() : long_ || passes_->alone(); }
  bool is_long() const { return inner_ ? inner_->is_long() : bool(long_); }

  std::int64_t numbers() const {
    if (inner_) return inner_->numbers() + chirp_->numbers() + filter_->numbers();
    return long_ ? long_->numbers() : passes_->numbers();
  }
  std::int64_t scratch(std::int64_t width) const {
    if (inner_) {
      const std::int64_t rest = inner_->long_ ? inner_->scratch(1) : 0;
      return 2 * Room<T>::of(inner_->n_ * width) + rest;
    }
    return long_ ? long_->scratch() : passes_->scratch(width);
  }

  /// `width` signals side by side, number j of signal q at j * row + q, to numbers `to_row` apart;
  /// `room` holds scratch(width) numbers.
  template <class From, class To>
  void run(const From& from, std::int64_t row, const To& to, std::int64_t to_row, Room<T> room,
           std::int64_t width) const {
    if (inner_) return convolve(from, row, to, to_row, room, width);
    if (long_) return long_->run(from, to, room);
    passes_->run(from, row, to, to_row, room, width);
  }

 private:
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
  void by_convolution(bool one) {
    const std::int64_t m = convolution_length(2 * n_ - 1);
    inner_ = std::make_unique<Plan>(m, one);
    chirp_ = std::make_unique<Parts<T>>(n_);
    filter_ = std::make_unique<Parts<T>>(m);
    Parts<T> mirrored(m);
    const double size = 1 / double(m);
    __extension__ using Wide = unsigned __int128;
    for (std::int64_t j = 0; j < n_; ++j) {
      // j^2 modulo 2 n, without its overflow.
      const auto square = std::int64_t(Wide(j) * Wide(j) % std::uint64_t(2 * n_));
      const auto [re, im] = exact_root(square, 2 * n_);
      const auto at = std::size_t(j), other = std::size_t((m - j) % m);
      chirp_->re[at] = T(re);
      chirp_->im[at] = T(im);
      mirrored.re[at] = mirrored.re[other] = T(re * size);
      mirrored.im[at] = mirrored.im[other] = T(-im * size);
    }
    std::vector<T> room(std::size_t(inner_->scratch(1)));
    inner_->run(Split<T>{mirrored.re.data(), mirrored.im.data()}, 1,
                Split<T>{filter_->re.data(), filter_->im.data()}, 1, Room<T>{room.data()}, 1);
  }

  template <class From, class To>
  void convolve(const From& from, std::int64_t row, const To& to, std::int64_t to_row, Room<T> room,
                std::int64_t width) const {
    const std::int64_t m = inner_->n_, used = n_ * width, unused = (m - n_) * width;
    const Split<T> x = room.take(m * width), y = room.take(m * width);
    multiply<T>(n_, width, from, row, *chirp_, x, width);
    std::fill_n(x.re + used, unused, T(0));
    std::fill_n(x.im + used, unused, T(0));
    const Split<T> bins = inner_->run(x, y, room, width), other = bins.re == x.re ? y : x;
    multiply<T>(m, width, bins, width, *filter_, other, width);
    // With exchanged parts it is the inverse.
    const Split<T> sums = inner_->run(other.exchanged(), bins.exchanged(), room, width);
    multiply<T>(n_, width, sums.exchanged(), width, *chirp_, to, to_row);
  }

  // From x, with y to write to as well, to the one that is returned.
  Split<T> run(const Split<T>& x, const Split<T>& y, Room<T> room, std::int64_t width) const {
    if (passes_) return passes_->run(x, y, width);
    long_->run(x, y, room);
    return y;
  }

  std::int64_t n_;
  std::unique_ptr<Passes<T>> passes_;
  std::unique_ptr<Long<T>> long_;
  std::unique_ptr<Plan> inner_;
  std::unique_ptr<Parts<T>> chirp_, filter_;
};

}  // namespace
}  // namespace cinta::kernels::CINTA_SIMD
