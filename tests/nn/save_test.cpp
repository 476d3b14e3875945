// nn/save: a module in a file and back, by names of others, all or nothing.

#include <unistd.h>

#include <atomic>
#include <cinta/cinta.hpp>
#include <cinta/io/safetensors.hpp>
#include <filesystem>
#include <map>
#include <thread>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
namespace fs = std::filesystem;

namespace {

struct Block : nn::Module {
  explicit Block(Dtype dtype = float32) : fc(add("fc", nn::Linear(2, 3, {.dtype = dtype}))) {}
  nn::Linear fc;
};

struct Net : nn::Module {
  explicit Net(Dtype dtype = float32)
      : first(add("first", Block(dtype))),
        second(add("second", Block(dtype))),
        count(add_buffer("count", full({}, 3, int64))) {}
  Block first, second;
  Tensor count;
};

struct File {
  ~File() { fs::remove(path); }
  std::string path =
      (fs::temp_directory_path() / ("cinta_save_test_" + std::to_string(getpid()))).string();
};

std::map<std::string, std::vector<double>> values(const nn::Module& net) {
  std::map<std::string, std::vector<double>> all;
  for (const auto& [name, tensor] : net.state_dict())
    all[name] = to(tensor, float64).to_vector<double>();
  return all;
}

/// The refusal without place and file, after which the module is as it was.
std::string refusal(const nn::Module& net, const std::string& path,
                    const nn::LoadOptions& options = {}) {
  const auto before = values(net);
  std::string text = error_of([&] { load(net, path, options); });
  CHECK(values(net) == before);
  CHECK(text.starts_with("load: " + path + ": "));
  text = text.substr(path.size() + 8);
  return text.substr(0, text.rfind(" ["));
}

}  // namespace

TEST_CASE("save: a module comes back, buffers too") {
  const File file;
  Net a, b;
  fill_(a.count, 7);
  save(a, file.path);
  CHECK(values(a) != values(b));
  const nn::IncompatibleKeys keys = load(b, file.path);
  CHECK(keys.missing.empty());
  CHECK(keys.unexpected.empty());
  CHECK(values(a) == values(b));
  CHECK(b.count.item() == 7);
  CHECK(b.first.fc.weight.requires_grad());
  const io::SafetensorsFile opened(file.path);
  CHECK(opened.metadata().at("format") == "pt");
  CHECK(opened.names() == std::vector<std::string>{"count", "first.fc.weight", "first.fc.bias",
                                                   "second.fc.weight", "second.fc.bias"});
  // The module's memory is its own.
  add_(b.count, 1);
  CHECK(io::load_safetensors(file.path)[0].second.item() == 7);
  // With options of the file.
  save(a, file.path,
       {.metadata = {{"format", "np"}, {"by", "me"}}, .floats = io::FloatsAs::bfloat16});
  CHECK(io::SafetensorsFile(file.path).metadata().at("format") == "np");
  load(b, file.path);
  CHECK(b.first.fc.weight.to_vector<float>()[0] ==
        Approx(a.first.fc.weight.to_vector<float>()[0]).epsilon(1. / 256));
}

TEST_CASE("save: floating dtypes become the module's") {
  const File file;
  Net single, wide(float64);
  save(wide, file.path);
  load(single, file.path);
  CHECK(single.first.fc.weight.dtype() == float32);
  CHECK(single.second.fc.bias.to_vector<float>()[1] ==
        float(wide.second.fc.bias.to_vector<double>()[1]));
  save(single, file.path);
  load(wide, file.path);
  CHECK(values(wide) == values(single));
}

TEST_CASE("load: everything that does not fit is said at once") {
  const File file;
  Net net;
  io::save_safetensors(file.path, {{"first.fc.weight", ones({3, 2})},
                                   {"first.fc.bias", ones({4})},
                                   {"second.fc.bias", ones({1, 3})},
                                   {"count", ones({})},
                                   {"more", ones({1})},
                                   {"mo\x1b[1m\nst", ones({1})}});
  CHECK(refusal(net, file.path) ==
        "missing: second.fc.weight; unexpected: more mo\\x1b[1m\\nst; "
        "count is int64 () here and float32 () in the state; "
        "first.fc.bias is float32 (3,) here and float32 (4,) in the state; "
        "second.fc.bias is float32 (3,) here and float32 (1, 3) in the state");
  // Shapes are never let pass.
  CHECK(refusal(net, file.path, {.strict = false}).starts_with("count is int64"));
  CHECK_THROWS_AS(load(net, file.path, {.strict = false}), ShapeError);
  CHECK_THROWS_AS(load(net, file.path), ValueError);

  io::save_safetensors(file.path, {{"first.fc.bias", ones({3})}, {"more", ones({1})}});
  const nn::IncompatibleKeys keys = load(net, file.path, {.strict = false});
  CHECK(keys.missing ==
        std::vector<std::string>{"count", "first.fc.weight", "second.fc.weight", "second.fc.bias"});
  CHECK(keys.unexpected == std::vector<std::string>{"more"});
  CHECK(values(net)["first.fc.bias"] == std::vector<double>{1, 1, 1});
  io::save_safetensors(file.path, {{"more", ones({1})}});
  CHECK(refusal(net, file.path, {.strict = false}) ==
        "no name in the file is one of the module's, which has count");
  CHECK(error_of([&] { load(net, file.path + "x"); }) ==
        file.path + "x: No such file or directory");
}

