#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

#include <cinta/cinta.hpp>

using namespace cinta;

namespace {

struct Block : nn::Module {
  nn::Linear inner = add("inner", nn::Linear(4, 4));
  Tensor scale = add("scale", ones({4}));
  Tensor forward(const Tensor& x) { return inner(x) * scale; }
};

struct Net : nn::Module {
  nn::Embedding table = add("table", nn::Embedding(5, 3));
  Block block = add("block", Block());
  nn::Dropout drop = add("drop", nn::Dropout(0.5));
  Tensor counter = add_buffer("counter", zeros({1}, int64));

  Tensor forward(const Tensor& ids, const Tensor& x) {
    return drop(block.forward(cat({table(ids), x}, 1)));
  }
};

std::vector<std::string> names(const nn::NamedTensors& tensors) {
  std::vector<std::string> found;
  for (const auto& [name, tensor] : tensors) found.push_back(name);
  return found;
}

}  // namespace

TEST_CASE("activations are modules") {
  const Tensor x = randn({3, 4});
  const auto same = [](const Tensor& a, const Tensor& b) {
    CHECK(a.to_vector<float>() == b.to_vector<float>());
  };
  same(nn::SiLU()(x), silu(x));
  same(nn::Mish()(x), mish(x));
  same(nn::GELU()(x), gelu(x));
  same(nn::SELU()(x), selu(x));
  same(nn::LogSigmoid()(x), logsigmoid(x));
  same(nn::Sequential(nn::ReLU6(), nn::Hardsigmoid(), nn::Hardswish())(x),
       hardswish(hardsigmoid(relu6(x))));
}

TEST_CASE("modules name their parameters by path") {
  Net net;
  CHECK(names(net.named_parameters()) == std::vector<std::string>{"table.weight", "block.scale",
                                                                  "block.inner.weight",
                                                                  "block.inner.bias"});
  CHECK(names(net.named_buffers()) == std::vector<std::string>{"counter"});
  CHECK(net.state_dict().size() == 5);
  CHECK(net.block.inner.path() == std::string("block.inner"));
  CHECK(net.path() == std::string());
}

TEST_CASE("copies of a module share everything") {
  Net net;
  Net other = net;
  net.eval();
  CHECK_FALSE(other.drop.is_training());
  CHECK(other.block.scale.impl() == net.block.scale.impl());
}

TEST_CASE("errors in a module carry its path and the user's line, forward and backward") {
  Net net;
  std::string text = error_of([&] { net.block.inner(ones({2, 7})); });
  CHECK_THAT(text, EndsWith("[block.inner, nn_test.cpp:" + std::to_string(__LINE__ - 1) + "]"));
  CHECK_THAT(text, StartsWith("linear: "));

  nn::Sequential steps(nn::Linear(3, 2), nn::ReLU(), nn::Linear(3, 1));
  text = error_of([&] { steps(ones({4, 3})); });
  CHECK_THAT(text, EndsWith("[2, nn_test.cpp:" + std::to_string(__LINE__ - 1) + "]"));

  const Tensor x = ones({2, 4});
  const Tensor y = net.block.inner(x);
  fill_(net.block.inner.weight.detach(), 0.5);  // backward needs the old weight for dx only
  y.backward(ones({2, 2 + 2}));
  const Tensor z = net.block.inner(ones({2, 4}).requires_grad_());
  const int line = __LINE__ - 1;
  fill_(net.block.inner.weight.detach(), 0.25);
  text = error_of([&] { z.backward(ones({2, 4})); });
  CHECK_THAT(text, StartsWith("linear: "));
  CHECK_THAT(text, EndsWith("[block.inner, nn_test.cpp:" + std::to_string(line) + "]"));
}

TEST_CASE("training mode reaches every submodule and a guard restores it") {
  Net net;
  CHECK(net.drop.is_training());
  net.drop.eval();
  {
    const nn::EvalGuard guard(net);
    CHECK_FALSE(net.is_training());
    const Tensor ids = zeros({2}, int64), x = ones({2, 1});
    CHECK(net.forward(ids, x).to_vector<float>() == net.forward(ids, x).to_vector<float>());
  }
  CHECK(net.is_training());
  CHECK_FALSE(net.drop.is_training());
  net.train();
  CHECK(net.drop.is_training());

  struct Shared : nn::Module {
    nn::Dropout first = add("first", nn::Dropout());
    nn::Dropout second = add("second", first);
  } shared;
  { const nn::EvalGuard guard(shared); }
  CHECK(shared.first.is_training());
  shared.first.eval();
  { const nn::EvalGuard guard(shared); }
  CHECK_FALSE(shared.first.is_training());
}

