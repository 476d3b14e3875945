// The optimizer that docs/optimizers.md writes: as it stands there, and what it gets for nothing.

#include <cinta/optim/state.hpp>
#include <fstream>
#include <sstream>

#include "optim/own/rms_sign.hpp"
#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

namespace {

std::string text_of(const char* path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

template <class F>
std::string refusal(F f) {
  const std::string text = error_of(f);
  return text.substr(0, text.find(" [own.cpp:"));
}

}  // namespace

TEST_CASE("docs/optimizers.md shows the optimizer that is tested here") {
  const std::string code = text_of(CINTA_SOURCE_DIR "/tests/optim/own/rms_sign.hpp");
  REQUIRE(code.size() > 500);
  const bool shown =
      text_of(CINTA_SOURCE_DIR "/docs/optimizers.md").find(code) != std::string::npos;
  CHECK(shown);
}

TEST_CASE("an optimizer of one's own follows its formula") {
  Tensor w = from_data(std::vector<double>{3, 4}, {2}).requires_grad_();
  RmsSign optimizer({w}, {.lr = 0.1, .weight_decay = 0.5});
  std::vector<double> at = {3, 4}, momentum = {0, 0};
  double largest = 0;
  for (int t = 0; t < 20; ++t) {
    optimizer.zero_grad();
    sum(square(w - 1)).backward();
    optimizer.step();
    largest = std::max(largest, std::sqrt((at[0] * at[0] + at[1] * at[1]) / 2));
    for (std::size_t i = 0; i < 2; ++i) {
      momentum[i] = 0.9 * momentum[i] + 2 * (at[i] - 1);
      at[i] = 0.95 * at[i] - 0.1 * largest * (momentum[i] > 0 ? 1 : -1);
      CHECK(w.to_vector<double>()[i] == Approx(at[i]));
    }
  }
}

TEST_CASE("an optimizer of one's own has groups, options by name, states and errors") {
  Tensor a = ones({3}).requires_grad_(), b = ones({2}).requires_grad_();
  const NamedTensors named = {{"a", a}, {"b.bias", b}};
  RmsSign optimizer(named, {.lr = 0.5});
  optimizer.split_group("*.bias", {.lr = 0.25});
  optim::Scheduler scheduler(optimizer, optim::schedule::exponential(0.5));
  const auto step = [&](RmsSign& which) {
    which.zero_grad();
    (sum(a * a) + sum(b * b)).backward();
    which.step();
  };
  step(optimizer);
  scheduler.step();
  CHECK(optimizer.option("lr", 1) == 0.125);
  const optim::State state = optimizer.state_dict();
  CHECK(std::get<double>(state.values.at("a/largest")) == 1);
  CHECK(state.tensors.at("b.bias/momentum").to_vector<float>() == std::vector<float>{2, 2});
  const auto before = a.to_vector<float>();
  step(optimizer);
  const auto after = a.to_vector<float>();

  copy_(a.detach(), from_data(before, {3}));
  RmsSign resumed(named);
  CHECK(refusal([&] { resumed.load_state_dict(state); }) ==
        "RmsSign: load_state_dict: the state has 2 groups, there are 1 here");
  resumed.split_group("*.bias");
  resumed.load_state_dict(state);
  b.set_grad({});
  step(resumed);
  CHECK(a.to_vector<float>() == after);

  CHECK(refusal([&] { RmsSign({a}, {.momentum = 1}); }) ==
        "RmsSign: momentum must lie in [0, 1), got 1");
  CHECK(refusal([&] { RmsSign({a, a}); }) == "RmsSign: parameter 1 is given twice");
}

TEST_CASE("an update that throws or gives another shape has changed nothing") {
  struct Broken : optim::GroupedOptimizer<optim::SGDOptions> {
    explicit Broken(const Tensors& parameters) : GroupedOptimizer("Broken") {
      add_group(parameters);
    }
    Tensor update(optim::ParameterStep& step, const optim::SGDOptions&) const override {
      if (step.index() == 0) return step.parameter() * 2;
      return fails ? throw ValueError("no") : reshape(step.parameter(), {1, 2});
    }
    bool fails = false;
  };
  Tensor a = ones({2}).requires_grad_(), b = ones({2}).requires_grad_();
  Broken optimizer({a, b});
  (sum(a) + sum(b)).backward();
  CHECK(refusal([&] { optimizer.step(); }) ==
        "Broken: parameter 1 is float32 (2,), and its update gave float32 (1, 2)");
  optimizer.fails = true;
  CHECK_THROWS_AS(optimizer.step(), ValueError);
  CHECK(max(a).item() == 1);
}
