// Rows left behind: every optimizer on row-sparse gradients against plain loops over all rows.

#include <array>
#include <cinta/cinta.hpp>
#include <cmath>
#include <functional>
#include <sstream>
#include <thread>

#include "catch_compat.hpp"
#include "error_of.hpp"

namespace {

using namespace cinta;
using Doubles = std::vector<double>;
using Ids = std::vector<std::int64_t>;

constexpr std::int64_t rows = 60, width = 3, batch = 5;

Tensor ids_of(const Ids& ids) { return from_data(ids, {std::int64_t(ids.size())}); }

// Numbers that every run draws alike.
struct Draws {
  std::uint64_t state = 88172645463325252u;
  std::uint64_t next() {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
  }
  double unit() { return double(next() >> 11) * 0x1p-53; }
};

// The last third of the rows comes up rarely, the last four never.
Ids draw_ids(Draws& draws) {
  Ids ids;
  for (std::int64_t i = 0; i < batch; ++i) {
    const bool rare = draws.next() % 400 == 0;
    ids.push_back(std::int64_t(rare ? 40 + draws.next() % 16 : draws.next() % 40));
  }
  return ids;
}

// Learning rates that change from step to step, at times 0.
double lr_at(int step, double base) {
  if (step % 97 == 0) return 0;
  return base * (0.2 + 0.8 * (1 + std::cos(step / 150.0)) / 2);
}

// loss = sum over the batch and the width of (y - target)^2 / 2, target a function of the column.
double target(std::int64_t k) { return 0.25 * double(k) - 0.2; }

Tensor loss_of(const Tensor& y) {
  Doubles targets;
  for (std::int64_t k = 0; k < width; ++k) targets.push_back(target(k));
  const Tensor error = y - to(from_data(targets, {width}), y.dtype());
  return sum(error * error) / 2;
}

Doubles start() {
  Draws draws{12345};
  Doubles w;
  for (std::int64_t i = 0; i < rows * width; ++i) w.push_back(2 * draws.unit() - 1);
  return w;
}

// What one element goes through in step t (from 1), with `lr` and three numbers of state.
using Element =
    std::function<void(double& w, double g, std::array<double, 3>& s, int t, double lr)>;

// All rows, by plain loops.
struct Dense {
  explicit Dense(Element update) : element(std::move(update)) {}

  void step(const Ids& ids, double lr) {
    Doubles g(w.size(), 0.0);
    for (const std::int64_t id : ids)
      for (std::int64_t k = 0; k < width; ++k)
        g[std::size_t(id * width + k)] += w[std::size_t(id * width + k)] - target(k);
    ++t;
    for (std::size_t i = 0; i < w.size(); ++i) element(w[i], g[i], state[i], t, lr);
  }

  Element element;
  Doubles w = start();
  std::vector<std::array<double, 3>> state{w.size()};
  int t = 0;
};

// Largest difference in a row, relative to the row's largest element (or `floor`), over all rows.
double distance(const Doubles& a, const Doubles& b, double floor) {
  double worst = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    double difference = 0, scale = floor;
    for (std::int64_t k = r * width; k < (r + 1) * width; ++k) {
      difference = std::max(difference, std::abs(a[std::size_t(k)] - b[std::size_t(k)]));
      scale = std::max(scale, std::abs(b[std::size_t(k)]));
    }
    if (!(difference <= 0)) worst = std::max(worst, difference / scale);
    if (std::isnan(difference)) return difference;
  }
  return worst;
}

Doubles values(const Tensor& w) { return to(w.detach(), float64).to_vector<double>(); }

struct Setup {
  double lr = 0.05;
  int steps = 4000;
  double tolerance = 1e-12;
  double floor = 1e-300;  // of the scale that errors are held against
  Dtype dtype = float64;
};

