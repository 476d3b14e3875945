// Schedules: joins, ends, states, errors, and steps that rows have missed.

#include <cinta/optim/state.hpp>
#include <cmath>

#include "optim/lazy/dense.hpp"

using namespace cinta;
namespace schedule = optim::schedule;

namespace {

template <class F>
std::string refusal(F f) {
  const std::string text = error_of(f);
  return text.substr(0, text.find(" [schedule_test.cpp:"));
}

std::vector<double> first(const optim::Schedule& s, int count, double base = 1) {
  std::vector<double> values;
  for (int t = 0; t < count; ++t) values.push_back(s(base, t));
  return values;
}

struct Setup {
  Tensor w = ones({1}).requires_grad_();
  optim::SGD optimizer{Tensors{w}, {.lr = 1}};
};

}  // namespace

TEST_CASE("only the piece whose turn it is acts, from its own step 0") {
  const auto s =
      schedule::sequential({schedule::constant(0.5, 100), schedule::constant(0.3, 100)}, {3});
  CHECK(first(s, 5) == std::vector<double>{0.5, 0.5, 0.5, 0.3, 0.3});
  const auto counted = schedule::sequential(
      {schedule::constant(), schedule::exponential(0.5), schedule::constant(3, 9)}, {1, 3});
  CHECK(first(counted, 5) == std::vector<double>{1, 1, 0.5, 3, 3});
  // A piece of no steps has no turn.
  CHECK(first(schedule::sequential({schedule::constant(9, 9), schedule::constant()}, {0}), 2) ==
        std::vector<double>{1, 1});
}

TEST_CASE("a warm-up loses no step and joins exactly") {
  for (const std::int64_t steps : {0, 1, 7}) {
    const auto s = schedule::with_warmup(steps, schedule::cosine(20));
    for (std::int64_t t = 0; t < steps; ++t) {
      CHECK(s(0.3, t) > 0);
      CHECK(s(0.3, t) < 0.3);
    }
    CHECK(s(0.3, steps) == 0.3);
    CHECK(s(0.3, steps + 20) == 0);
  }
  CHECK(first(schedule::warmup_linear(3), 5) == std::vector<double>{0.25, 0.5, 0.75, 1, 1});
  const auto slow = schedule::warmup_exponential(2, 0.01);
  CHECK(slow(1, 0) == Approx(0.01));
  CHECK(slow(1, 1) == Approx(0.1));
  CHECK(slow(1, 2) == 1);
  CHECK(schedule::inverse_sqrt(4)(1, 0) == 1);
  CHECK(schedule::inverse_sqrt(4)(1, 12) == 0.5);
}

TEST_CASE("schedules stay where they ended, and none divides by no steps") {
  CHECK(schedule::cosine(10, 0.1)(1, 1000) == 0.1);
  CHECK(schedule::cosine(0, 0.1)(1, 0) == 0.1);
  CHECK(schedule::linear(0, 0, 0.5)(1, 0) == 0.5);
  CHECK(schedule::polynomial(0)(1, 0) == 0);
  CHECK(schedule::one_cycle(10)(1, 9) == Approx(1e-4 / 25));
  CHECK(schedule::one_cycle(10)(1, 99) == Approx(1e-4 / 25));
  CHECK(schedule::one_cycle(1)(1, 0) == Approx(1e-4 / 25));
  for (const double rise : {0.0, 0.05, 1.0})
    for (int t = 0; t < 12; ++t)
      CHECK(std::isfinite(schedule::one_cycle(10, {.rise = rise})(1, t)));
}

TEST_CASE("a scheduler drives any option of any group, and any number") {
  Tensor a = ones({1}).requires_grad_(), b = ones({1}).requires_grad_();
  optim::AdamW optimizer({a}, {.lr = 0.5, .weight_decay = 0.25});
  optimizer.add_group({b}, {.lr = 1});
  optim::Scheduler rates(optimizer, schedule::exponential(0.5));
  optim::Scheduler decay(optimizer, schedule::linear(2, 1, 0), "weight_decay", 0);
  double dropout = 0.4;
  optim::Scheduler number(dropout, schedule::step(1, 0.5));
  for (optim::Scheduler* each : {&rates, &decay, &number}) each->step();
  CHECK(optimizer.options(0).lr == 0.25);
  CHECK(optimizer.options(1).lr == 0.5);
  CHECK(optimizer.options(0).weight_decay == 0.125);
  CHECK(optimizer.options(1).weight_decay == 0);
  CHECK(dropout == 0.2);
  CHECK(rates.count() == 1);
}

