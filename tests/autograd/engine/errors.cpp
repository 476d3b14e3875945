// What differentiation refuses: for each mistake an exception of its own, whose text says what
// went wrong, where, and what to do.

#include <cinta/cinta.hpp>

#include "support/catch_compat.hpp"

using namespace cinta;

namespace {

Tensor leaf() { return tensor({1, 2, 3}, float64).requires_grad_(); }

// The text that E throws, exactly E.
template <class E, class F>
std::string text_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    CHECK(typeid(error) == typeid(E));
    return error.what();
  }
  FAIL_CHECK("nothing was thrown");
  return {};
}

std::string at(int line) { return " [errors.cpp:" + std::to_string(line) + "]"; }

template <class Rule>
Tensor squared(const Tensor& x, Save save, const Rule& rule, Site site = {}) {
  return apply(
      {"squared", save, site}, {x}, x.spec(),
      [](const Inputs& in, const Tensor& y) { copy_(y, square(in[0])); }, rule);
}

}  // namespace

TEST_CASE("backward twice on a freed graph") {
  const Tensor x = leaf();
  const Tensor y = exp(x);
  const int line = __LINE__ - 1;
  sum(y).backward();
  CHECK(text_of<FreedGraphError>([&] { sum(y).backward(); }) ==
        "exp: what backward needs was freed by an earlier backward; pass retain_graph to the "
        "earlier one to run it again" +
            at(line));
}

TEST_CASE("backward from a non-scalar without a gradient") {
  const Tensor y = exp(leaf());
  const auto call = [&] { y.backward(); };
  CHECK(text_of<NonScalarError>(call) ==
        "backward: a root of shape (3,) needs a gradient to weigh its elements; pass one, or "
        "reduce the root with sum or mean" +
            at(__LINE__ - 4));
  CHECK_NOTHROW(y.backward(ones({3}, float64)));
}

TEST_CASE("a gradient that does not fit its root") {
  const Tensor y = exp(leaf());
  const auto shape = [&] { y.backward(ones({4}, float64)); };
  CHECK(text_of<ShapeError>(shape) ==
        "backward: the gradient is float64 (4,), the root float64 (3,)" + at(__LINE__ - 2));
  const auto dtype = [&] { y.backward(ones({3})); };
  CHECK(text_of<DtypeError>(dtype) ==
        "backward: the gradient is float32 (3,), the root float64 (3,); convert it with to()" +
            at(__LINE__ - 3));
}

TEST_CASE("the gradient of a tensor outside the graph") {
  const Tensor x = leaf(), outside = leaf();
  const Tensor y = sum(exp(x));
  const auto call = [&] { grad({y}, {x, outside}); };
  CHECK(text_of<UnusedError>(call) ==
        "grad: input 1 of shape (3,) was not used to compute the outputs; pass allow_unused to get "
        "an undefined gradient for it" +
            at(__LINE__ - 4));
  const Tensor plain = ones({3});
  const auto never = [&] { grad({y}, {plain}); };
  CHECK(text_of<DetachedError>(never) ==
        "grad: an input of shape (3,) does not require gradients; call requires_grad_() on it "
        "before the computation" +
            at(__LINE__ - 4));
}

TEST_CASE("backward through a detached tensor") {
  const std::string what =
      "backward: the root does not depend on any tensor that requires gradients (was it detached, "
      "or made under NoGrad?); call requires_grad_() on a leaf before the computation";
  const Tensor x = leaf();
  const Tensor detached = sum(exp(x).detach());
  const auto call = [&] { detached.backward(); };
  CHECK(text_of<DetachedError>(call) == what + at(__LINE__ - 1));
  const Tensor unrecorded = [&] {
    const NoGrad no_grad;
    return sum(exp(x));
  }();
  const auto second = [&] { unrecorded.backward(); };
  CHECK(text_of<DetachedError>(second) == what + at(__LINE__ - 1));
  // What is detached on the way is a constant for what is not.
  sum(x * exp(x).detach()).backward();
  CHECK(x.grad().to_vector<double>() == exp(x).to_vector<double>());
}

TEST_CASE("dtypes that do not go together") {
  // Arithmetic promotes all of them; what cannot says which it got and needs.
  const Tensor x = ones({2, 3}), w = ones({4, 3}, float64);
  const auto product = [&] { linear(x, w); };
  CHECK(text_of<DtypeError>(product) ==
        "linear: x float32 (2, 3), weight float64 (4, 3): needs one floating dtype for all; "
        "convert with to()" +
            at(__LINE__ - 4));
  const auto choice = [&] { where(x, x, x); };
  CHECK(text_of<DtypeError>(choice) ==
        "where: the condition must be bool, it is float32" + at(__LINE__ - 2));
  const auto whole = [&] { matmul(ones({2, 3}, int64), ones({3}, int64)); };
  CHECK(text_of<DtypeError>(whole) ==
        "matmul: needs floating dtypes, got int64 and int64" + at(__LINE__ - 2));
  const auto counts = [&] { ones({2}, int64).requires_grad_(); };
  CHECK(text_of<DtypeError>(counts) ==
        "requires_grad_: gradients need a floating dtype, this is int64" + at(__LINE__ - 2));
  CHECK((ones({3}, boolean) + arange(3) + x).dtype() == float32);
}