// Trains a table by row-sparse lookups and holds it against plain loops, at the end and, where
// `look`, in between.
template <class Optimizer, class Options>
void compare(const Setup& setup, Options options, const Element& element, bool look = true) {
  Tensor w = to(from_data(start(), {rows, width}), setup.dtype).requires_grad_();
  Optimizer optimizer({w}, options);
  Dense dense(element);
  Draws draws;
  for (int step = 0; step < setup.steps; ++step) {
    const double lr = lr_at(step, setup.lr);
    const Ids ids = draw_ids(draws);
    optimizer.options().lr = lr;
    optimizer.zero_grad();
    loss_of(embedding(w, ids_of(ids), {}, true)).backward();
    REQUIRE(w.grad().is_row_sparse());
    optimizer.step();
    dense.step(ids, lr);
    if (look && step % 613 == 600)
      REQUIRE(distance(values(w), dense.w, setup.floor) < setup.tolerance);
  }
  const double off = distance(values(w), dense.w, setup.floor);
  INFO("distance " << off);
  CHECK(off < setup.tolerance);
}

double soft(double w, double threshold) {
  return w > threshold ? w - threshold : w < -threshold ? w + threshold : 0;
}

Element sgd(double decay, double l1) {
  return [=](double& w, double g, std::array<double, 3>&, int, double lr) {
    w = soft(w - lr * (g + decay * w), lr * l1);
  };
}

Element sgd_momentum(double decay, double l1, double momentum, double dampening, bool nesterov) {
  return [=](double& w, double g, std::array<double, 3>& s, int t, double lr) {
    const double d = g + decay * w;
    s[0] = t == 1 ? d : momentum * s[0] + (1 - dampening) * d;
    w = soft(w - lr * (nesterov ? d + momentum * s[0] : s[0]),
             lr * l1 * (1 - dampening) / (1 - momentum));
  };
}

Element adam(double coupled, double decoupled) {
  return [=](double& w, double g, std::array<double, 3>& s, int t, double lr) {
    g += coupled * w;
    w *= 1 - lr * decoupled;
    s[0] = 0.9 * s[0] + 0.1 * g;
    s[1] = 0.999 * s[1] + 0.001 * g * g;
    const double mean = s[0] / (1 - std::pow(0.9, t)), square = s[1] / (1 - std::pow(0.999, t));
    w -= lr * mean / (std::sqrt(square) + 1e-8);
  };
}

Element adagrad(double decay, double lr_decay) {
  return [=](double& w, double g, std::array<double, 3>& s, int t, double lr) {
    g += decay * w;
    s[0] += g * g;
    w -= lr / (1 + (t - 1) * lr_decay) * g / (std::sqrt(s[0]) + 1e-10);
  };
}

}  // namespace

TEST_CASE("lazy SGD with L2 equals the dense computation") {
  compare<optim::SGD>({}, optim::SGDOptions{.weight_decay = 0.02}, sgd(0.02, 0));
  compare<optim::SGD>({}, optim::SGDOptions{.weight_decay = 0.02}, sgd(0.02, 0), false);
  // Untouched rows shrink below 1e-300: no product of many steps may be divided by.
  compare<optim::SGD>({.lr = 0.5, .steps = 6000}, optim::SGDOptions{.weight_decay = 1}, sgd(1, 0),
                      false);
  // A step beyond 2 / lambda flips signs.
  compare<optim::SGD>({.lr = 0.3, .steps = 300}, optim::SGDOptions{.weight_decay = 4}, sgd(4, 0),
                      false);
}

TEST_CASE("lazy SGD with proximal L1 equals the dense computation") {
  // Near its zero an element is known to within the threshold's own rounding.
  const Setup setup{.floor = 1e-4};
  compare<optim::SGD>(setup, optim::SGDOptions{.l1 = 0.002}, sgd(0, 0.002));
  compare<optim::SGD>(setup, optim::SGDOptions{.l1 = 0.002}, sgd(0, 0.002), false);
}

TEST_CASE("lazy SGD with an elastic net equals the dense computation") {
  const Setup setup{.floor = 1e-4};
  compare<optim::SGD>(setup, optim::SGDOptions{.weight_decay = 0.01, .l1 = 0.001},
                      sgd(0.01, 0.001));
  compare<optim::SGD>(setup, optim::SGDOptions{.weight_decay = 0.01, .l1 = 0.001}, sgd(0.01, 0.001),
                      false);
  compare<optim::SGD>({.lr = 0.3, .steps = 300, .floor = 1e-4},
                      optim::SGDOptions{.weight_decay = 4, .l1 = 0.001}, sgd(4, 0.001), false);
}

