// The op table's driver is checked like the gradient check: one operation, exp(x) * b, and all the
// ways in which it could be wrong that gradients alone do not show.

#include <cinta/autograd/check/op.hpp>
#include <cinta/cinta.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "support/catch_compat.hpp"

using namespace cinta;

namespace {

const Site elsewhere("elsewhere.cpp", 7);
Tensor kept;  // what an operation keeps that it should not

// What of `x` a loop reads that takes memory for dense.
// Where that would leave the memory, which a sanitizer would not let pass, the elements are right.
Tensor as_if_dense(const Tensor& x) {
  if (!x.defined()) return x;
  const auto* first = static_cast<const char*>(x.impl()->memory);
  const auto* end = static_cast<const char*>(x.storage()->data()) + x.storage()->bytes();
  if (x.numel() * std::int64_t(size_of(x.dtype())) > end - first) return x;
  return alias(x, x.shape(), contiguous_strides(x.shape()));
}

// Read past the operations, so a recording keeps it as a number.
double first_or_one(const Tensor& x) {
  if (x.numel() == 0) return 1;
  const void* memory = x.impl()->memory;
  return x.dtype() == float32 ? *static_cast<const float*>(memory)
                              : *static_cast<const double*>(memory);
}

Tensor faulty(const Tensor& x, const Tensor& b, const std::string& fault, Site site = {}) {
  const auto has = [fault](const char* name) { return fault == name; };
  if (has("undefined inputs end in another exception") && (!x.defined() || !b.defined()))
    throw std::logic_error("undefined");
  const Op op{"faulty", Save::everything(), has("nodes name another place") ? elsewhere : site};
  detail::check_defined(op, {x, b});
  if (has("nothing is refused") && x.shape() == Shape{2} && b.shape() == Shape{3}) return x;
  const Shape shape = [&] {
    if (has("errors name another place"))
      return broadcast_shapes("faulty", x.shape(), b.shape(), elsewhere);
    if (has("another error's text"))
      return broadcast_shapes("wrong", x.shape(), b.shape(), op.site);
    return broadcast_shapes("faulty", x.shape(), b.shape(), op.site);
  }();
  if (has("no elements are too few") && shape.numel() == 0)
    throw ShapeError("faulty: empty", op.site);
  const Dtype dtype = has("always float64") ? float64 : promote(x.dtype(), b.dtype());
  const bool recorded = GradMode::enabled() && (x.requires_grad() || b.requires_grad());
  static int calls = 0;
  const GradModeGuard mode(GradMode::enabled() || has("records under NoGrad"));

  Tensor y = apply(
      op, {x, b},
      {has("axes of size 1 disappear") && shape == Shape{2, 1, 3} ? Shape{2, 3} : shape, dtype},
      [=](const Inputs& in, const Tensor& out) {
        const auto values = [&](int k) {
          const Tensor v = has("reads inputs as if dense") ? as_if_dense(in[k]) : in[k];
          return contiguous(broadcast_to(v, shape));
        };
        const Tensor u = to(values(0), dtype), v = to(values(1), dtype);
        dispatch_floating(dtype, [&]<class T>() {
          for (std::int64_t i = 0; i < out.numel(); ++i) {
            T value = std::exp(u.data<T>()[i]) * v.data<T>()[i];
            if (has("wrong values")) value *= T(1.001);
            if (has("wrong in float32") && sizeof(T) == 4) value *= T(1.001);
            if (has("wrong behind the last whole register") && i == 66) value = 0;
            if (has("wrong if recorded") && recorded) value *= T(1.0000003);
            if (has("different each time"))
              value *= 1 + std::numeric_limits<T>::epsilon() * T(++calls % 3);
            if (has("hides NaN") && std::isnan(value)) value = 0;
            if (has("hides infinity") && std::isinf(value)) value = std::numeric_limits<T>::max();
            out.data<T>()[i] = value;
          }
        });
        if (has("overwrites an input") && in[0].numel() > 0 && in[0].dtype() == float64)
          in[0].data<double>()[0] += 1e-12;
      },
      [=](const Grad& g) {
        if (fault == "keeps a tensor") kept = g.in(0);
        if (fault == "gradient wrong in float32" && g.dy.dtype() == float32)
          return g.dy * g.out() * 1.001;
        if (fault == "gradient wrong for one input alone" && !g.needs(1)) return g.dy * g.out() * 2;
        if (fault == "gradient wrong when recorded" && GradMode::enabled())
          return g.dy * g.out() * 1.01;
        if (fault == "gradient of a large input wrong when recorded" && GradMode::enabled() &&
            g.in(1).numel() > 0 && max(abs(g.in(1))).item() > 100)
          return g.dy * g.out() * 1.01;
        if (fault == "keeps a tensor when recorded" && GradMode::enabled()) kept = g.in(0);
        if (fault == "reads dy as if dense when recorded" && GradMode::enabled())
          return as_if_dense(g.dy) * g.out();
        if (fault == "second order with a number of this run" && GradMode::enabled())
          return g.dy * g.out() * first_or_one(g.in(0));
        if (fault == "reads dy as if dense") return as_if_dense(g.dy) * g.out();
        if (fault == "wrong gradient") return g.dy * g.in(0);
        if (fault == "wrong second order") return g.dy * g.out().detach();
        return g.dy * g.out();
      },
      [=](const Grad& g) {
        if (fault == "reads saved inputs as if dense") return g.dy * exp(as_if_dense(g.in(0)));
        return g.dy * exp(g.in(0));
      });
  if (has("wrong for one tensor twice") && x.impl() == b.impl()) return y * y;
  if (has("always requires gradients") && y.is_leaf()) y.requires_grad_();
  return y;
}

check::Row row_with(const std::string& fault) {
  using check::reals;
  return {.name = "faulty",
          .function = [fault](const Tensors& in) { return faulty(in[0], in[1], fault); },
          .reference =
              [](const Tensors& in) {
                const Shape shape = broadcast_shapes("reference", in[0].shape(), in[1].shape());
                const auto x = broadcast_to(in[0], shape).to_vector<double>();
                const auto b = broadcast_to(in[1], shape).to_vector<double>();
                std::vector<double> y;
                for (std::size_t i = 0; i < x.size(); ++i) y.push_back(std::exp(x[i]) * b[i]);
                return from_data(y, shape);
              },
          .samples = {{reals({2, 3}), reals({2, 3})}},
          .errors = {{{reals({2}), reals({3})},
                      "faulty: (2,) and (3,) do not broadcast: sizes 2 and 3 differ"}},
          .elementwise = true};
}

struct Planted {
  const char* fault;
  const char* found;  // part of one of the failures
};

const Planted planted[] = {
    {"wrong values", "value: "},
    {"wrong in float32", "(float32 (2, 3), float32 (2, 3)): value: "},
    {"wrong behind the last whole register", "at (66,)"},
    {"wrong if recorded", "gives other bits under NoGrad"},
    {"different each time", "not the same bits twice"},
    {"always float64", "returned float64 instead of float32"},
    {"axes of size 1 disappear", "returned shape (2, 3), the reference (2, 1, 3)"},
    {"no elements are too few", "threw: faulty: empty"},
    {"reads inputs as if dense", "input 0 transposed"},
    {"reads saved inputs as if dense", "input 0 transposed: gradient of input 1"},
    {"reads dy as if dense", "incoming gradient transposed: gradient of input 0"},
    {"hides NaN", "input 0 with nan at (0, 0): 0 instead of nan"},
    {"hides infinity", "input 0 with inf at (0, 0)"},
    {"overwrites an input", "wrote to input 0"},
    {"records under NoGrad", "was recorded under NoGrad"},
    {"always requires gradients", "requires gradients though no input does"},
    {"keeps a tensor", "input 0 is kept alive"},
    {"wrong gradient", "wrong gradient: d output"},
    {"wrong second order", "wrong second-order gradient"},
    {"gradient wrong in float32", "float32: gradient of input 0"},
    {"gradient wrong for one input alone", "only input 0 requires gradients"},
    {"gradient wrong when recorded", "): create_graph: gradient of input 0"},
    {"gradient of a large input wrong when recorded",
     "(float64), create_graph: gradient of input 0"},
    {"keeps a tensor when recorded", "input 0 is kept alive"},
    {"reads dy as if dense when recorded", "incoming gradient transposed: gradient of input 0"},
    // Result 0 is the value, 1 and 2 are its gradients.
    {"second order with a number of this run",
     "run again on other values it gives other bits in result 3"},
    {"wrong for one tensor twice", "the same tensor as inputs 0 and 1"},
    {"nodes name another place", "names elsewhere.cpp:7 as the place of the call"},
    {"errors name another place", "the error does not name the caller's file check_op.cpp"},
    {"another error's text",
     "refused with \"wrong: (2,) and (3,) do not broadcast: sizes 2 and 3 differ\" instead of "
     "\"faulty"},
    {"nothing is refused", "accepted what it has to refuse"},
    {"undefined inputs end in another exception", "undefined input 0: not a cinta::Error"},
};

std::string joined(const std::vector<std::string>& failures) {
  std::string text;
  for (const std::string& failure : failures) text += failure + "\n";
  return text;
}

}  // namespace

