// Transforms of any length along any axis, cut or filled up, in every norm, against the sum that
// defines them; each inverse gives the signal back, and what has no length is refused.

#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/cinta.hpp>
#include <cmath>
#include <numbers>
#include <vector>

#include "fuzz/support.hpp"

using namespace cinta;

namespace {

using Size = std::int64_t;

struct Complex {
  double re = 0, im = 0;
};

/// The sum itself, times `factor`.
std::vector<Complex> transform(const std::vector<Complex>& x, bool inverse, double factor) {
  const std::size_t n = x.size();
  std::vector<Complex> roots, y(n);
  for (std::size_t k = 0; k < n; ++k) {
    const double angle = 2 * std::numbers::pi * double(k) / double(n);
    roots.push_back({std::cos(angle), inverse ? std::sin(angle) : -std::sin(angle)});
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t j = 0; j < n; ++j) {
      const Complex& root = roots[j * k % n];
      y[k].re += x[j].re * root.re - x[j].im * root.im;
      y[k].im += x[j].re * root.im + x[j].im * root.re;
    }
    y[k].re *= factor;
    y[k].im *= factor;
  }
  return y;
}

class Program {
 public:
  Program(const std::uint8_t* data, std::size_t size) : next_(data), end_(data + size) {}

  void run() {
    const unsigned mode = byte(), lengths = byte();
    dtype_ = mode & 1 ? float32 : float64;
    inverse_ = mode & 2;
    real_ = mode & 4;
    norm_ = FftNorm(mode / 8 % 3);
    axis_ = int(mode / 32 % 3) - 2;  // 0 is the first of the two
    first_ = mode & 128;
    // What there is and what is asked for; lengths over 16 are rare, up to 511.
    const Size length = lengths % 16 == 15 ? Size(byte()) + (byte() & 1) * 256 : lengths % 16;
    Size n = length;
    const unsigned asked = lengths / 16;
    std::optional<Size> option;
    if (asked < 8) {
      n = asked == 7 ? Size(byte()) + (byte() & 1) * 256 : Size(asked) * 3 - 3;
      option = n;
    }
    if (real_ && inverse_)
      to_real(length, option);
    else if (real_)
      of_real(length, n, option);
    else
      of_pairs(length, n, option);
  }

 private:
  unsigned byte() { return next_ < end_ ? *next_++ : 0; }
  double small() { return double(byte()) - 128; }

  FftOptions options(std::optional<Size> n) const {
    return {.n = n, .axis = axis(), .norm = norm_};
  }
  /// Signals lie along the first axis of two or along the last one.
  Axis axis() const { return first_ ? (axis_ == 0 ? 0 : -2) : -1; }
  double factor(Size n) const {
    if (norm_ == FftNorm::ortho) return 1 / std::sqrt(double(n));
    return inverse_ == (norm_ == FftNorm::backward) ? 1 / double(n) : 1;
  }
  /// Of the largest element, with errors that grow as the depth of the sums does; the reference is
  /// of float64 and as long as the signal.
  double bound(Size n, double largest) const {
    const double terms = double(std::max<Size>(n, 1));
    return largest * factor(std::max<Size>(n, 1)) * std::sqrt(terms) *
           ((dtype_ == float32 ? 0x1p-24 : 0x1p-53) * 16 * (2 + std::log2(terms)) +
            0x1p-53 * 16 * terms);
  }

  /// Two signals beside each other, in float64; complex ones with an axis of pairs.
  std::vector<Complex> signals(Size length, bool complex) {
    std::vector<Complex> x(std::size_t(2 * length));
    for (Complex& element : x) element = {small(), complex ? small() : 0.0};
    return x;
  }
  Tensor tensor_of(const std::vector<Complex>& x, Size length, bool complex) const {
    std::vector<double> flat;
    for (const Complex& element : x) {
      flat.push_back(element.re);
      if (complex) flat.push_back(element.im);
    }
    Tensor t = to(complex ? from_data(flat, {2, length, 2}) : from_data(flat, {2, length}), dtype_);
    return first_ ? transpose(t, 0, 1) : t;
  }
  /// One of the two results, in float64.
  std::vector<Complex> one_of(const Tensor& y, Size which, bool complex) const {
    const Tensor part = to(select(first_ ? transpose(y, 0, 1) : y, 0, which), float64);
    const std::vector<double> flat = contiguous(part).to_vector<double>();
    std::vector<Complex> x;
    if (!complex)
      for (const double value : flat) x.push_back({value, 0});
    else
      for (std::size_t i = 0; i < flat.size(); i += 2) x.push_back({flat[i], flat[i + 1]});
    return x;
  }
  static std::vector<Complex> one_of(const std::vector<Complex>& x, Size length, Size which) {
    return {x.begin() + which * length, x.begin() + (which + 1) * length};
  }
  static double largest(const std::vector<Complex>& x) {
    double most = 1;
    for (const Complex& element : x)
      most = std::max({most, std::fabs(element.re), std::fabs(element.im)});
    return most;
  }

