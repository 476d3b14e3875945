// What a model forgets is noticed: parameters that were assigned to, layers that were never added,
// parameters without a gradient.

#include <cinta/cinta.hpp>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"
#include "support/warnings.hpp"

using namespace cinta;

namespace {

struct Net : nn::Module {
  nn::Linear a = add("a", nn::Linear(3, 2));
  nn::Linear b = add("b", nn::Linear(2, 1));
  Tensor scale = add("scale", ones({1}));
  Tensor forward(const Tensor& x) const { return b(tanh(a(x))) * scale; }
};

// `b` is not added.
struct Forgetful : nn::Module {
  nn::Linear a = add("a", nn::Linear(3, 2));
  nn::Linear b{2, 1};
  Tensor forward(const Tensor& x) const { return b(tanh(a(x))); }
};

template <class Model>
void train(const Model& net, optim::Optimizer& optimizer, int steps) {
  const Tensor x = ones({4, 3});
  for (int i = 0; i < steps; ++i) {
    optimizer.zero_grad();
    mean(square(net.forward(x) - 5.)).backward();
    optimizer.step();
  }
}

std::string here(int line) { return "forgotten_test.cpp:" + std::to_string(line); }

}  // namespace

TEST_CASE("a layer whose parameter was assigned to says so") {
  Net net;
  const NoGrad no_grad;
  const Tensor x = ones({4, 3}), weight = net.a.weight;
  net.a.weight = net.a.weight * 0.1;
  const std::string text = error_of([&] { net.a(x); });
  const std::string place = here(__LINE__ - 1);
  CHECK(text ==
        "a.weight: another tensor was assigned to this parameter, which would be used and not "
        "trained or saved; write into it, under NoGrad, by copy_ [a, " +
            place + "]");
  net.a.weight = weight;
  net.a(x);
  net.a.bias = Tensor();
  CHECK_THAT(error_of([&] { net.a(x); }), StartsWith("a.bias: another tensor"));

  nn::Linear alone(3, 2, {.bias = false});
  alone(x);
  alone.bias = zeros({2});
  CHECK_THAT(error_of([&] { alone(x); }), StartsWith("a parameter: another tensor"));

  nn::Embedding table(4, 3);
  table.weight = ones({4, 3});
  CHECK_THAT(error_of([&] { table(zeros({1}, int64)); }), StartsWith("weight: another tensor"));
  nn::LayerNorm norm({3});
  norm.bias = ones({3});
  CHECK_THAT(error_of([&] { norm(x); }), StartsWith("bias: another tensor"));
}

TEST_CASE("what a derived class adds is no assignment") {
  struct LowRank : nn::Linear {
    Tensor a = add("a", ones({2, 3})), mask = add_buffer("mask", ones({3}));
    LowRank() : nn::Linear(3, 3, {.bias = false}) {}
  } layer;
  CHECK(layer(ones({2, 3})).shape() == Shape{2, 3});
}

TEST_CASE("what leaves the parameters where they are is no assignment") {
  Net net, other;
  const Tensor x = ones({4, 3}), before = net.forward(x);
  other.load_state_dict(net.state_dict());
  CHECK(other.forward(x).to_vector<float>() == before.to_vector<float>());
  {
    const NoGrad no_grad;
    copy_(net.a.weight, ones({2, 3}));
  }
  net.to(float64);
  net.a.weight.set_data(zeros({2, 3}, float64));
  Net copy = net;
  CHECK(copy.forward(to(x, float64)).dtype() == float64);
}

TEST_CASE("a parameter without a gradient in many steps is named, once") {
  const Warnings warnings;
  Net net;
  const std::shared_ptr<optim::Optimizer> optimizers[] = {
      std::make_shared<optim::SGD>(net.parameters()),
      std::make_shared<optim::Adam>(net.parameters()),
      std::make_shared<optim::Adagrad>(net.parameters())};
  const char* const names[] = {"SGD", "Adam", "Adagrad"};
  net.scale = ones({1});  // what forward uses from here on is not what the optimizers have
  for (int i = 0; i < 3; ++i) {
    optim::Optimizer& optimizer = *optimizers[i];
    train(net, optimizer, 99);
    CHECK(warnings.texts.size() == std::size_t(i));
    train(net, optimizer, 301);
    REQUIRE(warnings.texts.size() == std::size_t(i + 1));
    CHECK_THAT(warnings.texts.back(),
               StartsWith(std::string(names[i]) +
                          ": parameter 0 (scale), float32 (1,), got no gradient in 100 steps: the "
                          "loss does not depend on it, or another tensor took its place [" +
                          "forgotten_test.cpp:"));
  }
}

TEST_CASE("a frozen parameter, or one that gets gradients now and then, is no matter") {
  const Warnings warnings;
  Net net;
  optim::SGD optimizer(net.parameters());
  net.a.requires_grad_(false);
  train(net, optimizer, 250);
  net.a.requires_grad_(true);
  for (int i = 0; i < 4; ++i) {
    train(net, optimizer, 1);
    optimizer.zero_grad();
    net.scale.set_grad(zeros({1}));  // one of them has a gradient in every step
    for (int k = 0; k < 90; ++k) optimizer.step();
  }
  CHECK(warnings.texts.empty());
}

TEST_CASE("a layer that was never added is noticed, once, with the place where it was made") {
  const Warnings warnings;
  Forgetful net;
  optim::SGD optimizer(net.parameters());
  train(net, optimizer, 500);
  REQUIRE(warnings.texts.size() == 1);
  CHECK_THAT(warnings.texts[0],
             StartsWith("a layer gets gradients that no optimizer takes: was it never add()ed to "
                        "the model? Its weight, float32 (1, 2), was made at forgotten_test.cpp:") ||
                 StartsWith("a layer gets gradients that no optimizer takes: was it never add()ed "
                            "to the model? Its bias, float32 (1,), was made at "
                            "forgotten_test.cpp:"));
}

TEST_CASE("a part of a model that is left out on purpose is no matter") {
  const Warnings warnings;
  Net net;
  optim::SGD optimizer(net.b.parameters());
  train(net, optimizer, 250);
  CHECK(warnings.texts.empty());
}
