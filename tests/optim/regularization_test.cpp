// Penalties, decays and proximal steps: each against a closed form, and against each other.

#include <cinta/cinta.hpp>
#include <cinta/ops/kernels/elementwise/penalty.hpp>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

// Absent where the library is built without OpenMP.
extern "C" [[gnu::weak]] void omp_set_num_threads(int);

namespace {

using namespace cinta;
using Doubles = std::vector<double>;

constexpr double inf = std::numeric_limits<double>::infinity();

// A leaf of float64.
Tensor leaf(const Doubles& values, const Shape& shape) {
  return from_data(values, shape).requires_grad_();
}
Tensor leaf(const Doubles& values) { return leaf(values, {std::int64_t(values.size())}); }

Doubles values(const Tensor& x) { return to(x.detach(), float64).to_vector<double>(); }

// A loss whose gradient at w is w * w - 1: not linear, so that order matters.
Tensor loss_of(const Tensor& w) { return sum(w * w * w) / 3 - sum(w); }

struct Net : nn::Module {
  nn::Linear hidden = add("hidden", nn::Linear(3, 4, {.dtype = float64}));
  nn::Linear out = add("out", nn::Linear(4, 1, {.dtype = float64}));
  Tensor bias = add("bias", ones({1}, float64));
};

}  // namespace

TEST_CASE("penalties choose parameters by name") {
  const Net net;
  const auto named = net.named_parameters();
  const auto same = [](const Tensors& found, const Tensors& wanted) {
    if (found.size() != wanted.size()) return false;
    for (std::size_t i = 0; i < found.size(); ++i)
      if (found[i].impl() != wanted[i].impl()) return false;
    return true;
  };
  const Tensor &w1 = net.hidden.weight, &b1 = net.hidden.bias, &w2 = net.out.weight,
               &b2 = net.out.bias;
  CHECK(same(nn::matching(named, "*.weight"), {w1, w2}));
  CHECK(same(nn::matching(named, "*"), {net.bias, w1, b1, w2, b2}));
  CHECK(same(nn::matching(named, "*", nn::without_biases), {w1, w2}));
  CHECK(same(nn::matching(named, "hidden.*"), {w1, b1}));
  CHECK(same(nn::matching(named, "?ut.*e*"), {w2}));
  CHECK(same(nn::matching(named, "bias"), {net.bias}));
  CHECK(same(nn::matching(named, "*out*bi*as*"), {b2}));
  const std::string there =
      "; there are: bias, hidden.weight, hidden.bias, out.weight, out.bias "
      "[regularization_test.cpp:";
  CHECK_THAT(error_of([&] { nn::matching(named, "*.wieght"); }),
             StartsWith("matching: no name fits \"*.wieght\"" + there));
  CHECK_THAT(error_of([&] { nn::matching(named, "*.bias", nn::without_biases); }),
             StartsWith("matching: no name fits \"*.bias\" without biases" + there));
  CHECK_THAT(error_of([&] { nn::matching({}, "*"); }),
             StartsWith("matching: no name fits \"*\"; there are:  ["));

  // One node over several parameters equals the sum of single ones.
  const Tensors weights = nn::matching(named, "*.weight");
  const Tensor at_once = nn::elastic_net_penalty(weights, 0.1, 0.3);
  CHECK(at_once.node()->input_count() == 2);
  CHECK(at_once.item() == Approx(0.1 * (sum(abs(w1)) + sum(abs(w2))).item() +
                                 0.15 * (sum(w1 * w1) + sum(w2 * w2)).item())
                              .epsilon(1e-14));
  at_once.backward();
  for (const Tensor& w : weights)
    CHECK(max(abs(w.grad() - 0.1 * sign(w.detach()) - 0.3 * w.detach())).item() < 1e-16);
  CHECK_FALSE(b1.grad().defined());
}

TEST_CASE("a parameter named twice counts twice") {
  const Tensor w = leaf({2, -3});
  const Tensor penalty = nn::l2_penalty({w, w}, 0.5);
  CHECK(penalty.item() == 6.5);
  penalty.backward();
  CHECK(values(w.grad()) == Doubles{2, -3});
}

