#include <cinta/autograd/tape/apply.hpp>
#include <cinta/cinta.hpp>
#include <cmath>
#include <limits>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

const double inf = std::numeric_limits<double>::infinity(), not_a_number = std::nan("");

Tensor leaf(const std::vector<double>& elements) {
  return from_data(elements, {std::int64_t(elements.size())}).requires_grad_();
}

std::string at(int line) { return " [detect_nan_test.cpp:" + std::to_string(line) + "]"; }

}  // namespace

TEST_CASE("DetectNan names the forward that makes the first one") {
  const DetectNan detect;
  const Tensor x = tensor({0, 1, -1, 2}, float64);
  std::string text = error_of([&] { exp(log(x)); });
  CHECK(text ==
        "log: forward made 1 NaN and 1 infinite of 4 elements; input 0 float64 (4,) from -1 to 2, "
        "0 NaN and 0 infinite" +
            at(__LINE__ - 4));
  text = error_of([&] { x / slice(x, 0, 0, 1); });
  CHECK(text ==
        "div: forward made 1 NaN and 3 infinite of 4 elements; input 0 float64 (4,) from -1 to 2, "
        "0 NaN and 0 infinite; input 1 float64 (1,) from 0 to 0, 0 NaN and 0 infinite" +
            at(__LINE__ - 4));
  text = error_of([&] { exp(full({2}, 100)); });  // float32 ends at 3.4e38
  CHECK(text ==
        "exp: forward made 0 NaN and 2 infinite of 2 elements; input 0 float32 (2,) from 100 to "
        "100, 0 NaN and 0 infinite" +
            at(__LINE__ - 4));
  CHECK_THROWS_AS(log(x), NanError);
  const NoGrad no_grad;
  CHECK_THROWS_AS(log(x), NanError);
  CHECK_NOTHROW(gt(x, 0));
  CHECK_NOTHROW(exp(transpose(ones({2, 3}))));
}

TEST_CASE("DetectNan names the module") {
  nn::Sequential net(nn::Linear(2, 2), nn::Linear(2, 1));
  struct Net : nn::Module {
    nn::Sequential body;
    explicit Net(nn::Sequential steps) : body(add("body", std::move(steps))) {}
  } model(net);
  fill_(model.parameters()[2].detach(), 3e38);
  const DetectNan detect;
  const std::string text = error_of([&] { model.body(full({1, 2}, 1e5)); });
  CHECK_THAT(text, StartsWith("linear: forward made "));
  CHECK_THAT(text, EndsWith("[body.1, detect_nan_test.cpp:" + std::to_string(__LINE__ - 2) + "]"));
}

TEST_CASE("DetectNan names the backward and the input") {
  for (const bool create_graph : {false, true}) {
    Tensor x = leaf({0, 4}), y = leaf({1, 2});
    const DetectNan detect;
    const Tensor z = y * sqrt(x);
    const int line = __LINE__ - 1;
    const std::string text = error_of([&] { sum(z).backward({}, {.create_graph = create_graph}); });
    CHECK(text.substr(0, text.find(';')) ==
          "sqrt: backward made 0 NaN and 1 infinite of 2 elements of the gradient of input 0");
    CHECK_THAT(text, ContainsSubstring("; gradient of the output float64 (2,) from 1 to 2, 0 NaN "
                                       "and 0 infinite"));
    CHECK_THAT(text, EndsWith(at(line)));
  }
  // The second input of two.
  Tensor a = leaf({1e300}), b = leaf({1e-5});
  const DetectNan detect;
  const Tensor quotient = a / b;
  CHECK_NOTHROW(grad({quotient}, {a}, {.retain_graph = true}));
  CHECK_THAT(error_of([&] { quotient.backward(); }),
             StartsWith("div: backward made 0 NaN and 1 infinite of 1 elements of the gradient of "
                        "input 1; gradient of the output float64 (1,) from 1 to 1"));
}

TEST_CASE("DetectNan looks at in-place operations") {
  const DetectNan detect;
  const Tensor x = leaf({1, 0}) * 1, y = tensor({1, 0}, float64);
  CHECK_THAT(error_of([&] { div_(x, y); }),
             StartsWith("div_: forward made 1 NaN and 0 infinite of 2 elements; input 1 float64 "
                        "(2,) from 0 to 1, 0 NaN and 0 infinite [detect_nan_test.cpp:"));
}

