#pragma once
// Discrete Fourier transforms of rows. Complex numbers are pairs (re, im).

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

// Dense arrays of one floating dtype; n > 0 is the length of a transform, a row is one.

/// y_k = scale * sum of x_j exp(-2 pi i j k / n), or with `inverse` exp(2 pi i j k / n), along the
/// second axis: (outer, n, inner, 2).
void fft(const Array& x, const Array& y, std::int64_t n, std::int64_t inner, bool inverse,
         double scale);

/// Of real x (images, rows, n), along the last axis the bins k = 0, ..., n / 2 of that: y (images,
/// rows, n / 2 + 1, 2). Interior ones, all but 0 and, of an even n, n / 2, are multiplied by
/// `interior`. Of more than one row also along the rows, without a factor.
void real_fft(const Array& x, const Array& y, std::int64_t rows, std::int64_t n, double scale,
              double interior);

/// Its adjoint, y (images, rows, n): first the sums over rows, by exp(2 pi i j k / rows), then of
/// each row y_j = scale * sum of the real parts of x_k exp(2 pi i j k / n), interior ones
/// multiplied by `interior`. With 2 that is the inverse times rows * n.
void real_fft_adjoint(const Array& x, const Array& y, std::int64_t rows, std::int64_t n,
                      double scale, double interior);

}  // namespace cinta::kernels