TEST_CASE("the lecture's sign(0) is +1, in every order of differentiation") {
  const Tensor w = leaf({-2, 0, 3});
  for (const bool recorded : {false, true}) {
    const GradOptions options{.create_graph = recorded};
    const auto slope = [&](const Tensor& penalty) {
      return values(grad({penalty}, {w}, options)[0]);
    };
    CHECK(slope(nn::l1_penalty(w, 0.5)) == Doubles{-0.5, 0, 0.5});
    CHECK(slope(nn::l1_penalty(w, 0.5, nn::SignAtZero::plus_one)) == Doubles{-0.5, 0.5, 0.5});
    CHECK(slope(nn::elastic_net_penalty(w, 0.5, 2, nn::SignAtZero::plus_one)) ==
          Doubles{-4.5, 0.5, 6.5});
  }
}

TEST_CASE("a group of zeros has slope 0, and NaN stays") {
  const double nan = std::nan("");
  const Tensor w = leaf({0, 0, 3, 4, nan, 1}, {3, 2});
  for (const bool recorded : {false, true}) {
    const Doubles slope =
        values(grad({nn::group_lasso_penalty(w, 1)}, {w}, {.create_graph = recorded})[0]);
    CHECK(slope[0] == 0);
    CHECK(slope[1] == 0);
    CHECK(slope[2] == Approx(std::sqrt(2) * 0.6));
    CHECK(slope[3] == Approx(std::sqrt(2) * 0.8));
    CHECK(std::isnan(slope[4]));
    CHECK(std::isnan(values(grad({nn::l1_penalty(w, 1)}, {w}, {.create_graph = recorded})[0])[4]));
  }
  CHECK(std::isnan(nn::l1_penalty(w, 1).item()));
}

TEST_CASE("groups whose squares overflow or vanish have their norm") {
  for (const double size : {1e200, 1e-200}) {
    const Tensor w = leaf({3 * size, 4 * size, 0, 0}, {2, 2});
    CHECK(nn::group_lasso_penalty(w, 1).item() / size == Approx(std::sqrt(2) * 5));
    const Doubles slope = values(grad({nn::group_lasso_penalty(w, 1)}, {w})[0]);
    CHECK(slope[0] == Approx(std::sqrt(2) * 0.6));
    CHECK(slope[1] == Approx(std::sqrt(2) * 0.8));
  }
}

TEST_CASE("penalties of a part end where it ends") {
  const std::int64_t n = 100'000;
  const Tensor part = slice(cat({ones({n}), full({n}, 1e3)}), 0, 0, n);
  CHECK(nn::l1_penalty(part, 1).item() == double(n));
  CHECK(nn::l2_penalty(part, 2).item() == double(n));
}

TEST_CASE("large penalties are exact, and the same for any number of threads") {
  manual_seed(5);
  const std::int64_t n = 1'000'003;
  Tensor w = randn({n}).requires_grad_();
  long double absolute = 0, squares = 0;
  for (const float v : w.to_vector<float>()) {
    absolute += std::abs((long double)v);
    squares += (long double)v * v;
  }
  double value = 0;
  Doubles slopes;
  for (const int threads : {1, 2, 3, 5}) {
    if (omp_set_num_threads) omp_set_num_threads(threads);
    w.set_grad({});
    const Tensor penalty = nn::elastic_net_penalty(w, 0.1, 0.1);
    penalty.backward();
    CHECK(penalty.item() == Approx(double(0.1L * absolute + 0.05L * squares)).epsilon(1e-6));
    if (threads == 1) {
      value = penalty.item();
      slopes = values(w.grad());
    }
    CHECK(penalty.item() == value);
    CHECK(values(w.grad()) == slopes);
  }
  const Tensor matrix = reshape(w.detach(), {-1, 1});  // groups of columns and of rows
  double norm = 0;
  for (const int threads : {1, 2, 3}) {
    if (omp_set_num_threads) omp_set_num_threads(threads);
    const double columns = nn::group_lasso_penalty(matrix, 1, 1).item();
    CHECK(columns == Approx(std::sqrt(double(n)) * std::sqrt(double(squares))).epsilon(1e-6));
    CHECK(nn::group_lasso_penalty(matrix, 1, 0).item() == Approx(double(absolute)).epsilon(1e-6));
    if (threads == 1) norm = columns;
    CHECK(columns == norm);
  }
  if (omp_set_num_threads) omp_set_num_threads(2);
}