TEST_CASE("a lazy L1 step reaches exact zeros") {
  Tensor w = from_data(Doubles{0.5, -0.25, 3, 1}, {4, 1}).requires_grad_();
  optim::SGD optimizer({w}, {.lr = 0.125, .l1 = 1});
  for (int step = 0; step < 5; ++step) {
    optimizer.zero_grad();
    sum(embedding(w, ids_of({3}), {}, true) * 0).backward();
    optimizer.step();
  }
  CHECK(w.to_vector<double>() == Doubles{0, 0, 2.375, 0.375});
}

TEST_CASE("lazy SGD with momentum equals the dense computation") {
  const Setup setup{.tolerance = 1e-9};
  compare<optim::SGD>(setup, optim::SGDOptions{.momentum = 0.9}, sgd_momentum(0, 0, 0.9, 0, false));
  compare<optim::SGD>(setup,
                      optim::SGDOptions{.momentum = 0.9, .dampening = 0.3, .weight_decay = 0.02},
                      sgd_momentum(0.02, 0, 0.9, 0.3, false), false);
  compare<optim::SGD>(setup,
                      optim::SGDOptions{.momentum = 0.8, .weight_decay = 0.02, .nesterov = true},
                      sgd_momentum(0.02, 0, 0.8, 0, true));
  compare<optim::SGD>({.tolerance = 1e-9, .floor = 1e-4},
                      optim::SGDOptions{.momentum = 0.9, .weight_decay = 0.01, .l1 = 0.001},
                      sgd_momentum(0.01, 0.001, 0.9, 0, false), false);
}

TEST_CASE("lazy Adam and AdamW equal the dense computation") {
  const Setup setup{.lr = 0.01, .tolerance = 1e-9};
  compare<optim::Adam>(setup, optim::AdamOptions{}, adam(0, 0));
  compare<optim::Adam>(setup, optim::AdamOptions{}, adam(0, 0), false);
  compare<optim::Adam>(setup, optim::AdamOptions{.weight_decay = 0.01}, adam(0.01, 0), false);
  compare<optim::AdamW>(setup, optim::AdamOptions{.weight_decay = 0.05}, adam(0, 0.05));
  compare<optim::AdamW>(setup, optim::AdamOptions{.weight_decay = 0.05}, adam(0, 0.05), false);
  // So strong a decay that the moments' rest never falls below it.
  compare<optim::AdamW>({.lr = 0.1, .steps = 1500, .tolerance = 1e-9},
                        optim::AdamOptions{.weight_decay = 2}, adam(0, 2), false);
}

TEST_CASE("lazy Adagrad equals the dense computation") {
  const Setup setup{.tolerance = 1e-9};
  compare<optim::Adagrad>(setup, optim::AdagradOptions{}, adagrad(0, 0));
  compare<optim::Adagrad>(setup, optim::AdagradOptions{.lr_decay = 1e-3, .weight_decay = 0.01},
                          adagrad(0.01, 1e-3), false);
}

TEST_CASE("in float32 lazy steps are as good as dense ones") {
  const Setup setup{.tolerance = 2e-5, .floor = 1e-2, .dtype = float32};
  compare<optim::SGD>(setup, optim::SGDOptions{.weight_decay = 0.02}, sgd(0.02, 0), false);
  compare<optim::SGD>(setup, optim::SGDOptions{.weight_decay = 0.01, .l1 = 0.001}, sgd(0.01, 0.001),
                      false);
  compare<optim::AdamW>({.lr = 0.01, .tolerance = 1e-3, .floor = 1e-2, .dtype = float32},
                        optim::AdamOptions{.weight_decay = 0.05}, adam(0, 0.05), false);
}