TEST_CASE("a scheduler goes on from its state, whenever it is made and loaded") {
  const auto make = [] { return schedule::with_warmup(10, schedule::cosine(90)); };
  std::vector<double> through;
  Setup one;
  optim::Scheduler scheduler(one.optimizer, make());
  optim::State saved, saved_optimizer;
  for (int t = 0; t < 100; ++t) {
    if (t == 45) {
      saved = scheduler.state_dict();
      saved_optimizer = one.optimizer.state_dict();
    }
    through.push_back(one.optimizer.options().lr);
    scheduler.step();
  }
  for (const bool optimizer_first : {true, false}) {
    for (const bool made_late : {true, false}) {
      Setup other;
      if (made_late) other.optimizer.load_state_dict(saved_optimizer);
      optim::Scheduler resumed(other.optimizer, make());
      if (optimizer_first) other.optimizer.load_state_dict(saved_optimizer);
      resumed.load_state_dict(saved);
      if (!optimizer_first) other.optimizer.load_state_dict(saved_optimizer);
      for (std::size_t t = 45; t < 100; ++t) {
        CHECK(other.optimizer.options().lr == through[t]);
        resumed.step();
      }
    }
  }
}

TEST_CASE("a plateau of figures below zero is one, and it goes on from its state") {
  Setup one;
  optim::ReduceOnPlateau plateau(one.optimizer, {.patience = 0, .threshold = 0.1});
  plateau.step(-1);
  plateau.step(-0.95);
  CHECK(one.optimizer.options().lr == 0.1);
  plateau.step(-1.05);  // not by a tenth
  CHECK(one.optimizer.options().lr == Approx(0.01));
  plateau.step(-1.2);
  CHECK(one.optimizer.options().lr == Approx(0.01));
  plateau.step(std::nan(""));
  CHECK(one.optimizer.options().lr == Approx(0.001));

  Setup through, halfway;
  const optim::PlateauOptions options{.patience = 3, .cooldown = 2};
  optim::ReduceOnPlateau a(through.optimizer, options), b(halfway.optimizer, options);
  const auto figure = [](int t) { return 2 + std::sin(t * t); };
  for (int t = 0; t < 30; ++t) a.step(figure(t));
  for (int t = 0; t < 13; ++t) b.step(figure(t));
  Setup fresh;
  optim::ReduceOnPlateau c(fresh.optimizer, options);
  fresh.optimizer.load_state_dict(halfway.optimizer.state_dict());
  c.load_state_dict(b.state_dict());
  for (int t = 13; t < 30; ++t) c.step(figure(t));
  CHECK(fresh.optimizer.options().lr == through.optimizer.options().lr);
  CHECK(c.state_dict().values == a.state_dict().values);
}

TEST_CASE("rows left behind take the steps that they missed with the options of their time") {
  Tensor w = from_data(lazy::start(), {lazy::rows, lazy::width}).requires_grad_();
  Tensor dense = clone(w.detach()).requires_grad_();
  optim::AdamW a({w}, {.lr = 0.02, .weight_decay = 0.1}),
      b({dense}, {.lr = 0.02, .weight_decay = 0.1});
  optim::Scheduler rates_a(a, schedule::cosine_restarts(50)),
      rates_b(b, schedule::cosine_restarts(50));
  optim::Scheduler decay_a(a, schedule::exponential(0.99), "weight_decay"),
      decay_b(b, schedule::exponential(0.99), "weight_decay");
  lazy::Draws draws;
  for (int step = 0; step < 400; ++step) {
    const lazy::Ids ids = lazy::draw_ids(draws);
    a.zero_grad(), b.zero_grad();
    lazy::loss_of(embedding(w, lazy::ids_of(ids), {.sparse = true})).backward();
    lazy::loss_of(embedding(dense, lazy::ids_of(ids))).backward();
    a.step(), b.step();
    for (optim::Scheduler* each : {&rates_a, &rates_b, &decay_a, &decay_b}) each->step();
  }
  CHECK(lazy::distance(lazy::values(w), lazy::values(dense), 1e-4) < 1e-9);
}

