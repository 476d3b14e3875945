// io/safetensors: round trips, what lies on the mapped file, shards, and each rule of the format
// violated once.

#include <unistd.h>

#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/io/safetensors.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder() : path(fs::temp_directory_path() / ("cinta_safetensors_" + std::to_string(getpid()))) {
    fs::remove_all(path);
    fs::create_directory(path);
  }
  ~Folder() { fs::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(path)) all.push_back(entry.path().filename());
    std::sort(all.begin(), all.end());
    return all;
  }
  fs::path path;
};

std::string read(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}
void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}
/// A file with this header, which is made `extra` bytes longer by spaces, and data.
std::string file_of(std::string header, const std::string& data, std::size_t extra = 0) {
  header.append(extra, ' ');
  return bytes_of(std::vector<std::uint64_t>{header.size()}) + header + data;
}
std::string entry(const std::string& dtype, const std::string& shape, std::size_t begin,
                  std::size_t end) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":[)" +
         std::to_string(begin) + "," + std::to_string(end) + "]}";
}

template <class T>
Tensor tensor(const std::vector<T>& values, const Shape& shape) {
  Tensor t = empty(shape, dtype_of<T>);
  std::copy(values.begin(), values.end(), t.data<T>());
  return t;
}

bool same(const Tensor& a, const Tensor& b) {
  if (a.spec() != b.spec()) return false;
  return dispatch(a.dtype(), [&]<class T>() {
    const auto x = a.to_vector<T>(), y = b.to_vector<T>();
    return std::equal(x.begin(), x.end(), y.begin(),
                      [](T p, T q) { return p == q || (p != p && q != q); });
  });
}

/// What loading these bytes is refused with, without the file's name.
std::string refusal_of(const std::string& bytes) {
  const Folder folder;
  const std::string path = folder / "f";
  write(path, bytes);
  const std::string text = error_of([&] { io::load_safetensors(path); });
  return text.starts_with(path + ": safetensors: ") ? text.substr(path.size() + 15) : text;
}

}  // namespace

TEST_CASE("safetensors: every dtype and rank comes back, in the order that it was given") {
  const Folder folder;
  const double inf = std::numeric_limits<double>::infinity();
  const NamedTensors tensors = {
      {"flags", tensor<bool>({true, false, true}, {3})},
      {"z.float", tensor<float>({1, -2.5f, 3e30f, 0, NAN, -0.0f}, {2, 3})},
      {"double", tensor<double>({1e300, -inf}, {2})},
      {"ids", tensor<std::int64_t>({-1, std::int64_t{1} << 60, 7}, {1, 3, 1})},
      {"scalar", tensor<float>({42}, {})},
      {"nothing", tensor<double>({}, {0, 5})},
      {"deep", tensor<float>({1}, {1, 1, 1, 1, 1, 1, 1, 1})},
      {"\"quoted\"\n\xc3\xa9", tensor<float>({5}, {1})},
      {"", tensor<float>({6}, {1})}};
  io::save_safetensors(folder / "f", tensors,
                       {.metadata = {{"format", "pt"}, {"\xe2\x82\xac", "\"\\\x01"}}});
  const io::SafetensorsFile file(folder / "f");
  CHECK(file.metadata() ==
        std::map<std::string, std::string>{{"format", "pt"}, {"\xe2\x82\xac", "\"\\\x01"}});
  REQUIRE(file.names().size() == tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    INFO(tensors[i].first);
    CHECK(file.names()[i] == tensors[i].first);
    CHECK(file.spec(tensors[i].first) == tensors[i].second.spec());
    CHECK(same(file.load(tensors[i].first), tensors[i].second));
  }
  CHECK(file.stored_dtype("ids") == "I64");
  CHECK(file.contains("scalar"));
  CHECK_FALSE(file.contains("scala"));
  CHECK(error_of([&] { file.load("scala"); }) ==
        folder / "f: safetensors: there is no tensor 'scala'");
  // A map, and no tensor at all.
  io::save_safetensors(folder / "g",
                       std::map<std::string, Tensor>{{"b", ones({2})}, {"a", zeros({1})}});
  CHECK(io::load_safetensors(folder / "g")[0].first == "a");
  io::save_safetensors(folder / "g", NamedTensors{});
  CHECK(io::load_safetensors(folder / "g").empty());
}

