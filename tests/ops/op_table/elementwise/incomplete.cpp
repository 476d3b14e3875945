// Incomplete gamma and beta functions, held against integrals in long double.

#include <array>
#include <bit>
#include <cinta/ops/elementwise/special.hpp>
#include <cmath>
#include <map>
#include <vector>

#include "ops/op_table/of_elements.hpp"

namespace {

using namespace op_table;
using Long = long double;

// The double exponential formula for integrals over [0, 1]: H. Takahasi, M. Mori, "Double
// exponential formulas for numerical integration", 1974.
struct IntegrationNode {
  Long log_x, weight;
};
const std::vector<IntegrationNode> nodes = [] {
  std::vector<IntegrationNode> all;
  const Long step = 0.03125L, half_pi = 1.57079632679489661923132169163975144L;
  for (int k = -160; k <= 160; ++k) {
    const Long t = step * k, s = half_pi * std::sinh(t), e = std::exp(-2 * s), x = 1 / (1 + e);
    all.push_back({-std::log1p(e), step * half_pi * std::cosh(t) * e * x * x * 2});
  }
  return all;
}();

// Of f(u), smooth but for a root at 0, handed log(u): powl() takes as long as three logarithms.
template <class F>
Long integral(F f) {
  Long sum = 0;
  for (const IntegrationNode& node : nodes)
    if (node.weight > 0) sum += node.weight * f(node.log_x);
  return sum;
}

// f(x...), computed once for the same numbers. The driver changes one element of many at a time,
// and several rows have the same samples.
template <auto f, class... Numbers>
Long remembered(Numbers... x) {
  static std::map<std::array<std::uint64_t, sizeof...(x)>, Long> values;
  const auto [place, is_new] = values.try_emplace({std::bit_cast<std::uint64_t>(x)...});
  if (is_new) place->second = f(x...);
  return place->second;
}

Long gamma_share(Long a, Long x) {
  const Long front = std::exp(a * std::log(x) - std::lgamma(a + 1));
  return front * integral([=](Long log_u) { return std::exp(-x * std::exp(log_u / a)); });
}
Long beta_share(Long a, Long b, Long x) {
  if (x > a / (a + b)) return 1 - beta_share(b, a, 1 - x);
  const Long front =
      std::exp(a * std::log(x) + std::lgamma(a + b) - std::lgamma(a + 1) - std::lgamma(b));
  return front * integral([=](Long log_u) {
           return std::exp((b - 1) * std::log1p(-x * std::exp(log_u / a)));
         });
}
Long student_share(Long n, Long t) {
  const Long front = std::exp(std::lgamma((n + 1) / 2) - std::lgamma(n / 2)) /
                     std::sqrt(n * 3.14159265358979323846264338327950288L);
  return 0.5L + front * t * integral([=](Long log_u) {
                  return std::exp(-(n + 1) / 2 * std::log1p(t * t / n * std::exp(2 * log_u)));
                });
}

const check::Sample gamma_sample = {reals({2, 4}, 0.3, 5), reals({2, 4}, 0.2, 6)};
const check::Sample large_gamma = {reals({6}, 30, 50), reals({6}, 30, 50)};

// Not at NaN and far out, where the integrals are not right: incomplete_figures.
const Functions2 gammainc_rows([](auto a, auto x) { return gammainc(a, x); },
                               {.name = "gammainc",
                                .reference = each([](double a, double x) {
                                  return double(remembered<gamma_share>(a, x));
                                }),
                                .samples = {gamma_sample, large_gamma},
                                .infinities = false,
                                .extremes = false,
                                .ulps = 64});
const Functions2 gammaincc_rows([](auto a, auto x) { return gammaincc(a, x); },
                                {.name = "gammaincc",
                                 .reference = each([](double a, double x) {
                                   return double(1 - remembered<gamma_share>(a, x));
                                 }),
                                 .samples = {gamma_sample, large_gamma},
                                 .infinities = false,
                                 .extremes = false,
                                 .ulps = 64});
const Functions2 stdtr_rows(
    [](auto n, auto t) { return stdtr(n, t); },
    {.name = "stdtr",
     .reference = each([](double n, double t) { return double(remembered<student_share>(n, t)); }),
     .samples = {{reals({2, 4}, 0.5, 5), reals({2, 4})}, {reals({4}, 20, 50), reals({4})}},
     .infinities = false,
     .extremes = false,
     .ulps = 64});

const std::vector<check::Sample> beta_samples = {
    {reals({2, 4}, 0.3, 5), reals({2, 4}, 0.3, 5), reals({2, 4}, 0.1, 0.9)},
    {reals({4}, 12, 30), reals({4}, 12, 30), reals({4}, 0.3, 0.7)},
    {reals({2, 1}, 12, 30), reals({3}, 0.3, 2), reals({2, 3}, 0.5, 0.9)}};
const check::Function beta_reference =
    each([](double a, double b, double x) { return double(remembered<beta_share>(a, b, x)); });

const Register here({
    {.name = "betainc",
     .function = [](const Tensors& in) { return betainc(in[0], in[1], in[2]); },
     .reference = beta_reference,
     .samples = beta_samples,
     .errors = {{[] { return betainc(Tensor(), 1.0, 0.5); },
                 "betainc: input 0 is an undefined tensor"},
                {{reals({2}), reals({3}), reals({2})},
                 "betainc: (2,) and (3,) do not broadcast: sizes 2 and 3 differ"}},
     .infinities = false,
     .extremes = false,
     .ulps = 64},
    {.name = "map: betainc",
     .function =
         [](const Tensors& in) {
           return map([](auto a, auto b, auto x) { return betainc(a, b, x); }, in[0], in[1], in[2]);
         },
     .reference = beta_reference,
     .samples = beta_samples,
     .infinities = false,
     .extremes = false,
     .ulps = 64},
});

}  // namespace
