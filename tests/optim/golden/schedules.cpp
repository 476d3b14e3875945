// Every schedule against PyTorch's: see schedules.py.

#include <cinta/cinta.hpp>
#include <fstream>
#include <map>
#include <sstream>

#include "support/catch_compat.hpp"

using namespace cinta;
namespace schedule = optim::schedule;

namespace {

std::map<std::string, optim::Schedule> schedules() {
  using schedule::Anneal;
  using schedule::Cycle;
  const double momentum = 0.85;
  return {
      {"step", schedule::step(30, 0.3)},
      {"multistep", schedule::multistep({5, 40, 41, 120}, 0.5)},
      {"exponential", schedule::exponential(0.97)},
      {"constant", schedule::constant(0.25, 15)},
      {"polynomial", schedule::polynomial(150, 2.5)},
      {"linear", schedule::linear(60, 0.1, 0.8)},
      {"cosine", schedule::cosine(199, 0.01)},
      {"cosine_restarts", schedule::cosine_restarts(30, 1, 0.01)},
      {"cosine_restarts_longer", schedule::cosine_restarts(10, 2, 0.01)},
      {"one_cycle", schedule::one_cycle(200)},
      {"one_cycle_linear",
       schedule::one_cycle(
           200, {.rise = 0.25, .start = 0.1, .end = 0.1 / 100, .anneal = Anneal::linear})},
      {"one_cycle_three", schedule::one_cycle(200, {.rise = 0.4, .three_phases = true})},
      {"one_cycle_momentum",
       schedule::one_cycle(200, {.start = 0.95 / momentum, .end = 0.95 / momentum})},
      {"cyclic", schedule::cyclic(4, {.up = 20, .down = 30})},
      {"cyclic_halved", schedule::cyclic(4, {.up = 20, .cycle = Cycle::halved})},
      {"cyclic_exponential",
       schedule::cyclic(4, {.up = 10, .down = 15, .cycle = Cycle::exponential, .gamma = 0.99})},
      {"lambda", schedule::lambda([](std::int64_t t) { return 1 / (1 + 0.1 * double(t)); })},
      {"chain", schedule::chain({schedule::constant(0.1, 10), schedule::exponential(0.95),
                                 schedule::step(50, 0.5)})},
      {"sequential",
       schedule::sequential(
           {schedule::constant(0.1, 50), schedule::linear(20, 0.2, 1), schedule::exponential(0.9)},
           {13, 60})},
  };
}

// The figures that schedules.py shows to PyTorch.
std::vector<double> figures() {
  std::vector<double> list = {5, 4, 3, 3.5, 3.2, 2.9999, 2.99985, 3, 3, 2, 2, 2.5,
                              2, 2, 2, 2,   1.9, 2,      2,       2, 2, 2, 2, 2};
  list.resize(list.size() + 30, 1.5);
  return list;
}

}  // namespace

TEST_CASE("every schedule has PyTorch's values") {
  std::ifstream in(CINTA_SOURCE_DIR "/tests/optim/golden/schedules.txt");
  REQUIRE(in);
  const auto ours = schedules();
  std::size_t seen = 0;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    INFO(name);
    Tensor w = ones({1}).requires_grad_();
    const double base = name == "one_cycle_momentum" ? 0.85 : 0.5;
    optim::SGD optimizer({w}, {.lr = base});
    if (name.starts_with("plateau")) {
      const bool maximize = name == "plateau_max";
      optim::PlateauOptions options{.factor = 0.5, .patience = 2, .cooldown = 3, .minimum = 0.05};
      if (maximize)
        options = {
            .factor = 0.5, .patience = 1, .threshold = 0.3, .absolute = true, .maximize = true};
      optim::ReduceOnPlateau plateau(optimizer, options);
      std::vector<double> shown = figures();
      if (maximize) std::reverse(shown.begin(), shown.end());
      for (const double figure : shown) {
        double expected = -1;
        words >> expected;
        CHECK(optimizer.options().lr == Approx(expected).epsilon(1e-12));
        plateau.step(figure);
      }
      CHECK(optimizer.options().lr < base);
      ++seen;
      continue;
    }
    REQUIRE(ours.count(name) == 1);
    optim::Scheduler scheduler(optimizer, ours.at(name));
    for (int step = 0; step < 200; ++step) {
      if (step <= 20 || step % 7 == 0) {
        INFO("step " << step);
        double expected = -1;
        words >> expected;
        CHECK(std::abs(optimizer.options().lr - expected) <= 1e-12);
        CHECK(scheduler.value_at(step) == optimizer.options().lr);
      }
      scheduler.step();
    }
    ++seen;
  }
  CHECK(seen == ours.size() + 2);
}
