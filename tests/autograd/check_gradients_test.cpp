// What check_gradients says: its report, its options, kinks, and what it refuses. That it finds
// wrong gradients is in planted_faults_test.

#include <cinta/cinta.hpp>
#include <cmath>
#include <sstream>

#include "support/catch_compat.hpp"

using namespace cinta;

namespace {

// x^2 whose gradient is off by `error` in element (1, 2).
Tensor nearly_square(const Tensor& x, double error, Site site = {}) {
  return apply(
      {"nearly_square", site}, {x}, x.spec(),
      [](const Inputs& in, const Tensor& y) { copy_(y, square(in[0])); },
      [error](const Grad& g) {
        const Tensor off = eq(reshape(arange(6), {2, 3}), 5);
        return g.dy * (2 * g.in(0) + where(off, error, 0.0));
      });
}

template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a right gradient") {
  const Tensor x = tensor({{1, -2, 3}, {0.5, -1, 2}}, float64);
  const std::string line = std::to_string(__LINE__ + 1);
  const auto fn = [](const Tensors& in) { return tanh(in[0]); };
  const GradientReport report = check_gradients(fn, {x});
  CHECK(report);
  CHECK(report.ok);
  CHECK(report.problem.empty());
  CHECK(report.op == "tanh");
  CHECK(report.compared == 36 + 36 + 36);  // outputs, gradients by inputs, gradients by weights
  CHECK(report.differing == 0);
  CHECK(report.kinks == 0);
  CHECK(report.str() == "tanh: all 108 derivatives agree [check_gradients_test.cpp:" + line + "]");
  std::ostringstream out;
  out << report;
  CHECK(out.str() == report.str());
  CHECK_FALSE(x.requires_grad());  // the input itself is left alone
}

TEST_CASE("a wrong gradient is reported with its worst element") {
  const Tensor x = tensor({{1, -2, 3}, {0.5, -1, 2}}, float64);
  const std::string line = std::to_string(__LINE__ + 1);
  const auto fn = [](const Tensors& in) { return nearly_square(in[0], 0.25); };
  const GradientReport report = check_gradients(fn, {x});
  CHECK_FALSE(report);
  CHECK(report.problem == "wrong gradient");
  CHECK(report.op == "nearly_square");
  CHECK(report.worst.order == 1);
  CHECK(report.worst.input == "input0");
  CHECK(report.worst.index == Shape{1, 2});
  CHECK(report.worst.output_index == Shape{1, 2});
  CHECK(report.worst.analytical == 4.25);
  CHECK(report.worst.numerical == Approx(4).epsilon(1e-9));
  CHECK(report.worst.step > 0);
  CHECK(report.differing == 1);
  CHECK_THAT(report.str(), StartsWith("nearly_square: wrong gradient: d output (1, 2) / d input0 "
                                      "(1, 2): analytical 4.25, numerical 4"));
  CHECK_THAT(report.str(), ContainsSubstring("; about 1 of 36 derivatives are off"));
  CHECK_THAT(report.str(), EndsWith("[check_gradients_test.cpp:" + line + "]"));
}

TEST_CASE("where a function is not finite, the report says so and blames no gradient") {
  const auto fn = [](const Tensors& in) { return where(eq(in[0], 0.0), in[0], in[0] / 0.0); };
  const GradientReport report = check_gradients(fn, {zeros({2}, float64)});
  CHECK_FALSE(report);
  CHECK(report.problem == "no numerical derivative: the function is not finite around this input");
}

TEST_CASE("a failing CHECK shows the report") {
  const auto fn = [](const Tensors& in) { return nearly_square(in[0], 0.25); };
  const GradientReport report = check_gradients(fn, {ones({2, 3}, float64)});
  CHECK(Catch::Detail::stringify(report) == report.str());
  CHECK_THAT(report.str(), ContainsSubstring("d output (1, 2) / d input0 (1, 2): analytical 2.25"));
}

TEST_CASE("inputs with names") {
  const Tensor w = ones({2, 3}, float64), b = ones({3}, float64);
  const auto fn = [](const Tensors& in) { return nearly_square(in[0], 0.25) + in[1]; };
  const GradientReport report = check_gradients(fn, {{"weight", w}, {"bias", b}});
  CHECK(report.worst.input == "weight");
  CHECK_THAT(report.str(),
             StartsWith("add: wrong gradient: d output (1, 2) / d weight (1, 2): analytical 2.25"));
}