TEST_CASE("safetensors: views are written as what they show") {
  const Folder folder;
  const Tensor base = tensor<float>({0, 1, 2, 3, 4, 5}, {2, 3});
  io::save_safetensors(folder / "f", {{"turned", permute(base, {1, 0})},
                                      {"part", alias(base, {2, 2}, {0, 2}, 1)},
                                      {"base", base},
                                      {"again", base}});
  const io::SafetensorsFile file(folder / "f");
  CHECK(file.load("turned").to_vector<float>() == std::vector<float>{0, 3, 1, 4, 2, 5});
  CHECK(file.load("part").to_vector<float>() == std::vector<float>{1, 3, 1, 3});
  CHECK(same(file.load("again"), base));
}

TEST_CASE("safetensors: data is aligned, whatever stands before it") {
  const Folder folder;
  for (std::size_t length = 1; length < 70; ++length) {
    io::save_safetensors(folder / "f", {{std::string(length, 'n'), tensor<bool>({true}, {1})},
                                        {"float", ones({3})},
                                        {"half", ones({1})},
                                        {"ids", ones({2}, int64)}});
    const std::string bytes = read(folder / "f");
    std::uint64_t header = 0;
    std::memcpy(&header, bytes.data(), 8);
    CHECK((8 + header) % 64 == 0);
    const io::SafetensorsFile file(folder / "f");
    for (const char* name : {"float", "half", "ids"}) {
      const Tensor x = file.load(name);
      CHECK(reinterpret_cast<std::uintptr_t>(Array(x).memory) % size_of(x.dtype()) == 0);
      CHECK(Array(file.load(name)).memory == Array(x).memory);  // it lies on the file
    }
  }
}

TEST_CASE("safetensors: tensors lie on the file, and writing to them leaves it alone") {
  const Folder folder;
  for (const Dtype dtype : {float32, float64, int64}) {
    io::save_safetensors(folder / "f", {{"x", ones({5000}, dtype)}});
    const std::string before = read(folder / "f");
    Tensor x, again;
    {
      const io::SafetensorsFile file(folder / "f");
      x = file.load("x");
      again = io::SafetensorsFile(folder / "f").load("x");
    }
    // Another file takes its name, and the file itself goes.
    io::save_safetensors(folder / "f", {{"x", zeros({5000}, dtype)}});
    CHECK(same(x, ones({5000}, dtype)));
    x += 1;
    CHECK(x.version() == 1);
    CHECK(same(x, full({5000}, 2, dtype)));
    CHECK(same(again, ones({5000}, dtype)));  // another mapping
    CHECK(read(folder / "f").size() == before.size());
    CHECK(same(io::load_safetensors(folder / "f")[0].second, zeros({5000}, dtype)));

    write(folder / "f", before);
    const Tensor y = io::load_safetensors(folder / "f")[0].second;
    y += 1;
    CHECK(read(folder / "f") == before);
  }
}

TEST_CASE("safetensors: what is not aligned becomes a copy") {
  const Folder folder;
  const std::string data = bytes_of<std::uint8_t>({1}) + bytes_of<float>({1.5f, -2}) +
                           bytes_of<double>({1e300}) + bytes_of<std::int64_t>({-7});
  for (std::size_t extra = 0; extra < 8; ++extra) {
    write(folder / "f", file_of("{\"flag\":" + entry("BOOL", "[1]", 0, 1) +
                                    ",\"float\":" + entry("F32", "[2]", 1, 9) +
                                    ",\"double\":" + entry("F64", "[]", 9, 17) +
                                    ",\"id\":" + entry("I64", "[1]", 17, 25) + "}",
                                data, extra));
    const io::SafetensorsFile file(folder / "f");
    CHECK(file.load("flag").to_vector<bool>() == std::vector<bool>{true});
    CHECK(file.load("float").to_vector<float>() == std::vector<float>{1.5f, -2});
    CHECK(file.load("double").item() == 1e300);
    CHECK(file.load("id").item<std::int64_t>() == -7);
    for (const char* name : {"float", "double", "id"}) {
      const Tensor x = file.load(name);
      CHECK(reinterpret_cast<std::uintptr_t>(Array(x).memory) % size_of(x.dtype()) == 0);
    }
  }
}

