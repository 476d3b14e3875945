// What single minimizers promise besides.

#include <cinta/ops/random/random.hpp>
#include <cinta/optim/minimize/conjugate_gradient.hpp>
#include <cinta/optim/minimize/fista.hpp>
#include <cinta/optim/minimize/lbfgs.hpp>
#include <cinta/optim/minimize/lbfgsb.hpp>
#include <cinta/optim/minimize/least_squares.hpp>
#include <cinta/optim/minimize/newton_cg.hpp>

#include "optim/minimize/problems.hpp"
#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
using namespace cinta::optim::minimize;

namespace {

template <class F>
std::string refusal(F f) {
  const std::string text = error_of(f);
  return text.substr(0, text.find(" [each.cpp:"));
}

}  // namespace

TEST_CASE("lbfgsb: the function sees no point outside the bounds") {
  for (const Dtype dtype : {float32, float64}) {
    for (int seed = 0; seed < 30; ++seed) {
      INFO(name_of(dtype) << " " << seed);
      // Bounds that float32 does not have; some elements are fixed, some free.
      const Tensor middle = problems::numbers({8}, seed), width = square(problems::numbers({8}, 9));
      Tensor low = middle - width, high = middle + width * (seed % 3);
      low(seed % 8) = -INFINITY;
      high((seed + 1) % 8) = INFINITY;
      if (seed % 3 == 0) low = to(low, dtype), high = to(high, dtype);
      const auto below = to(low, float64).to_vector<double>();
      const auto above = to(high, float64).to_vector<double>();
      int outside = 0;
      const auto f = [&](const Tensor& x) {
        const auto at = to(x.detach(), float64).to_vector<double>();
        for (std::size_t i = 0; i < at.size(); ++i) outside += at[i] < below[i] || at[i] > above[i];
        return sum(square(square(x) - 0.3)) + 10 * square(sum(x)) + sum(cos(3 * x));
      };
      const Tensor start = to(5 * problems::numbers({8}, seed + 40), dtype);
      const auto found = lbfgsb(f, start, {.low = low, .high = high, .max_iter = 200});
      CHECK(outside == 0);
      CHECK((found.converged() || dtype == float32));
      // No direction that the bounds leave leads down.
      Tensor x = found.x;
      x.requires_grad_();
      const Tensor g = grad(f(x), x);
      const auto slope = to(g, float64).to_vector<double>();
      const auto at = to(x.detach(), float64).to_vector<double>();
      const double enough = dtype == float32 ? 1e-2 : 1e-3;
      for (std::size_t i = 0; i < at.size(); ++i) {
        const double room = slope[i] > 0 ? at[i] - below[i] : above[i] - at[i];
        CHECK(std::min(std::abs(slope[i]), room) < enough);
      }
    }
  }
}

TEST_CASE("lbfgs: what is no descent is forgotten, and what cannot be one ends it") {
  // Its gradient is that of another function.
  const auto lying = [](const Tensor& x) {
    const Tensor other = sum(square(x - 3));
    return sum(square(x - 4)).detach() + other - other.detach();
  };
  int seen = 0;
  const Tensor start = tensor({5, 4}, float64);
  const auto found =
      lbfgs(lying, start,
            {.max_eval = 500, .on_iteration = [&](const Progress&) { return ++seen, true; }});
  CHECK(found.reason == Reason::stalled);
  CHECK(found.value < 1);
  CHECK(seen > 0);
  CHECK(found.evaluations < 200);
  // A search that ends early takes the lowest point that it has seen, not the last.
  Tensor x = problems::start_of("Rosenbrock20").requires_grad_();
  const auto f = [&] { return problems::rosenbrock(x); };
  const auto seen_value = [&](const Progress& p) {
    CHECK(f().item() == p.value);
    return true;
  };
  for (const std::int64_t most : {1, 2, 3, 4}) {
    copy_(x.detach(), problems::start_of("Rosenbrock20"));
    const Result few =
        lbfgs(f, {x}, {.max_iter = 60, .max_line_search = most, .on_iteration = seen_value});
    CHECK(f().item() == few.value);
    copy_(x.detach(), problems::start_of("Rosenbrock20"));
    const Result narrow = conjugate_gradient(
        f, {x}, {.max_iter = 60, .max_line_search = most, .on_iteration = seen_value});
    CHECK(f().item() == narrow.value);
  }
}

