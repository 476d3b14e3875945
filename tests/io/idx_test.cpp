// io/idx: what is written comes back, and each rule of the format broken once.

#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/as_strided.hpp>
#include <cinta/io/idx.hpp>
#include <cinta/ops/creation.hpp>
#include <cmath>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"
#include "support/some_rows.hpp"
#include "support/temporary_file.hpp"

using namespace cinta;

namespace {

std::string load_error(const std::string& bytes) {
  const TemporaryFile file(".idx", bytes);
  const std::string text = error_of([&] { io::load_idx(file.path); });
  return text.starts_with(file.path) ? text.substr(file.path.size()) : text;
}

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out += static_cast<char>(value);
  return out;
}

}  // namespace

TEST_CASE("idx: the form in which MNIST comes") {
  // Two images of 2 x 3.
  const TemporaryFile file(".idx", bytes({0, 0, 8, 3, 0, 0, 0, 2, 0,   0,   0,   2,   0,   0,
                                          0, 3, 0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255}));
  const Tensor images = io::load_idx(file.path);
  CHECK(images.shape() == Shape{2, 2, 3});
  CHECK(images.to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255});
  const TemporaryFile again(".idx");
  io::save_idx(again.path, images, {.dtype = "uint8"});
  CHECK(again.bytes() == file.bytes());
}

TEST_CASE("idx: every type comes back, in the order of bytes of the format") {
  const TemporaryFile file(".idx");
  const auto written = [&](const Tensor& x, const std::string& dtype) {
    io::save_idx(file.path, x, {.dtype = dtype});
    return io::load_idx(file.path);
  };
  const Tensor whole = from_data<std::int64_t>({1, -2, 127}, {3});
  for (const std::string dtype : {"int8", "int16", "int32", ""})
    CHECK(written(whole, dtype).to_vector<std::int64_t>() == whole.to_vector<std::int64_t>());
  CHECK(file.bytes() ==
        bytes({0, 0, 12, 1, 0, 0, 0, 3, 0, 0, 0, 1, 255, 255, 255, 254, 0, 0, 0, 127}));
  const Tensor real = from_data<float>({1.5f, -INFINITY, 3}, {3});
  CHECK(written(real, "").to_vector<float>() == real.to_vector<float>());
  CHECK(file.bytes().substr(8, 4) == bytes({0x3F, 0xC0, 0, 0}));
  CHECK(written(real, "float64").to_vector<double>() == std::vector<double>{1.5, -INFINITY, 3});
  io::save_idx(file.path, zeros({0, 0x01020304}, int64), {.dtype = "uint8"});
  CHECK(file.bytes() == bytes({0, 0, 8, 2, 0, 0, 0, 0, 1, 2, 3, 4}));
  CHECK(written(ones({2}, boolean), "").to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{1, 1});
  CHECK(written(from_data<double>({2.25}, {}), "").item() == 2.25);
  CHECK(written(empty({0, 3}), "").shape() == Shape{0, 3});
  const Tensor turned = as_strided(real, {3, 2}, {1, 0});
  CHECK(written(turned, "").to_vector<float>() ==
        std::vector<float>{1.5f, 1.5f, -INFINITY, -INFINITY, 3, 3});
  // More than is turned at a time.
  const Tensor many = arange(0, 300000, 1, float64);
  CHECK(written(many, "").to_vector<double>() == many.to_vector<double>());
}

TEST_CASE("idx: what cannot be written") {
  const TemporaryFile file(".idx");
  const auto refused = [&](const Tensor& x, const std::string& dtype) {
    const std::string text = error_of([&] { io::save_idx(file.path, x, {.dtype = dtype}); });
    CHECK(!std::filesystem::exists(file.path));
    return text.substr(std::min(file.path.size(), text.size()));
  };
  const std::string advice = "; round or clamp the tensor first, or choose another dtype";
  CHECK(refused(from_data<std::int64_t>({1, 256}, {2}), "uint8") ==
        ": idx: element 1 is no uint8" + advice);
  CHECK(refused(from_data<std::int64_t>({std::int64_t{1} << 31}, {1}), "") ==
        ": idx: element 0 is no int32" + advice);
  for (const std::string dtype : {"int64", "uint16", "float16", "byte"})
    CHECK(refused(ones({1}), dtype) ==
          ": idx: '" + dtype +
              "' is no dtype of an IDX file; uint8, int8, int16, int32, float32 and float64 are");
  CHECK(refused(Tensor(), "") == ": idx: the tensor is undefined");
  CHECK(refused(some_rows(), "") == ": idx: the tensor is row-sparse: save its to_dense()");
  CHECK(refused(ones(Shape::filled(256, 1)), "") == ": idx: 256 axes, a file has at most 255");
  CHECK(refused(empty({0, std::int64_t{1} << 32}), "") ==
        ": idx: a size of 4294967296 is beyond 32 bits");
}

TEST_CASE("idx: every rule of the format") {
  CHECK(load_error(bytes({0, 0, 8, 1, 0, 0, 0, 1, 7})) == "no error");
  CHECK(load_error("") == ": idx: byte 0: truncated: 4 bytes expected, 0 left");
  CHECK(load_error("\x89PNG") == ": idx: byte 0: not an IDX file, which begins with two zeros");
  CHECK(load_error("\x1F\x8B\x08\x08 and more") ==
        ": idx: byte 0: gzip'd; read it with load_idx_gz of cinta::formats, or unpack it");
  for (const int code : {0, 7, 10, 15})
    CHECK(load_error(bytes({0, 0, code, 1, 0, 0, 0, 1, 7})) ==
          ": idx: byte 2: unknown type " + std::to_string(code));
  CHECK(load_error(bytes({0, 0, 8, 2, 0, 0, 0, 1, 7})) ==
        ": idx: byte 8: truncated: 4 bytes expected, 1 left");
  CHECK(load_error(bytes({0, 0, 8, 1, 0, 0, 0, 2, 7})) ==
        ": idx: byte 8: shape (2,) of uint8 does not fit the 1 bytes of data");
  CHECK(load_error(bytes({0, 0, 8, 1, 0, 0, 0, 2, 7, 8, 9})) ==
        ": idx: byte 8: shape (2,) of uint8 does not fit the 3 bytes of data");
  CHECK(load_error(
            bytes({0, 0, 14, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255})) ==
        ": idx: byte 16: shape (4294967295, 4294967295, 4294967295) of float64 does not fit the 0 "
        "bytes of data");
  CHECK_THROWS_WITH(io::load_idx("no/such/file"), "no/such/file: No such file or directory");
}
