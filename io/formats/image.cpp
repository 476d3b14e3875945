#include <cinta/io/detail/elements.hpp>
#include <cinta/io/detail/npy_format.hpp>
#include <cinta/io/formats/detail/pixels.hpp>
#include <cinta/io/formats/image.hpp>

namespace cinta::io {
namespace {

constexpr std::string_view png_magic("\x89PNG\r\n\x1A\n", 8);

/// Channels apart, as tensors have them.
template <class T>
void split_channels(const detail::Pixels& pixels, T* to) {
  const auto channels = static_cast<std::size_t>(pixels.channels);
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t i = c; i < pixels.count(); i += channels)
      *to++ = static_cast<T>(pixels.values[i]);
}

}  // namespace

Tensor load_image(const std::string& path, const ImageOptions& options) {
  if (options.dtype == boolean)
    throw DtypeError("load_image: an image is read as float32, float64 or int64, not bool");
  char start[8] = {};
  {
    InputFile file(path);
    file.read(start, std::min<std::uint64_t>(file.size(), sizeof start));
  }
  const std::string_view first(start, sizeof start);
  const bool png = first == png_magic;
  const bool pnm = first[0] == 'P' && std::string_view("2356").find(first[1]) != first.npos;
  if (!png && !pnm)
    detail::refuse_at(path, "image", 0, "neither PNG nor PGM or PPM (P2, P3, P5, P6)");
  detail::FileSource source(path, png ? "png" : "pnm");
  const detail::Pixels pixels = png ? detail::read_png(source, options.max_pixels)
                                    : detail::read_pnm(source, options.max_pixels);
  Tensor out = empty({pixels.channels, pixels.height, pixels.width}, options.dtype);
  dispatch(options.dtype, [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>) split_channels(pixels, out.data<T>());
  });
  return out;
}

void save_image(const std::string& path, const Tensor& image, const SaveImageOptions& options) {
  const std::string what = escaped(path) + ": image";
  const std::string ending = path.substr(std::min(path.rfind('.'), path.size()));
  const bool png = ending == ".png";
  const std::int64_t most = png ? 4 : ending == ".pgm" ? 1 : 3, least = png ? 1 : most;
  if (!png && ending != ".pgm" && ending != ".ppm")
    throw ValueError(what + ": the name ends in " + io::quoted(ending) +
                     "; .png, .pgm and .ppm are written");
  if (options.bits != 8 && options.bits != 16)
    throw ValueError(what + ": " + std::to_string(options.bits) + " bits; 8 and 16 are written");
  detail::check_has_elements(image, what);
  const Shape& shape = image.shape();
  const int rank = shape.rank();
  detail::Pixels pixels;
  if (rank == 2 || rank == 3) {
    pixels.channels = rank == 3 ? shape[0] : 1;
    pixels.height = shape[rank - 2];
    pixels.width = shape[rank - 1];
  }
  constexpr std::int64_t longest = INT32_MAX;  // of a PNG
  if (pixels.channels < least || pixels.channels > most || pixels.height < 1 || pixels.width < 1 ||
      pixels.height > longest || pixels.width > longest)
    throw ShapeError(what + ": " + shape.str() + " is no image of " + ending.substr(1) +
                     "; (height, width) or (channels, height, width) is, of " +
                     (least == most ? std::to_string(most)
                                    : std::to_string(least) + " to " + std::to_string(most)) +
                     (most == 1 ? " channel" : " channels"));

  std::vector<std::uint16_t> values;
  values.reserve(pixels.count());
  const detail::ElementType type{'u', static_cast<std::size_t>(options.bits / 8)};
  detail::write_elements(
      detail::in_order(image), type, what, [&](const void* data, std::size_t bytes) {
        const auto* const from = static_cast<const unsigned char*>(data);
        for (std::size_t i = 0; i < bytes; i += type.bytes)
          values.push_back(type.bytes == 1 ? from[i]
                                           : detail::bits_at<std::uint16_t>(from + i, false));
      });
  const auto plane = static_cast<std::size_t>(pixels.height * pixels.width);
  pixels.values.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    pixels.values[i % plane * static_cast<std::size_t>(pixels.channels) + i / plane] = values[i];

  const int maximum = options.bits == 8 ? 255 : 65535;
  OutputFile file(path);
  if (png)
    detail::write_png(file, path, pixels, maximum);
  else
    detail::write_pnm(file, pixels, maximum);
  file.commit();
}

}  // namespace cinta::io