TEST_CASE("lbfgsb: bounds are numbers, tensors that broadcast, or a list") {
  const auto f = [](const Tensor& x) { return sum(square(x - 3)); };
  const Tensor start = zeros({2, 3}, float64);
  const auto at_most_one = lbfgsb(f, start, {.high = 1});
  CHECK(at_most_one.x.to_vector<double>() == std::vector<double>(6, 1));
  CHECK(at_most_one.gradient_norm == 0);
  const auto rows = lbfgsb(f, start, {.low = -1, .high = tensor({1, 2, 5}, float64)});
  CHECK(max(abs(rows.x(0) - tensor({1, 2, 3}, float64))).item() < 1e-6);
  const auto fixed = lbfgsb(f, start, {.low = 2, .high = 2});
  CHECK(fixed.x.to_vector<double>() == std::vector<double>(6, 2));
  Tensor a = zeros({2}, float64).requires_grad_(), b = zeros({}, float64).requires_grad_();
  const auto loss = [&] { return sum(square(a - 3)) + square(b + 3); };
  const Result listed =
      lbfgsb(loss, {a, b}, {.low = Tensors{Tensor(), full({}, -1, float64)}, .high = 10});
  CHECK(listed.converged());
  CHECK(max(abs(a - 3)).item() < 1e-6);
  CHECK(b.item() == -1);

  CHECK(refusal([&] { lbfgsb(f, start, {.low = 1, .high = 0.5}); }) ==
        "lbfgsb: low 1 is above high 0.5 in element 0 of parameter 0");
  CHECK(refusal([&] { lbfgsb(f, start, {.low = INFINITY}); }) ==
        "lbfgsb: low leaves no number in element 0 of parameter 0");
  CHECK(refusal([&] { lbfgsb(f, start, {.high = -INFINITY}); }) ==
        "lbfgsb: high leaves no number in element 0 of parameter 0");
  CHECK(refusal([&] { lbfgsb(f, start, {.low = NAN}); }) == "lbfgsb: low of parameter 0 has a nan");
  CHECK(refusal([&] {
          lbfgsb(f, start, {.low = Tensors{start, start}});
        }) == "lbfgsb: low has 2 tensors for 1 parameters");
  CHECK_THROWS_AS(lbfgsb(f, start, {.high = zeros({4}, float64)}), ShapeError);
  CHECK(refusal([&] { lbfgsb(f, start, {.high = zeros({4}, float64)}); }) ==
        "lbfgsb: (4,) does not broadcast to (2, 3)");
  // No float32 lies between.
  CHECK_THAT(refusal([&] { lbfgsb(f, to(start, float32), {.low = 0.1, .high = 0.1}); }),
             StartsWith("lbfgsb: low 0.10000000149011612 is above high 0.09999999403953552 in"));
}

TEST_CASE("conjugate_gradient: both formulas, on many variables") {
  std::vector<double> list;
  for (int i = 0; i < 1000; ++i) list.push_back(1 + i);
  const Tensor scales = from_data(list, {1000});
  const auto f = [&](const Tensor& x) { return sum(scales * square(x - 1)) / 2; };
  for (const Conjugate formula : {Conjugate::polak_ribiere, Conjugate::hager_zhang}) {
    const auto found = conjugate_gradient(f, zeros({1000}, float64), {.formula = formula});
    CHECK(found.converged());
    CHECK(max(abs(found.x - 1)).item() < 1e-4);
    CHECK(found.iterations < 400);  // steepest descent needs thousands
    const auto bent = conjugate_gradient(problems::rosenbrock, problems::start_of("Rosenbrock20"),
                                         {.formula = formula, .tolerance_grad = 1e-9});
    CHECK(bent.converged());
    CHECK(bent.value < 1e-16);
    // What either formula is for: a curvature of 0 at the minimum.
    const auto powell =
        conjugate_gradient(problems::value_of("Powell"), problems::start_of("Powell"),
                           {.formula = formula, .tolerance_grad = 1e-8});
    CHECK(powell.converged());
    CHECK(powell.evaluations < 450);
  }
}