TEST_CASE("plain SGD: a penalty node is weight decay and shrinks by 1 - lr * lambda") {
  const double lr = 0.1, lambda = 0.25;
  Tensor node = leaf({0.5, -0.75, 2}), decay = leaf({0.5, -0.75, 2}), alone = leaf({0.5, -0.75, 2});
  optim::SGD a({node}, {.lr = lr}), b({decay}, {.lr = lr, .weight_decay = lambda}),
      c({alone}, {.lr = lr});
  for (int step = 1; step <= 50; ++step) {
    a.zero_grad();
    (loss_of(node) + nn::l2_penalty(node, lambda)).backward();
    a.step();
    b.zero_grad();
    loss_of(decay).backward();
    b.step();
    c.zero_grad();
    nn::l2_penalty(alone, lambda).backward();
    c.step();
    const Doubles x = values(node), y = values(decay), z = values(alone);
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(x[i] == Approx(y[i]).epsilon(1e-13));
      CHECK(z[i] ==
            Approx(Doubles{0.5, -0.75, 2}[i] * std::pow(1 - lr * lambda, step)).epsilon(1e-13));
    }
  }
}

TEST_CASE("Adam: a penalty node is coupled decay, AdamW's decoupled decay is not") {
  const double lr = 0.1, lambda = 0.25;
  const Doubles start = {0.5, -1.25, 20};
  Tensor node = leaf(start), coupled = leaf(start), decoupled = leaf(start), plain = leaf(start);
  optim::Adam a({node}, {.lr = lr}), b({coupled}, {.lr = lr, .weight_decay = lambda}),
      d({plain}, {.lr = lr});
  optim::AdamW c({decoupled}, {.lr = lr, .weight_decay = lambda});
  const auto zero = [](const Tensor& w) { return 0 * sum(w); };  // no loss but the penalty
  a.zero_grad();
  (zero(node) + nn::l2_penalty(node, lambda)).backward();
  zero(coupled).backward();
  zero(decoupled).backward();
  zero(plain).backward();
  a.step();
  b.step();
  c.step();
  d.step();
  for (std::size_t i = 0; i < 3; ++i) {
    // Adam divides the penalty's gradient by its own size: each weight moves by lr, large or small.
    const double moved = start[i] - std::copysign(lr, start[i]);
    CHECK(values(node)[i] == Approx(moved).epsilon(1e-7));
    CHECK(values(coupled)[i] == values(node)[i]);
    CHECK(values(decoupled)[i] == Approx(start[i] * (1 - lr * lambda)).epsilon(1e-14));
    CHECK(values(plain)[i] == start[i]);
  }
  for (int step = 0; step < 30; ++step) {
    for (optim::Optimizer* each :
         {(optim::Optimizer*)&a, (optim::Optimizer*)&b, (optim::Optimizer*)&c})
      each->zero_grad();
    (sum(square(node - 1)) + nn::l2_penalty(node, lambda)).backward();
    sum(square(coupled - 1)).backward();
    sum(square(decoupled - 1)).backward();
    a.step();
    b.step();
    c.step();
  }
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(values(coupled)[i] == Approx(values(node)[i]).epsilon(1e-12));
    CHECK(std::abs(values(decoupled)[i] - values(coupled)[i]) > 1e-3);
  }
}

// --- proximal steps --------------------------------------------------------------------------

namespace {

// w after one step of SGD with lr on a loss whose gradient is 0, so that the step is the proximal
// one alone.
Doubles proximal(const Doubles& start, const Shape& shape, const optim::ProximalOptions& options,
                 double lr, Dtype dtype = float64) {
  Tensor w = to(from_data(start, shape), dtype).requires_grad_();
  w.set_grad(zeros(shape, dtype));
  optim::SGD sgd({w}, {.lr = lr});
  optim::Proximal optimizer(sgd);
  optimizer.add_group({w}, options);
  optimizer.step();
  return values(w);
}

double penalty_value(const Doubles& u, std::int64_t rows, std::int64_t columns,
                     const optim::ProximalOptions& o) {
  double value = 0;
  for (const double v : u) {
    if (v < o.low - 1e-9 || v > o.high + 1e-9) return inf;
    value += o.l1 * std::abs(v) + o.l2 / 2 * v * v;
  }
  const std::int64_t groups = o.axis == 0 ? rows : columns, size = std::int64_t(u.size()) / groups;
  for (std::int64_t g = 0; g < groups; ++g) {
    double squares = 0;
    for (std::int64_t i = 0; i < std::int64_t(u.size()); ++i)
      if ((o.axis == 0 ? i / columns : i % columns) == g)
        squares += u[std::size_t(i)] * u[std::size_t(i)];
    if (std::sqrt(squares) > o.max_norm + 1e-9) return inf;
    value += o.group_lasso * std::sqrt(double(size) * squares);
  }
  return value;
}

}  // namespace