TEST_CASE("several results") {
  const Tensor x = to(reshape(arange(1, 7), {2, 3}), float64);
  const auto two = [](double error) {
    return [error](const Tensor& in) {
      const Tensor order = to(in, int64);
      return Tensors{sum(in * in, {0}), order, nearly_square(in, error)};
    };
  };
  const GradientReport right = check_gradients(two(0), x);
  CHECK(right);
  CHECK(right.op == "sum");
  const GradientReport wrong = check_gradients(two(0.5), x);
  CHECK_FALSE(wrong);
  CHECK(wrong.worst.output == "output2");
  CHECK(wrong.worst.output_index == Shape{1, 2});
  CHECK(wrong.worst.index == Shape{1, 2});
  CHECK_THAT(error_of([&] {
               check_gradients([](const Tensor& in) { return Tensors{in, to(in, float32)}; }, x);
             }),
             StartsWith("check_gradients: result 1 is float32 (2, 3); the check needs float64 ["));
  CHECK_THAT(error_of([&] { check_gradients([](const Tensor&) { return Tensors{}; }, x); }),
             StartsWith("check_gradients: the function returned an undefined tensor ["));
}

TEST_CASE("tolerances") {
  const Tensor x = tensor({{1, -2, 3}, {0.5, -1, 2}}, float64);
  const auto off_by = [&](double error, GradientCheckOptions options) {
    return check_gradients([=](const Tensors& in) { return nearly_square(in[0], error); }, {x},
                           options);
  };
  CHECK(off_by(3e-6, {.second_order = false}));  // of 4
  CHECK_FALSE(off_by(5e-6, {.second_order = false}));
  CHECK(off_by(3e-3, {.rtol = 1e-3, .second_order = false}));
  CHECK(off_by(0.25, {.atol = 0.3, .second_order = false}));
  CHECK_FALSE(off_by(1e-7, {.rtol = 1e-9, .second_order = false}));
}

TEST_CASE("second order is checked unless said otherwise") {
  // exp whose gradient is right and whose gradient's gradient is 0.
  const auto fn = [](const Tensors& in) {
    return apply(
        {"exp_once", Save::output(), {}}, {in[0]}, in[0].spec(),
        [](const Inputs& x, const Tensor& y) { copy_(y, exp(x[0])); },
        [](const Grad& g) { return g.dy * g.out().detach(); });
  };
  const Tensor x = tensor({1, 2}, float64);
  CHECK(check_gradients(fn, {x}, {.second_order = false}));
  const GradientReport report = check_gradients(fn, {x});
  CHECK_FALSE(report);
  CHECK(report.worst.order == 2);
  CHECK(report.worst.analytical == 0);
  CHECK(std::abs(report.worst.numerical) > 1);
  CHECK_THAT(report.str(), StartsWith("exp_once: wrong second-order gradient: d grad input0 ("));
}

TEST_CASE("which inputs are differentiated") {
  const auto fn = [](const Tensors& in) { return where(in[0], in[1] * in[2], in[2].detach()); };
  const Tensor condition = tensor({1, 0}, boolean);
  const Tensor a = tensor({1, 2}, float32), b = tensor({3, 4}, int64);
  // bool and int64 never are; float32 is checked in float64.
  CHECK(check_gradients(fn, {condition, a, b}).compared > 0);
  // All floating ones, unless some require gradients.
  Tensor c = tensor({3, 4}, float64);
  CHECK_FALSE(check_gradients(fn, {condition, a, c}));
  Tensor wanted = tensor({1, 2}, float64).requires_grad_();
  CHECK(check_gradients(fn, {condition, wanted, c}));
  // One that is not used has gradient 0.
  CHECK(check_gradients([](const Tensors& in) { return exp(in[0]); }, {a, c}));
}

TEST_CASE("shapes without axes, without elements, and constants") {
  CHECK(check_gradients([](const Tensors& in) { return exp(in[0]); }, {full({}, 1.5, float64)}));
  CHECK(check_gradients([](const Tensors& in) { return exp(in[0]); }, {zeros({0, 3}, float64)}));
  CHECK(check_gradients([](const Tensors& in) { return sum(in[0]); }, {zeros({0}, float64)}));
  CHECK(check_gradients([](const Tensors& in) { return in[0]; }, {zeros({2}, float64)}));
  CHECK(check_gradients([](const Tensors&) { return ones({2}, float64); }, {ones({2}, float64)}));
  const auto transposed = [](const Tensors& in) { return exp(in[0]); };
  CHECK(check_gradients(transposed, {transpose(rand({2, 3}, float64))}));
}

