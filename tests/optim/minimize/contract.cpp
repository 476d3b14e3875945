// What all minimizers promise: where they stop, what they refuse, what they leave alone.

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

/// What every minimizer has of the same name.
struct Common {
  std::int64_t max_iter = 500, max_eval = 5000;
  double tolerance_grad = 1e-8;
  OnIteration on_iteration = {};
};

const std::vector<std::string> minimizers = {"lbfgs",     "lbfgsb", "conjugate_gradient",
                                             "newton_cg", "fista",  "least_squares"};

/// A closure minimized by the minimizer of this name; by least_squares its square.
Result run(const std::string& name, const Closure& f, const optim::Parameters& parameters,
           const Common& o = {}) {
  const auto with = [&](auto options) {
    options.max_iter = o.max_iter, options.max_eval = o.max_eval;
    options.tolerance_grad = o.tolerance_grad, options.tolerance_change = 0;
    options.on_iteration = o.on_iteration;
    return options;
  };
  if (name == "lbfgs") return lbfgs(f, parameters, with(LbfgsOptions()));
  if (name == "lbfgsb") return lbfgsb(f, parameters, with(LbfgsbOptions()));
  if (name == "conjugate_gradient")
    return conjugate_gradient(f, parameters, with(ConjugateGradientOptions()));
  if (name == "newton_cg") return newton_cg(f, parameters, with(NewtonCgOptions()));
  if (name == "fista") return fista(f, parameters, with(FistaOptions()));
  return least_squares(f, parameters, with(LeastSquaresOptions()));
}

template <class F>
std::string refusal(F f) {
  const std::string text = error_of(f);
  return text.substr(0, text.find(" [contract.cpp:"));
}

struct Net : nn::Module {
  nn::Linear hidden = add("hidden", nn::Linear(1, 8));
  nn::Linear out = add("out", nn::Linear(8, 1));
  Tensor forward(const Tensor& x) { return out(tanh(hidden(x))); }
};

Tensor leaf(const std::vector<double>& values, Dtype dtype = float64) {
  return to(from_data(values, {std::int64_t(values.size())}), dtype).requires_grad_();
}

}  // namespace

TEST_CASE("a net is trained on its whole batch, in place") {
  manual_seed(3);
  Net net;
  net.to(float64);
  const Tensor x = to(arange(40), float64) / 10 - 2, inputs = reshape(x, {-1, 1});
  const Tensor y = sin(2 * inputs);
  const auto loss = [&] { return mse_loss(net.forward(inputs), y); };
  const double before = loss().item();
  const Tensor weight = net.hidden.weight;
  const Result result = lbfgs(loss, net, {.max_iter = 300});
  CHECK(result.value == loss().item());
  CHECK(result.value < 1e-3 * before);
  CHECK(weight.impl() == net.hidden.weight.impl());
  CHECK(!weight.grad().defined());
  const double reached = result.value;
  // The residuals of the same net, and two variables of it alone.
  const Result fine =
      least_squares([&] { return net.forward(inputs) - y; }, net, {.max_iter = 100});
  CHECK(fine.value * 2 / 40 == Approx(loss().item()));
  CHECK(loss().item() <= reached);
  const auto hidden = weight.to_vector<double>();
  const Result last = newton_cg(loss, {net.out.weight, net.out.bias}, {.tolerance_grad = 1e-9});
  CHECK(last.converged());
  CHECK(weight.to_vector<double>() == hidden);
}

TEST_CASE("a function is given its start, one tensor or several, and leaves it as it is") {
  const Tensor a = tensor({3, 4}, float64), b = tensor({1}, float32);
  const auto f = [](const Tensor& u, const Tensor& v) {
    return sum(square(u - 1)) + sum(square(to(v, float64) - 2));
  };
  const Minimum<Tensors> m = lbfgs(f, {a, b});
  CHECK(m.x[0].to_vector<double>()[1] == Approx(1).margin(1e-6));
  CHECK(m.x[1].to_vector<float>()[0] == Approx(2).margin(1e-5));
  CHECK(!m.x[0].requires_grad());
  CHECK(a.to_vector<double>() == std::vector<double>{3, 4});
  const NoGrad no_grad;
  const Minimum<Tensor> one = newton_cg(problems::rosenbrock, problems::start_of("Rosenbrock"));
  CHECK(one.converged());
  const Minimum<Tensors> listed = lbfgs(
      [](const Tensors& list) { return sum(square(list[0])) + sum(square(list[1] - 1)); }, {a, b});
  CHECK(listed.converged());
}