namespace {

// A table that is trained beside its plain loops, for what happens between steps.
struct Pair {
  explicit Pair(optim::SGDOptions options = {.weight_decay = 0.1}) : given(options) {
    optimizer = std::make_unique<optim::SGD>(Tensors{w}, given);
  }

  void step(bool row_sparse = true) {
    const Ids ids = draw_ids(draws);
    optimizer->options().lr = lr_at(dense.t, 0.1);
    optimizer->zero_grad();
    loss_of(embedding(w, ids_of(ids), {}, row_sparse)).backward();
    optimizer->step();
    dense.step(ids, lr_at(dense.t, 0.1));
  }
  void steps(int count) {
    for (int i = 0; i < count; ++i) step();
  }
  bool equal(const Doubles& seen) const { return distance(seen, dense.w, 1e-4) < 1e-12; }

  optim::SGDOptions given;
  Tensor w = from_data(start(), {rows, width}).requires_grad_();
  std::unique_ptr<optim::SGD> optimizer;
  Dense dense{given.momentum != 0
                  ? sgd_momentum(given.weight_decay, given.l1, given.momentum, 0, false)
                  : sgd(given.weight_decay, given.l1)};
  Draws draws;
};

// Elements as they lie in memory, rows left behind included.
Doubles raw(const Tensor& w) {
  const double* first = static_cast<const double*>(w.impl()->memory);
  return Doubles(first, first + w.numel());
}

}  // namespace

TEST_CASE("whoever reads a table finds all rows up to date") {
  Pair p;
  p.steps(50);
  REQUIRE_FALSE(p.equal(raw(p.w)));  // there is something to settle

  SECTION("to_vector") { CHECK(p.equal(p.w.to_vector<double>())); }
  SECTION("data") {
    const double* first = p.w.data<double>();
    CHECK(p.equal(Doubles(first, first + rows * width)));
  }
  SECTION("settle") {
    p.optimizer->settle();
    CHECK(p.equal(raw(p.w)));
  }
  SECTION("an alias that is older than the debt") {
    const Tensor alias = p.w.detach();
    p.steps(20);
    CHECK(p.equal(alias.to_vector<double>()));
  }
  SECTION("operations and views") {
    CHECK(p.equal((p.w * 1).to_vector<double>()));
    p.step();
    CHECK(p.equal(transpose(transpose(p.w)).to_vector<double>()));
    p.step();
    CHECK(p.equal(transpose(index_select(transpose(p.w), 1, arange(rows))).to_vector<double>()));
  }
  SECTION("printing") {
    std::ostringstream lazy, settled;
    lazy << p.w;
    settled << from_data(raw(p.w), {rows, width});
    CHECK(p.equal(raw(p.w)));
    CHECK(lazy.str() == settled.str());
  }
  SECTION("item") {
    CHECK(slice(slice(p.w, 0, 59, 60), 1, 2, 3).item() ==
          Approx(p.dense.w[59 * width + 2]).epsilon(1e-12));
  }
  SECTION("the optimizer's end") {
    p.optimizer.reset();
    CHECK(p.equal(raw(p.w)));
  }
}

TEST_CASE("a lookup brings its rows up to date and no others") {
  Pair p;
  p.steps(50);
  const Doubles before = raw(p.w);
  const Tensor y = embedding(p.w.detach(), ids_of({57, 3, 57}));
  const Doubles after = raw(p.w);
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t k = r * width; k < (r + 1) * width; ++k)
      if (r != 57 && r != 3) CHECK(before[std::size_t(k)] == after[std::size_t(k)]);
  for (std::int64_t k = 0; k < width; ++k) {
    CHECK(y.data<double>()[k] == Approx(p.dense.w[std::size_t(57 * width + k)]).epsilon(1e-12));
    CHECK(y.data<double>()[k] == y.data<double>()[2 * width + k]);
  }
  p.steps(50);
  CHECK(p.equal(values(p.w)));
}

