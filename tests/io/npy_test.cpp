// io/npy: round trips, what NumPy writes, and every kind of damage.

#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/npy.hpp>
#include <cinta/ops/creation.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"
#include "support/some_rows.hpp"
#include "support/temporary_file.hpp"

using namespace cinta;

namespace {

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

TEST_CASE("npy: integers and floats of every width and order of bytes") {
  const TemporaryFile file;
  const auto load = [&](const std::string& descr, const std::string& data,
                        const std::string& shape) {
    file.set(
        npy("{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + "}", data));
    return io::load_npy(file.path);
  };
  // -2 or, without a sign, 2^bits - 2; then 1.
  for (const std::size_t bytes : {1, 2, 4, 8}) {
    std::string low(bytes, '\xFF'), one(bytes, '\0');
    low[0] = '\xFE';
    one[0] = 1;
    for (const char order : {'<', '>', '|', '='}) {
      std::string data = low + one;
      if (order == '>')
        data = std::string(low.rbegin(), low.rend()) + std::string(one.rbegin(), one.rend());
      const std::string width = std::to_string(bytes);
      const Tensor with_sign = load(std::string(1, order) + "i" + width, data, "(2,)");
      CHECK(with_sign.dtype() == int64);
      CHECK(with_sign.to_vector<std::int64_t>() == std::vector<std::int64_t>{-2, 1});
      if (bytes == 8) continue;
      const Tensor without = load(std::string(1, order) + "u" + width, data, "(2,)");
      CHECK(without.dtype() == int64);
      CHECK(without.to_vector<std::int64_t>() ==
            std::vector<std::int64_t>{(std::int64_t{1} << (8 * bytes)) - 2, 1});
    }
  }
  std::string big = floats({1.5f, -2});
  std::reverse(big.begin(), big.begin() + 4);
  std::reverse(big.begin() + 4, big.end());
  CHECK(load(">f4", big, "(2,)").to_vector<float>() == std::vector<float>{1.5f, -2});
  const double value = -1e300;
  std::string eight(reinterpret_cast<const char*>(&value), 8);
  std::reverse(eight.begin(), eight.end());
  CHECK(load(">f8", eight, "()").to_vector<double>() == std::vector<double>{-1e300});
  // More elements than are converted at a time.
  std::string many;
  for (int i = 0; i < 70000; ++i) many += {static_cast<char>(i >> 8), static_cast<char>(i)};
  const Tensor long_one = load(">u2", many, "(70000,)");
  CHECK(long_one.to_vector<std::int64_t>()[69999] == 69999 - 65536);

  const std::string largest = std::string(7, '\xFF') + '\x7F';
  CHECK(load("<u8", largest, "(1,)").to_vector<std::int64_t>()[0] == INT64_MAX);
  CHECK(load_error(npy("{'descr': '<u8', 'fortran_order': False, 'shape': (2,)}",
                       largest + std::string(7, '\0') + '\x80')) ==
        ": npy: byte 74: element 1 is 9223372036854775808, more than int64 holds");
}

TEST_CASE("npy: Fortran's order of three axes and of the other types") {
  const TemporaryFile file;
  // numpy.asfortranarray(numpy.arange(24).reshape(2, 3, 4)) in bytes.
  std::string data;
  for (int k = 0; k < 4; ++k)
    for (int j = 0; j < 3; ++j)
      for (int i = 0; i < 2; ++i) data += static_cast<char>(12 * i + 4 * j + k);
  file.set(npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4)}", data));
  const Tensor t = io::load_npy(file.path);
  CHECK(t.shape() == Shape{2, 3, 4});
  CHECK(t.is_contiguous());
  for (std::int64_t i = 0; i < 24; ++i) CHECK(t.to_vector<std::int64_t>()[i] == i);
}

TEST_CASE("npy: headers of the other versions and of Python 2") {
  const TemporaryFile file;
  for (const char version : {2, 3}) {
    std::string bytes =
        npy("{'descr':\t'<f4',\r\n 'fortran_order': False, 'shape': (1L, 2L, )}", "");
    bytes[6] = version;
    bytes.insert(9, 1, bytes[8]);  // four bytes of length instead of two
    bytes[8] = bytes[9];
    bytes[9] = 0;
    bytes.insert(10, 2, '\0');
    bytes.erase(12, 1);
    file.set(bytes + floats({1, 2}));
    CHECK(io::load_npy(file.path).shape() == Shape{1, 2});
  }
}

TEST_CASE("npy: sizes that overflow beside a size of 0") {
  const std::string most = std::to_string(INT64_MAX);
  for (const std::string order : {"False", "True"})
    for (const std::string& shape : {most + ", " + most + ", 0", "0, " + most, most + ", 0"})
      CHECK_THAT(
          load_error(npy(
              "{'descr': '<f4', 'fortran_order': " + order + ", 'shape': (" + shape + ")}", "")),
          ContainsSubstring(": shape (" + shape + ") of float32 does not fit"));
  CHECK(load_error(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1000, 0, 1000)}", "")) ==
        "no error");
}