TEST_CASE("the driver finds nothing where nothing is planted") {
  CHECK(joined(check::run(row_with(""))) == "");
}

TEST_CASE("the driver finds planted faults of operations") {
  for (const Planted& fault : planted) {
    DYNAMIC_SECTION(fault.fault) {
      CHECK_THAT(joined(check::run(row_with(fault.fault))), ContainsSubstring(fault.found));
      kept = Tensor();
    }
  }
}

// The slopes of the last two cancel in a sum of both, and values that are drawn are never equal.
TEST_CASE("the driver finds slopes that are wrong where two of few or many inputs are equal") {
  for (const std::size_t count : {2, 4, 5, 7}) {
    for (const bool wrong : {false, true}) {
      CAPTURE(count, wrong);
      const check::Row row{.name = "sum of squares",
                           .function =
                               [=](const Tensors& in) {
                                 Tensor y = square(in[0]);
                                 for (std::size_t k = 1; k < count; ++k) y = y + square(in[k]);
                                 const Tensor &a = in[count - 2], &b = in[count - 1];
                                 return wrong ? y + where(eq(a, b), a - b, 0) : y;
                               },
                           .reference =
                               [](const Tensors& in) {
                                 std::vector<double> y(std::size_t(in[0].numel()), 0);
                                 for (const Tensor& x : in) {
                                   const auto values = x.to_vector<double>();
                                   for (std::size_t i = 0; i < y.size(); ++i)
                                     y[i] += values[i] * values[i];
                                 }
                                 return from_data(y, in[0].shape());
                               },
                           .samples = {check::Sample(count, check::reals({3}))},
                           .infinities = false,
                           .extremes = false,
                           .refuses_undefined = false};
      const std::string failures = joined(check::run(row));
      if (wrong)
        CHECK_THAT(failures, ContainsSubstring("wrong gradient: d output"));
      else
        CHECK(failures == "");
    }
  }
}

