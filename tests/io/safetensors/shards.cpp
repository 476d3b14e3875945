// Shards and their index.

#include "io/safetensors/files.hpp"

using namespace cinta;
using namespace safetensors_files;

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
  SECTION("without an index there are no shards") {
    fs::remove(index);
    fs::create_directory(index);
    CHECK_THROWS_AS(io::save_safetensors(path, tensors(6), {.shard_bytes = 600}), IoError);
    CHECK(folder.names() == first);
    // Nor are there some of them.
    fs::remove(index);
    const std::string third = folder / "model-2-00003-of-00004.safetensors";
    CHECK_THROWS_AS(io::save_safetensors(path, tensors(6),
                                         {.shard_bytes = 600,
                                          .progress =
                                              [&](std::uint64_t done, std::uint64_t total) {
                                                if (done == total)
                                                  fs::create_directories(third + "/in the way");
                                              }}),
                    IoError);
    fs::remove_all(third);
    CHECK(folder.names() == std::vector<std::string>(first.begin(), first.end() - 1));
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
