// PNG by libpng. Its simplified interface would convert by the file's gamma: what others train on
// are the numbers in the file. It reports errors by longjmp, so the functions that it may leave
// that way have no objects of their own.

#include <png.h>

#include <cinta/io/formats/detail/pixels.hpp>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <exception>

namespace cinta::io::detail {
namespace {

/// What libpng's callbacks see.
struct Channel {
  const char* bytes = nullptr;  // of a file that is read
  std::size_t size = 0, position = 0;
  OutputFile* file = nullptr;  // that is written
  char message[200] = "";
  std::exception_ptr thrown = {};  // by the file
};

[[noreturn]] void on_error(png_structp png, png_const_charp text) {
  auto* const channel = static_cast<Channel*>(png_get_error_ptr(png));
  std::snprintf(channel->message, sizeof channel->message, "%s", text);
  png_longjmp(png, 1);
}
void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp png, png_bytep to, std::size_t bytes) {
  auto* const channel = static_cast<Channel*>(png_get_io_ptr(png));
  if (bytes > channel->size - channel->position) png_error(png, "truncated");
  std::memcpy(to, channel->bytes + channel->position, bytes);
  channel->position += bytes;
}
void on_write(png_structp png, png_bytep from, std::size_t bytes) {
  auto* const channel = static_cast<Channel*>(png_get_io_ptr(png));
  try {
    channel->file->write(from, bytes);
  } catch (...) {
    channel->thrown = std::current_exception();
  }
  if (channel->thrown) png_longjmp(png, 1);
}
void on_flush(png_structp) {}

struct Reading {
  png_structp png;
  png_infop info = nullptr;

  explicit Reading(Channel& channel)
      : png(png_create_read_struct(PNG_LIBPNG_VER_STRING, &channel, on_error, on_warning)) {
    if (png) info = png_create_info_struct(png);
  }
  ~Reading() { png_destroy_read_struct(&png, &info, nullptr); }
  Reading(const Reading&) = delete;
};

struct Writing {
  png_structp png;
  png_infop info = nullptr;

  explicit Writing(Channel& channel)
      : png(png_create_write_struct(PNG_LIBPNG_VER_STRING, &channel, on_error, on_warning)) {
    if (png) info = png_create_info_struct(png);
  }
  ~Writing() { png_destroy_write_struct(&png, &info); }
  Writing(const Writing&) = delete;
};

/// Up to the pixels. Then each channel has 8 or 16 bits, in the order of this machine.
bool read_start(png_structp png, png_infop info) {
  if (setjmp(png_jmpbuf(png))) return false;
  // The limit is max_pixels; libpng's own, a million a side, would call the file damaged.
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_read_info(png, info);
  return true;
}
bool prepare(png_structp png, png_infop info) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_expand(png);
  png_set_swap(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  return true;
}
bool read_rows(png_structp png, png_bytepp rows) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_read_image(png, rows);
  png_read_end(png, nullptr);
  return true;
}

bool write_all(png_structp png, png_infop info, const Pixels& pixels, int bits, png_bytepp rows) {
  constexpr int types[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                           PNG_COLOR_TYPE_RGB_ALPHA};
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(png, info, static_cast<png_uint_32>(pixels.width),
               static_cast<png_uint_32>(pixels.height), bits, types[pixels.channels - 1],
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  png_set_swap(png);
  png_write_image(png, rows);
  png_write_end(png, nullptr);
  return true;
}

}  // namespace

Pixels read_png(Source& source, std::int64_t max_pixels) {
  std::string bytes(source.remaining(), '\0');
  source.read(bytes.data(), bytes.size());
  Channel channel{bytes.data(), bytes.size()};
  const Reading reading(channel);
  const auto fail = [&] {
    source.fail_at(channel.position, std::string("damaged: ") +
                                         (*channel.message ? channel.message : "out of memory"));
  };
  if (!reading.info) fail();
  png_set_read_fn(reading.png, &channel, on_read);
  if (!read_start(reading.png, reading.info)) fail();
  const auto width = png_get_image_width(reading.png, reading.info);
  const auto height = png_get_image_height(reading.png, reading.info);
  constexpr std::uint64_t place_of_size = 16;
  check_size(source, place_of_size, width, height, max_pixels);
  if (!prepare(reading.png, reading.info)) fail();

  Pixels out;
  out.width = width;
  out.height = height;
  out.channels = png_get_channels(reading.png, reading.info);
  out.values.resize(out.count());
  const bool wide = png_get_bit_depth(reading.png, reading.info) == 16;
  // Bytes are read into the second half of each row's room, from where they spread out.
  const auto length = static_cast<std::size_t>(out.channels * out.width);
  std::vector<png_bytep> rows(height);
  for (std::size_t y = 0; y < height; ++y)
    rows[y] = reinterpret_cast<png_bytep>(&out.values[y * length]) + (wide ? 0 : length);
  if (!read_rows(reading.png, rows.data())) fail();
  if (!wide)
    for (std::size_t y = 0; y < height; ++y)
      for (std::size_t i = 0; i < length; ++i) out.values[y * length + i] = rows[y][i];
  return out;
}

void write_png(OutputFile& file, const std::string& path, const Pixels& pixels, int maximum) {
  Channel channel;
  channel.file = &file;
  const auto length = static_cast<std::size_t>(pixels.channels * pixels.width);
  const bool wide = maximum > 255;
  std::vector<png_byte> bytes(pixels.count() * (wide ? 2 : 1));
  if (wide)
    std::memcpy(bytes.data(), pixels.values.data(), bytes.size());
  else
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<png_byte>(pixels.values[i]);
  std::vector<png_bytep> rows(static_cast<std::size_t>(pixels.height));
  for (std::size_t y = 0; y < rows.size(); ++y) rows[y] = &bytes[y * length * (wide ? 2 : 1)];

  const Writing writing(channel);
  if (writing.info) png_set_write_fn(writing.png, &channel, on_write, on_flush);
  if (writing.info && write_all(writing.png, writing.info, pixels, wide ? 16 : 8, rows.data()))
    return;
  if (channel.thrown) std::rethrow_exception(channel.thrown);
  refuse(path, "png", *channel.message ? channel.message : "out of memory");
}

}  // namespace cinta::io::detail
