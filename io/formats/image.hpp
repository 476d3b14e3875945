#pragma once
// Images as tensors: PNG, PGM and PPM. Needs the library cinta::formats.

#include <cinta/autograd/tensor.hpp>
#include <cstdint>
#include <string>

#pragma GCC visibility push(default)
namespace cinta::io {

/// How an image is read.
struct ImageOptions {
  Dtype dtype = float32;                  ///< float32, float64 or int64
  std::int64_t max_pixels = 100'000'000;  ///< more are refused before there is memory for them
};

/// Reads an image, whose first bytes tell its format, as (channels, height, width), the layout of
/// torchvision.io.read_image: 1 channel is grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. Values
/// are whole numbers as they are in the file, 0 to 255, or 0 to 65535 in PNGs of 16 bits, or 0 to a
/// PGM's or PPM's own maximum; nothing is scaled, and no gamma applied. Palettes become colours,
/// PNGs of 1, 2 and 4 bits are stretched to 0 to 255, and a transparent colour becomes alpha.
///
///     Tensor x = load_image("cat.png") / 255;
///
/// PGM and PPM may be plain or binary (P2, P3, P5, P6). Throws IoError, which names file and byte,
/// for a file that is missing, damaged, of another format or too large; DtypeError for bool.
Tensor load_image(const std::string& path, const ImageOptions& options = {});

/// How an image is written.
struct SaveImageOptions {
  int bits = 8;  ///< a channel: 8 for values of 0 to 255, 16 for 0 to 65535
};

/// Writes a tensor (height, width) or (channels, height, width) in the format that the name's
/// ending tells: .png of 1 to 4 channels, .pgm of 1 and .ppm of 3. All or nothing. Throws IoError;
/// ShapeError for other shapes; ValueError for other endings and bits, and an element that is no
/// whole number of the range: what a network computes has to be rounded and clamped first.
///
///     save_image("out.png", round(clamp(x * 255, 0, 255)));
void save_image(const std::string& path, const Tensor& image, const SaveImageOptions& options = {});

}  // namespace cinta::io
#pragma GCC visibility pop