TEST_CASE("newton_cg: leaves saddles, by the way that curves down") {
  const auto saddle = [](const Tensor& x) {
    return square(x(0)) - square(x(1)) + square(square(x(1))) / 4;
  };
  const auto found = newton_cg(saddle, tensor({1, 1e-6}, float64), {.tolerance_grad = 1e-10});
  CHECK(found.converged());
  CHECK(found.value == Approx(-1));
  CHECK(std::abs(found.x(1).item()) == Approx(std::sqrt(2)));
  CHECK(found.products > 0);
  // A quadratic is done in one step of as many products as it has different curvatures.
  const Tensor scales = tensor({1, 1, 4, 4, 9}, float64);
  const auto quadratic = [&](const Tensor& x) { return sum(scales * square(x - 0.1)) / 2; };
  const auto one = newton_cg(quadratic, zeros({5}, float64), {.initial_trust_radius = 10});
  CHECK(one.converged());
  CHECK(one.iterations <= 3);
}

TEST_CASE("least_squares: dense or not, many residuals or few, in any unit") {
  const Tensor t = to(arange(20), float64) / 10;
  const Tensor y = 3 * exp(-2 * t) + 1 + 0.01 * problems::numbers({20}, 1);
  for (const double unit : {1.0, 1e6, 1e-6}) {
    for (const int max_dense : {500, 0}) {
      INFO(unit << " " << max_dense);
      const auto residuals = [&](const Tensor& p) {
        return p(0) * unit * exp(p(1) * t) + p(2) - y;
      };
      const auto found = least_squares(residuals, tensor({1 / unit, -1, 0}, float64),
                                       {.tolerance_grad = 0, .max_dense = max_dense});
      CHECK(found.converged());
      CHECK(found.x(1).item() == Approx(-2).epsilon(0.05));
      CHECK(found.value < 1e-3);
      if (unit == 1 && max_dense == 500) CHECK(found.iterations < 15);
    }
  }
  // Units so far apart that beside the other's a variable's whole column is rounding.
  for (const double unit : {1e-25, 1e-17, 1e17, 1e25}) {
    for (const auto method : {LeastSquaresOptions::Method::levenberg_marquardt,
                              LeastSquaresOptions::Method::gauss_newton}) {
      INFO(unit);
      const auto line = [&](const Tensor& p) {
        return stack({p(0) - 1, unit * p(1) - 3, p(0) + unit * p(1) - 4.1});
      };
      const auto found = least_squares(line, zeros({2}, float64), {.method = method});
      CHECK(found.value == Approx(0.005 / 3));
      CHECK(found.x(0).item() == Approx(1 + 0.1 / 3));
      CHECK(unit * found.x(1).item() == Approx(3 + 0.1 / 3));
    }
  }
  // Variables that others make up for, of so many residuals that their rounding adds up.
  for (const std::int64_t rows : {50, 1000, 20000}) {
    INFO(rows);
    manual_seed(1);
    const Tensor a = normal({rows}, 0, 1, float64), b = normal({rows}, 0, 1, float64);
    const Tensor goal = normal({rows}, 0, 1, float64);
    const auto two = [&](const Tensor& p) { return p(0) * a + p(1) * b - goal; };
    const auto four = [&](const Tensor& p) {
      return p(0) * a + p(1) * b + p(2) * b + p(3) * (0.3 * b + 1.7 * a) - goal;
    };
    const double best = least_squares(two, zeros({2}, float64)).value;
    for (const auto method : {LeastSquaresOptions::Method::levenberg_marquardt,
                              LeastSquaresOptions::Method::gauss_newton}) {
      const auto found = least_squares(four, zeros({4}, float64), {.method = method});
      CHECK(found.value == Approx(best).epsilon(1e-10));
      CHECK(max(abs(found.x)).item() < 10);
    }
  }
  // Two residuals of three variables, of which one does not matter.
  for (const int max_dense : {500, 0}) {
    const auto few = [](const Tensor& p) {
      return stack({p(0) + p(1) - 3, p(0) * p(1) - 2 + 0 * p(2)});
    };
    const auto found = least_squares(few, tensor({0.5, 0, 7}, float64), {.max_dense = max_dense});
    CHECK(found.value < 1e-14);
    CHECK(found.x(2).item() == 7);
  }
  // One residual of three variables, a lot of which it does not determine, and the same one twice.
  for (const double unit : {1e-3, 1.0, 1e3}) {
    for (const int copies : {1, 2, 5}) {
      CAPTURE(unit, copies);
      const auto one = [&](const Tensor& p) {
        const Tensor apart = p * tensor({1, unit, 1}, float64) - 1;
        return expand(reshape(sum(square(apart)), {1}), {copies});
      };
      const auto found = least_squares(one, tensor({5, 5 / unit, 5}, float64),
                                       {.method = LeastSquaresOptions::Method::gauss_newton});
      CHECK(found.converged());
      CHECK(found.value < 1e-9);
    }
  }
  // Where J is nearly singular the step leads far away, and is halved until it is none.
  manual_seed(7);
  for (int problem = 0; problem < 60; ++problem) {
    CAPTURE(problem);
    const std::int64_t n = 2 + problem % 4;
    const Tensor a = randn({n, n}, float64), b = randn({n, n}, float64), y = randn({n}, float64);
    const auto product = [&](const Tensor& p) { return matmul(a, p) * matmul(b, p) - y; };
    const auto found = least_squares(product, round(randn({n}, float64) * 3),
                                     {.method = LeastSquaresOptions::Method::gauss_newton});
    const Tensor x = found.x.detach().requires_grad_();
    const double slope = max(abs(grad({sum(square(product(x))) / 2}, {x})[0])).item();
    if (found.converged()) CHECK(slope < 1e-3 * std::max(found.value, 1.0));
  }
  const auto gauss =
      least_squares(problems::residuals().at("Rosenbrock"), problems::start_of("Rosenbrock"),
                    {.method = LeastSquaresOptions::Method::gauss_newton});
  CHECK(gauss.value < 1e-20);
  CHECK(gauss.iterations <= 20);
  // With all tolerances 0 it ends all the same, when rounding leaves nothing to gain.
  for (const std::string name : {"Exponential", "Freudenstein", "Rosenbrock"}) {
    const auto end = least_squares(
        problems::residuals().at(name), problems::start_of(name),
        {.max_iter = 200, .tolerance_grad = 0, .tolerance_change = 0, .tolerance_step = 0});
    CHECK(end.iterations < 100);
    CHECK(end.evaluations < 200);
  }
  // A flat place, where no step is better than another.
  const auto flat = least_squares([](const Tensor& p) { return 0 * p + 1; }, ones({2}, float64));
  CHECK(flat.reason == Reason::gradient);
}