TEST_CASE("a module's state holds settled rows, also when it is taken before training") {
  struct Model : nn::Module {
    nn::Embedding table =
        add("table", nn::Embedding(rows, width, {.sparse = true, .dtype = float64}));
  } model;
  copy_(model.table.weight.detach(), from_data(start(), {rows, width}));
  const nn::StateDict state = model.state_dict();
  optim::SGD optimizer(model.parameters(), {.weight_decay = 0.1});
  Dense dense(sgd(0.1, 0));
  Draws draws;
  for (int step = 0; step < 30; ++step) {
    const Ids ids = draw_ids(draws);
    optimizer.zero_grad();
    loss_of(model.table(ids_of(ids))).backward();
    optimizer.step();
    dense.step(ids, 1e-3);
  }
  CHECK(distance(values(state[0].second), dense.w, 1e-300) < 1e-12);
}

TEST_CASE("writing into a table pays its debts first") {
  Pair p;
  p.steps(30);
  copy_(select(p.w.detach(), 0, 58), full({width}, 0.5, float64));
  for (std::int64_t k = 0; k < width; ++k) p.dense.w[std::size_t(58 * width + k)] = 0.5;
  p.steps(30);
  CHECK(p.equal(values(p.w)));
  // New elements altogether owe nothing for the steps before.
  const Doubles fresh = start();
  p.w.set_data(from_data(fresh, {rows, width}));
  p.dense.w = fresh;
  p.steps(30);
  CHECK(p.equal(values(p.w)));
}

TEST_CASE("single elements of a table are written after its debts are paid") {
  Pair p;
  p.steps(30);
  const Tensor w = p.w.detach();
  index_put_(w, {ids_of({58}), ids_of({1})}, 0.5);
  p.dense.w[58 * width + 1] = 0.5;
  CHECK(p.equal(values(p.w)));
}

TEST_CASE("row-sparse and dense steps mix, as do options") {
  Pair p({.momentum = 0.9, .weight_decay = 0.05});
  p.steps(20);
  for (int i = 0; i < 20; ++i) p.step(i % 3 == 0);
  CHECK(p.equal(values(p.w)));

  // From one kind of step to another: nothing of the earlier kind may be lost.
  Pair q;
  q.steps(30);
  q.optimizer->options().l1 = 0.01;
  q.dense.element = sgd(0.1, 0.01);
  q.steps(30);
  q.optimizer->options().momentum = 0.5;
  double first = 1;
  q.dense.element = [&](double& w, double g, std::array<double, 3>& s, int, double lr) {
    const double d = g + 0.1 * w;
    s[0] = first == 1 ? d : 0.5 * s[0] + d;
    w = soft(w - lr * s[0], lr * 0.01 / (1 - 0.5));
  };
  q.step();
  first = 0;
  q.steps(30);
  q.optimizer->options().momentum = 0;
  q.dense.element = sgd(0.1, 0.01);
  q.steps(30);
  q.optimizer->options().weight_decay = 0;
  q.optimizer->options().l1 = 0;
  q.dense.element = sgd(0, 0);
  q.steps(30);
  CHECK(q.equal(values(q.w)));
}

TEST_CASE("two optimizers of one table, and one after the other") {
  Pair p;
  optim::SGD other({p.w}, {.lr = 0.05, .weight_decay = 0.3});
  for (int round = 0; round < 5; ++round) {
    p.steps(4);
    const Ids ids = {1, 45, 1};
    p.w.set_grad({});
    loss_of(embedding(p.w, ids_of(ids), {}, true)).backward();
    other.step();
    const Element own = std::exchange(p.dense.element, sgd(0.3, 0));
    p.dense.step(ids, 0.05);
    p.dense.element = own;
  }
  CHECK(p.equal(values(p.w)));
}

TEST_CASE("stopping and going on changes nothing") {
  Pair through, halfway;
  through.steps(400);
  halfway.steps(123);
  // What a program that starts again has: the elements, and a new optimizer.
  const Doubles saved = values(halfway.w);
  halfway.optimizer.reset();
  halfway.w = from_data(saved, {rows, width}).requires_grad_();
  halfway.optimizer = std::make_unique<optim::SGD>(Tensors{halfway.w}, halfway.given);
  halfway.steps(277);
  CHECK(distance(values(halfway.w), values(through.w), 1e-300) < 1e-13);
  CHECK(halfway.equal(values(halfway.w)));
}

