#pragma once
// Private to ops/kernels/conv: convolutions of 3 x 3 with 16 multiplications for four results where
// the definition has 36 (Winograd 1980; Lavin and Gray 2016, F(2 x 2, 3 x 3)).
//
// Four results that lie in a square come from 4 x 4 inputs d and the taps g of a channel by
// Y = A^T ((G g G^T) * (B^T d B)) A, whose matrices have elements 0, 1, -1 and 1/2. What is
// multiplied element by element is added up over the channels: 16 products of matrices, of (out,
// in) and (in, squares). A result depends on no input outside its window, but its rounding errors
// are as those of the largest input in there times the largest tap. What is not finite gives NaN
// where the definition may have infinity: who calls goes by the definition then.

#include <algorithm>
#include <cinta/ops/kernels/conv/conv.hpp>

namespace cinta::kernels {

/// What conv (conv_transpose if `transposed`) writes, if the geometry suits, and all of it is
/// finite; otherwise returns false, and y may hold anything.
bool conv_by_winograd(const ConvGeometry& g, bool transposed, const float* x, const float* w,
                      const float* bias, float* y);
bool conv_by_winograd(const ConvGeometry& g, bool transposed, const double* x, const double* w,
                      const double* bias, double* y);

/// The same of conv_weight. The gradient of a pair of channels is G^T (sum of (A dy A^T) * (B^T d
/// B)) G over the squares.
bool conv_weight_by_winograd(const ConvGeometry& g, const float* x, const float* y, float* w);
bool conv_weight_by_winograd(const ConvGeometry& g, const double* x, const double* y, double* w);

/// A convolution of one group of channels.
struct Winograd {
  std::int64_t in, out;        // channels
  std::int64_t height, width;  // of a plane of the input
  std::int64_t rows, columns;  // of the output
  std::int64_t above, before;  // zeros around the input
  std::int64_t squares = 0;    // of a row of squares
  std::int64_t band = 0;       // rows of squares that are worked through together
  std::int64_t count = 0,
               pitch = 0;       // squares of a band in whole vectors, and from channel to channel
  std::int64_t row_length = 0;  // of a row of the input with its zeros

  std::int64_t bands() const { return (rows + 2 * band - 1) / (2 * band); }
  /// Rows of squares of a band.
  std::int64_t squares_of(std::int64_t number) const {
    return std::min(band, (rows + 1) / 2 - number * band);
  }
  /// Elements that a thread needs.
  std::int64_t scratch() const { return 16 * (in + out) * pitch + 4 * row_length + 4 * count; }
};

/// Sets squares and what follows for at least so many bands, each of which stays in the second
/// cache; the sizes before are given.
void winograd_plan(Winograd& plan, std::int64_t bands, std::int64_t bytes_of_element);

/// Tap k of output channel o and input channel i is w[o * row + i * channel + (flipped ? 8 - k :
/// k)].
template <class T>
struct WinogradTaps {
  const T* w;
  std::int64_t row, channel;
  bool flipped;
};

/// Output channels [begin, end) of to (16, out, in).
void winograd_taps(const Winograd& plan, const WinogradTaps<float>& taps, std::int64_t begin,
                   std::int64_t end, float* to);
void winograd_taps(const Winograd& plan, const WinogradTaps<double>& taps, std::int64_t begin,
                   std::int64_t end, double* to);

/// Writes a band of y (out, rows, columns) of x (in, height, width); bias (out). Clears `finite` if
/// one of them is not.
void winograd_band(const Winograd& plan, std::int64_t band, const float* x, const float* taps,
                   const float* bias, float* y, float* scratch, bool* finite);
void winograd_band(const Winograd& plan, std::int64_t band, const double* x, const double* taps,
                   const double* bias, double* y, double* scratch, bool* finite);

/// Adds a band's share to sums (16, out, in); dy (out, rows, columns).
void winograd_weight_band(const Winograd& plan, std::int64_t band, const float* x, const float* dy,
                          float* sums, float* scratch);
void winograd_weight_band(const Winograd& plan, std::int64_t band, const double* x,
                          const double* dy, double* sums, double* scratch);
/// w (out, in, 9) of the sums of all bands and images. Clears `finite` if one of them is not.
void winograd_weight_end(const Winograd& plan, const float* sums, float* w, bool* finite);
void winograd_weight_end(const Winograd& plan, const double* sums, double* w, bool* finite);

}  // namespace cinta::kernels
