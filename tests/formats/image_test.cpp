// io/formats/image: every kind of PNG, PGM and PPM, round trips, and each rule broken once.

#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/as_strided.hpp>
#include <cinta/io/formats/image.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>

#include "formats/zip_bytes.hpp"
#include "support/catch_compat.hpp"
#include "support/error_of.hpp"
#include "support/some_rows.hpp"
#include "support/temporary_file.hpp"

using namespace cinta;
using namespace std::string_literals;

namespace {

using Values = std::vector<std::int64_t>;

std::string sample(const std::string& name) {
  return CINTA_SOURCE_DIR "/tests/formats/samples/images/" + name + ".png";
}
Tensor load(const std::string& name) { return io::load_image(sample(name), {.dtype = int64}); }

/// What the script's ramp() is, channels apart.
Values ramp(std::int64_t channels, std::int64_t top, std::int64_t width = 3,
            std::int64_t height = 2) {
  const std::int64_t plane = width * height, n = plane * channels;
  Values out;
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t i = 0; i < plane; ++i) out.push_back((i * channels + c) * top / (n - 1));
  return out;
}

std::string load_error(const std::string& bytes, const io::ImageOptions& options = {}) {
  const TemporaryFile file("", bytes);
  const std::string text = error_of([&] { io::load_image(file.path, options); });
  return text.starts_with(file.path) ? text.substr(file.path.size()) : text;
}
Values load_bytes(const std::string& bytes) {
  const TemporaryFile file("", bytes);
  return io::load_image(file.path, {.dtype = int64}).to_vector<std::int64_t>();
}

std::string big(std::uint32_t value) {
  std::string out;
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(value >> shift);
  return out;
}
std::string chunk(const std::string& kind, const std::string& data) {
  return big(std::uint32_t(data.size())) + kind + data + big(crc_of(kind + data));
}
const std::string signature = "\x89PNG\r\n\x1A\n";

}  // namespace

TEST_CASE("image: PNGs of every colour type and depth") {
  for (const int depth : {8, 16}) {
    const std::int64_t top = (1 << depth) - 1;
    const std::string end = "_" + std::to_string(depth);
    CHECK(load("grey" + end).shape() == Shape{1, 2, 3});
    CHECK(load("grey" + end).to_vector<std::int64_t>() == ramp(1, top));
    CHECK(load("grey_alpha" + end).shape() == Shape{2, 2, 3});
    CHECK(load("grey_alpha" + end).to_vector<std::int64_t>() == ramp(2, top));
    CHECK(load("rgb" + end).shape() == Shape{3, 2, 3});
    CHECK(load("rgb" + end).to_vector<std::int64_t>() == ramp(3, top));
    CHECK(load("rgba" + end).shape() == Shape{4, 2, 3});
    CHECK(load("rgba" + end).to_vector<std::int64_t>() == ramp(4, top));
  }
  for (const int depth : {1, 2, 4}) {
    Values stretched = ramp(1, (1 << depth) - 1);
    for (std::int64_t& value : stretched) value *= 255 / ((1 << depth) - 1);
    CHECK(load("grey_" + std::to_string(depth)).to_vector<std::int64_t>() == stretched);
  }
  // Colours 0, 0, 1, 1, 2, 3 of a palette.
  const Values colours{0, 0, 255, 255, 0, 10, 0, 0, 0, 0, 255, 20, 0, 0, 0, 0, 0, 30};
  CHECK(load("palette_2").to_vector<std::int64_t>() == colours);
  Values with_alpha = colours;
  for (const int alpha : {0, 0, 128, 128, 255, 255}) with_alpha.push_back(alpha);
  CHECK(load("palette_alpha_8").shape() == Shape{4, 2, 3});
  CHECK(load("palette_alpha_8").to_vector<std::int64_t>() == with_alpha);
  Values one_colour = ramp(3, 255);
  for (const int alpha : {0, 255, 255, 255, 255, 255}) one_colour.push_back(alpha);
  CHECK(load("transparent_rgb").to_vector<std::int64_t>() == one_colour);
  CHECK(load("gamma").to_vector<std::int64_t>() == ramp(1, 255));  // not applied
  CHECK(load("interlaced").shape() == Shape{3, 10, 9});
  CHECK(load("interlaced").to_vector<std::int64_t>() == ramp(3, 255, 9, 10));
}