TEST_CASE("the record of the steps starts again before it gets long") {
  Tensor w = ones({3, 1}, float64).requires_grad_();
  optim::SGD optimizer({w}, {.lr = 1e-5, .weight_decay = 1});
  w.set_grad(row_sparse({3, 1}, ids_of({1}), zeros({1, 1}, float64)));
  const int steps = (1 << 16) + 1000;
  for (int step = 0; step < steps; ++step) optimizer.step();
  const double expected = std::exp(steps * std::log1p(-1e-5));
  for (const double value : w.to_vector<double>()) CHECK(value == Approx(expected).epsilon(1e-11));
}

TEST_CASE("a step without rows is a step, one without a gradient is none") {
  Tensor w = ones({2, 1}, float64).requires_grad_();
  optim::SGD optimizer({w}, {.lr = 0.5, .weight_decay = 0.5});
  optimizer.step();
  CHECK(w.to_vector<double>() == Doubles{1, 1});
  sum(embedding(w, ids_of({0}), {}, true)).backward();
  optimizer.zero_grad(false);
  REQUIRE(w.grad().is_row_sparse());
  CHECK(row_ids(w.grad()).numel() == 0);
  optimizer.step();
  CHECK(w.to_vector<double>() == Doubles{0.75, 0.75});
}

TEST_CASE("a step makes graphs that saved the table stale, settling does not") {
  Pair p;
  p.steps(10);
  const Tensor square = sum(p.w * p.w);
  p.w.to_vector<double>();
  CHECK_NOTHROW(square.backward({}, {.retain_graph = true}));
  p.w.set_grad({});
  p.step();
  CHECK_THAT(error_of([&] { square.backward(); }), StartsWith("mul: input"));
}

TEST_CASE("threads may read a table together between steps") {
  Pair p;
  p.steps(200);
  std::vector<Doubles> seen(4);
  std::vector<std::thread> readers;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    readers.emplace_back([&, i] {
      const Tensor all = arange(rows);
      seen[i] = (i % 2 ? embedding(p.w.detach(), all) : p.w.detach()).to_vector<double>();
    });
  }
  for (std::thread& reader : readers) reader.join();
  for (const Doubles& values_seen : seen) CHECK(p.equal(values_seen));
}

TEST_CASE("the padding row is left alone by steps and their decay") {
  const auto run = [](bool row_sparse, auto make) {
    Tensor w = full({4, 2}, 0.5, float64).requires_grad_();
    const auto optimizer = make(w);
    for (int step = 0; step < 10; ++step) {
      optimizer->zero_grad();
      const Tensor y = embedding(w, ids_of({1, 2, 1}), 2, row_sparse);
      CHECK(slice(y.detach(), 0, 1, 2).to_vector<double>() == Doubles{0, 0});
      sum(y).backward();
      optimizer->step();
    }
    const Doubles end = w.to_vector<double>();
    CHECK(end[4] == 0.5);
    CHECK(end[5] == 0.5);
    return end;
  };
  const auto both = [&](auto make) {
    const Doubles dense = run(false, make), lazy = run(true, make);
    for (std::size_t i = 0; i < dense.size(); ++i)
      CHECK(lazy[i] == Approx(dense[i]).epsilon(1e-12));
    CHECK(dense[0] < 0.5);  // while others decay
  };
  both([](const Tensor& w) {
    return std::make_unique<optim::SGD>(
        Tensors{w}, optim::SGDOptions{.lr = 0.1, .weight_decay = 0.1, .l1 = 0.01});
  });
  both([](const Tensor& w) {
    return std::make_unique<optim::SGD>(
        Tensors{w}, optim::SGDOptions{.lr = 0.1, .momentum = 0.9, .weight_decay = 0.1});
  });
  both([](const Tensor& w) {
    return std::make_unique<optim::AdamW>(Tensors{w}, optim::AdamOptions{.weight_decay = 0.1});
  });
  both([](const Tensor& w) {
    return std::make_unique<optim::Adagrad>(Tensors{w}, optim::AdagradOptions{.weight_decay = 0.1});
  });
}