TEST_CASE("safetensors: dtypes that become others") {
  const Folder folder;
  const auto load = [&](const std::string& dtype, const std::string& data, int n) {
    write(folder / "f",
          file_of("{\"x\":" + entry(dtype, "[" + std::to_string(n) + "]", 0, data.size()) + "}",
                  data));
    return io::load_safetensors(folder / "f")[0].second;
  };
  using Ids = std::vector<std::int64_t>;
  CHECK(load("I8", bytes_of<std::int8_t>({-128, 127}), 2).to_vector<std::int64_t>() ==
        Ids{-128, 127});
  CHECK(load("U8", bytes_of<std::uint8_t>({0, 255}), 2).to_vector<std::int64_t>() == Ids{0, 255});
  CHECK(load("I16", bytes_of<std::int16_t>({-32768, 32767}), 2).to_vector<std::int64_t>() ==
        Ids{-32768, 32767});
  CHECK(load("U16", bytes_of<std::uint16_t>({65535}), 1).to_vector<std::int64_t>() == Ids{65535});
  CHECK(load("I32", bytes_of<std::int32_t>({-5, 1 << 30}), 2).to_vector<std::int64_t>() ==
        Ids{-5, 1 << 30});
  CHECK(load("U32", bytes_of<std::uint32_t>({0xFFFFFFFF}), 1).to_vector<std::int64_t>() ==
        Ids{0xFFFFFFFF});
  const std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
  CHECK(load("U64", bytes_of<std::uint64_t>({3, largest}), 2).to_vector<std::int64_t>() ==
        Ids{3, std::int64_t(largest)});
  CHECK_THAT(error_of([&] {
               load("U64", bytes_of<std::uint64_t>({3, largest + 1}), 2);
             }),
             ContainsSubstring(
                 "tensor 'x': element 1 is 9223372036854775808, more than int64 holds (byte 71)"));
  const Tensor flags = load("BOOL", std::string("\x00\x01\x07", 3), 3);
  CHECK(flags.to_vector<bool>() == std::vector<bool>{false, true, true});
  CHECK(static_cast<const unsigned char*>(Array(flags).memory)[2] == 1);
  // 1, -2, 65504, the smallest subnormal number, infinity.
  CHECK(load("F16", bytes_of<std::uint16_t>({0x3C00, 0xC000, 0x7BFF, 1, 0x7C00}), 5)
            .to_vector<float>() == std::vector<float>{1, -2, 65504, 0x1p-24f, INFINITY});
  CHECK(load("BF16", bytes_of<std::uint16_t>({0x3F80, 0xC000, 0x7F80}), 3).to_vector<float>() ==
        std::vector<float>{1, -2, INFINITY});
  CHECK(std::isnan(load("F16", bytes_of<std::uint16_t>({0x7E01}), 1).item()));
}

TEST_CASE("safetensors: floats in 16 bits on request") {
  const Folder folder;
  // Between 1 and the next one, 1 + 2^-10 or 1 + 2^-7: below, on and above the middle.
  const std::vector<double> values = {
      1 + 0x1p-11, 1 + 3 * 0x1p-11, 1 + 0x1p-11 + 0x1p-40, -0.0, 65504, 1 + 0x1p-8, INFINITY};
  const NamedTensors tensors = {
      {"double", tensor<double>(values, {7})}, {"float", ones({2, 3})}, {"ids", ones({1}, int64)}};
  io::save_safetensors(folder / "f", tensors, {.floats = io::FloatsAs::float16});
  const io::SafetensorsFile half(folder / "f");
  CHECK(half.stored_dtype("double") == "F16");
  CHECK(half.stored_dtype("ids") == "I64");
  CHECK(half.spec("double").dtype == float32);
  CHECK(half.load("double").to_vector<float>() ==
        std::vector<float>{1, 1 + 0x1p-9f, 1 + 0x1p-10f, 0, 65504, 1 + 0x1p-8f, INFINITY});
  CHECK(std::signbit(half.load("double").to_vector<float>()[3]));
  CHECK(same(half.load("float"), ones({2, 3})));
  io::save_safetensors(folder / "f", tensors, {.floats = io::FloatsAs::bfloat16});
  const io::SafetensorsFile brain(folder / "f");
  CHECK(brain.stored_dtype("float") == "BF16");
  CHECK(brain.load("double").to_vector<float>() ==
        std::vector<float>{1, 1, 1, 0, 65536, 1, INFINITY});

  const std::string before = read(folder / "f");
  CHECK(error_of([&] {
          io::save_safetensors(folder / "f", {{"w", tensor<float>({1, 65520}, {2})}},
                               {.floats = io::FloatsAs::float16});
        }) == "save_safetensors: tensor 'w': element 1 is 65520.000000, more than float16 holds");
  CHECK(read(folder / "f") == before);
  CHECK(folder.names() == std::vector<std::string>{"f"});
}

