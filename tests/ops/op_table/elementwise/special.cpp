// Special functions, held against series, integrals and searches in long double.

#include <cinta/ops/elementwise/special.hpp>
#include <cmath>
#include <limits>

#include "ops/op_table/of_elements.hpp"

namespace {

using namespace op_table;

constexpr double inf = std::numeric_limits<double>::infinity();
using Long = long double;
constexpr Long pi = 3.14159265358979323846264338327950288L;

template <class F>
check::Function of(F f) {
  return each([f](double x) { return double(f(Long(x))); });
}

// x with f(x) = y, of a growing f.
template <class F>
Long solution(F f, Long y, Long low, Long high) {
  for (int i = 0; i < 200; ++i) {
    const Long middle = (low + high) / 2;
    (f(middle) < y ? low : high) = middle;
  }
  return (low + high) / 2;
}
Long below(Long x) { return std::erfc(-x / std::sqrt(Long(2))) / 2; }
Long erfcx_of(Long x) {
  if (x < 60) return std::exp(x * x) * std::erfc(x);
  if (std::isnan(x)) return x;
  return 1 / (x * std::sqrt(pi)) * (1 - 1 / (2 * x * x) + 3 / (4 * x * x * x * x));
}
// Sums of 1 / (x + k)^s, by the first 60 terms and Euler's and Maclaurin's formula for the others.
Long zeta(Long s, Long x) {
  Long sum = 0;
  for (int k = 0; k < 60; ++k) sum += std::pow(x + k, -s);
  const Long a = x + 60, power = std::pow(a, -s);
  return sum + a * power / (s - 1) + power / 2 + s * power / a / 12 -
         s * (s + 1) * (s + 2) * power / (a * a * a) / 720 +
         s * (s + 1) * (s + 2) * (s + 3) * (s + 4) * power / (a * a * a * a * a) / 30240;
}
Long digamma_of(Long x) {
  if (std::isinf(x) || std::isnan(x)) return x > 0 ? x : std::nanl("");
  if (x > 1e6L) return std::log(x) - 1 / (2 * x) - 1 / (12 * x * x);
  if (x < -100) {
    const Long part = x - std::floor(x);
    return part == 0 ? std::nanl("") : digamma_of(1 - x) - pi / std::tan(pi * part);
  }
  Long sum = 0;
  for (; x < 60; x += 1) sum -= 1 / x;
  const Long z = 1 / (x * x);
  return sum + std::log(x) - 1 / (2 * x) - z / 12 + z * z / 120 - z * z * z / 252;
}
Long polygamma_of(double n, double x) {
  if (n == 0) return digamma_of(x);
  if (std::isinf(x)) return x > 0 ? 0 : std::nanl("");
  return (std::fmod(n, 2) == 1 ? 1 : -1) * std::tgamma(Long(n) + 1) * zeta(Long(n) + 1, x);
}
Long bessel(int n, Long x) {
  if (std::isinf(x)) return n == 0 ? std::abs(x) : x;
  Long term = n == 0 ? 1 : x / 2, sum = term;
  for (int k = 1; std::abs(term) > 0x1p-70L * std::abs(sum); ++k)
    sum += term *= x * x / 4 / (Long(k) * (k + n));
  return sum;
}
Long scaled_bessel(int n, Long x) {
  if (std::isinf(x)) return 0;
  return bessel(n, x) * std::exp(-std::abs(x));
}

const Functions erfc_rows([](auto x) { return erfc(x); },
                          {.name = "erfc",
                           .reference = of([](Long x) { return std::erfc(x); }),
                           .samples = {{reals({2, 3})}, {reals({9}, -5, 8)}}});
const Functions erfcx_rows([](auto x) { return erfcx(x); },
                           {.name = "erfcx",
                            .reference = of(erfcx_of),
                            .samples = {
                                {reals({2, 3})}, {reals({9}, 5, 60)}, {reals({5}, 20, 30)}}});
const Functions erfinv_rows(
    [](auto x) { return erfinv(x); },
    {.name = "erfinv",
     .reference = each([](double y) {
       if (!(std::abs(y) <= 1)) return std::nan("");
       if (std::abs(y) == 1) return y * inf;
       return double(solution([](Long x) { return std::erf(x); }, y, -7, 7));
     }),
     .samples = {{reals({2, 3}, -0.9, 0.9)},
                 {reals({6}, {1, -1, 2, 1 - 0x1p-20, -0.5078125, 0x1p-30}).fixed()},
                 {reals({4}, -1e-3, 1e-3)}}});
const Functions lgamma_rows([](auto x) { return lgamma(x); },
                            {.name = "lgamma",
                             .reference = of([](Long x) { return std::lgamma(x); }),
                             .samples = {{reals({2, 3}, 0.2, 5)},
                                         {reals({3}, {0, 1e10, -2.5}).fixed()}},
                             .ulps = 64});  // zeros at 1 and 2
const Functions digamma_rows(
    [](auto x) { return digamma(x); },
    {.name = "digamma",
     .reference = of(digamma_of),
     .samples = {{reals({2, 3}, 0.2, 1.3)}, {reals({9}, 2, 50)}, {reals({4}, -3.7, -3.3)}},
     .ulps = 64});  // a zero at 1.46
const Functions2 polygamma_rows(
    [](auto n, auto x) { return polygamma(n, x); },
    {.name = "polygamma",
     .reference = each([](double n, double x) { return double(polygamma_of(n, x)); }),
     .samples = {{reals({4}, {0, 1, 2, 3}).fixed(), reals({2, 4}, 0.3, 5)},
                 {reals({3}, {1, 2, 3}).fixed(), reals({3}, {-0.4, -1.3, -2.6})}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false,  // orders whose factorials are infinite
     .ulps = 64},
    false);  // orders are whole numbers
const Functions i0_rows([](auto x) { return i0(x); },
                        {.name = "i0",
                         .reference = of([](Long x) { return bessel(0, x); }),
                         .samples = {{reals({2, 3})}, {reals({9}, -60, 60)}}});
const Functions i1_rows([](auto x) { return i1(x); },
                        {.name = "i1",
                         .reference = of([](Long x) { return bessel(1, x); }),
                         .samples = {{reals({2, 3}).away_from({0})}, {reals({9}, 0.5, 60)}}});
const Functions i0e_rows([](auto x) { return i0e(x); },
                         {.name = "i0e",
                          .reference = of([](Long x) { return scaled_bessel(0, x); }),
                          .samples = {{reals({2, 3}).away_from({0})}, {reals({9}, 0.5, 900)}}});
const Functions i1e_rows([](auto x) { return i1e(x); },
                         {.name = "i1e",
                          .reference = of([](Long x) { return scaled_bessel(1, x); }),
                          .samples = {{reals({2, 3}).away_from({0})}, {reals({9}, 0.5, 900)}}});
const Functions ndtr_rows([](auto x) { return ndtr(x); },
                          {.name = "ndtr",
                           .reference = of(below),
                           .samples = {{reals({2, 3})}, {reals({9}, -9, 9)}},
                           .ulps = 64});  // the rounding of x / sqrt(2) counts x^2 times
const Functions ndtri_rows([](auto x) { return ndtri(x); },
                           {.name = "ndtri",
                            .reference = each([](double p) {
                              if (!(p >= 0 && p <= 1)) return std::nan("");
                              if (p == 0 || p == 1) return p == 0 ? -inf : inf;
                              return double(solution(below, p, -40, 40));
                            }),
                            .samples = {{reals({2, 3}, 0.05, 0.45)},
                                        {reals({4}, 0.55, 0.95)},
                                        {reals({5}, {0, 1, 2, 0x1p-100, 0x1p-30}).fixed()}},
                            .ulps = 64});  // a zero at 1/2
const Functions log_ndtr_rows([](auto x) { return log_ndtr(x); },
                              {.name = "log_ndtr",
                               .reference = each([](double x) {
                                 if (x > -30) return double(std::log(below(x)));
                                 return double(
                                     std::log(erfcx_of(-Long(x) / std::sqrt(Long(2))) / 2) -
                                     Long(x) * x / 2);
                               }),
                               .samples = {{reals({2, 3})}, {reals({9}, -60, 5)}},
                               .infinities = false});  // inf - inf in the reference
const Functions logit_rows([](auto x) { return logit(x); },
                           {.name = "logit",
                            .reference = of([](Long p) { return std::log(p / (1 - p)); }),
                            .samples = {{reals({2, 3}, 0.1, 0.9)},
                                        {reals({3}, {0, 1, 2}).fixed()},
                                        {reals({4}, 0.49, 0.51)}},
                            .ulps = 64});  // a zero at 1/2
const Functions sinc_rows([](auto x) { return sinc(x); },
                          {.name = "sinc",
                           .reference = of([](Long x) {
                             if (x == 0 || std::isinf(x)) return Long(x == 0);
                             return std::sin(pi * x) / (pi * x);
                           }),
                           .samples = {{reals({2, 3}).away_from({-1, 0, 1})},
                                       {reals({4}, -0.04, 0.04)},
                                       {reals({3}, {0, 2.5, -0.5}).fixed()}},
                           .extremes = false,  // turns beyond long double's precision
                           .ulps = 64});       // zeros at whole numbers
const Functions entr_rows([](auto x) { return entr(x); },
                          {.name = "entr",
                           .reference = each([](double x) {
                             if (std::isnan(x)) return x;
                             return x > 0 ? -x * std::log(x) : x < 0 ? -inf : 0;
                           }),
                           .samples = {{reals({2, 3}, 0.2, 2)},
                                       {reals({4}, {0, -1, 1, inf}).fixed()}},
                           .ulps = 64});  // a zero at 1
const Functions2 xlogy_rows(
    [](auto a, auto b) { return xlogy(a, b); },
    {.name = "xlogy",
     .reference = each([](double a, double b) { return a == 0 && b == b ? 0 : a * std::log(b); }),
     .samples = {{reals({2, 3}), reals({2, 3}, 0.2, 2)},
                 {reals({3}, {0, 0, 0}).fixed(), reals({3}, {0, inf, -1}).fixed()}},
     .ulps = 64});  // a zero at 1
const Functions2 xlog1py_rows(
    [](auto a, auto b) { return xlog1py(a, b); },
    {.name = "xlog1py",
     .reference = each([](double a, double b) { return a == 0 && b == b ? 0 : a * std::log1p(b); }),
     .samples = {{reals({2, 3}), reals({2, 3}, -0.7, 2)},
                 {reals({3}, {0, 0, 0}).fixed(), reals({3}, {-1, inf, -2}).fixed()}}});

}  // namespace