TEST_CASE("where the function is not finite minimizers step back") {
  for (const std::string& name : minimizers) {
    INFO(name);
    int outside = 0;
    const auto seen = [&](const Tensor& value) {
      outside += !std::isfinite(max(abs(value)).item());
      return value;
    };
    // NaN below 0; where the steps of a ball that grows lead.
    Tensor x = leaf({60});
    const auto far = [&] { return seen(name == "least_squares" ? log(x) : sum(square(log(x)))); };
    const Result result = run(name, far, {x}, {.max_iter = 2000});
    CHECK(result.converged());
    CHECK(x.item() == Approx(1).epsilon(1e-6));
    // NaN beyond 0.1; where a first step of length 1 leads.
    Tensor y = leaf({0.001});
    const auto narrow = [&] {
      const Tensor barrier = -log(y) - log(0.1 - y);
      return seen(name == "least_squares" ? barrier : sum(barrier));
    };
    CHECK(run(name, narrow, {y}, {.max_iter = 2000}).converged());
    CHECK(y.item() == Approx(0.05).epsilon(1e-4));
    CHECK(outside > 0);

    // The value goes on falling beyond 1, but the gradient there is NaN.
    Tensor z = leaf({0, 0.5});
    const auto no_slope = [&] {
      const Tensor falling = exp(-z);
      return where(z > 1, falling + sqrt(square(z - z)), falling);
    };
    const Result halted =
        run(name, [&] { return name == "least_squares" ? no_slope() : sum(no_slope()); }, {z},
            {.max_iter = 200, .max_eval = 1000});
    if (name == "fista") {  // which asks no point for its gradient before it goes there
      CHECK(halted.reason == Reason::stalled);
      CHECK(halted.evaluations < 50);
    } else {
      CHECK(max(z).item() <= 1);
      CHECK(halted.iterations > 0);
      CHECK(max(z).item() > 0.999);
    }

    Tensor bad = leaf({-1});
    const Result start = run(name, [&] { return sum(log(bad)); }, {bad});
    CHECK(start.reason == Reason::not_finite);
    CHECK(!start.converged());
    CHECK(start.iterations == 0);
    CHECK(bad.item() == -1);
  }
}

TEST_CASE("float32 goes as far as float32 can") {
  for (const std::string& name : minimizers) {
    INFO(name);
    Tensor x = leaf({-1.2, 1.0}, float32);
    const auto f = [&] {
      return name == "least_squares" ? problems::residuals().at("Rosenbrock")(x)
                                     : problems::rosenbrock(x);
    };
    const Result result =
        run(name, f, {x}, {.max_iter = 20000, .max_eval = 40000, .tolerance_grad = 1e-3});
    INFO(result.str());
    CHECK(result.converged());
    CHECK(x.dtype() == float32);
    CHECK(max(abs(x - 1)).item() < 5e-3);
    Tensor again = leaf({-1.2, 1.0}, float32);
    const auto g = [&] { return problems::rosenbrock(again); };
    if (name == "least_squares" || name == "fista") continue;
    const Result tight = run(name, g, {again}, {.tolerance_grad = 1e-30});
    INFO(tight.str());
    CHECK((tight.reason == Reason::stalled || tight.gradient_norm == 0));
    CHECK(tight.value < 1e-9);
  }
}