TEST_CASE("safetensors: progress is told, and may end the writing") {
  const Folder folder;
  std::vector<std::uint64_t> told;
  const NamedTensors tensors = {{"a", ones({std::int64_t{5} << 20})}, {"b", ones({3})}};
  io::save_safetensors(folder / "f", tensors,
                       {.progress = [&](std::uint64_t done, std::uint64_t total) {
                         CHECK(total == (std::uint64_t{20} << 20) + 12);
                         told.push_back(done);
                       }});
  CHECK(told == std::vector<std::uint64_t>{16 << 20, 20 << 20, (20 << 20) + 12});
  CHECK_THROWS_AS(
      io::save_safetensors(
          folder / "f", {{"b", zeros({3})}},
          {.progress = [](std::uint64_t, std::uint64_t) { throw std::runtime_error("enough"); }}),
      std::runtime_error);
  CHECK(same(io::SafetensorsFile(folder / "f").load("b"), ones({3})));
  CHECK(folder.names().size() == 1);
}

TEST_CASE("safetensors: what cannot be written") {
  const Folder folder;
  const auto refusal = [&](const NamedTensors& tensors,
                           const io::SafetensorsOptions& options = {}) {
    std::string text = error_of([&] { io::save_safetensors(folder / "f", tensors, options); });
    CHECK(folder.names().empty());
    return text;
  };
  CHECK(refusal({{"a", ones({1})}, {"a", ones({1})}}) ==
        "save_safetensors: tensor 'a' is given twice");
  CHECK(refusal({{"a", Tensor()}}) == "save_safetensors: tensor 'a' is undefined");
  CHECK(refusal({{"__metadata__", ones({1})}}) ==
        "save_safetensors: tensor '__metadata__': this name is the format's own");
  CHECK(refusal({{"\xff", ones({1})}}).ends_with(" is not UTF-8"));
  CHECK(refusal({}, {.metadata = {{"a", "\xc3"}}}).ends_with(" is not UTF-8"));
  std::string large;
  large.resize(100'000'000, 'x');
  CHECK(refusal({}, {.metadata = {{"a", large}}}) ==
        "safetensors: the header would have 100000056 bytes; the format allows 100000000");
  CHECK(error_of([&] { io::save_safetensors(folder / "no/f", {}); }) ==
        folder / "no/f: No such file or directory");
}