TEST_CASE("an optimizer without an exact rule refuses row-sparse gradients") {
  struct SignDescent : optim::Optimizer {
    explicit SignDescent(const Tensors& parameters) {
      register_parameters("SignDescent", parameters, Site());
    }
    void step(Site site = {}) override { gradient("SignDescent", 0, site); }
  };
  Tensor w = ones({2, 1}).requires_grad_();
  SignDescent optimizer({w});
  sum(embedding(w, ids_of({0}), {}, true)).backward();
  CHECK_THAT(
      error_of([&] { optimizer.step(); }),
      StartsWith("SignDescent: parameter 0 has a row-sparse gradient, and this optimizer has "
                 "no exact rule for the rows that it leaves out; look its rows up without "
                 "`sparse`, or train it with SGD, Adagrad, Adam or AdamW [lazy_test.cpp:"));
}

namespace {

// Trains a table with an L2 penalty node and holds elements and the penalty's value against loops
// over all rows. Returns whether rows were left behind at the end.
template <class Optimizer, class Options>
bool compare_penalty(const Setup& setup, Options options, double lambda, const Element& element,
                     double value_tolerance) {
  nn::Embedding table = nn::Embedding::from_pretrained(
      to(from_data(start(), {rows, width}), setup.dtype), false, {.sparse = true});
  Optimizer optimizer(table.parameters(), options);
  Dense dense(element);
  Draws draws;
  double worst = 0;
  for (int step = 0; step < setup.steps; ++step) {
    const double lr = lr_at(step, setup.lr);
    const Ids ids = draw_ids(draws);
    optimizer.options().lr = lr;
    optimizer.zero_grad();
    const Tensor penalty = nn::l2_penalty(table.weight, lambda);
    double squares = 0;
    for (const double w : dense.w) squares += w * w;
    worst = std::max(worst, std::abs(penalty.item() / (lambda / 2 * squares) - 1));
    (loss_of(table(ids_of(ids))) + penalty).backward();
    REQUIRE(table.weight.grad().is_row_sparse());
    REQUIRE(row_ids(table.weight.grad()).numel() == batch);
    optimizer.step();
    dense.step(ids, lr);
  }
  INFO("value off by " << worst);
  CHECK(worst < value_tolerance);
  // Rows that are behind in memory show that nothing has looked at the whole table.
  const bool behind =
      setup.dtype == float64 && distance(raw(table.weight), dense.w, setup.floor) > setup.tolerance;
  CHECK(distance(values(table.weight), dense.w, setup.floor) < setup.tolerance);
  return behind;
}

}  // namespace

TEST_CASE("an L2 penalty node on a table costs no look at the table and equals the dense one") {
  // Decay of its own beside the penalty's, and both vary in weight.
  CHECK(compare_penalty<optim::SGD>({}, optim::SGDOptions{}, 0.02, sgd(0.02, 0), 1e-11));
  CHECK(compare_penalty<optim::SGD>({}, optim::SGDOptions{.weight_decay = 0.01}, 0.02, sgd(0.03, 0),
                                    1e-11));
  compare_penalty<optim::SGD>({.steps = 1000, .tolerance = 2e-5, .floor = 1e-2, .dtype = float32},
                              optim::SGDOptions{}, 0.02, sgd(0.02, 0), 2e-6);
}