TEST_CASE("schedules and schedulers refuse what has no meaning, by name and value") {
  CHECK(refusal([] { schedule::step(0); }) ==
        "step: every must be a whole number, at least 1, got 0");
  CHECK(refusal([] { schedule::cosine(-1); }) == "cosine: total must not be negative, got -1");
  CHECK(refusal([] { schedule::with_warmup(-1, schedule::cosine(1)); }) ==
        "with_warmup: steps must not be negative, got -1");
  CHECK(refusal([] { schedule::one_cycle(9, {.rise = 2}); }) ==
        "one_cycle: rise must lie in [0, 1], got 2");
  CHECK(refusal([] { schedule::exponential(std::nan("")); }) ==
        "exponential: gamma must be finite, got nan");
  CHECK(refusal([] { schedule::sequential({schedule::constant()}, {1}); }) ==
        "sequential: 1 schedules need one milestone less, got 1");
  CHECK(refusal([] {
          schedule::sequential({schedule::constant(), schedule::constant(), schedule::constant()},
                               {5, 3});
        }) == "sequential: milestones must grow from 0 on, got 3");
  Setup s;
  CHECK(refusal([&] { optim::Scheduler(s.optimizer, schedule::constant(), "lrr"); }) ==
        "SGD: there is no option \"lrr\"; there are: lr, momentum, dampening, weight_decay, l1, "
        "nesterov, maximize");
  optim::Scheduler falling(s.optimizer, schedule::linear(1, 1, -1));
  CHECK(refusal([&] { falling.step(); }) == "SGD: lr must not be negative, got -1");
  CHECK(falling.count() == 0);
  Tensor v = ones({1}).requires_grad_();
  optim::Adam two({s.w}, {.beta1 = 0.5});
  two.add_group({v}, {.beta1 = 0.9});
  optim::Scheduler rising(two, schedule::linear(1, 1, 1.5), "beta1");
  CHECK(refusal([&] { rising.step(); }) == "Adam: beta1 must lie in [0, 1), got 1.35");
  CHECK(two.options(0).beta1 == 0.5);
  CHECK(two.options(1).beta1 == 0.9);
  optim::State wrong = rising.state_dict();
  wrong.values["bases"] = std::vector<double>{0.25, 2};
  CHECK(refusal([&] { rising.prepare_load(wrong); }) == "Adam: beta1 must lie in [0, 1), got 2");
  CHECK(two.options(0).beta1 == 0.5);
  optim::Scheduler momentum(s.optimizer, schedule::constant(), "momentum");
  CHECK(refusal([&] { momentum.load_state_dict(falling.state_dict()); }) ==
        "Scheduler: load_state_dict: the state is of lr, this drives momentum");
  CHECK(refusal([&] { optim::ReduceOnPlateau(s.optimizer, {.factor = 1}); }) ==
        "ReduceOnPlateau: factor must lie in [0, 1), got 1");
  const auto plateau = [&](const optim::PlateauOptions& options) {
    return refusal([&] { optim::ReduceOnPlateau(s.optimizer, options); });
  };
  CHECK(plateau({.patience = -1}) == "ReduceOnPlateau: patience must not be negative, got -1");
  CHECK(plateau({.threshold = -1}) == "ReduceOnPlateau: threshold must not be negative, got -1");
  CHECK(plateau({.cooldown = -1}) == "ReduceOnPlateau: cooldown must not be negative, got -1");
  CHECK(plateau({.minimum = -1}) == "ReduceOnPlateau: minimum must not be negative, got -1");
  CHECK(plateau({.eps = -1}) == "ReduceOnPlateau: eps must not be negative, got -1");
}

TEST_CASE("a cycle that is longer than 64 bits can count does not end") {
  const auto rate = schedule::cosine_restarts(10, std::int64_t(1) << 40);
  for (const std::int64_t t : {std::int64_t(1) << 44, std::int64_t(1) << 62}) {
    CHECK(rate(1, t) > 0);
    CHECK(rate(1, t) <= 1);
  }
}

TEST_CASE("a schedule of an empty function is refused where it is made") {
  CHECK(refusal([] { schedule::lambda(nullptr); }) ==
        "lambda: factor is an empty function; give one that can be called");
  CHECK(refusal([] { optim::Schedule({}); }) ==
        "Schedule: function is an empty function; give one that can be called");
}