TEST_CASE("the end is not above the start, and the same each time") {
  const auto bumps = [](const Tensor& x) {
    return sum(sin(5 * x) + square(x) / 10) + sum(cos(7 * problems::head(x) * problems::tail(x)));
  };
  for (const std::string& name : minimizers) {
    for (int seed = 0; seed < 20; ++seed) {
      INFO(name << " " << seed);
      Tensor x = (3 * problems::numbers({6}, seed)).requires_grad_();
      const Tensor copy = clone(x.detach());
      const auto f = [&] { return bumps(x); };
      const double before = f().item();
      const Result result = run(name, f, {x}, {.max_iter = seed + 1});
      // Of least squares it is the square that falls.
      const double value = name == "least_squares" ? before * before / 2 : before;
      CHECK(result.value <= value + 1e-14 * std::abs(value));
      CHECK(result.iterations <= seed + 1);
      const auto first = x.to_vector<double>();
      copy_(x.detach(), copy);
      const Result second = run(name, f, {x}, {.max_iter = seed + 1});
      CHECK(x.to_vector<double>() == first);
      CHECK(second.evaluations == result.evaluations);
    }
  }
}

TEST_CASE("a kink or a constant slope ends with a reason") {
  for (const std::string name : {"lbfgs", "lbfgsb", "conjugate_gradient", "newton_cg"}) {
    INFO(name);
    Tensor x = leaf({1, -2, 0.5});
    const Result kink = run(name, [&] { return sum(abs(x)); }, {x}, {.max_iter = 100});
    CHECK(kink.value < 3.5);
    CHECK(std::isfinite(kink.value));
    Tensor y = leaf({1, -2});
    const Result slope = run(name, [&] { return sum(y); }, {y}, {.max_iter = 30});
    CHECK(slope.reason != Reason::gradient);
    CHECK(slope.value < -1);
  }
}

TEST_CASE("limits hold, and the callback sees the iterates") {
  for (const std::string& name : minimizers) {
    INFO(name);
    const auto residuals = problems::residuals().at("Wood");
    Tensor x = problems::start_of("Wood").requires_grad_();
    const auto f = [&] {
      return name == "least_squares" ? residuals(x) : sum(square(residuals(x)));
    };
    const auto value = [&] { return sum(square(f())).item() / 2; };
    const auto restart = [&] { copy_(x.detach(), problems::start_of("Wood")); };

    const Result few = run(name, f, {x}, {.max_iter = 3});
    CHECK(few.reason == Reason::max_iter);
    CHECK(few.iterations == 3);
    for (int most = 1; most < 12; ++most) {
      restart();
      int calls = 0;
      const Result eval = run(name, [&] { return ++calls, f(); }, {x}, {.max_eval = most});
      CHECK(eval.reason == Reason::max_eval);
      CHECK(calls == eval.evaluations);
      CHECK(calls <= most);
      CHECK((name == "least_squares" ? value() : f().item()) == Approx(eval.value).epsilon(1e-14));
    }
    restart();
    std::int64_t seen = 0;
    double last = INFINITY;
    Common options{.on_iteration = [&](const Progress& p) {
      CHECK(p.iteration == ++seen);
      CHECK((name == "least_squares" ? value() : f().item()) == Approx(p.value).epsilon(1e-14));
      CHECK(p.value <= last);
      last = p.value;
      return p.iteration < 5;
    }};
    const Result stopped = run(name, f, {x}, options);
    CHECK(stopped.reason == Reason::callback);
    CHECK(seen == 5);
    CHECK(stopped.value == last);

    restart();
    options.on_iteration = [&](const Progress& p) {
      last = p.value;
      return p.iteration < 4 ? true : throw std::runtime_error("enough");
    };
    CHECK_THROWS_WITH(run(name, f, {x}, options), "enough");
    CHECK((name == "least_squares" ? value() : f().item()) == Approx(last).epsilon(1e-14));

    // What the function throws passes through, and the trial point does not stay.
    restart();
    int calls = 0;
    last = name == "least_squares" ? value() : f().item();
    options.on_iteration = [&](const Progress& p) { return last = p.value, true; };
    const auto throwing = [&] { return ++calls < 12 ? f() : throw std::runtime_error("no"); };
    CHECK_THROWS_WITH(run(name, throwing, {x}, options), "no");
    CHECK((name == "least_squares" ? value() : f().item()) == Approx(last).epsilon(1e-14));
  }
}