TEST_CASE("an operation may look into its inputs before apply does") {
  const check::Row row{.name = "doubled",
                       .function =
                           [](const Tensors& in) {
                             if (in[0].rank() != 1)
                               throw ShapeError("doubled: needs one axis", Site());
                             return in[0] * 2;
                           },
                       .reference = [](const Tensors& in) { return in[0] * 2.; },
                       .samples = {{check::reals({3})}}};
  CHECK(joined(check::run(row)) == "");
}

TEST_CASE("the driver does not ask for second derivatives that a row says not to have") {
  for (const char* fault : {"gradient wrong when recorded", "wrong second order",
                            "reads dy as if dense when recorded", "keeps a tensor when recorded"}) {
    check::Row row = row_with(fault);
    row.second_order = false;
    INFO(fault);
    CHECK(joined(check::run(row)) == "");
    kept = Tensor();
  }
}

TEST_CASE("the driver allows as many units of rounding as a row does") {
  // Doubles x, off by so many units of the value, of which 1 is that of numbers in [1, 2).
  const auto failures = [](double value_units, double gradient_units, bool elementwise) {
    const check::Row row{
        .name = "doubled",
        .function =
            [=](const Tensors& in) {
              const Site here;
              return apply(
                  {"doubled", Save::nothing(), here}, {in[0]}, in[0].spec(),
                  [=](const Inputs& inputs, const Tensor& y) {
                    dispatch_floating(y.dtype(), [&]<class T>() {
                      const T off = 1 + T(value_units) * std::numeric_limits<T>::epsilon();
                      const Tensor x = contiguous(inputs[0]);
                      for (std::int64_t i = 0; i < y.numel(); ++i)
                        y.data<T>()[i] = 2 * x.data<T>()[i] * off;
                    });
                  },
                  [=](const Grad& g) {
                    const double off = g.dy.dtype() == float32 ? gradient_units * 0x1p-23 : 0;
                    return g.dy * (2 * (1 + off));
                  });
            },
        .reference = [](const Tensors& in) { return in[0] * 2.; },
        .samples = {{check::reals({3}, {1, 1, 1})}},
        .elementwise = elementwise,
        .ulps = 10,
        .gradient_ulps = 20};
    return joined(check::run(row));
  };
  for (const bool elementwise : {false, true}) {
    CAPTURE(elementwise);
    CHECK(failures(0, 0, elementwise) == "");
    CHECK(failures(9, 0, elementwise) == "");
    CHECK(failures(-9, 0, elementwise) == "");
    CHECK_THAT(failures(11, 0, elementwise), ContainsSubstring("value: "));
    CHECK_THAT(failures(-11, 0, elementwise), ContainsSubstring("value: "));
    CHECK(failures(0, 8, elementwise) == "");
    CHECK_THAT(failures(0, 24, elementwise), ContainsSubstring("float32: gradient of input 0"));
    CHECK_THAT(failures(0, -24, elementwise), ContainsSubstring("float32: gradient of input 0"));
  }
}