TEST_CASE("load: names of others") {
  const File file;
  Net a, b;
  NamedTensors foreign = {{"num_batches", zeros({})}};
  for (const auto& [name, tensor] : a.state_dict()) {
    std::string other = name;
    if (const auto dot = name.find(".fc."); dot != name.npos)
      other = "layers." + name.substr(0, dot) + ".attn.linear." + name.substr(dot + 4);
    foreign.emplace_back("encoder." + other, tensor);
  }
  io::save_safetensors(file.path, foreign);
  load(b, file.path, {.prefix = "encoder.", .rename = {{"layers.*.attn.linear.*", "*.fc.*"}}});
  CHECK(values(a) == values(b));

  // The first pattern that fits counts; what has none keeps its name; some are left out.
  foreign = {{"x.weight", full({3, 2}, 1)}, {"x.bias", full({3}, 2)},
             {"y.weight", full({3, 2}, 3)}, {"y.bias", full({3}, 4)},
             {"count", full({}, 5, int64)}, {"y.running.mean", zeros({1})}};
  io::save_safetensors(file.path, foreign);
  load(b, file.path,
       {.rename = {{"x.*", "first.fc.*"}, {"*running*", ""}, {"y.*", "second.fc.*"}}});
  CHECK(values(b)["second.fc.bias"] == std::vector<double>(3, 4));

  CHECK(
      refusal(
          b, file.path,
          {.rename = {{"x.*", "first.fc.*"}, {"y.r*", ""}, {"y.*", "first.fc.*"}, {"z*", "*"}}}) ==
      "x.weight and y.weight both become first.fc.weight; x.bias and y.bias both become "
      "first.fc.bias; rename \"z*\" to \"*\" fits no name; missing: second.fc.weight "
      "second.fc.bias");
  CHECK(error_of([&] {
          load(b, file.path, {.rename = {{"x.*", "*.*"}}});
        }).starts_with("load: rename \"x.*\" to \"*.*\": there are more * on the right"));
  CHECK(refusal(b, file.path, {.prefix = "decoder."}) ==
        "missing: count first.fc.weight first.fc.bias second.fc.weight second.fc.bias");
}

TEST_CASE("load: a tensor with two names needs one of them") {
  struct Tied : nn::Module {
    Tensor weight = add("weight", randn({2, 3}));
    Tensor again = add("again", weight);
  };
  const File file;
  Tied a, b;
  save(a, file.path);
  CHECK(io::SafetensorsFile(file.path).names().size() == 2);
  load(b, file.path);
  CHECK(values(a) == values(b));
  CHECK(b.weight.impl() == b.again.impl());
  for (const char* name : {"weight", "again"}) {
    io::save_safetensors(file.path, {{name, full({2, 3}, 4)}});
    load(b, file.path);
    CHECK(b.weight.to_vector<float>() == std::vector<float>(6, 4));
    zero_(b.weight.detach());
  }
}

TEST_CASE("load: threads read one file, and answer with one model, at once") {
  const File file;
  Net net, other;
  save(other, file.path, {.floats = io::FloatsAs::float16});  // converted by whoever loads it
  load(net, file.path);
  save(net, file.path);
  const io::SafetensorsFile opened(file.path);
  net.eval();
  const auto answer = [](const Net& model) {
    const NoGrad no_grad;
    return model.second.fc(ones({4, 2})).to_vector<float>();
  };
  const std::vector<float> expected = answer(net);
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 50; ++k) {
        Net own;
        load(own, file.path);
        const Tensor weight = opened.load("first.fc.weight");
        right += answer(net) == expected && answer(own) == expected &&
                 weight.to_vector<float>() == net.first.fc.weight.to_vector<float>();
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 200);
}
