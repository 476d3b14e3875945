// What every optimizer refuses, by the name of the option or parameter and the value.

#include <cmath>
#include <limits>

#include "optim/every.hpp"
#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

template <class F>
std::string refusal(F f) {
  const std::string text = error_of(f);
  return text.substr(0, text.rfind(" ["));
}

Tensor matrix() { return ones({2, 3}).requires_grad_(); }

}  // namespace

TEST_CASE("every optimizer refuses parameters that it cannot train") {
  for (const auto& entry : every::makers()) {
    const std::string& name = entry.first;
    const every::Make& make = entry.second;
    INFO(name);
    Tensor w = matrix(), other = matrix();
    CHECK(refusal([&] { make(Tensors{}); }) == name + ": no parameters");
    CHECK(refusal([&] { make({w, other, w}); }) == name + ": parameter 2 is given twice");
    CHECK(refusal([&] { make({w, Tensor()}); }) == name + ": parameter 1 is undefined");
    CHECK(refusal([&] { make({w * 2}); }) ==
          name + ": parameter 0 is not a leaf that requires gradients");
    CHECK(refusal([&] {
            make(NamedTensors{{"w", ones({2, 3})}});
          }) == name + ": parameter w is not a leaf that requires gradients");
    CHECK(refusal([&] {
            make(NamedTensors{{"w", w}, {"w", other}});
          }) == name + ": parameter w: another parameter is called w");
    const auto optimizer = make({w});
    CHECK(refusal([&] { optimizer->step(); }) ==
          name +
              ": no parameter has a gradient; call backward() on a loss that depends on them "
              "before step()");
    w.set_data(ones({3, 3}));
    w.set_grad(ones({3, 3}));
    CHECK(refusal([&] { optimizer->step(); }) ==
          name +
              ": parameter 0 was float32 (2, 3) when the optimizer was made and is float32 (3, "
              "3) now; make a new optimizer");
  }
  CHECK(refusal([] { optim::Muon({ones({3}).requires_grad_()}); }) ==
        "Muon: parameter 0 is float32 (3,), and Muon trains matrices; train it with another "
        "optimizer, such as AdamW");
}

TEST_CASE("every option of every optimizer refuses what is no number and names itself") {
  int options = 0;
  for (const auto& entry : every::makers()) {
    const std::string& name = entry.first;
    const every::Make& make = entry.second;
    Tensor w = matrix();
    const auto optimizer = make({w});
    const optim::State before = optimizer->state_dict();
    for (const std::string& option : optimizer->option_names()) {
      INFO(name << " " << option);
      for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        const std::string text = refusal([&] { optimizer->set_option(option, bad); });
        CHECK(text.starts_with(name + ": " + option + " must "));
        CHECK(text.ends_with(std::isnan(bad) ? ", got nan" : ", got inf"));
      }
      ++options;
    }
    for (const char* option :
         {"lr", "weight_decay", "eps", "momentum", "l1", "l2", "beta1", "rho"}) {
      bool known = false;
      for (const std::string& each : optimizer->option_names()) known |= each == option;
      if (!known) continue;
      INFO(name << " " << option);
      const std::string text = refusal([&] { optimizer->set_option(option, -0.5); });
      CHECK(text.starts_with(name + ": " + option + " must "));
      CHECK(text.ends_with(", got -0.5"));
    }
    CHECK(optimizer->state_dict().values == before.values);
  }
  CHECK(options > 90);
}

TEST_CASE("options that do not go together are refused") {
  Tensor w = matrix();
  CHECK(refusal([&] { optim::Rprop({w}, {.step_min = 2, .step_max = 1}); }) ==
        "Rprop: step_min must be at most step_max, got 2");
  CHECK(refusal([&] { optim::Rprop({w}, {.eta_plus = 0.5}); }) ==
        "Rprop: eta_plus must be at least 1, got 0.5");
  CHECK(refusal([&] { optim::FTRL({w}, {.beta = 0}); }) ==
        "FTRL: beta must be positive where l2 and initial_accumulator_value are 0, got 0");
  CHECK(refusal([&] { optim::ScheduleFreeAdamW({w}, {.beta1 = 0}); }) ==
        "ScheduleFreeAdamW: beta1 must lie in (0, 1), got 0");
  CHECK(refusal([&] { optim::Adafactor({w}, {.beta2_decay = 1}); }) ==
        "Adafactor: beta2_decay must be at most 0, got 1");
}

TEST_CASE("every optimizer refuses the state of another and of other shapes") {
  for (const auto& tried : every::makers()) {
    const std::string& name = tried.first;
    const every::Make& make = tried.second;
    INFO(name);
    Tensor w = matrix();
    const auto optimizer = make({w});
    w.set_grad(ones({2, 3}));
    optimizer->step();
    const optim::State state = optimizer->state_dict();
    for (const auto& [entry, tensor] : state.tensors) {
      optim::State bad = state;
      bad.tensors[entry] = ones({7});
      CHECK(refusal([&] { optimizer->load_state_dict(bad); }) ==
            name + ": load_state_dict: " + entry + " is float32 (7,) in the state and " +
                tensor.spec().str() + " here");
    }
    Tensor wide = ones({2, 4}).requires_grad_();
    CHECK(refusal([&] { make({wide})->load_state_dict(state); }) ==
          name +
              ": load_state_dict: parameter 0 is float32 (2, 3) in the state and float32 (2, 4) "
              "here");
    for (const auto& [other, make_other] : every::makers()) {
      if (other == name) continue;
      CHECK(refusal([&, &maker = make_other] { maker({w})->load_state_dict(state); }) ==
            other + ": load_state_dict: the state is one of " + name);
    }
  }
}

TEST_CASE("no gradient is no step, and a gradient of zero is one") {
  Tensor w = full({2, 3}, 1).requires_grad_(), idle = full({2, 3}, 1).requires_grad_();
  for (const auto& entry : every::makers()) {
    const std::string& name = entry.first;
    const every::Make& make = entry.second;
    INFO(name);
    copy_(w.detach(), ones({2, 3}));
    const auto optimizer = make({w, idle});
    for (const std::string& option : optimizer->option_names()) {
      if (option == "weight_decay") optimizer->set_option("weight_decay", 0.1);
      if (option == "lr") optimizer->set_option("lr", 0.5);
    }
    w.set_grad(zeros({2, 3}));
    optimizer->step();
    CHECK(idle.to_vector<float>() == std::vector<float>(6, 1.0f));
    const optim::State state = optimizer->state_dict();
    CHECK(std::get<std::int64_t>(state.values.at("0/steps")) == 1);
    CHECK(std::get<std::int64_t>(state.values.at("1/steps")) == 0);
    for (const float v : w.to_vector<float>()) CHECK(std::isfinite(v));
    if (name == "AdamW") CHECK(w.to_vector<float>()[0] == Approx(0.95));
  }
}