TEST_CASE("image: PNGs of other writers") {
  // Java's ImageIO wrote the script's ramp, 5 x 4.
  CHECK(load("java").shape() == Shape{3, 4, 5});
  CHECK(load("java").to_vector<std::int64_t>() == ramp(3, 255, 5, 4));
  // gnuplot a purple rectangle on white, by cairo and, with a palette, by gd.
  for (const std::string name : {"cairo", "gd"}) {
    const Tensor plot = load(name);
    REQUIRE(plot.shape() == Shape{3, 30, 40});
    const Values values = plot.to_vector<std::int64_t>();
    const auto pixel = [&](std::size_t y, std::size_t x) {
      return Values{values[40 * y + x], values[1200 + 40 * y + x], values[2400 + 40 * y + x]};
    };
    CHECK(pixel(2, 2) == Values{255, 255, 255});
    CHECK(pixel(27, 37) == Values{255, 255, 255});
    CHECK(pixel(15, 20) == Values{0x94, 0, 0xD3});
  }
}

TEST_CASE("image: the dtypes of a tensor") {
  CHECK(io::load_image(sample("grey_8")).dtype() == float32);
  CHECK(io::load_image(sample("grey_8")).to_vector<float>() ==
        std::vector<float>{0, 51, 102, 153, 204, 255});
  CHECK(io::load_image(sample("grey_16"), {.dtype = float64}).to_vector<double>()[5] == 65535);
  CHECK_THROWS_WITH(io::load_image(sample("grey_8"), {.dtype = boolean}),
                    "load_image: an image is read as float32, float64 or int64, not bool");
}

TEST_CASE("image: what is written comes back") {
  for (const std::string ending : {".png", ".pgm", ".ppm"})
    for (const int bits : {8, 16})
      for (const std::int64_t channels : {1, 2, 3, 4}) {
        if (ending == ".pgm" ? channels != 1 : ending == ".ppm" && channels != 3) continue;
        const Values values = ramp(channels, bits == 8 ? 255 : 65535, 5, 4);
        const Tensor x = from_data<std::int64_t>(values, {channels, 4, 5});
        const TemporaryFile file(ending);
        io::save_image(file.path, x, {.bits = bits});
        const Tensor y = io::load_image(file.path, {.dtype = int64});
        CHECK(y.shape() == x.shape());
        CHECK(y.to_vector<std::int64_t>() == values);
      }
  const TemporaryFile file(".png");
  io::save_image(file.path, from_data<float>({0, 255, 7, 8}, {2, 2}));
  CHECK(load_bytes(file.bytes()) == Values{0, 255, 7, 8});
  const Tensor turned = as_strided(from_data<float>({1, 2, 3, 4, 5, 6}, {2, 3}), {3, 2}, {1, 3});
  io::save_image(file.path, turned);
  CHECK(load_bytes(file.bytes()) == Values{1, 4, 2, 5, 3, 6});
  io::save_image(file.path, ones({2, 2}, boolean));
  CHECK(load_bytes(file.bytes()) == Values{1, 1, 1, 1});
}