TEST_CASE("soft thresholding gives exact zeros") {
  CHECK(proximal({3, -3, 0.25, -0.25, 0.2, 0}, {6}, {.l1 = 0.5}, 0.5) ==
        Doubles{2.75, -2.75, 0, 0, 0, 0});
  CHECK(proximal({3, -4}, {2}, {.l2 = 2}, 0.5) == Doubles{1.5, -2});
  CHECK(proximal({3, -0.5}, {2}, {.l1 = 1, .l2 = 2}, 0.5) == Doubles{1.25, 0});
  CHECK(proximal({3, -0.5, 0.75}, {3}, {.low = 0}, 0.5) == Doubles{3, 0, 0.75});
  CHECK(proximal({3, -0.5, 0.75}, {3}, {.l1 = 1, .low = -1, .high = 1}, 0.5) ==
        Doubles{1, 0, 0.25});
  for (const Dtype dtype : {float32, float64}) {
    const Doubles rows = proximal({3, 4, 0.3, 0.4}, {2, 2}, {.group_lasso = 1}, 0.5, dtype);
    const double factor = 1 - 0.5 * std::sqrt(2) / 5;
    CHECK(rows[0] == Approx(3 * factor).epsilon(1e-6));
    CHECK(rows[1] == Approx(4 * factor).epsilon(1e-6));
    CHECK(rows[2] == 0);
    CHECK(rows[3] == 0);
    const Doubles columns =
        proximal({3, 0.3, 4, 0.4}, {2, 2}, {.group_lasso = 1, .axis = -1}, 0.5, dtype);
    CHECK(columns == Doubles{rows[0], 0, rows[1], 0});
  }
  const Doubles limited = proximal({3, 4, 0.3, 0.4}, {2, 2}, {.max_norm = 2}, 0.5);
  CHECK(limited[0] == Approx(1.2).epsilon(1e-15));
  CHECK(limited[1] == Approx(1.6).epsilon(1e-15));
  CHECK(limited[2] == 0.3);
  CHECK(limited[3] == 0.4);
  CHECK(proximal({3, 4}, {1, 2}, {.max_norm = 0}, 0.5) == Doubles{0, 0});
}

TEST_CASE("a proximal step is the minimum that it is defined as") {
  // The objective is strictly convex: no small move in any direction may lower it.
  manual_seed(17);
  const std::int64_t rows = 3, columns = 4;
  const double lr = 0.3;
  const optim::ProximalOptions cases[] = {
      {.l1 = 1},
      {.l1 = 0.7, .l2 = 2},
      {.l1 = 0.5, .l2 = 1, .low = -0.4, .high = 0.9},
      {.low = 0.2, .high = 0.6},
      {.group_lasso = 1.2},
      {.group_lasso = 0.9, .axis = 1},
      {.l1 = 0.8, .l2 = 0.6, .group_lasso = 0.5},
      {.l1 = 0.8, .l2 = 0.6, .group_lasso = 0.5, .low = 0},
      {.l1 = 0.4, .l2 = 0.6, .group_lasso = 0.3, .max_norm = 0.8},
      {.l1 = 0.4, .high = 0, .max_norm = 0.5, .axis = 1},
  };
  for (const optim::ProximalOptions& options : cases) {
    for (int trial = 0; trial < 20; ++trial) {
      const Doubles v = values(randn({rows, columns}, float64));
      const Doubles u = proximal(v, {rows, columns}, options, lr);
      const auto objective = [&](const Doubles& x) {
        double value = lr * penalty_value(x, rows, columns, options);
        for (std::size_t i = 0; i < x.size(); ++i) value += (x[i] - v[i]) * (x[i] - v[i]) / 2;
        return value;
      };
      const double least = objective(u);
      REQUIRE(std::isfinite(least));
      for (int move = 0; move < 60; ++move) {
        const Doubles direction = values(randn({rows, columns}, float64));
        for (const double size : {1e-1, 1e-3}) {
          Doubles x = u;
          for (std::size_t i = 0; i < x.size(); ++i)
            if (move >= 24 || std::int64_t(i) == move / 2)  // single elements first, both ways
              x[i] += move < 24 ? (move % 2 ? size : -size) : size * direction[i];
          REQUIRE(objective(x) >= least - 1e-12);
        }
      }
    }
  }
}

