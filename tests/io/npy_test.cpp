// io/npy: round trips, what NumPy writes, and every kind of damage.

#include <cinta/autograd/core/error.hpp>
#include <cinta/io/npy.hpp>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/catch_compat.hpp"

using namespace cinta;

namespace {

struct TemporaryFile {
  TemporaryFile()
      : path((std::filesystem::temp_directory_path() / "cinta_npy_test.npy").string()) {}
  ~TemporaryFile() { std::remove(path.c_str()); }
  void set(const std::string& bytes) const { std::ofstream(path, std::ios::binary) << bytes; }
  std::string bytes() const {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
  std::string path;
};

template <class T>
Tensor tensor(const std::vector<T>& values, const Shape& shape) {
  Tensor t = empty(shape, dtype_of<T>);
  std::copy(values.begin(), values.end(), t.data<T>());
  return t;
}

/// A file of version 1.0 with this header dictionary and data.
std::string npy(std::string header, const std::string& data) {
  header += '\n';
  std::string out = "\x93NUMPY\x01";
  out += '\0';
  out += static_cast<char>(header.size());
  out += '\0';
  return out + header + data;
}
std::string floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}
std::string load_error(const std::string& bytes) {
  const TemporaryFile file;
  file.set(bytes);
  try {
    io::load_npy(file.path);
  } catch (const IoError& error) {
    return std::string(error.what()).substr(file.path.size());
  }
  return "no error";
}

template <class T>
void round_trip(const std::vector<T>& values, const Shape& shape) {
  const TemporaryFile file;
  io::save_npy(file.path, tensor(values, shape));
  const Tensor back = io::load_npy(file.path);
  CHECK(back.shape() == shape);
  CHECK(back.dtype() == dtype_of<T>);
  CHECK(back.to_vector<T>() == values);
  CHECK(file.bytes().size() % 64 == values.size() * sizeof(T) % 64);
}

}  // namespace

TEST_CASE("npy: every dtype and rank comes back") {
  round_trip<float>({1, -2.5, 3e30f, 0, 5, 6}, {2, 3});
  round_trip<double>({1e300, -1}, {2});
  round_trip<std::int64_t>({-1, std::int64_t{1} << 60, 7}, {1, 3, 1});
  round_trip<bool>({true, false, true}, {3});
  round_trip<float>({42}, {});
  round_trip<float>({}, {0, 5});
  round_trip<float>({1}, {1, 1, 1, 1, 1, 1, 1, 1});
}

TEST_CASE("npy: a strided tensor is written in row-major order") {
  const TemporaryFile file;
  const Tensor base = tensor<float>({0, 1, 2, 3, 4, 5}, {2, 3});
  io::save_npy(file.path, alias(base, {3, 2}, {1, 3}));
  CHECK(io::load_npy(file.path).to_vector<float>() == std::vector<float>{0, 3, 1, 4, 2, 5});
  io::save_npy(file.path, alias(base, {2, 2}, {0, 2}));
  CHECK(io::load_npy(file.path).to_vector<float>() == std::vector<float>{0, 2, 0, 2});
}

TEST_CASE("npy: the forms that NumPy writes") {
  const TemporaryFile file;
  file.set(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }",
               floats({0, 3, 1, 4, 2, 5})));
  CHECK(io::load_npy(file.path).to_vector<float>() == std::vector<float>{0, 1, 2, 3, 4, 5});
  file.set(npy("{'shape':(2,),'fortran_order':False,\"descr\":\"<f4\"}", floats({1, 2})));
  CHECK(io::load_npy(file.path).to_vector<float>() == std::vector<float>{1, 2});
  file.set(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }", {"\x00\x01\x07", 3}));
  const Tensor b = io::load_npy(file.path);
  CHECK(b.to_vector<bool>() == std::vector<bool>{false, true, true});
  CHECK(static_cast<const unsigned char*>(Array(b).memory)[2] == 1);
}

TEST_CASE("npy: damaged and foreign files are refused") {
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  const std::string data = floats({0, 1, 2, 3, 4, 5});
  CHECK(load_error(npy(good, data)) == "no error");

  CHECK(load_error("") == ": npy: not a .npy file");
  CHECK(load_error("hello, world") == ": npy: not a .npy file");
  CHECK(load_error(npy(good, data).substr(0, 40)) == ": npy: truncated in the header");
  CHECK(load_error(npy(good, data.substr(1))) ==
        ": npy: shape (2, 3) of float32 does not fit the 23 bytes of data");
  CHECK(load_error(npy(good, data + "x")) ==
        ": npy: shape (2, 3) of float32 does not fit the 25 bytes of data");
  std::string version = npy(good, data);
  version[6] = 9;
  CHECK(load_error(version) == ": npy: unknown version 9");

  const auto header = [&](const std::string& text) { return load_error(npy(text, data)); };
  CHECK(header("{'descr': '>f4', 'fortran_order': False, 'shape': (6,)}") ==
        ": npy: dtype '>f4' is not supported; bool, int64, float32 and float64 are, little-endian");
  CHECK(header("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387905, 4)}") ==
        ": npy: shape (4611686018427387905, 4) of float32 does not fit the 24 bytes of data");
  CHECK(header("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, -3)}") ==
        ": npy: malformed header: a size in shape");
  CHECK(header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}") ==
        ": npy: malformed header: a size in shape");
  CHECK(header("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (6,)}") ==
        ": npy: malformed header: fortran_order is neither True nor False");
  CHECK(header("{'descr': '<f4', 'shape': (6,)}") ==
        ": npy: the header lacks descr, fortran_order or shape");
  CHECK(header("{'descr': '<f4") == ": npy: malformed header: a text without end");
  CHECK(header("[1, 2]") == ": npy: malformed header: '{' expected");
  CHECK(header("{'descr': '<f4', 'fortran_order': False, 'shape': (6,)} x") ==
        ": npy: text after the header");
  CHECK(header("{'descr': '<f4', 'fortran_order': False, 'shape': (6") ==
        ": npy: malformed header: ')' expected");
  CHECK(header("{'colour': 'red'}") == ": npy: unknown key in the header");
}

TEST_CASE("npy: no file, no folder, nothing left behind") {
  CHECK_THROWS_WITH(io::load_npy("no/such/file.npy"),
                    "no/such/file.npy: No such file or directory");
  CHECK_THROWS_WITH(io::load_npy("."), ".: Is a directory");
  CHECK_THROWS_WITH(io::save_npy("no/such/folder/x.npy", empty({1})),
                    "no/such/folder/x.npy: No such file or directory");
}