TEST_CASE("DetectNan says what came from outside") {
  Tensor x = leaf({1, not_a_number, 3});
  {
    const DetectNan detect;
    const std::string text = error_of([&] { exp(ones({3}, float64) * x); });
    const std::string place = at(__LINE__ - 1);
    CHECK(
        text ==
        "mul: forward got a NaN or infinity from outside the DetectNan scope, in input 1; input 0 "
        "float64 (3,) from 1 to 1, 0 NaN and 0 infinite; input 1 float64 (3,) from 1 to 3, 1 NaN "
        "and 0 infinite" +
            place);
  }
  // Forward outside, backward inside.
  const Tensor y = x * x;
  {
    const DetectNan detect;
    CHECK_THAT(
        error_of([&] { y.backward(ones({3}, float64)); }),
        StartsWith("mul: backward got a NaN or infinity from outside the DetectNan scope, in "
                   "input 0, for the gradient of input 0; gradient of the output float64 "
                   "(3,) from 1 to 1"));
    const Tensor z = leaf({1, 2}) * 2;
    const Tensor seed = tensor({1, inf}, float64);
    const std::string text = error_of([&] { z.backward(seed); });
    CHECK(text ==
          "backward: got a NaN or infinity from outside the DetectNan scope, in the gradient of a "
          "root made by mul; gradient float64 (2,) from 1 to 1, 0 NaN and 1 infinite" +
              at(__LINE__ - 4));
  }
  CHECK_NOTHROW(exp(x));
}

TEST_CASE("DetectNan says what was there before it was overwritten") {
  const std::string outside = "forward got a NaN or infinity from outside the DetectNan scope, in ";
  const Tensor x = tensor({1, not_a_number, 3}, float64);
  const DetectNan detect;
  CHECK_THAT(error_of([&] { add_(x, 1); }),
             StartsWith("add_: " + outside + "input 0; input 1 float64 () from 1 to 1"));
  CHECK_THAT(error_of([&] { masked_fill_(x, x < 3, 0); }),
             StartsWith("masked_fill_: " + outside + "input 1; "));
  CHECK_NOTHROW(zero_(x));
  CHECK_THAT(error_of([&] { div_(x, 0); }), StartsWith("div_: forward made 3 NaN"));
}

TEST_CASE("DetectNan notices a sum of gradients that overflows") {
  Tensor x = leaf({0.1});
  const DetectNan detect;
  const Tensor y = x * 2;
  CHECK_THAT(error_of([&] { (y * 1e308 + y * 0.9e308).backward(); }),
             StartsWith("mul: backward made 0 NaN and 1 infinite of 1 elements by adding the "
                        "gradients of its output's uses"));
}

TEST_CASE("DetectNan may leave infinities alone") {
  const DetectNan detect({.infinities = false});
  const Tensor mask = tensor({0, -inf}, float64);
  Tensor x = leaf({1, 2});
  CHECK_NOTHROW(sum(softmax(x + mask, 0)).backward());
  CHECK_THAT(
      error_of([&] { mask - mask; }),
      StartsWith("sub: forward made 1 NaN and 0 infinite of 2 elements; input 0 float64 (2,) "
                 "from 0 to 0, 0 NaN and 1 infinite"));
}

TEST_CASE("DetectNan names the user's operation, not what it is made of") {
  const auto ratio = [](const Tensor& x) {
    return apply(
        {"ratio", Save::inputs(), Site()}, {x}, x.spec(),
        [](const Inputs& in, const Tensor& y) { copy_(y, in[0] / (in[0] - 1)); },
        [](const Grad& g) { return g.dy / (g.in(0) - g.in(0)); });
  };
  const DetectNan detect;
  CHECK_THAT(error_of([&] { ratio(leaf({1, 2})); }), StartsWith("ratio: forward made"));
  const Tensor fine = ratio(leaf({3, 2}));
  CHECK_THAT(
      error_of([&] { sum(fine).backward(); }),
      StartsWith("ratio: backward made 0 NaN and 2 infinite of 2 elements of the gradient of "
                 "input 0"));
}

TEST_CASE("DetectNan sees into a checkpoint") {
  Tensor x = leaf({0, 4});
  const DetectNan detect;
  const Tensor y = checkpoint([](const Tensor& v) { return sqrt(v) * 2; }, x);
  CHECK_THAT(error_of([&] { sum(y).backward(); }), StartsWith("sqrt: backward made"));
  CHECK_THAT(error_of([&] { checkpoint([](const Tensor& v) { return log(v); }, x); }),
             StartsWith("log: forward made"));
}

TEST_CASE("DetectNan ends with its scope and belongs to its thread") {
  { const DetectNan detect; }
  CHECK_NOTHROW(log(zeros({2})));
  Tensor x = leaf({0, 4});
  {
    const DetectNan detect;
    const Tensor y = sqrt(x);
    CHECK_THROWS_AS(sum(y).backward(), NanError);
    CHECK_THROWS_AS(log(x), NanError);
  }
  CHECK_NOTHROW(sum(sqrt(x)).backward());
}