namespace {

struct Problem {
  Tensor x, y;
  Tensor loss(const Tensor& w) const { return sum(square(matmul(x, w) - y)) / 2; }
};

Problem lasso_problem() {
  manual_seed(23);
  const Tensor x = randn({30, 6}, float64);
  const Tensor truth = tensor({2, -1, 0, 0, 0.5, 0}, float64);
  return {x, matmul(x, truth) + 0.1 * randn({30}, float64)};
}

// How far w is from a minimum of loss + l1 * sum |w| + l2 / 2 * sum w^2.
double distance_from_optimum(const Problem& problem, const Tensor& w, double l1, double l2) {
  Tensor leaf = clone(w.detach()).requires_grad_();
  problem.loss(leaf).backward();
  const Doubles g = values(leaf.grad()), v = values(leaf);
  double worst = 0;
  for (std::size_t i = 0; i < g.size(); ++i) {
    const double slope = g[i] + l2 * v[i];
    worst = std::max(worst,
                     v[i] == 0 ? std::abs(slope) - l1 : std::abs(slope + std::copysign(l1, v[i])));
  }
  return worst;
}

}  // namespace

TEST_CASE("with SGD, proximal steps end in the minimum of loss plus penalty") {
  const Problem problem = lasso_problem();
  const optim::SGDOptions ways[] = {{.lr = 0.01},
                                    {.lr = 0.005, .momentum = 0.8},
                                    {.lr = 0.005, .momentum = 0.8, .dampening = 0.5},
                                    {.lr = 0.005, .momentum = 0.8, .nesterov = true}};
  for (const optim::SGDOptions& way : ways) {
    Tensor w = zeros({6}, float64).requires_grad_();
    optim::SGD sgd({w}, way);
    optim::Proximal optimizer(sgd);
    optimizer.add_group({w}, {.l1 = 8, .l2 = 0.5});
    for (int step = 0; step < 1500; ++step) {
      optimizer.zero_grad();
      problem.loss(w).backward();
      optimizer.step();
    }
    CHECK(distance_from_optimum(problem, w, 8, 0.5) < 1e-9);
    const Doubles found = values(w);
    CHECK(std::count(found.begin(), found.end(), 0.0) == 3);
  }
}

TEST_CASE("an L1 node alone never gives the zeros that the proximal step gives") {
  const Problem problem = lasso_problem();
  Tensor w = full({6}, 0.123, float64).requires_grad_();
  optim::SGD sgd({w}, {.lr = 0.01});
  for (int step = 0; step < 1500; ++step) {
    sgd.zero_grad();
    (problem.loss(w) + nn::l1_penalty(w, 8)).backward();
    sgd.step();
  }
  for (const double v : values(w)) CHECK(v != 0);
}

TEST_CASE("with Adam the proximal step is decoupled: lr * l1 whatever the gradient") {
  for (const double size : {1e-3, 1e3}) {
    Tensor w = leaf({5, -5, 0.01});
    optim::Adam adam({w}, {.lr = 0.1, .eps = 0});
    optim::Proximal optimizer(adam);
    optimizer.add_group({w}, {.l1 = 0.5});
    (size * sum(w)).backward();
    optimizer.step();
    const Doubles found = values(w);
    CHECK(found[0] == Approx(5 - 0.1 - 0.05));
    CHECK(found[1] == Approx(-5 - 0.1 + 0.05));
    CHECK(found[2] == Approx(0.01 - 0.1 + 0.05));
  }
}

TEST_CASE("groups of a proximal optimizer have their own options and steps") {
  Tensor a = leaf({1}), b = leaf({1}), c = leaf({1}), idle = leaf({1});
  optim::SGD sgd({a}, {.lr = 0.5});
  sgd.add_group({b, c, idle}, {.lr = 0.25});
  optim::Proximal optimizer(sgd);
  optimizer.add_group({c, b, idle}, {.l1 = 0.4});
  optimizer.add_group({a}, {.l1 = 0.4});
  (0 * (sum(a) + sum(b) + sum(c))).backward();
  optimizer.step();
  CHECK(values(a)[0] == Approx(1 - 0.5 * 0.4));
  CHECK(values(b)[0] == Approx(1 - 0.25 * 0.4));
  CHECK(values(c)[0] == Approx(1 - 0.25 * 0.4));
  CHECK(values(idle)[0] == 1);  // no gradient, no step
  optimizer.options(1).l1 = 0;
  sgd.options(1).lr = 1;
  optimizer.step();
  CHECK(values(a)[0] == Approx(0.8));
  CHECK(values(b)[0] == Approx(0.5));
  optimizer.zero_grad();
  CHECK_FALSE(a.grad().defined());
}

