// Optimizers around optimizers, and averages of weights.

#include <cmath>

#include "optim/every.hpp"
#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
using Doubles = std::vector<double>;

namespace {

Tensor leaf(const Doubles& values) {
  return from_data(values, {std::int64_t(values.size())}).requires_grad_();
}
Doubles values(const Tensor& x) { return x.to_vector<double>(); }
Tensor loss_of(const Tensor& w) { return sum(w * w * w) / 3 - sum(w); }
double slope(double w) { return w * w - 1; }

template <class F>
std::string refusal(F f) {
  const std::string text = error_of(f);
  return text.substr(0, text.find(" [wrap_test.cpp:"));
}

void step(optim::Optimizer& optimizer, const Tensor& w) {
  optimizer.zero_grad();
  loss_of(w).backward();
  optimizer.step();
}

}  // namespace

TEST_CASE("Lookahead goes back part of the way every few steps") {
  Tensor w = leaf({0.5, 2});
  optim::SGD sgd({w}, {.lr = 0.1});
  optim::Lookahead lookahead(sgd, {.every = 3, .alpha = 0.4});
  Doubles fast = {0.5, 2}, slow = fast;
  for (int t = 1; t <= 10; ++t) {
    step(lookahead, w);
    for (std::size_t i = 0; i < 2; ++i) {
      fast[i] -= 0.1 * slope(fast[i]);
      if (t % 3 == 0) fast[i] = slow[i] = slow[i] + 0.4 * (fast[i] - slow[i]);
      CHECK(values(w)[i] == Approx(fast[i]).epsilon(1e-14));
    }
  }
  lookahead.set_option("lr", 0.5);
  CHECK(sgd.options().lr == 0.5);
}

TEST_CASE("SAM takes the gradient at the worst point near by") {
  for (const bool adaptive : {false, true}) {
    Tensor w = leaf({0.5, 2});
    optim::SGD sgd({w}, {.lr = 0.1});
    optim::SAM sam(sgd, {.rho = 0.3, .adaptive = adaptive});
    Doubles at = {0.5, 2};
    for (int t = 0; t < 5; ++t) {
      const double loss = sam.step([&] { return loss_of(w); }).item();
      CHECK(loss == Approx((std::pow(at[0], 3) + std::pow(at[1], 3)) / 3 - at[0] - at[1]));
      double squares = 0;
      for (const double v : at) squares += std::pow(slope(v) * (adaptive ? v : 1), 2);
      for (std::size_t i = 0; i < 2; ++i) {
        const double up =
            at[i] + 0.3 / std::sqrt(squares) * slope(at[i]) * (adaptive ? at[i] * at[i] : 1);
        at[i] -= 0.1 * slope(up);
        CHECK(values(w)[i] == Approx(at[i]).epsilon(1e-14));
      }
    }
  }
}

TEST_CASE(
    "SAM climbs nowhere from a gradient of 0, counts buffers once, clips the second gradient") {
  Tensor w = leaf({1, -1});  // where the slope is 0
  optim::SGD sgd({w}, {.lr = 0.1});
  optim::SAM sam(sgd);
  Tensor counter = zeros({1}, float64);
  const Tensor start = clone(w.detach());
  const auto loss = [&] {
    add_(counter, 1);
    return sum(square(w - start));
  };
  sam.step(loss, {}, {counter});
  CHECK(values(w) == Doubles{1, -1});
  CHECK(counter.item() == 1);
  Tensor v = leaf({10});
  optim::SGD inner({v}, {.lr = 1});
  optim::SAM(inner).step([&] { return loss_of(v); }, [&] { optim::clip_grad_norm({v}, 0.5); });
  CHECK(values(v)[0] == 9.5);
  CHECK(refusal([&] { sam.step(); }) ==
        "SAM: a step takes two passes; call step([&] { return loss; })");
  // What the second pass throws leaves the weights as they were.
  int passes = 0;
  CHECK_THROWS_AS(sam.step([&]() -> Tensor {
    if (++passes == 2) throw ValueError("enough");
    return sum(w * w);
  }),
                  ValueError);
  CHECK(values(w) == Doubles{1, -1});
  // And buffers as the first pass left them.
  passes = 0;
  const auto counted = [&]() -> Tensor {
    add_(counter, 1);
    if (++passes == 2) throw ValueError("enough");
    return sum(w * w);
  };
  CHECK_THROWS_AS(sam.step(counted, {}, {counter}), ValueError);
  CHECK(counter.item() == 2);
  CHECK_THROWS_AS(sam.step([&] { return sum(w / 0.0); }), NanError);
}