TEST_CASE("image: what cannot be written leaves nothing behind") {
  const auto refused = [](const std::string& ending, const Tensor& x, int bits = 8) {
    const TemporaryFile file(ending);
    const std::string text = error_of([&] { io::save_image(file.path, x, {.bits = bits}); });
    CHECK(!std::filesystem::exists(file.path));
    return text.substr(std::min(file.path.size(), text.size()));
  };
  const Tensor x = ones({3, 2, 2});
  const std::string advice = "; round or clamp the tensor first, or choose another dtype";
  CHECK(refused(".png", x * 256) == ": image: element 0 is no uint8" + advice);
  CHECK(refused(".png", x / 2) == ": image: element 0 is no uint8" + advice);
  CHECK(refused(".png", x * -1) == ": image: element 0 is no uint8" + advice);
  CHECK(refused(".png", x * 65536, 16) == ": image: element 0 is no uint16" + advice);
  CHECK(refused(".jpg", x) == ": image: the name ends in '.jpg'; .png, .pgm and .ppm are written");
  CHECK(refused(".png", Tensor()) == ": image: the tensor is undefined");
  CHECK(refused(".png", some_rows()) == ": image: the tensor is row-sparse: save its to_dense()");
  CHECK(refused(".png", x, 4) == ": image: 4 bits; 8 and 16 are written");
  const std::string layouts = "; (height, width) or (channels, height, width) is, of ";
  CHECK(refused(".png", ones({2, 2, 3, 4})) ==
        ": image: (2, 2, 3, 4) is no image of png" + layouts + "1 to 4 channels");
  CHECK(refused(".png", ones({32, 32, 3})) ==
        ": image: (32, 32, 3) is no image of png" + layouts + "1 to 4 channels");
  CHECK(refused(".png", empty({1, 0, 3})) ==
        ": image: (1, 0, 3) is no image of png" + layouts + "1 to 4 channels");
  CHECK(refused(".pgm", x) == ": image: (3, 2, 2) is no image of pgm" + layouts + "1 channel");
  CHECK(refused(".ppm", ones({2, 2})) ==
        ": image: (2, 2) is no image of ppm" + layouts + "3 channels");
  CHECK_THROWS_WITH(io::save_image("no/such/folder/x.png", x),
                    "no/such/folder/x.png: No such file or directory");
}

TEST_CASE("image: a full disk is said in one way whatever the format") {
  Values values(200 * 200);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::int64_t(i * i * 7919 % 251);
  for (const std::string ending : {".png", ".pgm"}) {
    const TemporaryFile file(ending);
    std::filesystem::create_symlink("/dev/full", file.path);
    CHECK_THROWS_MATCHES(io::save_image(file.path, from_data(values, {200, 200})), IoError,
                         Message(file.path + ": No space left on device"));
  }
}

TEST_CASE("image: PGM and PPM, plain and binary") {
  CHECK(load_bytes("P2\n3 2\n255\n0 1 2\n253 254 255\n") == Values{0, 1, 2, 253, 254, 255});
  CHECK(load_bytes("P2 # a comment\n2 # another\n1\n1000 7\n1000") == Values{7, 1000});
  CHECK(load_bytes("P5\n2 1\n255\n\x07\xFF") == Values{7, 255});
  CHECK(load_bytes("P5 2 1 1000 \x03\xE8\x01\x02") == Values{1000, 258});
  CHECK(load_bytes("P3 1 2 9  1 2 3  4 5 6") == Values{1, 4, 2, 5, 3, 6});
  CHECK(load_bytes("P6\n1 2\n255\n\x01\x02\x03\x04\x05\x06") == Values{1, 4, 2, 5, 3, 6});
}