TEST_CASE("a projection after the step is noticed by graphs, a lookup changes nothing") {
  Tensor table = leaf({3, 4, 0, 1}, {2, 2});
  optim::SGD sgd({table}, {.lr = 0.1});
  optim::Proximal optimizer(sgd);
  optimizer.add_group({table}, {.max_norm = 2});
  const Tensor rows = embedding(table, tensor({0, 1}, int64));
  CHECK(values(rows) == Doubles{3, 4, 0, 1});  // not yet projected, and read as it is
  const Tensor loss = sum(table * table * 0);
  loss.backward({}, {.retain_graph = true});
  optimizer.step();
  CHECK(sum(square(select(table.detach(), 0, 0))).item() == Approx(4));
  CHECK_THAT(error_of([&] { loss.backward(); }), ContainsSubstring("by Proximal.step"));
}

TEST_CASE("proximal optimizers refuse what has no step") {
  Tensor w = leaf({1, 2}), other = leaf({1});
  optim::SGD sgd({w}, {.lr = 0.1});
  const auto refusal = [&](const Tensors& parameters, const optim::ProximalOptions& options) {
    optim::Proximal optimizer(sgd);
    const std::string text = error_of([&] { optimizer.add_group(parameters, options); });
    return text.substr(0, text.find(" [regularization_test.cpp:"));
  };
  CHECK(refusal({w}, {}) == "no error");
  CHECK(refusal({}, {}) == "Proximal: no parameters");
  CHECK(refusal({Tensor()}, {}) == "Proximal: parameter 0 is undefined");
  CHECK(refusal({w * 2}, {.l1 = 1}) ==
        "Proximal: parameter 0 is not a leaf that requires gradients");
  CHECK(refusal({w, other}, {.l1 = 1}) ==
        "Proximal: parameter 1 is not one of the inner optimizer's");
  CHECK(refusal({w, w}, {.l1 = 1}) == "Proximal: parameter 1 is given twice");
  CHECK(refusal({w}, {.l1 = -1}) == "Proximal: l1 must not be negative, got -1");
  CHECK(refusal({w}, {.l2 = inf}) == "Proximal: l2 must be finite, got inf");
  CHECK(refusal({w}, {.group_lasso = std::nan("")}) ==
        "Proximal: group_lasso must not be negative, got nan");
  CHECK(refusal({w}, {.max_norm = -1}) == "Proximal: max_norm must not be negative, got -1");
  CHECK(refusal({w}, {.low = 1, .high = 0}) == "Proximal: low 1 is above high 0");
  CHECK(refusal({w}, {.high = 1, .max_norm = 2}) ==
        "Proximal: group_lasso and max_norm have no exact step together with low -inf and high "
        "1, only with bounds of 0");
  CHECK(refusal({w}, {.max_norm = 2, .axis = 1}) ==
        "Proximal: axis 1 is out of range for (2,), which has 1 axes");

  optim::SGD wild({other}, {.lr = 0.1, .momentum = 1});
  optim::Proximal optimizer(wild);
  optimizer.add_group({other}, {.l1 = 1});
  sum(other).backward();
  CHECK_THAT(error_of([&] { optimizer.step(); }),
             StartsWith("Proximal: the inner optimizer's step size must be at least 0 and finite, "
                        "got inf [regularization_test.cpp:"));
  optim::FTRL without({other});
  optim::Proximal around(without);
  around.add_group({other}, {.l1 = 1});
  CHECK_THAT(error_of([&] { around.step(); }),
             StartsWith("FTRL: this optimizer has no step for a proximal operator; override "
                        "step_size [regularization_test.cpp:"));
  optimizer.options().l1 = -1;
  CHECK_THAT(error_of([&] { optimizer.step(); }),
             StartsWith("Proximal: l1 must not be negative, got -1"));
}
