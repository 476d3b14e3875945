// L2 penalties of such tables.

#include "optim/lazy/dense.hpp"

namespace lazy {

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
    (sum(embedding(w, ids_of({1}), {.sparse = true})) + nn::l2_penalty(w, 0.5)).backward();
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
      "[penalty.cpp:";
  CHECK_THAT(error_of([&] { to_dense(w.grad()); }), StartsWith(stale));
  CHECK_THAT(error_of([&] { backward(); }), StartsWith(stale));
  optim::SGD optimizer({w});
  CHECK_THAT(error_of([&] { optimizer.step(); }), StartsWith(stale));
}

TEST_CASE("penalties of tables with row-sparse gradients pass the gradient check") {
  const GradientReport report = check_gradients(
      [](const Tensors& in) {
        return sum(exp(embedding(in[0], ids_of({1, 3, 1}), {.sparse = true}))) +
               nn::l2_penalty(in[0], 0.3) * sum(in[1]);
      },
      {randn({4, 2}, float64).requires_grad_(), randn({2}, float64).requires_grad_()});
  INFO(report.str());
  CHECK(bool(report));
}

}  // namespace lazy
