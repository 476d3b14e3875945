#pragma once
// What the image formats have in common: rows of pixels, channels side by side.

#include <cinta/io/detail/source.hpp>
#include <cinta/io/file.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace cinta::io::detail {

struct Pixels {
  std::int64_t channels = 0, height = 0, width = 0;
  std::vector<std::uint16_t> values;  ///< channels change fastest, rows slowest

  std::size_t count() const { return static_cast<std::size_t>(channels * height * width); }
};

/// Throws IoError at `position` if there are no pixels, or too many.
inline void check_size(const Source& source, std::uint64_t position, std::uint64_t width,
                       std::uint64_t height, std::int64_t max_pixels) {
  const std::string size = std::to_string(width) + " x " + std::to_string(height) + " pixels";
  if (width == 0 || height == 0) source.fail_at(position, size);
  if (height > static_cast<std::uint64_t>(max_pixels) / width)
    source.fail_at(position, size + "; the limit is " + std::to_string(max_pixels) + " in all");
}

Pixels read_pnm(Source& source, std::int64_t max_pixels);
Pixels read_png(Source& source, std::int64_t max_pixels);

/// `maximum` is 255 or 65535. What is written goes to `file`, which is committed by the caller.
void write_pnm(OutputFile& file, const Pixels& pixels, int maximum);
void write_png(OutputFile& file, const std::string& path, const Pixels& pixels, int maximum);

}  // namespace cinta::io::detail