TEST_CASE("a user's backward that asks for what there is not") {
  const Tensor x = leaf();
  const auto asks = [&](auto question) {
    const Tensor y = squared(x, Save::inputs(), [question](const Grad& g) {
      question(g);
      return g.dy;
    });
    return text_of<RuleError>([&] { sum(y).backward(); });
  };
  const std::string input = "squared: its backward rule asks for input ";
  const std::string output = "squared: its backward rule asks for output ";
  const auto of_one = [&](const std::string& what) { return what + ", and the operation has 1"; };
  using Catch::Matchers::StartsWith;
  CHECK_THAT(asks([](const Grad& g) { g.in(1); }), StartsWith(of_one(input + "1")));
  CHECK_THAT(asks([](const Grad& g) { g.take_in(2); }), StartsWith(of_one(input + "2")));
  CHECK_THAT(asks([](const Grad& g) { g.shape(-1); }), StartsWith(of_one(input + "-1")));
  CHECK_THAT(asks([](const Grad& g) { (void)g.needs(1); }), StartsWith(of_one(input + "1")));
  CHECK_THAT(asks([](const Grad& g) { (void)g.is_leaf(7); }), StartsWith(of_one(input + "7")));
  CHECK_THAT(asks([](const Grad& g) { g.out(1); }), StartsWith(of_one(output + "1")));
  CHECK_THAT(asks([](const Grad& g) { g.dy_of(1); }), StartsWith(of_one(output + "1")));
  CHECK_THAT(asks([](const Grad& g) { g.output_spec(-1); }), StartsWith(of_one(output + "-1")));

  // A constant beside a variable has no shape there, and is no leaf.
  bool is_leaf = true;
  const auto both = [&](auto rule) {
    return apply(
        {"both", Save::nothing(), {}}, {x, ones({3}, float64)}, x.spec(),
        [](const Inputs& in, const Tensor& out) { copy_(out, in[0]); }, rule, no_gradient);
  };
  const Tensor shape = both([](const Grad& g) { return reshape(g.dy, g.shape(1)); });
  CHECK_THAT(text_of<RuleError>([&] { sum(shape).backward(); }),
             StartsWith("both: its backward rule asks for the shape of input 1, which requires no "
                        "gradient: only the others' are kept"));
  sum(both([&](const Grad& g) {
    is_leaf = g.is_leaf(1);
    return g.dy;
  })).backward();
  CHECK_FALSE(is_leaf);
}

TEST_CASE("a user's backward with more or fewer gradients than inputs") {
  const Tensor x = leaf(), y = leaf();
  const auto product = [&](const auto&... rules) {
    const Tensor z = apply(
        {"product", Save::inputs(), {}}, {x, y}, x.spec(),
        [](const Inputs& in, const Tensor& out) { copy_(out, in[0] * in[1]); }, rules...);
    return text_of<RuleError>([&] { sum(z).backward(); });
  };
  const auto refusal = [](const std::string& count) {
    return Catch::Matchers::StartsWith(
        "product: its backward gives " + count +
        " gradients, and the operation has 2 inputs; give one for each, no_gradient or an "
        "undefined one where there is none");
  };
  const auto rule = [](const Grad& g) { return g.dy; };
  // As many as were returned were written behind the two.
  for (const int count : {0, 1, 3, 40})
    CHECK_THAT(product([count](const Grad& g) { return Tensors(std::size_t(count), g.dy); }),
               refusal(std::to_string(count)));
  CHECK_THAT(product(rule), refusal("1"));  // y had no gradient
  CHECK_THAT(product(rule, no_gradient, rule), refusal("3"));
  CHECK_THAT(product(rule, rule, no_gradient), refusal("3"));
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("a wrong gradient from a user's backward") {
  const Tensor x = leaf();
  const std::string end =
      " for input 0 of float64 (3,); return one of that dtype and shape, or of a shape that (3,) "
      "broadcasts to";
  const Tensor shape = squared(x, Save::inputs(), [](const Grad&) { return ones({4}, float64); });
  CHECK(text_of<RuleError>([&] { sum(shape).backward(); }) ==
        "squared: its backward rule returned a gradient of float64 (4,)" + end + at(__LINE__ - 2));
  const Tensor dtype = squared(x, Save::inputs(), [](const Grad&) { return ones({3}); });
  CHECK(text_of<RuleError>([&] { sum(dtype).backward(); }) ==
        "squared: its backward rule returned a gradient of float32 (3,)" + end + at(__LINE__ - 2));
  const Tensor saved = squared(x, Save::nothing(), [](const Grad& g) { return g.dy * g.in(0); });
  CHECK(text_of<RuleError>([&] { sum(saved).backward(); }) ==
        "squared: its backward rule reads input 0, which the operation does not save" +
            at(__LINE__ - 3));
  CHECK_FALSE(x.grad().defined());
}
