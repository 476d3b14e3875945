// io/formats/npz: round trips, what NumPy writes, and each rule of the archive broken once.

#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/as_strided.hpp>
#include <cinta/io/formats/npz.hpp>
#include <cinta/io/npy.hpp>
#include <cinta/ops/creation.hpp>
#include <iostream>

#include "formats/zip_bytes.hpp"
#include "support/catch_compat.hpp"
#include "support/error_of.hpp"
#include "support/python.hpp"
#include "support/some_rows.hpp"
#include "support/temporary_file.hpp"

using namespace cinta;

namespace {

std::string npy_bytes(const Tensor& x) {
  const TemporaryFile file(".npy");
  io::save_npy(file.path, x);
  return file.bytes();
}

std::string load_error(const std::string& bytes, const io::UnpackLimits& limits = {}) {
  const TemporaryFile file(".npz", bytes);
  const std::string text = error_of([&] { io::load_npz(file.path, limits); });
  return text.starts_with(file.path) ? text.substr(file.path.size()) : text;
}

NamedTensors some_tensors() {
  return {{"weights", from_data<float>({1, 2, 3, 4, 5, 6}, {2, 3})},
          {"layers.0.bias", from_data<double>({1e300, -0.5}, {2})},
          {"ids", from_data<std::int64_t>({-1, INT64_MAX}, {2})},
          {"mask", from_data<bool>({true, false, true}, {3})},
          {"scalar", from_data<float>({42}, {})},
          {"nothing", empty({0, 3})},
          {"turned", as_strided(from_data<float>({1, 2, 3, 4, 5, 6}, {2, 3}), {3, 2}, {1, 3})}};
}

void check_same(const NamedTensors& a, const NamedTensors& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].first == b[i].first);
    CHECK(a[i].second.spec() == b[i].second.spec());
    dispatch(a[i].second.dtype(),
             [&]<class T>() { CHECK(a[i].second.to_vector<T>() == b[i].second.to_vector<T>()); });
  }
}

}  // namespace

TEST_CASE("npz: what is written comes back in its order, stored and compressed") {
  for (const bool compress : {false, true}) {
    const TemporaryFile file(".npz");
    io::save_npz(file.path, some_tensors(), {.compress = compress});
    check_same(io::load_npz(file.path), some_tensors());
    const std::string bytes = file.bytes();
    io::save_npz(file.path, some_tensors(), {.compress = compress});
    CHECK(file.bytes() == bytes);
  }
  const TemporaryFile file(".npz");
  io::save_npz(file.path, {});
  CHECK(io::load_npz(file.path).empty());
  const Tensor zeros_ = zeros({1 << 20});
  io::save_npz(file.path, {{"zeros", zeros_}}, {.compress = true});
  CHECK(file.bytes().size() < 10000);
  check_same(io::load_npz(file.path), {{"zeros", zeros_}});
}

TEST_CASE("npz: what cannot be written leaves nothing behind") {
  const TemporaryFile file(".npz");
  const auto refused = [&](const NamedTensors& tensors) {
    const std::string text = error_of([&] { io::save_npz(file.path, tensors); });
    CHECK(!std::filesystem::exists(file.path));
    return text.substr(std::min(file.path.size(), text.size()));
  };
  const Tensor x = ones({1});
  CHECK(refused({{"a", x}, {"a", x}}) == ": npz: 'a': the name twice");
  CHECK(refused({{"", x}}) == ": npz: '': an empty name");
  CHECK(refused({{"a\xFF", x}}) == ": npz: 'a\xFF': the name is not UTF-8");
  CHECK_THAT(refused({{std::string(65532, 'a'), x}}),
             EndsWith("...': a name of 65532 bytes; an archive has room for 65531"));
  CHECK(refused({{"/etc/a", x}}) == ": npz: '/etc/a': an absolute path");
  CHECK(refused({{"b", x}, {"a", Tensor()}}) == ": npz: 'a': the tensor is undefined");
  CHECK(refused({{"b", x}, {"a", some_rows()}}) ==
        ": npz: 'a': the tensor is row-sparse: save its to_dense()");
  CHECK(refused({{"a", ones(Shape::filled(65, 1))}}) ==
        ": npz: 'a': 65 axes, NumPy has at most 64");
  CHECK_THROWS_WITH(io::save_npz("no/such/folder/x.npz", {{"a", x}}),
                    "no/such/folder/x.npz: No such file or directory");
  CHECK_THROWS_WITH(io::save_npz("/dev/full", {{"a", x}}), ContainsSubstring("/dev/full: "));
}

TEST_CASE("npz: the longest name") {
  const TemporaryFile file(".npz");
  const std::string name(65531, 'a');
  io::save_npz(file.path, {{name, ones({1})}, {"b", ones({2})}});
  const NamedTensors back = io::load_npz(file.path);
  REQUIRE(back.size() == 2);
  CHECK(back[0].first == name);
  CHECK(back[1].second.shape() == Shape{2});
}

TEST_CASE("npz: samples that NumPy wrote") {
  // tests/formats/samples/make.py
  for (const std::string name : {"savez", "savez_compressed"}) {
    const NamedTensors tensors =
        io::load_npz(CINTA_SOURCE_DIR "/tests/formats/samples/" + name + ".npz");
    REQUIRE(tensors.size() == 3);
    CHECK(tensors[0].first == "layer/weight");
    CHECK(tensors[0].second.shape() == Shape{2, 2});
    CHECK(tensors[0].second.to_vector<float>() == std::vector<float>{1.5f, -2, 0, 4});
    CHECK(tensors[1].first == "zeros");
    CHECK(tensors[1].second.to_vector<double>() == std::vector<double>(1000, 0.0));
    CHECK(tensors[2].first == "arr_0");
    CHECK(tensors[2].second.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1, 2});
  }
}