TEST_CASE("npy: as many axes as NumPy has") {
  const TemporaryFile file;
  io::save_npy(file.path, ones(Shape::filled(64, 1)));
  CHECK(io::load_npy(file.path).rank() == 64);
  CHECK_THROWS_WITH(io::save_npy(file.path, ones(Shape::filled(65, 1))),
                    file.path + ": npy: 65 axes, NumPy has at most 64");
}

TEST_CASE("npy: damaged and foreign files are refused") {
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  const std::string data = floats({0, 1, 2, 3, 4, 5});
  CHECK(load_error(npy(good, data)) == "no error");

  CHECK(load_error("") == ": npy: byte 0: not a .npy file");
  CHECK(load_error("hello, world") == ": npy: byte 0: not a .npy file");
  CHECK(load_error(npy(good, data).substr(0, 9)) ==
        ": npy: byte 8: truncated: 2 bytes expected, 1 left");
  CHECK(load_error(npy(good, data).substr(0, 40)) == ": npy: byte 10: truncated in the header");
  CHECK(load_error(npy(good, data.substr(1))) ==
        ": npy: byte 70: shape (2, 3) of float32 does not fit the 23 bytes of data");
  CHECK(load_error(npy(good, data + "x")) ==
        ": npy: byte 70: shape (2, 3) of float32 does not fit the 25 bytes of data");
  std::string version = npy(good, data);
  version[6] = 9;
  CHECK(load_error(version) == ": npy: byte 6: unknown version 9");
  version[6] = '\xFF';
  CHECK(load_error(version) == ": npy: byte 6: unknown version 255");

  const auto header = [&](const std::string& text) { return load_error(npy(text, data)); };
  const auto descr = [&](const std::string& text) {
    return header("{'descr': " + text + ", 'fortran_order': False, 'shape': (6,)}");
  };
  const std::string known =
      " is not supported; bool, integers of 8 to 64 bits and float16, float32, float64 are";
  for (const std::string other : {"<f16", "<M8[ns]", "|V8", "", "<", "f4", "!f4", "<f3", "<b2"})
    CHECK(descr("'" + other + "'") == ": npy: byte 20: dtype '" + other + "'" + known);
  CHECK(descr("'\x1b[31m'") == ": npy: byte 20: dtype '\\x1b[31m'" + known);
  CHECK(descr("'<c8'") ==
        ": npy: byte 20: complex numbers ('<c8') are not supported; save real and imag");
  CHECK(descr("'|O'") ==
        ": npy: byte 20: objects ('|O') are pickled Python, which is never run; save arrays of "
        "numbers");
  for (const std::string text : {"<U5", "|S3"})
    CHECK(descr("'" + text + "'") ==
          ": npy: byte 20: texts ('" + text + "') are not supported; save numbers, or a CSV file");
  CHECK(descr("[('a', '<f4')]") ==
        ": npy: byte 20: structured dtypes are not supported; save each field as an array of its "
        "own");
  CHECK(header("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387905, 4)}") ==
        ": npy: byte 86: shape (4611686018427387905, 4) of float32 does not fit the 24 bytes of "
        "data");
  CHECK(header("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, -3)}") ==
        ": npy: byte 61: malformed header: a size in shape");
  CHECK(header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}") ==
        ": npy: byte 61: malformed header: a size in shape");
  std::string axes;
  for (int i = 0; i < 65; ++i) axes += "1,";
  CHECK(load_error(npy("{'descr':'<f4','shape':(" + axes + ")}", data)) ==
        ": npy: byte 163: more than 64 axes");
  CHECK(header("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (6,)}") ==
        ": npy: byte 44: malformed header: fortran_order is neither True nor False");
  CHECK(header("{'descr': '<f4', 'shape': (6,)}") ==
        ": npy: byte 42: the header lacks descr, fortran_order or shape");
  CHECK(header("{'descr': '<f4', 'descr': '<f8'}") ==
        ": npy: byte 35: a key of the header stands there twice");
  CHECK(header("{'descr': '<f4") == ": npy: byte 21: malformed header: a text without end");
  CHECK(header("[1, 2]") == ": npy: byte 10: malformed header: '{' expected");
  CHECK(header("{'descr': '<f4', 'fortran_order': False, 'shape': (6,)} x") ==
        ": npy: byte 66: text after the header");
  CHECK(header("{'descr': '<f4', 'fortran_order': False, 'shape': (6") ==
        ": npy: byte 63: malformed header: ')' expected");
  CHECK(header("{'colour': 'red'}") == ": npy: byte 20: unknown key 'colour' in the header");
}

