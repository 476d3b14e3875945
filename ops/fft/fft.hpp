#pragma once
// Discrete Fourier transforms along any axis, of any length. Complex numbers are pairs: tensors
// whose last axis is (re, im), as PyTorch's view_as_real has it, so that select(y, -1, 0) is the
// real part, and a spectrum is one tensor with one gradient. Axes are counted without that of the
// pairs. float32 or float64, gradients of every order. All throw DtypeError unless floating;
// ShapeError for a tensor without the axis or the pairs, ValueError for a length below 1.

#include <cinta/autograd/tensor.hpp>
#include <optional>
#include <utility>

#pragma GCC visibility push(default)
namespace cinta {

/// Which direction is divided by what: NumPy's norm.
enum class FftNorm {
  backward,  ///< the inverse, by n
  ortho,     ///< both, by sqrt(n)
  forward    ///< the forward one, by n
};

struct FftOptions {
  /// Length of the signal: what is longer is cut, what is shorter gets zeros behind it.
  std::optional<std::int64_t> n = {};
  Axis axis = -1;
  FftNorm norm = FftNorm::backward;
};

/// sum of x_j exp(-2 pi i j k / n), and its inverse: (..., n, 2) for x (..., n, 2).
Tensor fft(const Tensor& x, FftOptions options = {}, Site site = {});
Tensor ifft(const Tensor& x, FftOptions options = {}, Site site = {});

/// The same of real x (..., n): the bins up to n / 2, (..., n / 2 + 1, 2); others are their
/// conjugates.
Tensor rfft(const Tensor& x, FftOptions options = {}, Site site = {});
/// Its inverse, (..., n) for x (..., m, 2). The default of n is 2 (m - 1): for a signal of odd
/// length n has to be given. The imaginary parts of the bins 0 and, of an even n, n / 2 do not
/// count.
Tensor irfft(const Tensor& x, FftOptions options = {}, Site site = {});

struct Fft2Options {
  std::optional<std::pair<std::int64_t, std::int64_t>> n = {};  ///< of the signal
  std::pair<Axis, Axis> axes = {-2, -1};
  FftNorm norm = FftNorm::backward;
};
/// rfft along the second axis, fft along the first one: (..., n0, n1 / 2 + 1, 2).
Tensor rfft2(const Tensor& x, Fft2Options options = {}, Site site = {});
/// Its inverse, (..., n0, n1); the default of n1 is as irfft's.
Tensor irfft2(const Tensor& x, Fft2Options options = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
