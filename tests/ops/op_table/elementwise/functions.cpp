// Elementwise functions that the C library has, held against its long double ones.

#include <cinta/ops/elementwise/activation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/elementwise/fused.hpp>
#include <cmath>
#include <limits>

#include "ops/op_table/of_elements.hpp"

namespace {

using namespace op_table;

constexpr double inf = std::numeric_limits<double>::infinity();
const double no_number = std::nan("");

using Long = long double;
template <class F>
check::Function of(F f) {
  return each([f](double x) { return double(f(Long(x))); });
}

const Functions rsqrt_rows([](auto x) { return rsqrt(x); },
                           {.name = "rsqrt",
                            .reference = of([](Long x) { return 1 / std::sqrt(x); }),
                            .samples = {{reals({2, 3}, 0.2, 3)},
                                        {reals({3}, {0, -1, 4}).fixed()}}});
const Functions reciprocal_rows([](auto x) { return reciprocal(x); },
                                {.name = "reciprocal",
                                 .reference = of([](Long x) { return 1 / x; }),
                                 .samples = {{reals({2, 3}, 0.2, 3)}, {reals({3}, -3, -0.2)}}});
const Functions log10_rows([](auto x) { return log10(x); },
                           {.name = "log10",
                            .reference = of([](Long x) { return std::log10(x); }),
                            .samples = {{reals({2, 3}, 0.2, 3)},
                                        {reals({3}, {0, -1, 1}).fixed()}}});
const Functions tan_rows([](auto x) { return tan(x); },
                         {.name = "tan",
                          .reference = of([](Long x) { return std::tan(x); }),
                          .samples = {{reals({2, 3}, -1.2, 1.2)}, {reals({9}, 1e3, 1e4).fixed()}}});
const Functions asin_rows([](auto x) { return asin(x); },
                          {.name = "asin",
                           .reference = of([](Long x) { return std::asin(x); }),
                           .samples = {{reals({2, 3}, -0.9, 0.9)},
                                       {reals({3}, {1, -1, 2}).fixed()}}});
const Functions acos_rows([](auto x) { return acos(x); },
                          {.name = "acos",
                           .reference = of([](Long x) { return std::acos(x); }),
                           .samples = {{reals({2, 3}, -0.9, 0.9)},
                                       {reals({3}, {1, -1, 2}).fixed()}}});
const Functions atan_rows([](auto x) { return atan(x); },
                          {.name = "atan",
                           .reference = of([](Long x) { return std::atan(x); }),
                           .samples = {{reals({2, 3})}, {reals({3}, {1e9, -1e9, 0}).fixed()}}});
const Functions sinh_rows([](auto x) { return sinh(x); },
                          {.name = "sinh",
                           .reference = of([](Long x) { return std::sinh(x); }),
                           .samples = {{reals({2, 3})}, {reals({4}, -1e-5, 1e-5)}}});
const Functions cosh_rows([](auto x) { return cosh(x); },
                          {.name = "cosh",
                           .reference = of([](Long x) { return std::cosh(x); }),
                           .samples = {{reals({2, 3})}}});
const Functions asinh_rows([](auto x) { return asinh(x); },
                           {.name = "asinh",
                            .reference = of([](Long x) { return std::asinh(x); }),
                            .samples = {{reals({2, 3})},
                                        {reals({3}, {1e18, -1e30, 1e-8}).fixed()}}});
const Functions acosh_rows([](auto x) { return acosh(x); },
                           {.name = "acosh",
                            .reference = of([](Long x) { return std::acosh(x); }),
                            .samples = {{reals({2, 3}, 1.1, 4)},
                                        {reals({3}, {1, 0, 1e18}).fixed()}}});
const Functions atanh_rows([](auto x) { return atanh(x); },
                           {.name = "atanh",
                            .reference = of([](Long x) { return std::atanh(x); }),
                            .samples = {{reals({2, 3}, -0.9, 0.9)},
                                        {reals({3}, {1, -1, 2}).fixed()}}});

// Steps: no sample comes near one. int64 stays as it is.
const std::vector<double> halves = {-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2};
const std::vector<check::Sample> steps = {{reals({2, 3}).away_from(halves)},
                                          {reals({6}, {-2.5, -1.5, -0.0, 0.5, 1.5, 1e30}).fixed()},
                                          {integers({3}, -5, 5)}};
// The same dtype for whole numbers.
template <class F>
check::Function step(F f) {
  return [f](const Tensors& in) { return each(f, in[0].dtype())(in); };
}
const Functions floor_rows([](auto x) { return floor(x); },
                           {.name = "floor",
                            .reference = step([](double x) { return std::floor(x); }),
                            .samples = steps});
const Functions ceil_rows([](auto x) { return ceil(x); },
                          {.name = "ceil",
                           .reference = step([](double x) { return std::ceil(x); }),
                           .samples = steps});
const Functions round_rows([](auto x) { return round(x); },
                           {.name = "round",
                            .reference = step([](double x) { return std::nearbyint(x); }),
                            .samples = steps});
const Functions trunc_rows([](auto x) { return trunc(x); },
                           {.name = "trunc",
                            .reference = step([](double x) { return std::trunc(x); }),
                            .samples = steps});
const Functions frac_rows([](auto x) { return frac(x); },
                          {.name = "frac",
                           .reference = step([](double x) { return x - std::trunc(x); }),
                           .samples = {{reals({2, 3}).away_from(halves)}}});
const Functions deg2rad_rows([](auto x) { return deg2rad(x); },
                             {.name = "deg2rad",
                              .reference = of([](Long x) {
                                return x * 3.14159265358979323846L / 180;
                              }),
                              .samples = {{reals({2, 3}, -360, 360)}, {integers({3}, -9, 9)}}});
const Functions rad2deg_rows([](auto x) { return rad2deg(x); }, {.name = "rad2deg",
                                                                 .reference = of([](Long x) {
                                                                   return x * 180 /
                                                                          3.14159265358979323846L;
                                                                 }),
                                                                 .samples = {{reals({2, 3})}}});

const Functions softsign_rows([](auto x) { return softsign(x); },
                              {.name = "softsign",
                               .reference = each([](double x) {
                                 return std::isinf(x) ? (x > 0 ? 1 : -1) : x / (1 + std::abs(x));
                               }),
                               .samples = {{reals({2, 3}).away_from({0})}}});
const Functions tanhshrink_rows([](auto x) { return tanhshrink(x); },
                                {.name = "tanhshrink",
                                 .reference = of([](Long x) { return x - std::tanh(x); }),
                                 .samples = {{reals({2, 3}, 0.5, 3)}, {reals({3}, -3, -0.5)}},
                                 .ulps = 64});  // a difference

// A remainder moves by jumps where a quotient is whole.
const std::vector<check::Sample> quotients = {
    {reals({2, 3}, 2.2, 2.8), reals({2, 3}, 0.95, 1.05)},
    {reals({6}, {5, -5, 5, -5, 1e9, 0}).fixed(), reals({6}, {3, 3, -3, -3, 0.75, 2}).fixed()}};
double python_remainder(double a, double b) {
  const double rest = std::fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
const Functions2 fmod_rows([](auto a, auto b) { return fmod(a, b); },
                           {.name = "fmod",
                            .reference = each([](double a, double b) { return std::fmod(a, b); }),
                            .samples = quotients,
                            .infinities = false});  // slopes of infinite quotients
const Functions2 remainder_rows([](auto a, auto b) { return remainder(a, b); },
                                {.name = "remainder",
                                 .reference = each(python_remainder),
                                 .samples = quotients,
                                 .infinities = false});
const Functions2 atan2_rows([](auto a, auto b) { return atan2(a, b); },
                            {.name = "atan2",
                             .reference = each([](double a, double b) { return std::atan2(a, b); }),
                             .samples = {{reals({2, 3}, 0.2, 2), reals({2, 3})},
                                         {reals({4}, {0, 0, -0.0, 1}).fixed(),
                                          reals({4}, {1, -1, -1, 0}).fixed()}}});
const Functions2 hypot_rows([](auto a, auto b) { return hypot(a, b); },
                            {.name = "hypot",
                             .reference = each([](double a, double b) { return std::hypot(a, b); }),
                             .samples = {{reals({2, 3}, 0.2, 2), reals({2, 3})},
                                         {reals({2}, {1e18, 3e18}), reals({2}, {1e18, 4e18})}},
                             .propagates_nan = false});  // infinite whatever stands beside it
const Functions2 copysign_rows(
    [](auto a, auto b) { return copysign(a, b); },
    {.name = "copysign",
     .reference = each([](double a, double b) { return std::copysign(a, b); }),
     .samples = {{reals({2, 3}).away_from({0}), reals({2, 3}).away_from({0})}},
     .propagates_nan = false});
double fmax_of(double a, double b) { return std::isnan(a) || a < b ? b : a; }
double fmin_of(double a, double b) { return std::isnan(a) || a > b ? b : a; }
const std::vector<check::Sample> apart = {{reals({2, 3}).distinct(), reals({2, 3}).distinct()},
                                          {reals({4}, {1, no_number, no_number, 2}).fixed(),
                                           reals({4}, {no_number, 1, no_number, 2}).fixed()}};
const Functions2 fmax_rows([](auto a, auto b) { return fmax(a, b); }, {.name = "fmax",
                                                                       .reference = each(fmax_of),
                                                                       .samples = apart,
                                                                       .propagates_nan = false,
                                                                       .kink_at_equal = true});
const Functions2 fmin_rows([](auto a, auto b) { return fmin(a, b); }, {.name = "fmin",
                                                                       .reference = each(fmin_of),
                                                                       .samples = apart,
                                                                       .propagates_nan = false,
                                                                       .kink_at_equal = true});
const Functions2 logaddexp2_rows([](auto a, auto b) { return logaddexp2(a, b); },
                                 {.name = "logaddexp2",
                                  .reference = each([](double a, double b) {
                                    if (a == b) return a + 1;
                                    const double most = std::isnan(a) || a > b ? a : b;
                                    return most + std::log2(1 + std::exp2(-std::abs(a - b)));
                                  }),
                                  .samples = {{reals({2, 3}, 0.2, 2), reals({2, 3}, 0.2, 2)},
                                              {reals({3}, {-inf, inf, -inf}).fixed(),
                                               reals({3}, {-inf, inf, 0}).fixed()}},
                                  .errors = {{[] { return logaddexp2(Tensor(), 1.0); },
                                              "logaddexp2: input 0 is an undefined tensor"}}});

// div by its rounding.
// Of the exact quotient: below 0 also where that is rounded to 0.
double floor_of(double a, double b) {
  if (std::isinf(a)) return b == 0 ? a / b : std::nan("");
  if (std::isinf(b)) return std::isnan(a) ? a : a != 0 && (a < 0) != (b < 0) ? -1 : 0;
  return double(std::floor(static_cast<long double>(a) / b));
}
double trunc_of(double a, double b) { return std::trunc(a / b); }
check::Function whole(bool floor) {
  return [floor](const Tensors& in) {
    return build(in[0].shape(), int64, [&](std::int64_t i) {
      const auto a = std::int64_t(at(in[0], i)), b = std::int64_t(at(in[1], i));
      if (b == 0) return std::int64_t(0);
      const std::int64_t q = a / b;
      return floor && a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
    });
  };
}
const Register divisions({
    {.name = "softplus, beta",
     .function = [](const Tensors& in) { return softplus(in[0], 5); },
     .reference = each([](double x) { return softplus_of(5 * x) / 5; }),
     .samples = {{reals({2, 3})}, {reals({3}, {100, -100, 0})}},
     .errors = {{[] { return softplus(ones({2}), 0.0); }, "softplus: beta must not be 0"}},
     .elementwise = true},
    {.name = "div, rounded down",
     .function = [](const Tensors& in) { return div(in[0], in[1], Rounding::floor); },
     .reference = each(floor_of),
     .samples = quotients,
     .errors = {{[] { return div(Tensor(), 1, Rounding::floor); },
                 "div: an operand is an undefined tensor"}},
     .elementwise = true},
    {.name = "div, rounded towards 0",
     .function = [](const Tensors& in) { return div(in[0], in[1], Rounding::trunc); },
     .reference = each(trunc_of),
     .samples = quotients,
     .elementwise = true,
     .infinities = false},
    {.name = "div, whole numbers rounded down",
     .function = [](const Tensors& in) { return div(in[0], in[1], Rounding::floor); },
     .reference = whole(true),
     .samples = {{integers({2, 3}, {7, -7, 7, -7, 5, 6}),
                  integers({2, 3}, {2, 2, -2, -2, 0, -1})}}},
    {.name = "div, whole numbers rounded towards 0",
     .function = [](const Tensors& in) { return div(in[0], in[1], Rounding::trunc); },
     .reference = whole(false),
     .samples = {{integers({2, 3}, {7, -7, 7, -7, 5, 6}),
                  integers({2, 3}, {2, 2, -2, -2, 0, -1})}}},
    {.name = "remainder, of whole numbers",
     .function = [](const Tensors& in) { return remainder(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           return build(in[0].shape(), int64, [&](std::int64_t i) {
             return at(in[1], i) == 0 ? 0 : python_remainder(at(in[0], i), at(in[1], i));
           });
         },
     .samples = {{integers({2, 3}, {7, -7, 7, -7, 5, 6}),
                  integers({2, 3}, {2, 2, -2, -2, 0, -1})}}},
    {.name = "glu",
     .function = [](const Tensors& in) { return glu(in[0], 1); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[0].size(1) / 2;
           return build({in[0].size(0), n}, float64, [&](std::int64_t i) {
             const std::int64_t a = i / n * 2 * n + i % n;
             return at(in[0], a) * sigmoid_of(at(in[0], a + n));
           });
         },
     .samples = {{reals({2, 6})}, {reals({2, 0})}},
     .errors = {{{reals({2, 3})}, "glu: axis 1 of (2, 3) has an odd size"},
                {{reals({2})}, "glu: axis 1 is out of range for (2,), which has 1 axes"}}},
    {.name = "isinf",
     .function = [](const Tensors& in) { return isinf(in[0]); },
     .reference = each([](double x) { return std::isinf(x); }, boolean),
     .samples = {{reals({5}, {1, inf, -inf, no_number, 0})}, {integers({3}, -3, 3)}},
     .errors = {{[] { return isinf(Tensor()); }, "isinf: input 0 is an undefined tensor"}},
     .differentiable = false,
     .elementwise = true},
    {.name = "isfinite",
     .function = [](const Tensors& in) { return isfinite(in[0]); },
     .reference = each([](double x) { return std::isfinite(x); }, boolean),
     .samples = {{reals({5}, {1, inf, -inf, no_number, 0})}, {integers({3}, -3, 3)}},
     .errors = {{[] { return isfinite(Tensor()); }, "isfinite: input 0 is an undefined tensor"}},
     .differentiable = false,
     .elementwise = true},
    {.name = "logical_xor",
     .function = [](const Tensors& in) { return logical_xor(in[0], in[1]); },
     .reference = each([](double a, double b) { return (a != 0) != (b != 0); }, boolean),
     .samples = {{flags({7}), flags({7})}, {integers({2, 3}, 0, 1), flags({3})}},
     .errors = {{{flags({2}), flags({3})},
                 "logical_xor: (2,) and (3,) do not broadcast: sizes 2 and 3 differ"}}},
    {.name = "nan_to_num",
     .function = [](const Tensors& in) { return nan_to_num(in[0]); },
     .reference =
         [](const Tensors& in) {
           return build(in[0].shape(), float64, [&](std::int64_t i) {
             const double v = at(in[0], i);
             return std::isnan(v) ? 0 : v == inf ? 7 : v == -inf ? -7 : v;
           });
         },
     .samples = {{reals({2, 3})}, {reals({2}, {no_number, 1}).fixed()}},
     .errors = {{[] { return nan_to_num(Tensor()); },
                 "nan_to_num: input 0 is an undefined tensor"}},
     .propagates_nan = false,
     .infinities = false},
    {.name = "nan_to_num int64",
     .function = [](const Tensors& in) { return nan_to_num(in[0]); },
     .reference = each([](double v) { return v; }, int64),
     .samples = {{integers({7}, -3, 3)}}},
    {.name = "nan_to_num, given",
     .function =
         [](const Tensors& in) { return nan_to_num(in[0], {.nan = 5, .posinf = 7, .neginf = -7}); },
     .reference = each([](double v) {
       return std::isnan(v) ? 5 : v == inf ? 7 : v == -inf ? -7 : v;
     }),
     .samples = {{reals({2, 3})}, {reals({4}, {no_number, 1, inf, -inf}).fixed()}},
     .elementwise = true,
     .propagates_nan = false},
});

}  // namespace