TEST_CASE("what cannot be minimized is refused, by name") {
  Tensor x = leaf({1, 2}), whole = tensor({1, 2}, int64);
  const Tensor none;
  for (const std::string& name : minimizers) {
    const auto f = [&] { return sum(square(x)); };
    CHECK(refusal([&] { run(name, f, Tensors{}); }) == name + ": no parameters");
    CHECK(refusal([&] { run(name, f, {none}); }) == name + ": parameter 0 is undefined");
    CHECK(refusal([&] { run(name, f, {x, x}); }) == name + ": parameter 1 is given twice");
    CHECK(refusal([&] {
            run(name, f, NamedTensors{{"a.b", x.detach()}});
          }) == name + ": parameter a.b is not a leaf that requires gradients");
    CHECK(refusal([&] { run(name, f, {square(x)}); }) ==
          name + ": parameter 0 is not a leaf that requires gradients");
    CHECK(refusal([&] {
            run(name, f, {transpose(zeros({2, 3}, float64)).requires_grad_()});
          }) == name + ": parameter 0 is not dense; pass contiguous(x)");
    CHECK(refusal([&] { run(name, [&] { return none; }, {x}); }) ==
          name + ": the function returned an undefined tensor");
    CHECK(refusal([&] { run(name, [&] { return sum(whole); }, {x}); }) ==
          name + ": the function returned int64 (), and not floating numbers");
    CHECK(refusal([&] { run(name, [&] { return ones({}, float64); }, {x}); }) ==
          name + ": the function's result depends on none of the parameters");
    CHECK(refusal([&] { run(name, {}, {x}); }) ==
          name + ": the closure is an empty function; give one that can be called");
    CHECK(refusal([&] { run(name, f, {x}, {.max_iter = 0}); }) ==
          name + ": max_iter must be a whole number, at least 1, got 0");
    CHECK(refusal([&] { run(name, f, {x}, {.max_eval = -5}); }) ==
          name + ": max_eval must be a whole number, at least 1, got -5");
    CHECK(refusal([&] { run(name, f, {x}, {.tolerance_grad = -1}); }) ==
          name + ": tolerance_grad must not be negative, got -1");
    CHECK(refusal([&] { run(name, f, {x}, {.tolerance_grad = NAN}); }) ==
          name + ": tolerance_grad must not be negative, got nan");
    if (name == "least_squares") continue;
    CHECK(refusal([&] { run(name, [&] { return square(x); }, {x}); }) ==
          name + ": the function must return one element, it returned float64 (2,)");
  }
  CHECK(x.to_vector<double>() == std::vector<double>{1, 2});
  CHECK(refusal([&] { lbfgs(problems::rosenbrock, whole); }) ==
        "lbfgs: input 0 is int64 (2,), and not floating");
  CHECK(refusal([&] { lbfgs(problems::rosenbrock, none); }) == "lbfgs: input 0 is undefined");
  CHECK(refusal([&] { lbfgs(problems::rosenbrock, x, {.history_size = 0}); }) ==
        "lbfgs: history_size must be a whole number, at least 1, got 0");
  CHECK(refusal([&] { newton_cg(problems::rosenbrock, x, {.eta = 0.5}); }) ==
        "newton_cg: eta must be below 0.25, got 0.5");
  CHECK(refusal([&] { newton_cg(problems::rosenbrock, x, {.initial_trust_radius = 2e3}); }) ==
        "newton_cg: initial_trust_radius 2000 is above max_trust_radius 1000");
  CHECK(refusal([&] { least_squares(problems::rosenbrock, x, {.damping = 0}); }) ==
        "least_squares: damping must be positive, got 0");
  CHECK(refusal([&] { least_squares([](const Tensor& v) { return slice(v, 0, 0, 0); }, x); }) ==
        "least_squares: the function returned no residuals, float64 (0,)");
}

TEST_CASE("row-sparse gradients count as what they are") {
  manual_seed(5);
  nn::Embedding table(6, 2, {.sparse = true});
  table.to(float64);
  const Tensor ids = tensor({0, 3, 3, 5}, int64);
  const auto untouched = table.weight(1).detach().to_vector<double>();
  const Result result = lbfgs([&] { return sum(square(table(ids) - 2)); }, table);
  CHECK(result.converged());
  CHECK(max(abs(table.weight(3) - 2)).item() < 1e-5);
  CHECK(table.weight(1).detach().to_vector<double>() == untouched);
}