TEST_CASE("image: every rule of PGM and PPM") {
  CHECK(load_error("") == ": image: byte 0: neither PNG nor PGM or PPM (P2, P3, P5, P6)");
  CHECK(load_error("P4 1 1 \x01") ==
        ": image: byte 0: neither PNG nor PGM or PPM (P2, P3, P5, P6)");
  CHECK(load_error("P5 0 1 255 ") == ": pnm: byte 2: 0 x 1 pixels");
  CHECK(load_error("P5 1000000 1000000 255 ") ==
        ": pnm: byte 2: 1000000 x 1000000 pixels; the limit is 100000000 in all");
  CHECK(load_error("P5 3 1 255 abc", {.max_pixels = 2}) ==
        ": pnm: byte 2: 3 x 1 pixels; the limit is 2 in all");
  CHECK(load_error("P5 99999999999999999999 1 255 a") == ": pnm: byte 3: a number is expected");
  CHECK(load_error("P5 x 1 255 a") == ": pnm: byte 3: a number is expected");
  CHECK(load_error("P5 1") == ": pnm: byte 4: a number is expected");
  CHECK(load_error("P5 1 1 0 a") == ": pnm: byte 7: a maximum of 0; 1 to 65535 are allowed");
  CHECK(load_error("P5 1 1 65536 aa") ==
        ": pnm: byte 7: a maximum of 65536; 1 to 65535 are allowed");
  CHECK(load_error("P5 2 2 255 abc") ==
        ": pnm: byte 11: truncated: 4 values expected, 3 bytes left");
  CHECK(load_error("P5 1 1 256 a") == ": pnm: byte 11: truncated: 1 values expected, 1 bytes left");
  CHECK(load_error("P5 1 1 255 ab") == ": pnm: byte 12: bytes after the image");
  CHECK(load_error("P5 1 1 9 \x0A") == ": pnm: byte 10: a value of 10, more than the maximum of 9");
  CHECK(load_error("P2 1 1 9 10") == ": pnm: byte 11: a value of 10, more than the maximum of 9");
  CHECK(load_error("P2 1 1 9 -1") == ": pnm: byte 9: a number is expected");
  CHECK(load_error("P2 2 1 9 1 ") == ": pnm: byte 9: truncated: 2 values expected, 2 bytes left");
  CHECK(load_error("P2 1 1 9 1 2") == ": pnm: byte 11: bytes after the image");
}

TEST_CASE("image: damaged PNGs") {
  const std::string good = TemporaryFile::of(sample("rgb_8"));
  CHECK(load_error(good) == "no error");
  CHECK(load_error(signature) == ": png: byte 8: damaged: truncated");
  for (std::size_t size = 9; size < good.size() - 12; ++size)
    CHECK_THAT(load_error(good.substr(0, size)), ContainsSubstring(": damaged: "));
  // A bit of the header, of its checksum, of the pixels.
  for (const std::size_t at : {18, 30, 45}) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    CHECK_THAT(load_error(bytes), ContainsSubstring(": damaged: "));
  }
  const auto header = [](std::uint32_t width, std::uint32_t height, const std::string& rest) {
    return signature + chunk("IHDR", big(width) + big(height) + rest) + chunk("IDAT", "") +
           chunk("IEND", "");
  };
  CHECK_THAT(load_error(header(1, 1, "\x03\0\0\0\0"s)), ContainsSubstring("damaged: Invalid IHDR"));
  CHECK_THAT(load_error(header(0, 1, "\x08\0\0\0\0"s)), ContainsSubstring("damaged: Invalid IHDR"));
  CHECK(load_error(header(20000, 20000, "\x08\0\0\0\0"s)) ==
        ": png: byte 16: 20000 x 20000 pixels; the limit is 100000000 in all");
  CHECK_THAT(load_error(header(2000, 2000, "\x08\0\0\0\0"s)), ContainsSubstring("damaged: "));
  CHECK_THAT(load_error(signature + chunk("IEND", "")), ContainsSubstring("damaged: "));
  CHECK_THROWS_WITH(io::load_image("no/such/file.png"),
                    "no/such/file.png: No such file or directory");
}

TEST_CASE("image: a side may be longer than a million, within max_pixels") {
  for (const std::string ending : {".png", ".pgm"}) {
    for (const Shape& shape : {Shape{2, 1'500'000}, Shape{1'500'000, 2}}) {
      INFO(ending << " " << shape.str());
      const TemporaryFile file(ending);
      Values values(std::size_t(shape.numel()));
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::int64_t(i % 251);
      io::save_image(file.path, from_data(values, shape));
      const Tensor back = io::load_image(file.path, {.dtype = int64});
      CHECK(back.shape() == Shape{1, shape[0], shape[1]});
      CHECK((back.to_vector<std::int64_t>() == values));
      CHECK_THAT(error_of([&] { io::load_image(file.path, {.max_pixels = 2'000'000}); }),
                 ContainsSubstring("the limit is 2000000 in all"));
    }
  }
}