TEST_CASE("accumulated gradients make the step of the large batch") {
  for (const bool mean : {true, false}) {
    Tensor w = leaf({0.5, 2}), one = leaf({0.5, 2});
    optim::Adam adam({w}, {.lr = 0.1}), whole({one}, {.lr = 0.1});
    optim::Accumulate accumulate(adam, {.every = 3, .mean = mean});
    int steps = 0;
    for (int batch = 1; batch <= 7; ++batch) {
      accumulate.zero_grad();
      (sum(w * w) * batch).backward();
      accumulate.step();
      CHECK(accumulate.stepped() == (batch % 3 == 0));
      if (!accumulate.stepped()) continue;
      ++steps;
      whole.zero_grad();
      const int batches = batch + batch - 1 + batch - 2;
      (sum(one * one) * (mean ? batches / 3.0 : batches)).backward();
      whole.step();
      for (std::size_t i = 0; i < 2; ++i) CHECK(values(w)[i] == Approx(values(one)[i]));
    }
    CHECK(steps == 2);
    // The batch that is left over, by itself.
    accumulate.flush();
    CHECK(accumulate.stepped());
    whole.zero_grad();
    (sum(one * one) * 7).backward();
    whole.step();
    for (std::size_t i = 0; i < 2; ++i) CHECK(values(w)[i] == Approx(values(one)[i]));
    accumulate.flush();
    CHECK_FALSE(accumulate.stepped());
  }
}

TEST_CASE("averages of weights, and back to the bit") {
  Tensor w = leaf({0, 1});
  auto ema = optim::Average::exponential({w}, 0.75);
  auto swa = optim::Average::equal({w});
  CHECK(values(ema.averages()[0].second) == Doubles{0, 1});
  Doubles expected_ema, seen_sum = {0, 0};
  for (int t = 1; t <= 6; ++t) {
    const NoGrad no_grad;
    copy_(w.detach(), from_data(Doubles{double(t * t), 1.0 / t}, {2}));
    ema.update();
    swa.update();
    for (std::size_t i = 0; i < 2; ++i) {
      const double now = values(w)[i];
      if (t == 1) expected_ema.push_back(now);
      expected_ema[i] += 0.25 * (now - expected_ema[i]);
      seen_sum[i] += now;
      CHECK(values(ema.averages()[0].second)[i] == Approx(expected_ema[i]));
      CHECK(values(swa.averages()[0].second)[i] == Approx(seen_sum[i] / t));
    }
  }
  const Doubles trained = values(w);
  {
    const optim::AverageScope scope(ema);
    CHECK(values(w) == values(ema.averages()[0].second));
  }
  CHECK(values(w) == trained);
  CHECK(swa.count() == 6);

  auto other = optim::Average::equal({leaf({5, 5})});
  other.load_state_dict(swa.state_dict());
  CHECK(values(other.averages()[0].second) == values(swa.averages()[0].second));
  CHECK(other.count() == 6);
  CHECK(refusal([&] { optim::Average::equal({leaf({1})}).load_state_dict(swa.state_dict()); }) ==
        "Average: load_state_dict: 0 is float64 (2,) in the state and float64 (1,) here");
}

TEST_CASE("a scope of averages of parameters that have become others") {
  nn::Linear net(3, 2);
  auto average = optim::Average::equal(net);
  average.update();
  const auto enter = [](const optim::Average& of) {
    return refusal([&] { const optim::AverageScope scope(of); });
  };
  const std::vector<float> weight = net.weight.to_vector<float>();
  {
    const optim::AverageScope scope(average);
    net.to(float64);
  }
  CHECK(to(net.weight.detach(), float32).to_vector<float>() == weight);
  CHECK(enter(average) ==
        "Average: parameter weight was float32 (2, 3) at first and is float64 (2, 3) now");
  Tensor w = leaf({1, 2});
  const auto other = optim::Average::equal({w});
  {
    const optim::AverageScope scope(other);
    w.set_data(zeros({3}, float64));
  }
  CHECK(values(w) == Doubles{0, 0, 0});
  CHECK(enter(other) == "Average: parameter 0 was float64 (2,) at first and is float64 (3,) now");
}