TEST_CASE("fista: penalties and constraints hold exactly, by name") {
  const auto zeros_in = [](const Tensor& x) {
    const auto list = x.to_vector<double>();
    return std::count(list.begin(), list.end(), 0.0);
  };
  const auto found = fista(problems::lasso, zeros({8}, float64), {.penalty = {.l1 = 0.05}});
  CHECK(zeros_in(found.x) == 4);
  const auto positive =
      fista(problems::lasso, ones({8}, float64), {.penalty = {.l1 = 0.05, .low = 0}});
  CHECK(min(positive.x).item() == 0);
  CHECK(positive.value > found.value);
  const Tensor x = problems::numbers({30, 6}, 2), y = problems::numbers({30, 2}, 4);
  Tensor w = zeros({6, 2}, float64).requires_grad_(), b = zeros({2}, float64).requires_grad_();
  const auto loss = [&] { return mse_loss(matmul(x, w) + b, y); };
  const NamedTensors named = {{"net.weight", w}, {"net.bias", b}};
  const Result rows =
      fista(loss, named, {.penalty = {.group_lasso = 0.06}, .penalized = "*.weight"});
  CHECK(rows.converged());
  int empty_rows = 0;
  for (int i = 0; i < 6; ++i) {
    const auto row = w(i).detach().to_vector<double>();
    CHECK((row[0] == 0) == (row[1] == 0));
    empty_rows += row[0] == 0;
  }
  CHECK(empty_rows > 0);
  CHECK(empty_rows < 6);
  // The bias is free: its gradient is 0.
  CHECK(max(abs(grad(Tensors{loss()}, {b})[0])).item() < 1e-6);
  CHECK(rows.value ==
        Approx(loss().item() + 0.06 * std::sqrt(2) * sum(sqrt(sum(square(w), 1))).item()));

  CHECK(refusal([&] { fista(loss, named, {.penalty = {.l1 = -1}}); }) ==
        "fista: l1 must not be negative, got -1");
  CHECK(refusal([&] { fista(loss, named, {.penalty = {.low = 1, .high = 0}}); }) ==
        "fista: low 1 is above high 0");
  CHECK(refusal([&] { fista(loss, named, {.penalized = "*.w"}); }) ==
        "fista: no parameter fits penalized = \"*.w\"; there are net.weight, net.bias");
  CHECK(refusal([&] { fista(loss, named, {.step = 0}); }) == "fista: step must be positive, got 0");
  CHECK_THROWS_AS(fista(loss, named, {.penalty = {.group_lasso = 1, .axis = 3}}), IndexError);
}

