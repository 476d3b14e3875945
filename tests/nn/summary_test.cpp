// What summary() says of a network.

#include <cinta/cinta.hpp>
#include <map>
#include <sstream>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

struct Block : nn::Module {
  Tensor forward(const Tensor& x) { return relu(linear(x)) + x; }
  nn::Linear linear = add("linear", nn::Linear(64, 64));
};

struct Net : nn::Module {
  Tensor forward(const Tensor& ids, const Tensor& x) {
    return out(blocks(nn::call(mix, cat({table(ids), x}, 1))));
  }
  nn::Embedding table = add("table", nn::Embedding(1000, 24));
  nn::Linear mix = add("mix", nn::Linear(32, 64));
  nn::Sequential blocks = add("blocks", nn::Sequential(Block(), nn::Dropout(0.5), Block()));
  nn::Linear out = add("out", nn::Linear(64, 10, {.bias = false}));
  Tensor mean = add_buffer("mean", zeros({8}, float64));
};

}  // namespace

TEST_CASE("a summary has shapes, parameters and multiplications of each module") {
  Net net;
  net.table.freeze();
  const nn::Summary s = summary(net, {randint(0, 1000, {16}), randn({16, 8})});
  const auto layer = [&](const std::string& path) {
    for (const auto& each : s.layers)
      if (each.path == path) return each;
    throw std::runtime_error("no " + path);
  };
  CHECK(s.layers.size() == 10);
  CHECK(layer("").kind == "Net");
  CHECK(layer("").outputs == std::vector<Spec>{{{16, 10}, float32}});
  CHECK(layer("table").kind == "Embedding");
  CHECK(layer("table").outputs == std::vector<Spec>{{{16, 24}, float32}});
  CHECK(layer("table").parameters == 24000);
  CHECK(layer("mix").multiplications == 16 * 32 * 64);
  CHECK(layer("blocks").outputs == std::vector<Spec>{{{16, 64}, float32}});
  CHECK(layer("blocks").parameters == 0);
  CHECK(layer("blocks.0").kind == "Block");
  CHECK(layer("blocks.0.linear").multiplications == 16 * 64 * 64);
  CHECK(layer("out").parameters == 640);

  CHECK(s.parameters == 24000 + 32 * 64 + 64 + 2 * (64 * 64 + 64) + 640);
  CHECK(s.trainable == s.parameters - 24000);
  CHECK(s.buffers == 8);
  CHECK(s.bytes == 4 * s.parameters + 64);
  CHECK(s.multiplications == 16 * (32 * 64 + 2 * 64 * 64 + 640));
  CHECK(s.output_bytes >= 4 * 16 * (24 + 32 + 64 + 2 * 3 * 64 + 10));
  CHECK(net.is_training());
  CHECK_FALSE(net.out.weight.grad().defined());

  std::ostringstream text;
  text << s;
  CHECK(text.str().find("  blocks: Sequential  (16, 64)\n") != std::string::npos);
  CHECK(text.str().find("    1: Dropout        (16, 64)\n") != std::string::npos);
  CHECK(text.str().find("      linear: Linear  (16, 64)       4,160           65,536\n") !=
        std::string::npos);
  CHECK(
      text.str().find("parameters 35,072, of which 11,072 are trained, in buffers 8, 137.1 KiB") !=
      std::string::npos);
}

TEST_CASE("layers have PyTorch's names, and recurrent ones and attention count") {
  struct Mixed : nn::Module {
    nn::Sequential spatial =
        add("spatial", nn::Sequential(nn::ZeroPad2d(1), nn::Conv2d(1, 2, 3), nn::MaxPool2d(2),
                                      nn::AdaptiveAvgPool2d(1), nn::PixelUnshuffle(1)));
    nn::LSTM lstm = add("lstm", nn::LSTM(3, 5, {.num_layers = 2, .bidirectional = true}));
    nn::GRU gru = add("gru", nn::GRU(3, 5, {.bias = false}));
    nn::RNNCell cell = add("cell", nn::RNNCell(3, 5));
    nn::MultiheadAttention attention = add("attention", nn::MultiheadAttention(8, 2));
  } net;
  const nn::Summary s = summary(net, [&] {
    net.spatial(ones({1, 1, 4, 4}));
    net.lstm(ones({7, 2, 3}));
    net.gru(ones({7, 2, 3}));
    net.cell(ones({2, 3}));
    const Tensor q = ones({6, 2, 8}), k = ones({4, 2, 8});
    net.attention(q, k, k);
  });
  std::map<std::string, nn::Summary::Layer> layers;
  for (const auto& each : s.layers) layers[each.path] = each;
  CHECK(layers["spatial.0"].kind == "ZeroPad2d");
  CHECK(layers["spatial.1"].kind == "Conv2d");
  CHECK(layers["spatial.2"].kind == "MaxPool2d");
  CHECK(layers["spatial.3"].kind == "AdaptiveAvgPool2d");
  CHECK(layers["spatial.4"].kind == "PixelUnshuffle");
  // Of each step of each sequence: gates x (in + hidden), of the second layer gates x (2 hidden +
  // hidden), both directions.
  CHECK(layers["lstm"].multiplications == 7 * 2 * 2 * (4 * 5 * (3 + 5) + 4 * 5 * (10 + 5)));
  CHECK(layers["lstm"].outputs ==
        std::vector<Spec>{{{7, 2, 10}, float32}, {{4, 2, 5}, float32}, {{4, 2, 5}, float32}});
  CHECK(layers["gru"].multiplications == 7 * 2 * 3 * 5 * (3 + 5));
  CHECK(layers["cell"].multiplications == 2 * 5 * (3 + 5));
  // Projections of queries, keys and values, and each query with each key, twice.
  CHECK(layers["attention"].multiplications == 2 * (6 + 2 * 4) * 64 + 2 * 2 * 6 * 4 * 8);
  CHECK(layers["attention.out_proj"].multiplications == 2 * 6 * 64);
}

TEST_CASE("tied weights and modules count once") {
  struct Tied : nn::Module {
    Tensor forward(const Tensor& x) { return second(first(x)); }
    nn::Linear first = add("first", nn::Linear(4, 4));
    nn::Linear second = add("second", first);
    Tensor again = add("again", first.weight);
  } net;
  const nn::Summary s = summary(net, {randn({2, 4})});
  CHECK(s.parameters == 20);
  CHECK(s.multiplications == 2 * 2 * 16);
}

TEST_CASE("a summary of what cannot be called so") {
  Net net;
  CHECK(error_of([&] {
          summary(net, {randn({2, 4})});
        })
            .find("summary: the module cannot be called with 1 tensors; pass a function that calls "
                  "it") == 0);
  const nn::Summary s = summary(net, [&] { net.forward(randint(0, 1000, {2}), randn({2, 8})); });
  CHECK(s.layers[0].outputs == std::vector<Spec>{{{2, 10}, float32}});
}