TEST_CASE("a parameter whose elements are a view's by now is refused, and the view stays whole") {
  const Tensor all = from_data(Doubles{1, 2, 3, 4}, {4});
  Tensor w = leaf({1, 2});
  optim::SGD sgd({w}, {.lr = 1});
  optim::SAM sam(sgd);
  auto average = optim::Average::equal({w});
  w.set_data(slice(all, 0, 0, 4, 2));
  const std::string ending = ": parameter 0 is not dense any more; give set_data a contiguous(x)";
  CHECK(refusal([&] { step(sgd, w); }) == "SGD" + ending);
  CHECK(refusal([&] { sam.step([&] { return loss_of(w); }); }) == "SAM" + ending);
  CHECK(refusal([&] { average.update(); }) == "Average" + ending);
  CHECK(refusal([&] { const optim::AverageScope scope(average); }) == "Average" + ending);
  CHECK(values(all) == Doubles{1, 2, 3, 4});
}

TEST_CASE("wrappers go on byte for byte from their states") {
  const auto run = [](bool stop, auto make) {
    Tensor w = leaf({0.5, 2});
    auto inner = std::make_unique<optim::AdamW>(Tensors{w}, optim::AdamOptions{.lr = 0.1});
    auto wrapper = make(*inner);
    for (int t = 0; t < 22; ++t) {
      if (t == 11) {
        const optim::State state = wrapper->state_dict();
        if (stop) {
          wrapper.reset();
          w = leaf(values(w));
          inner = std::make_unique<optim::AdamW>(Tensors{w});
          wrapper = make(*inner);
          wrapper->load_state_dict(state);
        }
      }
      step(*wrapper, w);
    }
    return values(w);
  };
  const auto lookahead = [](optim::Optimizer& o) { return std::make_unique<optim::Lookahead>(o); };
  const auto accumulate = [](optim::Optimizer& o) {
    return std::make_unique<optim::Accumulate>(o, optim::AccumulateOptions{.every = 4});
  };
  CHECK(run(true, lookahead) == run(false, lookahead));
  CHECK(run(true, accumulate) == run(false, accumulate));
}

TEST_CASE("wrappers refuse options and states that do not fit") {
  Tensor w = leaf({1});
  optim::SGD sgd({w});
  CHECK(refusal([&] { optim::Lookahead(sgd, {.alpha = 0}); }) ==
        "Lookahead: alpha must lie in (0, 1], got 0");
  CHECK(refusal([&] { optim::Accumulate(sgd, {.every = 0}); }) ==
        "Accumulate: every must be a whole number, at least 1, got 0");
  CHECK(refusal([&] { optim::SAM(sgd, {.rho = -1}); }) == "SAM: rho must not be negative, got -1");
  CHECK(refusal([&] { optim::Average::exponential({w}, 1); }) ==
        "Average: decay must lie in [0, 1), got 1");
  CHECK(refusal([&] { optim::Average::equal({}); }) == "Average: no parameters");
  optim::Lookahead lookahead(sgd);
  optim::Accumulate accumulate(sgd);
  CHECK(refusal([&] { lookahead.load_state_dict(accumulate.state_dict()); }) ==
        "Lookahead: load_state_dict: the state is one of Accumulate");
  optim::State bad = lookahead.state_dict();
  bad.values.erase("inner/groups");
  const optim::State before = lookahead.state_dict();
  CHECK(refusal([&] { lookahead.load_state_dict(bad); }) ==
        "SGD: load_state_dict: groups is missing in the state");
  CHECK(lookahead.state_dict().values == before.values);
  optim::SAM sam(sgd);
  CHECK(refusal([&] { sam.step(std::function<Tensor()>()); }) ==
        "SAM: loss is an empty function; give one that can be called");
}