  template <class F>
  std::optional<Tensor> both(bool possible, const F& ours) const {
    try {
      Tensor y = ours();
      fuzz::require(possible);
      return y;
    } catch (const Error& error) {
      fuzz::require_plain(error.what());
      fuzz::require(!possible);
      return std::nullopt;
    }
  }

  void compare(const Tensor& y, const std::vector<Complex>& x, Size length, Size n, Size bins,
               bool complex) const {
    for (const Size which : {0, 1}) {
      std::vector<Complex> signal = one_of(x, length, which);
      signal.resize(std::size_t(n));
      const std::vector<Complex> wanted = transform(signal, inverse_, factor(n)),
                                 got = one_of(y, which, complex);
      fuzz::require(Size(got.size()) == bins);
      const double most = bound(n, largest(signal) * std::sqrt(double(n)));
      for (std::size_t k = 0; k < got.size(); ++k) {
        fuzz::require(std::fabs(got[k].re - wanted[k].re) <= most);
        if (complex) fuzz::require(std::fabs(got[k].im - wanted[k].im) <= most);
      }
    }
  }

  void of_pairs(Size length, Size n, std::optional<Size> option) {
    const std::vector<Complex> x = signals(length, true);
    const Tensor t = tensor_of(x, length, true);
    const auto y =
        both(n > 0, [&] { return inverse_ ? ifft(t, options(option)) : fft(t, options(option)); });
    if (!y) return;
    compare(*y, x, length, n, n, true);
    if (n >= length && length > 0) {
      const Tensor back = inverse_ ? fft(*y, options({})) : ifft(*y, options({}));
      const int along = first_ ? 0 : 1;
      returns(t, slice(back, along, 0, length), n);
    }
  }

  void of_real(Size length, Size n, std::optional<Size> option) {
    const std::vector<Complex> x = signals(length, false);
    const Tensor t = tensor_of(x, length, false);
    const auto y = both(n > 0, [&] { return rfft(t, options(option)); });
    if (!y) return;
    compare(*y, x, length, n, n / 2 + 1, true);
    if (n >= length && length > 0) {
      const Tensor back = irfft(*y, options(n));
      returns(t, slice(back, first_ ? 0 : 1, 0, length), n);
    }
  }

  void to_real(Size length, std::optional<Size> option) {
    std::vector<Complex> x = signals(length, true);
    const Tensor t = tensor_of(x, length, true);
    const Size n = option.value_or(2 * (length - 1));
    const auto y = both(n > 0, [&] { return irfft(t, options(option)); });
    if (!y) return;
    // The whole spectrum: what is not there is 0, the upper half the conjugate of the lower one.
    std::vector<Complex> whole;
    for (const Size which : {0, 1}) {
      std::vector<Complex> half = one_of(x, length, which), full{std::size_t(n)};
      half.resize(std::size_t(n / 2 + 1));
      for (Size k = 0; k <= n / 2; ++k) {
        const Complex bin = half[std::size_t(k)];
        const bool own = k == 0 || 2 * k == n;  // its own conjugate
        full[std::size_t(k)] = {bin.re, own ? 0 : bin.im};
        if (!own) full[std::size_t(n - k)] = {bin.re, -bin.im};
      }
      whole.insert(whole.end(), full.begin(), full.end());
    }
    compare(*y, whole, n, n, n, false);
  }

  void returns(const Tensor& x, const Tensor& back, Size n) const {
    fuzz::require(x.shape() == back.shape());
    const double most = max(abs(to(x, float64) - to(back, float64))).item();
    // Forward and back: of the errors in each, none is larger than that of the sum of the elements.
    fuzz::require(most <= 128 * double(n) * (dtype_ == float32 ? 0x1p-24 : 0x1p-53) * 64);
  }

  const std::uint8_t* next_;
  const std::uint8_t* end_;
  Dtype dtype_ = float64;
  bool inverse_ = false, real_ = false, first_ = false;
  FftNorm norm_ = FftNorm::backward;
  int axis_ = -1;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Program(data, size).run();
  return 0;
}