TEST_CASE("npy: other types are written on request, if they hold the elements") {
  const TemporaryFile file;
  const auto written = [&](const Tensor& x, const std::string& dtype) {
    io::save_npy(file.path, x, {.dtype = dtype});
    return io::load_npy(file.path);
  };
  const auto refused = [&](const Tensor& x, const std::string& dtype) {
    std::remove(file.path.c_str());
    const std::string text = error_of([&] { io::save_npy(file.path, x, {.dtype = dtype}); });
    CHECK(!std::filesystem::exists(file.path));
    return text.substr(std::min(text.size(), file.path.size()));
  };
  const Tensor whole = tensor<double>({0, 1, 127, -128}, {4});
  for (const std::string dtype : {"int8", "int16", "int32", "int64"}) {
    CHECK(written(whole, dtype).to_vector<std::int64_t>() ==
          std::vector<std::int64_t>{0, 1, 127, -128});
    CHECK_THAT(file.bytes(), ContainsSubstring(dtype == "int8" ? "'|i1'" : "'<i"));
  }
  const Tensor bits = tensor<float>({0, 1, 1}, {3});
  CHECK(written(bits, "bool").to_vector<bool>() == std::vector<bool>{false, true, true});
  // 2049 lies between two numbers of float16, and 1e6 beyond them.
  CHECK(written(tensor<float>({2049, 1e6f}, {2}), "float16").to_vector<float>() ==
        std::vector<float>{2048, INFINITY});
  CHECK(written(tensor<std::int64_t>({INT64_MAX, 0}, {2}), "uint64").to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{INT64_MAX, 0});
  const std::string advice = "; round or clamp the tensor first, or choose another dtype";
  CHECK(refused(whole, "uint8") == ": npy: element 3 is no uint8" + advice);
  CHECK(refused(whole, "bool") == ": npy: element 2 is no bool" + advice);
  CHECK(refused(tensor<float>({0.5f}, {}), "int32") == ": npy: element 0 is no int32" + advice);
  CHECK(refused(tensor<float>({NAN}, {}), "int64") == ": npy: element 0 is no int64" + advice);
  CHECK(refused(tensor<double>({0x1p63}, {}), "int64") == ": npy: element 0 is no int64" + advice);
  CHECK(refused(tensor<double>({0x1p64}, {}), "uint64") ==
        ": npy: element 0 is no uint64" + advice);
  CHECK(refused(tensor<std::int64_t>({256}, {}), "uint8") ==
        ": npy: element 0 is no uint8" + advice);
  CHECK(refused(Tensor(), "") == ": npy: the tensor is undefined");
  CHECK(refused(some_rows(), "") == ": npy: the tensor is row-sparse: save its to_dense()");
  for (const std::string dtype : {"bfloat16", "complex64", "half"})
    CHECK(refused(whole, dtype) == ": npy: '" + dtype +
                                       "' is no dtype of a .npy file; bool, int8 to int64, uint8 "
                                       "to uint64 and float16, float32, float64 are");
}

TEST_CASE("npy: samples that NumPy wrote") {
  // tests/io/samples/make_npy.py
  const auto sample = [](const std::string& name) {
    return io::load_npy(CINTA_SOURCE_DIR "/tests/io/samples/npy/" + name + ".npy");
  };
  const Tensor half = sample("float16_big_fortran");
  CHECK(half.shape() == Shape{2, 3});
  CHECK(half.to_vector<float>() == std::vector<float>{0, 0.5f, 1, 1.5f, 2, INFINITY});
  const Tensor fortran = sample("int16_fortran_v2");
  CHECK(fortran.shape() == Shape{2, 3, 4});
  for (int i = 0; i < 24; ++i)
    CHECK(fortran.to_vector<std::int64_t>()[std::size_t(i)] == 100 * i - 1000);
  CHECK(sample("uint32_v3").to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 4294967295});
  CHECK(sample("float64_rank_0").item() == 2.5);
  CHECK(sample("bool_rank_8").shape() == Shape{1, 1, 2, 1, 1, 1, 1, 2});
  CHECK(sample("bool_rank_8").to_vector<bool>() == std::vector<bool>{true, false, false, true});
  CHECK(sample("float32_empty").shape() == Shape{0, 3});
  CHECK(sample("int64_python2").to_vector<std::int64_t>() == std::vector<std::int64_t>{7, 8});
  for (const std::string name : {"complex", "object", "text", "structured"})
    CHECK_THROWS_AS(sample("refused_" + name), IoError);
}

TEST_CASE("npy: no file, no folder, nothing left behind") {
  CHECK_THROWS_WITH(io::load_npy("no/such/file.npy"),
                    "no/such/file.npy: No such file or directory");
  CHECK_THROWS_WITH(io::load_npy("."), ".: Is a directory");
  CHECK_THROWS_WITH(io::save_npy("no/such/folder/x.npy", empty({1})),
                    "no/such/folder/x.npy: No such file or directory");
}