TEST_CASE("functions on very different scales") {
  const auto check = [](Tensor (*f)(const Tensor&), const std::vector<double>& at) {
    const std::int64_t n = std::int64_t(at.size());
    const GradientReport report =
        check_gradients([f](const Tensors& in) { return f(in[0]); }, {from_data(at, {n})});
    INFO(report.str());
    CHECK(report);
  };
  check([](const Tensor& x) { return exp(x); }, {-30, -1, 0, 5, 20});
  check([](const Tensor& x) { return sin(1000 * x); }, {0.1, 0.7});
  check([](const Tensor& x) { return tanh(x * 100); }, {0.001, -0.02});
  check([](const Tensor& x) { return 1 / x; }, {1e-3, 0.1, 1e3, 1e6});
  check([](const Tensor& x) { return log(x); }, {1e-3, 1, 1e6});
  check([](const Tensor& x) { return 1e6 + x * x; }, {0.5, 3});
  check([](const Tensor& x) { return 1e-6 * x * x * x; }, {0.5, 300});
  check([](const Tensor& x) { return sqrt(x); }, {1e-4, 1, 1e4});
}

TEST_CASE("at a kink any slope between those to both sides passes, and the report says so") {
  // |x| with a slope of ours at 0.
  const auto with_slope = [](double slope) {
    return [slope](const Tensors& in) {
      return apply(
          {"kinked", Save::inputs(), {}}, {in[0]}, in[0].spec(),
          [](const Inputs& x, const Tensor& y) { copy_(y, abs(x[0])); },
          [slope](const Grad& g) { return g.dy * where(eq(g.in(0), 0), slope, sign(g.in(0))); });
    };
  };
  const Tensor x = tensor({-1, 0, 2}, float64);
  for (double slope : {-1.0, -0.3, 0.5, 1.0}) {
    const GradientReport report = check_gradients(with_slope(slope), {x});
    INFO(report.str());
    CHECK(report);
    CHECK(report.kinks >= 1);
    CHECK(report.kink.index == Shape{1});
    CHECK_THAT(report.str(), ContainsSubstring("at a kink"));
  }
  CHECK_FALSE(check_gradients(with_slope(1.01), {x}));
  CHECK_FALSE(check_gradients(with_slope(-1.01), {x}));
  CHECK_FALSE(check_gradients(with_slope(NAN), {x}));
}

TEST_CASE("kinks and jumps of our own operations") {
  const Tensor x = tensor({-1, 0, 2}, float64);
  const auto report = [&](Tensor (*f)(const Tensor&)) {
    return check_gradients([f](const Tensors& in) { return f(in[0]); }, {x});
  };
  CHECK(report([](const Tensor& v) { return relu(v); }).kinks >= 1);
  CHECK(report([](const Tensor& v) { return relu(v); }));
  CHECK(report([](const Tensor& v) { return sign(v); }));
  CHECK(report([](const Tensor& v) { return sign(v); }).kinks >= 1);
  CHECK(report([](const Tensor& v) { return maximum(v, 2 * v); }));
  CHECK(report([](const Tensor& v) { return clamp(v, 0, 2); }));
}

TEST_CASE("near a kink the slope is that of its side") {
  for (double place : {1e-3, 1e-5, 1e-7, -1e-5}) {
    const Tensor x = tensor({place}, float64);
    CHECK(check_gradients([](const Tensors& in) { return relu(in[0]); }, {x}));
    const auto halved = [](const Tensors& in) {
      return apply(
          {"halved", Save::inputs(), {}}, {in[0]}, in[0].spec(),
          [](const Inputs& v, const Tensor& y) { copy_(y, relu(v[0])); },
          [](const Grad& g) { return 0.5 * g.dy * (1 + 0 * g.in(0)); });
    };
    CHECK_FALSE(check_gradients(halved, {x}));
  }
}

TEST_CASE("the edge of a domain") {
  // To the left of 0 there is NaN; to the right, the slope 0 is right.
  const Tensor x = tensor({0, 1}, float64);
  const auto fn = [](const Tensors& in) { return pow(in[0], 2.5); };
  CHECK(check_gradients(fn, {x}, {.second_order = false}));
  const auto cut = [](const Tensors& in) { return where(lt(in[0], 0), NAN, exp(in[0])); };
  CHECK(check_gradients(cut, {x}));
  const auto wrong = [](const Tensors& in) {
    return where(lt(in[0], 0), NAN, exp(in[0].detach()) + 0 * in[0]);
  };
  CHECK_FALSE(check_gradients(wrong, {x}));
  // A slope that is infinite is not accepted for any gradient.
  const GradientReport report = check_gradients([](const Tensors& in) { return sqrt(in[0]); }, {x});
  CHECK_FALSE(report);
  CHECK(report.worst.index == Shape{0});
}

