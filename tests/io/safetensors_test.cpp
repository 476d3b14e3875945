// io/safetensors: round trips, what lies on the mapped file, what others wrote. The rules of the
// format and shards have files of their own in safetensors/.

#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "io/safetensors/files.hpp"

using namespace cinta;
using namespace safetensors_files;

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
  CHECK(refusal({}, {.metadata = {{"a", "\xc3"}}}) == "safetensors: 'a': '\xc3' is not UTF-8");
  std::string large;
  large.resize(100'000'000, 'x');
  CHECK(refusal({}, {.metadata = {{"a", large}}}) ==
        "safetensors: the header would have 100000056 bytes; the format allows 100000000");
  CHECK(error_of([&] { io::save_safetensors(folder / "no/f", {}); }) ==
        folder / "no/f: No such file or directory");
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