TEST_CASE("state goes from one model to another, or nothing does") {
  Net a, b;
  fill_(a.counter, 7);
  b.load_state_dict(a.state_dict());
  CHECK(b.counter.item() == 7);
  CHECK(b.block.inner.weight.to_vector<float>() == a.block.inner.weight.to_vector<float>());
  CHECK(b.block.inner.weight.impl() != a.block.inner.weight.impl());

  nn::StateDict state = a.state_dict();
  CHECK(names(state) == std::vector<std::string>{"counter", "table.weight", "block.scale",
                                                 "block.inner.weight", "block.inner.bias"});
  state[1].first = "tabel.weight";
  CHECK_THAT(error_of([&] { b.load_state_dict(state); }),
             StartsWith("load_state_dict: missing: table.weight; unexpected: tabel.weight"));
  CHECK_NOTHROW(b.load_state_dict(state, false));

  state = a.state_dict();
  state[2].second = zeros({9});
  fill_(a.counter, 8);
  CHECK_THAT(
      error_of([&] { b.load_state_dict(state); }),
      StartsWith(
          "load_state_dict: block.scale is float32 (4,) here and float32 (9,) in the state"));
  CHECK(b.counter.item() == 7);
}

TEST_CASE("a model changes its dtype in place") {
  Net net;
  net.to(float64);
  CHECK(net.table.weight.dtype() == float64);
  CHECK(net.counter.dtype() == int64);
  const Tensor loss = sum(net.forward(zeros({2}, int64), ones({2, 1}, float64)));
  CHECK(loss.dtype() == float64);
  loss.backward();
  CHECK(net.block.scale.grad().dtype() == float64);
  CHECK_THAT(error_of([&] { net.to(int64); }), StartsWith("to: a module is converted to"));
}

TEST_CASE("freezing takes parameters out") {
  Net net;
  net.table.requires_grad_(false);
  CHECK(names(net.named_parameters()).size() == 3);
  CHECK(net.state_dict().size() == 5);
}

TEST_CASE("modules refuse bad names and sizes") {
  struct Bad : nn::Module {
    explicit Bad(const std::string& name, const std::string& second) {
      add(name, ones({1}));
      add(second, nn::Linear(1, 1));
    }
  };
  CHECK_THAT(error_of([] { Bad("", "b"); }), StartsWith("add: \"\": a name must not be empty"));
  CHECK_THAT(error_of([] { Bad("a.b", "b"); }),
             StartsWith("add: \"a.b\": a name must not hold a dot"));
  CHECK_THAT(error_of([] { Bad("a", "a"); }), StartsWith("add: \"a\": the name is taken"));
  struct Buffers : nn::Module {
    explicit Buffers(const std::string& name) {
      add("a", ones({1}));
      add_buffer(name, ones({1}));
    }
  };
  CHECK_THAT(error_of([] { Buffers("a"); }), StartsWith("add: \"a\": the name is taken"));
  CHECK_THAT(error_of([] { Buffers(""); }), StartsWith("add: \"\": a name must not be empty"));
  CHECK_THAT(error_of([] { nn::Linear(0, 3); }),
             StartsWith("Linear: sizes must be positive, got in 0, out 3"));
  CHECK_THAT(error_of([] { nn::Embedding(0, 3); }),
             StartsWith("Embedding: sizes must be positive, got count 0, width 3"));
  CHECK_THAT(error_of([] { nn::Embedding(4, 3, {.padding_idx = 4}); }),
             StartsWith("Embedding: padding_idx 4 is out of range for 4 rows"));
  CHECK_THAT(error_of([] { nn::Dropout(1.0); }),
             StartsWith("Dropout: p must lie in [0, 1), got 1 ["));
}

TEST_CASE("a layer of no floating dtype names itself and the line of the program") {
  CHECK_THAT(error_of([] { nn::Linear(3, 2, {.dtype = int64}); }),
             StartsWith("Linear: needs a floating dtype, got int64 [nn_test.cpp:"));
  CHECK_THAT(error_of([] { nn::Bilinear(3, 2, 2, {.dtype = int64}); }),
             StartsWith("Bilinear: needs a floating dtype, got int64 [nn_test.cpp:"));
  CHECK_THAT(error_of([] { nn::Embedding(3, 2, {.dtype = int64}); }),
             StartsWith("Embedding: needs a floating dtype, got int64 [nn_test.cpp:"));
  CHECK_THAT(error_of([] { nn::EmbeddingBag(3, 2, {.dtype = int64}); }),
             StartsWith("EmbeddingBag: needs a floating dtype, got int64 [nn_test.cpp:"));
  CHECK_THAT(error_of([] { nn::ConvTranspose1d(3, 2, 2, {.dtype = boolean}); }),
             StartsWith("ConvTranspose1d: needs a floating dtype, got bool [nn_test.cpp:"));
  CHECK_THAT(error_of([] { nn::LSTM(3, 2, {.dtype = int64}); }),
             StartsWith("LSTM: needs a floating dtype, got int64 [nn_test.cpp:"));
  CHECK_THAT(error_of([] { nn::GRUCell(3, 2, {.dtype = int64}); }),
             StartsWith("GRUCell: needs a floating dtype, got int64 [nn_test.cpp:"));
}

