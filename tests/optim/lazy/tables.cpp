// What happens between the steps of a table with rows left behind.

#include "optim/lazy/dense.hpp"

namespace lazy {

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
    loss_of(embedding(w, ids_of(ids), {.sparse = row_sparse})).backward();
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

}  // namespace

TEST_CASE("whoever reads a table finds all rows up to date") {
  Pair p;
  p.steps(50);
  REQUIRE_FALSE(p.equal(raw(p.w)));  // there is something to catch up

  SECTION("to_vector") { CHECK(p.equal(p.w.to_vector<double>())); }
  SECTION("data") {
    const double* first = p.w.data<double>();
    CHECK(p.equal(Doubles(first, first + rows * width)));
  }
  SECTION("catch_up") {
    p.optimizer->catch_up();
    CHECK(p.equal(raw(p.w)));
  }
  SECTION("an alias that is older than the pending steps") {
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
    std::ostringstream lazy, caught_up;
    lazy << p.w;
    caught_up << from_data(raw(p.w), {rows, width});
    CHECK(p.equal(raw(p.w)));
    CHECK(lazy.str() == caught_up.str());
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

TEST_CASE("a module's state holds rows that are caught up, also when it is taken before training") {
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

TEST_CASE("writing into a table catches up its pending steps first") {
  Pair p;
  p.steps(30);
  copy_(select(p.w.detach(), 0, 58), full({width}, 0.5, float64));
  for (std::int64_t k = 0; k < width; ++k) p.dense.w[std::size_t(58 * width + k)] = 0.5;
  p.steps(30);
  CHECK(p.equal(values(p.w)));
  // New elements altogether have no pending steps of the steps before.
  const Doubles fresh = start();
  p.w.set_data(from_data(fresh, {rows, width}));
  p.dense.w = fresh;
  p.steps(30);
  CHECK(p.equal(values(p.w)));
}

TEST_CASE("single elements of a table are written after its pending steps") {
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
    loss_of(embedding(p.w, ids_of(ids), {.sparse = true})).backward();
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
  CHECK_THAT(
      error_of([&] { optimizer.step(); }),
      StartsWith("SGD: no parameter has a gradient; call backward() on a loss that depends on "
                 "them before step() [tables.cpp:"));
  CHECK(w.to_vector<double>() == Doubles{1, 1});
  sum(embedding(w, ids_of({0}), {.sparse = true})).backward();
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
      const Tensor y = embedding(w, ids_of({1, 2, 1}), {.padding_idx = 2, .sparse = row_sparse});
      CHECK(slice(y.detach(), 0, 1, 2).to_vector<double>() == Doubles{0, 0});
      sum(y).backward();
      optimizer->step();
    }
    Doubles end = w.to_vector<double>();
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
  struct SignDescent : optim::GroupedOptimizer<optim::SGDOptions> {
    explicit SignDescent(const Tensors& parameters) : GroupedOptimizer("SignDescent") {
      add_group(parameters);
    }
    Tensor update(optim::ParameterStep& step, const optim::SGDOptions& o) const override {
      return step.parameter() - o.lr * sign(step.gradient());
    }
  };
  Tensor w = ones({2, 1}).requires_grad_();
  SignDescent optimizer({w});
  sum(embedding(w, ids_of({0}), {.sparse = true})).backward();
  CHECK_THAT(
      error_of([&] { optimizer.step(); }),
      StartsWith(
          "SignDescent: parameter 0 has a row-sparse gradient, and this optimizer has "
          "no exact rule for the rows that it leaves out; look its rows up without "
          "`sparse`, or train it with one that has, such as SGD, Adagrad or AdamW [tables.cpp:"));
}

}  // namespace lazy