TEST_CASE("safetensors: shards and their index") {
  const Folder folder;
  const auto tensors = [](float value) {
    return NamedTensors{{"a", full({100}, value)},
                        {"b", full({50}, value)},
                        {"c", full({50}, value)},
                        {"d", full({300}, value)},
                        {"e", full({1}, value)}};
  };
  const std::string path = folder / "model.safetensors", index = path + ".index.json";
  io::save_safetensors(path, tensors(1), {.shard_bytes = 600});
  const std::vector<std::string> first = {
      "model-00001-of-00004.safetensors", "model-00002-of-00004.safetensors",
      "model-00003-of-00004.safetensors", "model-00004-of-00004.safetensors",
      "model.safetensors.index.json"};
  CHECK(folder.names() == first);
  for (const std::string& where : {path, index}) {
    const io::SafetensorsFile file(where);
    CHECK(file.names() == std::vector<std::string>{"a", "b", "c", "d", "e"});
    for (const auto& [name, tensor] : tensors(1)) CHECK(same(file.load(name), tensor));
  }
  CHECK_THAT(read(index), ContainsSubstring("\"total_size\": 2004") &&
                              ContainsSubstring("\"c\": \"model-00002-of-00004.safetensors\""));

  SECTION("new ones stand beside the old ones until the index is there") {
    int seen = 0;
    io::save_safetensors(path, tensors(2),
                         {.shard_bytes = 600, .progress = [&](std::uint64_t, std::uint64_t) {
                            ++seen;
                            CHECK(same(io::SafetensorsFile(path).load("e"), ones({1})));
                          }});
    CHECK(seen == 5);
    CHECK(same(io::SafetensorsFile(path).load("d"), full({300}, 2)));
    CHECK(folder.names().size() == 5);
    io::save_safetensors(path, tensors(3), {.shard_bytes = 600});
    CHECK(folder.names() == first);
    CHECK(same(io::SafetensorsFile(path).load("a"), full({100}, 3)));
  }
  SECTION("one file is found first, and makes room for shards") {
    io::save_safetensors(path, tensors(4), {.shard_bytes = 2004});
    CHECK(folder.names().size() == 6);
    CHECK(same(io::SafetensorsFile(path).load("a"), full({100}, 4)));
    io::save_safetensors(path, tensors(5), {.shard_bytes = 600});
    CHECK(same(io::SafetensorsFile(path).load("a"), full({100}, 5)));
    CHECK(folder.names().size() == 5);
  }
  SECTION("an index makes nobody remove what is no shard") {
    write(folder / "precious", "text");
    std::string text = read(index);
    text.replace(text.find("model-00001-of-00004.safetensors"), 32, "precious");
    write(index, text);
    io::save_safetensors(path, tensors(6), {.shard_bytes = 600});
    CHECK(read(folder / "precious") == "text");
    CHECK_FALSE(fs::exists(folder / first[1]));
  }
  SECTION("what does not fit together is refused") {
    const auto refusal = [&] {
      const std::string text = error_of([&] { io::SafetensorsFile{index}; });
      return text.substr(text.rfind('/') + 1);
    };
    const std::string good = read(index);
    const auto with = [&](const std::string& from, const std::string& to) {
      std::string text = good;
      text.replace(text.find(from), from.size(), to);
      write(index, text);
      return refusal();
    };
    CHECK_THAT(with("\"b\"", "\"x\""),
               StartsWith("model.safetensors.index.json: safetensors: tensor 'x' is not in "
                          "model-00001-of-00004.safetensors"));
    CHECK_THAT(with("\"b\": \"model-00001-of-00004.safetensors\",", ""),
               StartsWith("model.safetensors.index.json: safetensors: tensor 'b' of a shard is not "
                          "in the index"));
    CHECK_THAT(with("\"a\"", "\"b\""),
               StartsWith("model.safetensors.index.json: safetensors: the key 'b' is given twice"));
    CHECK_THAT(with("\"model-00001", "\"../model-00001"),
               ContainsSubstring("is no name of a file beside the index"));
    CHECK_THAT(with("\"model-00001-of-00004.safetensors\"", "1"),
               ContainsSubstring("weight_map names a file for 'a', not a number (byte "));
    CHECK_THAT(with("weight_map", "weightmap"), ContainsSubstring("the index has no weight_map"));
    CHECK_THAT(with("{", "["), ContainsSubstring("the index is not one object"));
    CHECK_THAT(with("2004", std::string(40, '[')),
               ContainsSubstring("objects within objects, more than 32"));
    CHECK_THAT(with("2004", "[[1.5, null, \"x\", {\"weight_map\": [true, -1]}]]"),
               ContainsSubstring("no error"));
    write(index, good + "x");
    CHECK_THAT(refusal(), ContainsSubstring("not JSON: syntax error"));
    write(index, "");
    CHECK_THAT(refusal(), ContainsSubstring("an index of 0 bytes"));
    write(index, good);
    fs::remove(folder / first[2]);
    CHECK(refusal() == "model-00003-of-00004.safetensors: No such file or directory");
    fs::copy(folder / first[1], folder / first[2]);
    CHECK_THAT(refusal(), ContainsSubstring("tensor 'c' is in another shard as well"));
  }
}