TEST_CASE("initial values have PyTorch's distributions") {
  manual_seed(3);
  const nn::Linear linear(100, 400);
  const double bound = 0.1;
  const std::vector<float> weights = linear.weight.to_vector<float>();
  double square = 0, largest = 0;
  for (float w : weights) {
    square += double(w) * w;
    largest = std::max(largest, std::abs(double(w)));
  }
  CHECK(largest <= bound);
  CHECK(square / double(weights.size()) == Approx(bound * bound / 3).epsilon(0.02));

  const nn::Embedding table(2000, 20, {.padding_idx = -1});
  square = 0;
  for (float w : table.weight.to_vector<float>()) square += double(w) * w;
  CHECK(square / 40000 == Approx(1).epsilon(0.03));
  CHECK(max(abs(table(tensor({1999}, int64)))).item() == 0);

  const Tensor w = zeros({30, 20, 5});
  nn::init::kaiming_uniform_(w);
  CHECK(max(abs(w)).item() <= std::sqrt(6.0 / 100));
  CHECK(max(abs(w)).item() > 0.95 * std::sqrt(6.0 / 100));
  nn::init::xavier_uniform_(w);
  CHECK(max(abs(w)).item() <= std::sqrt(6.0 / 250));
  CHECK_THAT(error_of([] { nn::init::xavier_normal_(zeros({3})); }),
             StartsWith("xavier_normal_: fans need at least two axes, the shape is (3,)"));
}

TEST_CASE("penalties have the documented values and slopes") {
  Tensor w = tensor({-2, 0, 3}, float64).requires_grad_();
  const Tensor l1 = nn::l1_penalty(w, 0.5), l2 = nn::l2_penalty(w, 0.5);
  CHECK(l1.item() == 2.5);
  CHECK(l2.item() == 0.25 * 13);
  CHECK(grad({l1}, {w})[0].to_vector<double>() == std::vector<double>{-0.5, 0, 0.5});
  CHECK(grad({l2}, {w})[0].to_vector<double>() == std::vector<double>{-1, 0, 1.5});
  const Tensor lecture = nn::l1_penalty(w, 0.5, nn::SignAtZero::plus_one);
  CHECK(lecture.item() == 2.5);
  CHECK(grad({lecture}, {w})[0].to_vector<double>() == std::vector<double>{-0.5, 0.5, 0.5});
  CHECK_THAT(error_of([&] { nn::l1_penalty(w, -1); }),
             StartsWith("l1_penalty: lambda must be at least 0 and finite, got -1 ["));
  const std::string text = error_of([&] { nn::l2_penalty(w, -1); });
  CHECK_THAT(text, EndsWith("[nn_test.cpp:" + std::to_string(__LINE__ - 1) + "]"));
}

TEST_CASE("what a model computes passes the gradient check") {
  manual_seed(5);
  Net net;
  net.eval();
  net.to(float64);
  const Tensor ids = tensor({0, 4, 4}, int64), x = randn({3, 1}, float64);
  const Tensors parameters = net.parameters();
  const GradientReport report = check_gradients(
      [&](const Tensors& p) {
        // What forward does, spelt out on the copies that the check varies.
        return linear(cat({embedding(p[0], ids), x}, 1), p[2], p[3]) * p[1];
      },
      parameters);
  INFO(report.str());
  CHECK(report);
  CHECK(net.forward(ids, x).to_vector<double>() ==
        (linear(cat({embedding(parameters[0], ids), x}, 1), parameters[2], parameters[3]) *
         parameters[1])
            .to_vector<double>());
}

TEST_CASE("LayerNorm starts as the plain normalisation and has PyTorch's names") {
  const nn::LayerNorm norm({2, 3});
  CHECK(names(norm.named_parameters()) == std::vector<std::string>{"weight", "bias"});
  CHECK(norm.weight.to_vector<float>() == std::vector<float>(6, 1));
  CHECK(norm.bias.to_vector<float>() == std::vector<float>(6, 0));
  const Tensor x = randn({4, 2, 3});
  CHECK(norm(x).to_vector<float>() == layer_norm(x, {2, 3}).to_vector<float>());
  CHECK(nn::LayerNorm({3}, {.bias = false}).parameters().size() == 1);
  CHECK(nn::LayerNorm({3}, {.elementwise_affine = false}).parameters().empty());
  CHECK_THAT(error_of([] { nn::LayerNorm({0}); }),
             StartsWith("LayerNorm: sizes must be positive, got (0,)"));
  CHECK_THAT(error_of([] { nn::LayerNorm({2}, {.eps = -1}); }),
             StartsWith("LayerNorm: eps must not be negative, got -1 ["));
}
