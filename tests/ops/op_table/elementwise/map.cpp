#include <cinta/ops/creation.hpp>
#include <cinta/ops/map/map.hpp>
#include <cmath>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

// The sum of f over all elements, or their mean.
template <class F>
check::Function total(F f, bool mean = false) {
  return [f, mean](const Tensors& in) {
    const Tensor values = each(f)(in)[0];
    double sum = 0;
    for (std::int64_t i = 0; i < values.numel(); ++i) sum += at(values, i);
    return full({}, mean ? sum / double(values.numel()) : sum, float64);
  };
}

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

const Register one_input({
    {.name = "map",
     .function =
         [](const Tensors& in) {
           return map([](auto x) { return exp(-square(x)) * (sin(3 * x) + 2); }, in[0]);
         },
     .reference = each([](double x) { return std::exp(-x * x) * (std::sin(3 * x) + 2); }),
     .samples = {{reals({2, 3})}},
     .errors = {{[] { return map([](auto x) { return 2 * x; }, Tensor()); },
                 "map: input 0 is an undefined tensor"},
                {[] { return map([](auto x, auto y) { return x + y; }, ones({2}), Tensor()); },
                 "map: input 1 is an undefined tensor"},
                {[] { return map([](auto x) { return 2 * x; }, ones({2}, int64)); },
                 "map: the inputs are int64, at least one has to be float32 or float64; convert "
                 "one with to()"},
                {[] { return map([](auto) { return 2; }, ones({2})); },
                 "map: the function returns a number that depends on no input; use full() for a "
                 "constant"},
                {[] { return map([](auto x) { return decltype(x)(1) + 2; }, ones({2})); },
                 "map: the function returns a number that depends on no input; use full() for a "
                 "constant"},
                {[] { return map([](auto x, auto y) { return x + y; }, ones({2}), ones({3})); },
                 "map: (2,) and (3,) do not broadcast: sizes 2 and 3 differ"}},
     .elementwise = true,
     .infinities = true},
    {.name = "map: the input itself",
     .function = [](const Tensors& in) { return map([](auto x) { return x; }, in[0]); },
     .reference = each([](double x) { return x; }),
     .samples = {{reals({2, 3})}},
     .elementwise = true},
    {.name = "map: every function that is smooth for positive numbers",
     .function =
         [](const Tensors& in) {
           return map(
               [](auto x) {
                 return log(x) + log1p(x) * sqrt(x) - cos(x) / (1 + x) + tanh(x) * sigmoid(x) +
                        softplus(-x) * expm1(-x) + erf(x) + pow(x, 1.7) + pow(x, 3) + pow(1.3, x);
               },
               in[0]);
         },
     .reference = each([](double x) {
       return std::log(x) + std::log1p(x) * std::sqrt(x) - std::cos(x) / (1 + x) +
              std::tanh(x) * sigmoid_of(x) + std::log1p(std::exp(-x)) * std::expm1(-x) +
              std::erf(x) + std::pow(x, 1.7) + x * x * x + std::pow(1.3, x);
     }),
     .samples = {{reals({2, 3}, 0.2, 2)}},
     .propagates_nan = true,
     .infinities = false,
     .extremes = false},
    {.name = "map: kinks",
     .function =
         [](const Tensors& in) {
           return map(
               [](auto x) {
                 return relu(x) - 2 * abs(x - 1) + maximum(x, -1) * minimum(x, 0.5) + sign(x) +
                        clamp(x, -0.5, 1.5);
               },
               in[0]);
         },
     .reference = each([](double x) {
       return (x > 0 ? x : 0) - 2 * std::fabs(x - 1) + std::max(x, -1.0) * std::min(x, 0.5) +
              (x > 0) - (x < 0) + std::min(std::max(x, -0.5), 1.5);
     }),
     .samples = {{reals({2, 5}).away_from({-1, -0.5, 0, 0.5, 1, 1.5})}},
     .propagates_nan = true,
     .extremes = false},
    {.name = "map: conditions",
     .function =
         [](const Tensors& in) {
           return map(
               [](auto x) {
                 const auto inside = x > -1 && !(x >= 1);
                 return where(inside || x == 2, x * x, 3 - x) + where(x <= 0, 1, 2);
               },
               in[0]);
         },
     .reference = each([](double x) {
       return ((x > -1 && x < 1) || x == 2 ? x * x : 3 - x) + (x <= 0 ? 1 : 2);
     }),
     .samples = {{reals({2, 5}).away_from({-1, 0, 1})}}},
    {.name = "map: captured numbers",
     .function =
         [factor = 1.5](const Tensors& in) {
           return map([factor](auto x) { return tanh(factor * x); }, in[0]);
         },
     .reference = each([](double x) { return std::tanh(1.5 * x); }),
     .samples = {{reals({2, 3})}}},
    {.name = "map: an integer input beside a number",
     .function =
         [](const Tensors& in) {
           return map([](auto x, auto half) { return x * half; }, in[0], 0.5);
         },
     .reference = each([](double x) { return x / 2; }),
     .samples = {{integers({2, 3}, -5, 5)}}},
});

