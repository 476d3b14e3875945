// PGM and PPM: https://netpbm.sourceforge.net/doc/pgm.html, ppm.html

#include <cinta/io/formats/detail/pixels.hpp>

namespace cinta::io::detail {
namespace {

class PnmReader {
 public:
  PnmReader(Source& source, std::int64_t max_pixels) : source_(source), max_pixels_(max_pixels) {}

  Pixels read() {
    char magic[2];
    source_.read(magic, sizeof magic);
    const bool plain = magic[1] < '4';
    Pixels out;
    out.channels = magic[1] == '3' || magic[1] == '6' ? 3 : 1;
    next();
    const std::uint64_t width = number(), height = number();
    check_size(source_, 2, width, height, max_pixels_);
    out.width = static_cast<std::int64_t>(width);
    out.height = static_cast<std::int64_t>(height);
    maximum_ = number();
    if (maximum_ == 0 || maximum_ > 65535)
      source_.fail_at(began_,
                      "a maximum of " + std::to_string(maximum_) + "; 1 to 65535 are allowed");
    // One sign of space has been read after it, and the pixels follow.
    const std::uint64_t least =
        plain ? 2 * out.count() - 1 : out.count() * (maximum_ > 255 ? 2 : 1);
    if (source_.remaining() < least)
      source_.fail("truncated: " + std::to_string(out.count()) + " values expected, " +
                   std::to_string(source_.remaining()) + " bytes left");
    out.values.resize(out.count());
    if (plain) {
      next();
      for (std::uint16_t& value : out.values) value = checked(number());
      while (!ended_) skip_space_to_end();
    } else {
      for (std::uint16_t& value : out.values)
        value = checked(maximum_ > 255 ? source_.big_endian<std::uint16_t>()
                                       : source_.big_endian<std::uint8_t>());
      if (source_.remaining() > 0) source_.fail("bytes after the image");
    }
    return out;
  }

 private:
  static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

  void next() {
    ended_ = source_.remaining() == 0;
    c_ = ended_ ? '\0' : source_.little_endian<char>();
  }
  void skip_space_to_end() {
    if (!is_space(c_)) source_.fail_at(source_.position() - 1, "bytes after the image");
    next();
  }
  /// The next number, and one sign of space after it.
  std::uint64_t number() {
    while (!ended_ && (is_space(c_) || c_ == '#')) {
      if (c_ == '#')
        while (!ended_ && c_ != '\n' && c_ != '\r') next();
      else
        next();
    }
    std::uint64_t value = 0;
    constexpr std::uint64_t most = 1'000'000'000'000;
    began_ = source_.position() - (ended_ ? 0 : 1);
    bool any = false;
    for (; !ended_ && c_ >= '0' && c_ <= '9' && value < most; next()) {
      value = 10 * value + static_cast<std::uint64_t>(c_ - '0');
      any = true;
    }
    if (!any || (!ended_ && !is_space(c_))) source_.fail_at(began_, "a number is expected");
    return value;
  }
  std::uint16_t checked(std::uint64_t value) const {
    if (value > maximum_)
      source_.fail("a value of " + std::to_string(value) + ", more than the maximum of " +
                   std::to_string(maximum_));
    return static_cast<std::uint16_t>(value);
  }

  Source& source_;
  std::int64_t max_pixels_;
  std::uint64_t maximum_ = 0, began_ = 0;  // the second: where the last number did
  char c_ = ' ';
  bool ended_ = false;
};

}  // namespace

Pixels read_pnm(Source& source, std::int64_t max_pixels) {
  return PnmReader(source, max_pixels).read();
}

void write_pnm(OutputFile& file, const Pixels& pixels, int maximum) {
  file.write((pixels.channels == 1 ? "P5\n" : "P6\n") + std::to_string(pixels.width) + " " +
             std::to_string(pixels.height) + "\n" + std::to_string(maximum) + "\n");
  std::string row;
  const auto length = static_cast<std::size_t>(pixels.channels * pixels.width);
  for (std::size_t begin = 0; begin < pixels.count(); begin += length) {
    row.clear();
    for (std::size_t i = begin; i < begin + length; ++i) {
      if (maximum > 255) row += static_cast<char>(pixels.values[i] >> 8);
      row += static_cast<char>(pixels.values[i]);
    }
    file.write(row);
  }
}

}  // namespace cinta::io::detail