TEST_CASE("npz: every rule of the archive") {
  const std::string x = npy_bytes(from_data<float>({1, 2}, {2}));
  CHECK(load_error(zip_bytes({{"a.npy", x}})) == "no error");
  CHECK(load_error(zip_bytes({{"folder/", ""}, {"folder/a.npy", x}})) == "no error");
  CHECK_THAT(load_error(""), StartsWith(": npz: not a zip archive, or a damaged one: "));
  CHECK_THAT(load_error("hello"), StartsWith(": npz: not a zip archive, or a damaged one: "));
  const std::string whole = zip_bytes({{"a.npy", x}});
  CHECK_THAT(load_error(whole.substr(0, whole.size() - 30)),
             StartsWith(": npz: not a zip archive, or a damaged one: "));

  CHECK(load_error(zip_bytes({{"a.npy", x}, {"a.npy", x}})) ==
        ": npz: 'a.npy': the name stands there twice");
  CHECK(load_error(zip_bytes({{"/a.npy", x}})) == ": npz: '/a.npy': an absolute path");
  CHECK(load_error(zip_bytes({{"C:a.npy", x}})) == ": npz: 'C:a.npy': an absolute path");
  CHECK(load_error(zip_bytes({{"b\\a.npy", x}})) == ": npz: 'b\\a.npy': a backslash in a name");
  CHECK(load_error(zip_bytes({{"b/../../a.npy", x}})) ==
        ": npz: 'b/../../a.npy': a path that leads out of the archive");
  CHECK(load_error(zip_bytes({{"", x}})) == ": npz: '': an empty name");
  CHECK(load_error(zip_bytes({{"read.me", x}})) == ": npz: 'read.me': not an array, a .npy file");
  CHECK(load_error(zip_bytes({{"a.npy", x, 0, 1}})) ==
        ": npz: 'a.npy': encrypted; unpack and pack it again without a password");
  CHECK(load_error(zip_bytes({{"a.npy", x, 12}})) ==
        ": npz: 'a.npy': compressed by method 12; store (0) and deflate (8) are read");
  CHECK(load_error(zip_bytes({{"a.npy", x, 0, 0, {}, 1000}})) ==
        ": npz: 'a.npy': stored, but of two sizes: 1000 and 136 bytes");
  CHECK(load_error(zip_bytes({{"a.npy", x, 0, 0, {}, 1000, 1000}})) ==
        ": npz: 'a.npy': larger than the file: 1000 bytes");
  CHECK(load_error(zip_bytes({{"a.npy", x, 0, 0, 1}})) ==
        ": npz: 'a.npy': byte 128: damaged: CRC error");
  CHECK_THAT(load_error(zip_bytes({{"a.npy", x, 8}})),
             StartsWith(": npz: 'a.npy': byte 0: damaged: "));
  // A rule of the array within.
  CHECK(load_error(zip_bytes({{"a.npy", x.substr(0, 130)}})) ==
        ": npz: 'a.npy': byte 128: shape (2,) of float32 does not fit the 2 bytes of data");
  CHECK(load_error(zip_bytes({{"a.npy", "hello, world"}})) ==
        ": npz: 'a.npy': byte 0: not a .npy file");
}

TEST_CASE("npz: what unpacks to more than the limits is refused before it is unpacked") {
  const TemporaryFile file(".npz");
  io::save_npz(file.path, {{"a", zeros({1 << 18})}, {"b", zeros({1 << 24})}}, {.compress = true});
  const std::string bytes = file.bytes();
  CHECK(load_error(bytes, {.entry_bytes = 1 << 20}) ==
        ": npz: 'a.npy': unpacks to 1048704 bytes; the limit is 1048576");
  // 65 MiB of zeros are a thousand times their file.
  CHECK_THAT(load_error(bytes), StartsWith(": npz: 'b.npy': with it the file of "));
  CHECK_THAT(
      load_error(bytes),
      EndsWith(" bytes unpacks to 68157696, more than 200 times as much; raise the limit if you "
               "trust it"));
  CHECK(load_error(bytes, {.ratio = 2000}) == "no error");
  // A small file that claims to be a large one.
  const std::string x = npy_bytes(ones({2}));
  CHECK_THAT(load_error(zip_bytes({{"a.npy", x, 8, 0, {}, 0xFFFFFFF0u}})),
             ContainsSubstring(" 4294967280, more than 200 times as much"));
}

TEST_CASE("npz: with any bit turned it is refused, or the elements are what they were") {
  const std::string good = zip_bytes({{"a.npy", npy_bytes(from_data<float>({1, 2}, {2}))}});
  const TemporaryFile file(".npz");
  int refused = 0;
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    file.set(bytes);
    try {
      const NamedTensors tensors = io::load_npz(file.path);
      CHECK((tensors.empty() || tensors[0].second.to_vector<float>() == std::vector<float>{1, 2}));
    } catch (const IoError&) {
      ++refused;
    }
  }
  CHECK(refused > int(8 * npy_bytes(ones({2})).size()));
}

TEST_CASE("npz: NumPy reads what is written, and what NumPy writes is read") {
  const std::string python = python::with("numpy");
  if (python.empty()) SKIP_TEST("there is no Python with numpy");
  const python::Folder folder;
  io::save_npz(folder / "stored.npz", some_tensors());
  io::save_npz(folder / "compressed.npz", some_tensors(), {.compress = true});
  std::cout << python::run(python, "tests/formats/npz_numpy.py", {folder.path});
  for (const std::string name : {"savez", "savez_compressed"})
    check_same(io::load_npz(folder / (name + ".npz")), some_tensors());
}