TEST_CASE("safetensors: each rule of the format, violated once") {
  const std::string good = "{\"x\":" + entry("F32", "[2]", 0, 8) + "}",
                    data = bytes_of<float>({1, 2});
  CHECK(refusal_of(file_of(good, data)) == "no error");
  CHECK(refusal_of(file_of(good, data, 13)) == "no error");
  const std::string end = std::to_string(8 + good.size());

  // Lengths.
  CHECK(refusal_of("") == "no length of a header, which takes 8 bytes (byte 0)");
  CHECK(refusal_of("1234567") == "no length of a header, which takes 8 bytes (byte 7)");
  CHECK(refusal_of(std::string(8, '\xff')) ==
        "a header of 18446744073709551615 bytes; the format allows 100000000 (byte 0)");
  CHECK(refusal_of(bytes_of<std::uint64_t>({100'000'001}) + good) ==
        "a header of 100000001 bytes; the format allows 100000000 (byte 0)");
  CHECK(refusal_of(bytes_of<std::uint64_t>({10}) + "{}       ") ==
        "a header of 10 bytes; the file ends before (byte 17)");
  CHECK(refusal_of(bytes_of<std::uint64_t>({0})) == "the header does not begin with { (byte 8)");
  CHECK(refusal_of(file_of(good, data + "1")) ==
        "1 bytes after the last tensor (byte " + std::to_string(8 + good.size() + 8) + ")");
  CHECK(refusal_of(file_of(good, data.substr(1))) ==
        "tensor 'x' ends at byte 8 of the data, which has 7 (byte " +
            std::to_string(8 + good.size() + 7) + ")");

  // JSON.
  CHECK(refusal_of(file_of(" " + good, data)) == "the header does not begin with { (byte 8)");
  CHECK(refusal_of(file_of("[1]", "")) == "the header does not begin with { (byte 8)");
  CHECK(refusal_of(file_of(good + "\n", data)) ==
        "the header does not end in } and spaces (byte " + end + ")");
  // In the parser's words, up to the byte.
  const auto not_json = [](const std::string& header, std::size_t byte) {
    const std::string text = refusal_of(file_of(header, ""));
    CHECK(text.size() < 250);  // whatever the file holds
    return text.starts_with("not JSON: ") && text.ends_with(" (byte " + std::to_string(byte) + ")");
  };
  CHECK(not_json("{}{}", 11));
  CHECK(not_json("{\"x\" 1}", 15));
  CHECK(not_json("{\"\xff\":1}", 11));
  CHECK(not_json("{\"\\ud800\":1}", 17));
  CHECK(not_json("{\"" + std::string(100'000, 'x') + "\t\":1}", 100'011));
  CHECK(not_json("{\"x\":1e999}", 19));
  CHECK(not_json("{\"x\":" + std::string(100'000, '1') + "e999}", 100'018));
  CHECK(refusal_of(file_of(std::string("{}\0}", 4), "")) == "text after the JSON object (byte 11)");
  CHECK(refusal_of(file_of("{\"x\":" + std::string(100'000, '[') + "}", "")) ==
        "tensor 'x': an entry is an object, not a list (byte 14)");
  CHECK(refusal_of(file_of("{\"x\":1}", "")) ==
        "tensor 'x': an entry is an object, not a number (byte 15)");
  CHECK(refusal_of(file_of("{\"x\":null}", "")) ==
        "tensor 'x': an entry is an object, not null (byte 17)");
  CHECK(refusal_of(file_of("{\"x\":true}", "")) ==
        "tensor 'x': an entry is an object, not a flag (byte 17)");
  CHECK(refusal_of(file_of("{\"x\":\"a\"}", "")) ==
        "tensor 'x': an entry is an object, not a text (byte 16)");

  // Keys.
  CHECK(refusal_of(file_of("{\"x\":" + entry("F32", "[1]", 0, 4) +
                               ",\"x\":" + entry("F32", "[1]", 4, 8) + "}",
                           data))
            .starts_with("the key 'x' is given twice (byte "));
  CHECK(refusal_of(file_of("{\"x\":" + entry("F32", "[1]", 0, 4) +
                               ",\"\\u0078\":" + entry("F32", "[1]", 4, 8) + "}",
                           data))
            .starts_with("the key 'x' is given twice (byte "));
  CHECK(refusal_of(file_of("{\"__metadata__\":{},\"__metadata__\":{}}", "")) ==
        "the key '__metadata__' is given twice (byte 41)");
  CHECK(refusal_of(file_of("{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}", "")) ==
        "__metadata__: the key 'a' is given twice (byte 36)");
  CHECK(refusal_of(file_of("{\"__metadata__\":{\"a\":1}}", "")) ==
        "__metadata__ holds texts only, 'a' is a number (byte 31)");
  CHECK(refusal_of(file_of("{\"__metadata__\":{\"a\":{}}}", "")) ==
        "__metadata__ holds texts only, 'a' is an object (byte 30)");
  CHECK(refusal_of(file_of("{\"__metadata__\":[]}", "")) ==
        "tensor '__metadata__': an entry is an object, not a list (byte 25)");
  CHECK(refusal_of(file_of("{\"x\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", "")) ==
        "tensor 'x': the field dtype is given twice (byte 35)");
  CHECK(refusal_of(file_of("{\"x\":{\"strides\":[1]}}", "")) ==
        "tensor 'x': unknown field 'strides' (byte 23)");
  CHECK(refusal_of(file_of("{\"x\":{\"dtype\":\"F32\",\"shape\":[]}}", "")) ==
        "tensor 'x': it lacks dtype, shape or data_offsets (byte 39)");
  CHECK(refusal_of(file_of("{\"x\":{}}", "")) ==
        "tensor 'x': it lacks dtype, shape or data_offsets (byte 15)");

  // Fields.
  const auto field = [&](const std::string& dtype, const std::string& shape,
                         const std::string& offsets) {
    const std::string text =
        refusal_of(file_of("{\"x\":{\"dtype\":" + dtype + ",\"shape\":" + shape +
                               ",\"data_offsets\":" + offsets + "}}",
                           data));
    CHECK_THAT(text, ContainsSubstring(" (byte "));
    CHECK(text.starts_with("tensor 'x': "));
    return text.substr(12, text.rfind(" (byte ") - 12);
  };
  CHECK(field("\"F31\"", "[2]", "[0,8]") == "dtype 'F31' is not supported");
  CHECK(field("\"f32\"", "[2]", "[0,8]") == "dtype 'f32' is not supported");
  CHECK(field("\"C64\"", "[1]", "[0,8]") == "dtype 'C64' is not supported");
  CHECK(field("32", "[2]", "[0,8]") == "dtype is a text, not a number");
  CHECK(field("[]", "[2]", "[0,8]") == "dtype is a text, not a list");
  CHECK(field("\"F32\"", "2", "[0,8]") == "shape is a list, not a number");
  CHECK(field("\"F32\"", "[-2]", "[0,8]") == "shape holds whole numbers, not a negative number");
  CHECK(field("\"F32\"", "[2.0]", "[0,8]") ==
        "shape holds whole numbers, not a number that is not whole or beyond 64 bits");
  CHECK(field("\"F32\"", "[18446744073709551616]", "[0,8]") ==
        "shape holds whole numbers, not a number that is not whole or beyond 64 bits");
  CHECK(field("\"F32\"", "[9223372036854775808]", "[0,8]") ==
        "a size of 9223372036854775808 is too large");
  CHECK(field("\"F32\"", "[[2]]", "[0,8]") == "shape holds whole numbers, not a list");
  CHECK(field("\"F32\"", "[2" + std::string(2 * 64, '1') + "]", "[0,8]") ==
        "shape holds whole numbers, not a number that is not whole or beyond 64 bits");
  std::string many = "[1";
  for (int i = 0; i < 64; ++i) many += ",1";
  CHECK(field("\"F32\"", many + "]", "[0,8]") == "shape has more than 64 numbers");
  CHECK(field("\"F32\"", "[2]", "[0]") == "data_offsets are not two numbers");
  CHECK(field("\"F32\"", "[2]", "[0,8,8]") == "data_offsets has more than 2 numbers");
  CHECK(field("\"F32\"", "[2]", "[0,\"8\"]") == "data_offsets holds two whole numbers, not a text");
  CHECK(field("\"F32\"", "[2]", "\"0-8\"") == "data_offsets is two numbers, not a text");
  CHECK(field("\"F32\"", "[2]", "[8,0]") == "its data ends before it begins");

  // Sizes.
  CHECK(field("\"F32\"", "[3]", "[0,8]") == "(3,) of F32 takes 12 bytes, its data_offsets span 8");
  CHECK(field("\"F64\"", "[2]", "[0,8]") == "(2,) of F64 takes 16 bytes, its data_offsets span 8");
  CHECK(field("\"F32\"", "[]", "[0,8]") == "() of F32 takes 4 bytes, its data_offsets span 8");
  CHECK(field("\"F32\"", "[4294967296,4294967296]", "[0,8]") ==
        "(4294967296, 4294967296) of F32 is more than can be counted");
  CHECK(field("\"F32\"", "[0,4294967296,4294967296]", "[0,0]") ==
        "(0, 4294967296, 4294967296) of F32 is more than can be counted");
  CHECK(field("\"U8\"", "[1152921504606846976]", "[0,8]") ==
        "(1152921504606846976,) of U8 is more than can be counted");
  CHECK(refusal_of(file_of("{\"x\":" + entry("F32", "[2]", std::size_t(-9), std::size_t(-1)) + "}",
                           data)) ==
        "tensor 'x' ends at byte 18446744073709551615 of the data, which has 8 (byte 108)");

  // The layout.
  const auto layout = [&](std::vector<std::pair<std::size_t, std::size_t>> places) {
    std::string header = "{";
    for (std::size_t i = 0; i < places.size(); ++i)
      header += (i ? ",\"" : "\"") + std::string(1, char('a' + i)) + "\":" +
                entry("U8", "[" + std::to_string(places[i].second - places[i].first) + "]",
                      places[i].first, places[i].second);
    std::string text = refusal_of(file_of(header + "}", data));
    const std::size_t byte = text.find(" (byte ");
    if (byte == text.npos) return text;
    return text.substr(0, byte) + " at " +
           std::to_string(std::stoul(text.substr(byte + 7)) - 8 - header.size() - 1);
  };
  CHECK(layout({{0, 4}, {4, 8}}) == "no error");
  CHECK(layout({{4, 8}, {0, 4}}) == "no error");
  CHECK(layout({{0, 4}, {4, 4}, {4, 8}, {0, 0}, {8, 8}}) == "no error");
  CHECK(layout({{0, 4}, {3, 8}}) == "tensor 'b' overlaps the one before it at 3");
  CHECK(layout({{0, 8}, {0, 8}}) == "tensor 'b' overlaps the one before it at 0");
  CHECK(layout({{0, 8}, {4, 4}}) == "tensor 'b' overlaps the one before it at 4");
  CHECK(layout({{0, 4}, {5, 8}}) == "a hole before tensor 'b' at 4");
  CHECK(layout({{1, 8}}) == "a hole before tensor 'a' at 0");
  CHECK(layout({{0, 7}}) == "1 bytes after the last tensor at 7");
  CHECK(layout({{0, 9}}) == "tensor 'a' ends at byte 9 of the data, which has 8 at 8");
  CHECK(refusal_of(file_of("{}", data)) == "8 bytes after the last tensor (byte 10)");
}

TEST_CASE("safetensors: files that are none") {
  const Folder folder;
  CHECK(error_of([&] { io::load_safetensors(folder / "none"); }) ==
        folder / "none: No such file or directory");
  CHECK(error_of([&] { io::load_safetensors(folder.path.string()); }) ==
        folder.path.string() + ": Is a directory");
  CHECK(error_of([&] { io::load_safetensors("/dev/null"); }) == "/dev/null: not a regular file");
  // No control character of a file reaches a message.
  CHECK(refusal_of(file_of("{\"\\u001b[31m\":1}", "")).starts_with("tensor '\\x1b[31m': an entry"));
}

// tests/io/samples/write.py says by what they were written.
TEST_CASE("safetensors: files that others wrote") {
  const std::string samples = CINTA_SOURCE_DIR "/tests/io/samples/";
  using Ids = std::vector<std::int64_t>;
  const io::SafetensorsFile torch(samples + "torch.safetensors");
  CHECK(torch.metadata() == std::map<std::string, std::string>{{"format", "pt"}});
  CHECK(torch.names().size() == 11);
  CHECK(torch.load("float16").to_vector<float>() == std::vector<float>{1.5f, -2, 65504});
  CHECK(torch.load("bfloat16").shape() == Shape{2, 1});
  CHECK(torch.load("bfloat16").to_vector<float>()[0] == 1.5f);
  CHECK(torch.load("bfloat16").to_vector<float>()[1] == Approx(-3e38).epsilon(0.004));
  CHECK(same(torch.load("float32"), tensor<float>({1, 2, 3, 4, 5, 6}, {2, 3})));
  CHECK(same(torch.load("float64"), tensor<double>({0.1}, {})));
  CHECK(same(torch.load("int8"), tensor<std::int64_t>({-128, 127}, {2})));
  CHECK(same(torch.load("uint8"), tensor<std::int64_t>({0, 255}, {2})));
  CHECK(torch.load("int16").to_vector<std::int64_t>() == Ids{-32768});
  CHECK(torch.load("int32").to_vector<std::int64_t>() ==
        Ids{std::numeric_limits<std::int32_t>::min()});
  CHECK(torch.load("int64").to_vector<std::int64_t>() ==
        Ids{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()});
  CHECK(same(torch.load("bool"), tensor<bool>({true, false, true}, {3})));
  CHECK(torch.load("empty").shape() == Shape{0, 3});

  const io::SafetensorsFile numpy(samples + "numpy.safetensors");
  CHECK(same(numpy.load("matrix"), tensor<double>({1, 2, 3, 4, 5, 6}, {2, 3})));
  CHECK(numpy.load("uint16").to_vector<std::int64_t>() == Ids{65535});
  CHECK(numpy.load("uint32").to_vector<std::int64_t>() == Ids{4294967295});
  CHECK(numpy.load("uint64").to_vector<std::int64_t>() ==
        Ids{std::numeric_limits<std::int64_t>::max()});

  for (const char* name : {"sharded.safetensors", "sharded.safetensors.index.json"}) {
    const io::SafetensorsFile sharded(samples + name);
    for (int i = 0; i < 4; ++i)
      CHECK(same(sharded.load("layer." + std::to_string(i) + ".weight"), full({4, 2}, double(i))));
  }
}