TEST_CASE("large inputs are checked by random projections, unless told otherwise") {
  manual_seed(4);
  const Tensor a = randn({40, 50}, float64), b = randn({50, 30}, float64);
  const auto fn = [](const Tensors& in) { return tanh(matmul(in[0], in[1])); };
  const GradientReport report = check_gradients(fn, {a, b});
  INFO(report.str());
  CHECK(report);
  CHECK(report.projected);
  CHECK(report.elements == 40 * 50 + 50 * 30);
  CHECK(report.compared == 2 * 4 + 1 + 2 * 4);  // first order, by the weights, second order
  CHECK_THAT(report.str(),
             StartsWith("tanh: all 17 random projections over 3500 elements agree ["));

  const Tensor small = randn({3, 4}, float64), other = randn({4, 2}, float64);
  CHECK_FALSE(check_gradients(fn, {small, other}).projected);
  const GradientReport forced = check_gradients(
      fn, {small, other}, {.method = GradientCheckOptions::projections, .directions = 2});
  CHECK(forced);
  CHECK(forced.projected);
  CHECK(forced.compared == 2 * 2 + 1 + 2 * 2);
  CHECK_FALSE(check_gradients(fn, {randn({1, 300}, float64), randn({300, 1}, float64)},
                              {.second_order = false, .method = GradientCheckOptions::full})
                  .projected);
}

TEST_CASE("a projection that disagrees leads to the element") {
  manual_seed(5);
  // x^2 for a matrix of 2,000 elements of very different sizes; one of them is off.
  const Tensor x = randn({40, 50}, float64) * exp(2 * randn({40, 1}, float64));
  const auto fn = [](const Tensors& in) {
    const auto off = [](const Grad& g) {
      const Tensor hit = eq(reshape(arange(2000), {40, 50}), 1234);
      return g.dy * (2 * g.in(0) + where(hit, 0.01, 0.0));
    };
    return apply(
        {"large"}, {in[0]}, in[0].spec(),
        [](const Inputs& v, const Tensor& y) { copy_(y, square(v[0])); }, off);
  };
  const GradientReport report = check_gradients(fn, {x});
  INFO(report.str());
  CHECK(report.projected);
  CHECK_FALSE(report);
  CHECK(report.problem == "wrong gradient");
  CHECK(report.worst.index == Shape{24, 34});
  CHECK(report.worst.output_index == Shape{24, 34});
  const double value = select(select(x, 0, 24), 0, 34).item();
  CHECK(report.worst.analytical == Approx(2 * value + 0.01).epsilon(1e-6));
  CHECK(report.worst.numerical == Approx(2 * value).epsilon(1e-6));
  CHECK(report.worst.step > 0);
  CHECK_THAT(report.str(), ContainsSubstring("; found by random projections over 2000 elements ["));
}

TEST_CASE("a projection finds the element at second order too") {
  manual_seed(6);
  const Tensor x = randn({500}, float64);
  const auto with_rule = [&](auto rule) {
    return check_gradients(
        [rule](const Tensors& in) {
          return apply(
              {"cubic"}, {in[0]}, in[0].spec(),
              [](const Inputs& v, const Tensor& y) { copy_(y, v[0] * v[0] * v[0]); }, rule);
        },
        {x});
  };
  CHECK(with_rule([](const Grad& g) { return 3 * g.dy * square(g.in(0)); }));
  const GradientReport by_input = with_rule([](const Grad& g) {
    const Tensor slope = 3 * square(g.in(0));
    return g.dy * where(eq(arange(500), 321), slope.detach(), slope);
  });
  CHECK(by_input.problem == "wrong second-order gradient");
  CHECK(by_input.worst.input == "input0");
  CHECK(by_input.worst.index == Shape{321});
  CHECK(by_input.worst.output == "grad input0");
  CHECK(by_input.worst.output_index == Shape{321});
  const GradientReport by_weight = with_rule([](const Grad& g) {
    return where(eq(arange(500), 321), g.dy.detach(), g.dy) * 3 * square(g.in(0));
  });
  CHECK_THAT(by_weight.str(), ContainsSubstring("d grad input0 (321,) / d grad output (321,)"));
}