const Register several_inputs({
    {.name = "map: two inputs",
     .function =
         [](const Tensors& in) {
           return map([](auto a, auto b) { return exp(a) * (tanh(a * b) + 1.5); }, in[0], in[1]);
         },
     .reference = each([](double a, double b) { return std::exp(a) * (std::tanh(a * b) + 1.5); }),
     .samples = {{reals({2, 3}), reals({2, 3})}, {reals({2, 3}), reals({3})}},
     .elementwise = true,
     .infinities = false},
    {.name = "map: three inputs that broadcast",
     .function =
         [](const Tensors& in) {
           return map([](auto a, auto b, auto c) { return (sin(a * b) + 2) / (1 + square(c)); },
                      in[0], in[1], in[2]);
         },
     .reference = each([](double a, double b, double c) {
       return (std::sin(a * b) + 2) / (1 + c * c);
     }),
     .samples = {{reals({2, 1}), reals({1, 3}), reals({})},
                 {reals({4}), reals({1}), reals({3, 4})}},
     .elementwise = true,
     .infinities = false},
    {.name = "map: an integer input is promoted",
     .function =
         [](const Tensors& in) {
           return map([](auto x, auto n) { return exp(x * n) + square(n); }, in[0], in[1]);
         },
     .reference = each([](double x, double n) { return std::exp(x * n) + n * n; }),
     .samples = {{reals({2, 3}), integers({3}, -4, 4)}, {reals({3}), flags({2, 3})}},
     .infinities = false},
    {.name = "map: powers",
     .function =
         [](const Tensors& in) {
           return map([](auto a, auto b) { return pow(a, b) + maximum(a, b); }, in[0], in[1]);
         },
     .reference = each([](double a, double b) { return std::pow(a, b) + (a > b ? a : b); }),
     .samples = {{reals({2, 3}, 0.3, 2).distinct(), reals({2, 3}, 0.3, 2).distinct()}},
     .infinities = false,
     .extremes = false},
    {.name = "map: an input that only a condition reads",
     .function =
         [](const Tensors& in) {
           return map([](auto a, auto b) { return where(b > 0, a, -a); }, in[0], in[1]);
         },
     .reference = each([](double a, double b) { return b > 0 ? a : -a; }),
     .samples = {{reals({2, 3}), reals({2, 3}).away_from({0})}},
     .propagates_nan = false},
});

const Register sums({
    {.name = "map_sum",
     .function =
         [](const Tensors& in) {
           return map_sum([](auto x) { return exp(-square(x)) * (sin(3 * x) + 2); }, in[0]);
         },
     .reference = total([](double x) { return std::exp(-x * x) * (std::sin(3 * x) + 2); }),
     .samples = {{reals({2, 3})}, {reals({})}, {reals({0, 2})}, {reals({30, 40})}},
     .errors =
         {{[] { return map_sum([](auto x) { return 2 * x; }, Tensor()); },
           "map_sum: input 0 is an undefined tensor"},
          {[] { return map_sum([](auto x) { return 2 * x; }, ones({2}, int64)); },
           "map_sum: the inputs are int64, at least one has to be float32 or float64; "
           "convert one with to()"},
          {[] { return map_sum([](auto) { return 2; }, ones({2})); },
           "map_sum: the function returns a number that depends on no input; use full() for a "
           "constant"},
          {[] { return map_sum([](auto x, auto y) { return x + y; }, ones({2}), ones({3})); },
           "map_sum: (2,) and (3,) do not broadcast: sizes 2 and 3 differ"}},
     .extremes = false},
    {.name = "map_sum of inputs that broadcast",
     .function =
         [](const Tensors& in) {
           return map_sum([](auto a, auto b, auto c) { return sin(a * b) * square(c) + b; }, in[0],
                          in[1], in[2]);
         },
     .reference = total([](double a, double b, double c) { return std::sin(a * b) * c * c + b; }),
     .samples = {{reals({2, 1}), reals({1, 3}), reals({})},
                 {reals({4}), reals({1}), reals({3, 4})}},
     .infinities = false,
     .extremes = false},
    {.name = "map_sum of the input itself",
     .function = [](const Tensors& in) { return map_sum([](auto x) { return x; }, in[0]); },
     .reference = total([](double x) { return x; }),
     .samples = {{reals({2, 3})}}},
    {.name = "map_mean",
     .function =
         [](const Tensors& in) {
           return map_mean([](auto a, auto b) { return square(tanh(a * b) + a); }, in[0], in[1]);
         },
     .reference = total([](double a, double b) { return std::pow(std::tanh(a * b) + a, 2); }, true),
     .samples = {{reals({2, 3}), reals({2, 3})}, {reals({2, 3}), reals({3})}},
     .errors = {{[] { return map_mean([](auto x) { return 2 * x; }, Tensor()); },
                 "map_mean: input 0 is an undefined tensor"},
                {[] { return map_mean([](auto x) { return 2 * x; }, ones({2}, boolean)); },
                 "map_mean: the inputs are bool, at least one has to be float32 or float64; "
                 "convert one with to()"},
                {[] {
                   return map_mean([](auto x, auto y) { return x + y; }, ones({2}), ones({3}));
                 },
                 "map_mean: (2,) and (3,) do not broadcast: sizes 2 and 3 differ"}},
     .infinities = false},
    {.name = "map_mean of no elements",
     .function = [](const Tensors& in) { return map_mean([](auto x) { return 2 * x; }, in[0]); },
     .reference = total([](double x) { return 2 * x; }, true),
     .samples = {{reals({0, 2})}}},
});

}  // namespace