TEST_CASE("the driver says whether anything was differentiated twice") {
  using check::reals;
  check::Row row = row_with("");
  check::Counts counts;
  check::run(row, &counts);
  CHECK(counts.second_order > 0);
  row.elementwise = false;
  SECTION("not what is fixed") { row.samples = {{reals({2, 3}).fixed(), reals({2, 3}).fixed()}}; }
  SECTION("not what is empty") { row.samples = {{reals({0, 3}), reals({0, 3})}}; }
  SECTION("not if the row forbids it") { row.second_order = false; }
  check::run(row, &counts);
  CHECK(counts.second_order == 0);
}

TEST_CASE("the driver counts samples that broadcast, and extreme ones") {
  check::Row row = row_with("");
  check::Counts counts;
  check::run(row, &counts);
  CHECK(counts.broadcast > 0);
  row.elementwise = false;
  check::run(row, &counts);
  CHECK(counts.broadcast == 0);
  // Of two inputs the first and the last element, with either sign: five sizes in both dtypes, one
  // that is no float32.
  CHECK(counts.extreme == 2 * 2 * 2 * (5 * 2 + 1));
  row.infinities = false;
  check::run(row, &counts);
  CHECK(counts.extreme == 2 * 2 * 2 * (4 * 2 + 1));
  row.extremes = false;
  check::run(row, &counts);
  CHECK(counts.extreme == 0);
}

TEST_CASE("the driver finds rows that say less than they should") {
  check::Row row = row_with("");
  SECTION("no samples") {
    row.samples.clear();
    CHECK_THAT(joined(check::run(row)), ContainsSubstring("the row has no samples"));
  }
  SECTION("a differentiable operation that is said not to be") {
    row.differentiable = false;
    CHECK_THAT(joined(check::run(row)),
               ContainsSubstring("requires gradients, the row says it has none"));
  }
  SECTION("an operation without a gradient that is said to have one") {
    row.function = [](const Tensors& in) {
      const NoGrad no_grad;
      return exp(in[0]) * in[1];
    };
    CHECK_THAT(joined(check::run(row)), ContainsSubstring("does not require gradients"));
  }
  SECTION("no more than a dozen failures are told in full") {
    row.function = [](const Tensors& in) { return exp(in[0]) + in[1]; };
    const std::vector<std::string> failures = check::run(row);
    CHECK(failures.size() == 13);
    CHECK_THAT(failures.back(), ContainsSubstring("more"));
  }
}