TEST_CASE("kinks along a projection are found one by one") {
  manual_seed(7);
  Tensor x = randn({400}, float64);
  for (int i : {3, 77, 399}) x.data<double>()[i] = 0;
  const auto fn = [](const Tensors& in) { return sum(relu(in[0])) + sum(square(in[0])); };
  const GradientReport report = check_gradients(fn, {x}, {.second_order = false, .directions = 1});
  INFO(report.str());
  CHECK(report);
  CHECK(report.projected);
  CHECK(report.kinks == 3);
  CHECK_THAT(report.str(), ContainsSubstring("agree; 3 at a kink, where any slope"));
  // An error elsewhere does not hide behind them.
  const auto wrong = [&](const Tensors& in) {
    return fn(in) + 1e-3 * sum(slice(in[0], 0, 50, 51).detach());
  };
  CHECK(check_gradients(wrong, {x}).worst.index == Shape{50});
}

TEST_CASE("what check_gradients refuses") {
  const auto identity = [](const Tensors& in) { return in[0]; };
  CHECK_THAT(error_of([&] { check_gradients(identity, {Tensor()}); }),
             StartsWith("check_gradients: input0 is undefined [check_gradients_test.cpp:"));
  CHECK_THAT(error_of([&] { check_gradients(identity, {arange(3)}); }),
             StartsWith("check_gradients: no input is floating, so there is nothing to check ["));
  CHECK_THAT(
      error_of([&] { check_gradients([](const Tensors&) { return Tensor(); }, {ones({2})}); }),
      StartsWith("check_gradients: the function returned an undefined tensor ["));
  CHECK_THAT(
      error_of([&] {
        check_gradients([](const Tensors& in) { return to(in[0], float32); }, {ones({2})});
      }),
      StartsWith("check_gradients: the function returned float32 for float64 inputs; differences "
                 "need float64 throughout ["));
  // With such options a wrong gradient was right, or a right one wrong.
  const auto with = [&](const GradientCheckOptions& options) {
    return error_of([&] { check_gradients(identity, {ones({2})}, options); });
  };
  CHECK_THAT(with({.rtol = -1}), StartsWith("check_gradients: rtol is -1, must be at least 0 ["));
  CHECK_THAT(with({.atol = std::nan("")}),
             StartsWith("check_gradients: atol is nan, must be at least 0 ["));
  CHECK_THAT(with({.method = GradientCheckOptions::projections, .directions = 0}),
             StartsWith("check_gradients: directions is 0, must be at least 1 ["));
}

TEST_CASE("errors of the function pass through, those of its backward are reported") {
  int calls = 0;
  const auto fails_later = [&](const Tensors& in) {
    if (++calls > 3) throw ValueError("enough");
    return exp(in[0]);
  };
  CHECK_THROWS_AS(check_gradients(fails_later, {ones({2})}), ValueError);

  const auto fn = [](const Tensors& in) {
    return apply(
        {"refuses"}, {in[0]}, in[0].spec(),
        [](const Inputs& x, const Tensor& y) { copy_(y, x[0]); },
        [](const Grad& g) -> Tensor { return g.dy + ones({7}); });
  };
  const GradientReport report = check_gradients(fn, {ones({2})});
  CHECK_FALSE(report);
  CHECK_THAT(report.str(), StartsWith("refuses: backward failed: add: (2,) and (7,) do not "
                                      "broadcast: sizes 2 and 7 differ ["));
}

TEST_CASE("it works under NoGrad, and leaves the mode as it was") {
  const NoGrad no_grad;
  CHECK(check_gradients([](const Tensors& in) { return exp(in[0]); }, {ones({2}, float64)}));
  CHECK_FALSE(GradMode::enabled());
}

TEST_CASE("a whole model can be checked") {
  manual_seed(3);
  const Tensor x = randn({4, 3}, float64), y = randn({4, 1}, float64);
  const Tensors weights = {randn({5, 3}, float64), randn({5}, float64), randn({1, 5}, float64)};
  const GradientReport report = check_gradients(
      [&](const Tensors& w) {
        const Tensor hidden = tanh(linear(x, w[0], w[1]));
        return mse_loss(linear(hidden, w[2]), y) + 0.1 * sum(square(w[0]));
      },
      weights);
  INFO(report.str());
  CHECK(report);
}