TEST_CASE("fista: the minimum itself is no place where it stalls") {
  // (x - 2)^2 + |x|, whose minimum a step of 1/2 meets exactly.
  const auto found = fista([](const Tensor& x) { return square(x - 2); }, full({}, 5, float64),
                           {.penalty = {.l1 = 1}});
  CHECK(found.x.item() == Approx(1.5));
  CHECK(found.reason == Reason::gradient);
  CHECK(found.gradient_norm <= 1e-8);
  // No gradient at the zeros that the penalty makes: NaN of a root. The value is the minimum's.
  const Tensor goal = tensor({1, 2}, float64);
  const auto kink =
      fista([&](const Tensor& x) { return sum(square(x - goal)) + 3 * sqrt(sum(square(x))); },
            tensor({3, 1}, float64), {.penalty = {.l1 = 3}});
  CHECK(kink.value == 5);
  CHECK(kink.evaluations < 100);
}

TEST_CASE("fista: numbers whose squares are infinite have a value") {
  const auto far = [](const Tensor& x) { return sum(abs(x)); };
  for (const Dtype dtype : {float32, float64}) {
    const double start = dtype == float32 ? 1e30 : 1e200;
    const auto free = fista(far, full({2}, start, dtype), {.max_iter = 3});
    CHECK(free.value == Approx(2 * start));
    CHECK(free.reason != Reason::not_finite);
    const auto sparse = fista(far, full({2}, start, dtype), {.penalty = {.l1 = 2}, .max_iter = 3});
    CHECK(sparse.value == Approx(6 * start));
    CHECK(sparse.reason != Reason::not_finite);
  }
}

TEST_CASE("fista: a bad first step does not matter") {
  const double best = fista(problems::lasso, zeros({8}, float64), {.penalty = {.l1 = 0.05}}).value;
  for (const double step : {1e-6, 1e6}) {
    const auto found =
        fista(problems::lasso, zeros({8}, float64), {.penalty = {.l1 = 0.05}, .step = step});
    CHECK(found.converged());
    CHECK(found.value == Approx(best).epsilon(1e-12));
    CHECK(found.evaluations < 500);
  }
}