TEST_CASE(
    "an L2 penalty node on a table works with every optimizer, where the value needs a look") {
  const Setup setup{.lr = 0.02, .steps = 800, .tolerance = 1e-9, .floor = 1e-4};
  compare_penalty<optim::SGD>(setup, optim::SGDOptions{.l1 = 0.001}, 0.02, sgd(0.02, 0.001), 1e-9);
  compare_penalty<optim::SGD>(setup, optim::SGDOptions{.momentum = 0.9}, 0.02,
                              sgd_momentum(0.02, 0, 0.9, 0, false), 1e-9);
  compare_penalty<optim::Adam>(setup, optim::AdamOptions{.weight_decay = 0.01}, 0.02, adam(0.03, 0),
                               1e-9);
  compare_penalty<optim::AdamW>(setup, optim::AdamOptions{.weight_decay = 0.05}, 0.02,
                                adam(0.02, 0.05), 1e-9);
  compare_penalty<optim::Adagrad>(setup, optim::AdagradOptions{}, 0.02, adagrad(0.02, 0), 1e-9);
}

TEST_CASE("the value of a penalty follows every write to its table") {
  nn::Embedding table(10, 2, {.padding_idx = 0, .sparse = true, .dtype = float64});
  optim::SGD optimizer(table.parameters(), {.lr = 0.1, .weight_decay = 0.1});
  const auto check = [&] {
    const double value = nn::l2_penalty(table.weight, 2).item();
    double squares = 0;
    for (const double w : values(table.weight)) squares += w * w;
    CHECK(value == Approx(squares).epsilon(1e-12));
  };
  const auto step = [&](bool row_sparse = true) {
    optimizer.zero_grad();
    if (row_sparse)
      sum(square(table(ids_of({1, 2, 1})))).backward();
    else
      sum(square(embedding(table.weight, ids_of({1, 2})))).backward();
    optimizer.step();
  };
  for (int round = 0; round < 3; ++round) {
    check();
    step();
    check();
    copy_(select(table.weight.detach(), 0, 0), ones({2}));  // the padding row, which stays
    step();
    check();
    step(false);
    check();
    optimizer.options().l1 = 0.01;
    step();
    optimizer.options().l1 = 0;
    step();
    step();
    check();
    table.weight.set_data(randn({10, 2}, float64));
    check();
    step();
  }
}

TEST_CASE("a gradient that holds a multiple of its table") {
  Tensor w = from_data(Doubles{1, 2, 3, 4}, {2, 2}).requires_grad_();
  const auto backward = [&] {
    (sum(embedding(w, ids_of({1}), {}, true)) + nn::l2_penalty(w, 0.5)).backward();
  };
  backward();
  CHECK(row_decay(w.grad()) == 0.5);
  CHECK(to_dense(w.grad()).to_vector<double>() == Doubles{0.5, 1, 2.5, 3});
  CHECK(to_dense(scale_rows(w.grad(), 2)).to_vector<double>() == Doubles{1, 2, 5, 6});
  backward();  // accumulates
  CHECK(to_dense(w.grad()).to_vector<double>() == Doubles{1, 2, 5, 6});
  std::ostringstream text;
  text << w.grad();
  CHECK_THAT(text.str(), ContainsSubstring("and 1.000000 times the table"));
  sum(w * w).backward();  // a dense gradient takes it in
  CHECK(w.grad().to_vector<double>() == Doubles{3, 6, 11, 14});
  w.set_grad({});

  backward();
  fill_(w.detach(), 1);
  const std::string stale =
      "a row-sparse gradient holds a multiple of its table, as l2_penalty gives it, and the table "
      "was written to since; call zero_grad() after each step, or to_dense(t) before it "
      "[lazy_test.cpp:";
  CHECK_THAT(error_of([&] { to_dense(w.grad()); }), StartsWith(stale));
  CHECK_THAT(error_of([&] { backward(); }), StartsWith(stale));
  optim::SGD optimizer({w});
  CHECK_THAT(error_of([&] { optimizer.step(); }), StartsWith(stale));
}

TEST_CASE("penalties of tables with row-sparse gradients pass the gradient check") {
  const GradientReport report = check_gradients(
      [](const Tensors& in) {
        return sum(exp(embedding(in[0], ids_of({1, 3, 1}), {}, true))) +
               nn::l2_penalty(in[0], 0.3) * sum(in[1]);
      },
      {randn({4, 2}, float64).requires_grad_(), randn({2}, float64).requires_grad_()});
  INFO(report.str());
  CHECK(bool(report));
}
