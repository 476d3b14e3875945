// Reductions beyond those of reduce.cpp.

#include <cinta/ops/reduce/logical.hpp>
#include <cinta/ops/reduce/norm.hpp>
#include <cinta/ops/reduce/spread.hpp>

#include "ops/op_table/reduce/folds.hpp"

namespace {

using namespace op_table;

Fold deviation(double correction) {
  return [=](const Values& v) { return std::sqrt(variance(correction)(v)); };
}
// In units of the largest, as far as there is one.
Fold p_norm(double p) {
  return [=](const Values& v) {
    double most = 0;
    long double sum = 0;
    for (double x : v) most = std::isnan(x) || std::abs(x) > most ? std::abs(x) : most;
    for (double x : v)
      if (std::isnan(x)) return x;
    if (most == 0 || std::isinf(most)) return most;
    for (double x : v) sum += std::pow(std::abs(x) / most, p);
    return most * std::pow(double(sum), 1 / p);
  };
}
double largest_size(const Values& v) {
  double most = 0;
  for (double x : v) most = std::isnan(x) || std::abs(x) > most ? std::abs(x) : most;
  return most;
}
double number_of_others(const Values& v) {
  return double(std::count_if(v.begin(), v.end(), [](double x) { return x != 0; }));
}
Values without_nan(Values v) {
  v.erase(std::remove_if(v.begin(), v.end(), [](double x) { return std::isnan(x); }), v.end());
  return v;
}

const std::vector<check::Sample> matrices = {{reals({3, 4})},    {reals({2, 3, 2})},
                                             {reals({0, 2})},    {reals({2, 1})},
                                             {reals({3, 1100})}, {integers({3, 4}, -9, 9)}};
const std::vector<check::Sample> with_bools = {
    {reals({3, 2}, {0, 1, 0, -0.0, no_number, 2}).fixed()},
    {integers({3, 4}, 0, 2)},
    {flags({4, 3})},
    {reals({2, 0})},
    {reals({0, 2})}};

const Register spreads({
    {.name = "std",
     .function = [](const Tensors& in) { return cinta::std(in[0], 1); },
     .reference = over({1}, false, deviation(1)),
     .samples = {{reals({3, 4})}, {reals({2, 3, 2})}, {reals({0, 2})}, {integers({3, 4}, -9, 9)}},
     .errors = {{{reals({2})}, "std: axis 1 is out of range for (2,), which has 1 axes"}},
     .extremes = false},  // squares of the largest numbers, as in var
    {.name = "std, of one element and of equal ones",
     .function = gradient_of([](const Tensor& x) { return cinta::std(x, 1, {.correction = 0}); }),
     .reference = given({2, 3}, {0, 0, 0, 0, 0, 0}),
     .samples = {{reals({2, 3}, {2, 2, 2, 0.1, 0.1, 0.1})}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "std, of too few",
     .function = [](const Tensors& in) { return cinta::std(in[0], 1, {.keepdims = true}); },
     .reference = over({1}, true, [](const Values&) { return no_number; }),
     .samples = {{reals({3, 1}).fixed()}}},
    {.name = "var_mean",
     .function =
         [](const Tensors& in) {
           const VarAndMean found = var_mean(in[0], {0, -1}, {.keepdims = true});
           return Tensors{found.var, found.mean};
         },
     .reference = with(over({0, 2}, true, variance(1)), over({0, 2}, true, average)),
     .samples = {{reals({2, 3, 2})}, {reals({2, 1, 2})}},
     .errors = {{[] { return var_mean(ones({2}), 1).var; },
                 "var_mean: axis 1 is out of range for (2,), which has 1 axes"}},
     .extremes = false},
    {.name = "aminmax",
     .function =
         [](const Tensors& in) {
           const MinAndMax found = aminmax(in[0], 1);
           return Tensors{found.min, found.max};
         },
     .reference = with(over({1}, false, smallest), over({1}, false, largest)),
     .samples = {{reals({3, 4}).distinct()}, {reals({0, 2})}},
     .errors = {{{reals({2, 0})}, "aminmax: no elements to choose from in (2, 0)"}}},
    {.name = "amax",
     .function =
         [](const Tensors& in) {
           return amax(in[0], {0, 1});
         },
     .reference = over({0, 1}, false, largest),
     .samples = {{reals({3, 4}).distinct()}},
     .errors = {{{reals({2, 0})}, "amax: no elements to choose from in (2, 0)"}}},
    {.name = "amin",
     .function =
         [](const Tensors& in) {
           return amin(in[0], {0, 1});
         },
     .reference = over({0, 1}, false, smallest),
     .samples = {{reals({3, 4}).distinct()}},
     .errors = {{[] {
                   return amin(ones({2, 3}), 2);
                 },
                 "amin: axis 2 is out of range for (2, 3), which has 2 axes"}}},
    {.name = "argmax, of all",
     .function = [](const Tensors& in) { return argmax(in[0]); },
     .reference = over(
         {}, false, [](const Values& v) { return double(first_largest(v)); }, int64),
     .samples = {{reals({3, 4})}, {reals({})}, {flags({2, 3})}},
     .errors = {{{reals({2, 0})}, "argmax: no elements to choose from in (2, 0)"}},
     .differentiable = false},
    {.name = "argmin, of all, kept",
     .function = [](const Tensors& in) { return argmin(in[0], {}, keepdims); },
     .reference = over(
         {}, true, [](const Values& v) { return double(first_smallest(v)); }, int64),
     .samples = {{reals({3, 4})}},
     .differentiable = false},
});

const Register norms({
    {.name = "norm",
     .function = [](const Tensors& in) { return norm(in[0]); },
     .reference = over({}, false, p_norm(2)),
     .samples = {{reals({3, 4})}, {reals({})}, {reals({0})}, {reals({40, 50})}},
     .errors = {{[] { return norm(ones({2}), -1); }, "norm: p must not be negative, got -1"},
                {[] { return norm(ones({2}), no_number); },
                 "norm: p must not be negative, got nan"},
                {[] { return norm(ones({2}), 2, 1); },
                 "norm: axis 1 is out of range for (2,), which has 1 axes"}}},
    {.name = "norm, over axes",
     .function =
         [](const Tensors& in) {
           return norm(in[0], 2, {0, -1}, keepdims);
         },
     .reference = over({0, 2}, true, p_norm(2)),
     .samples = {{reals({2, 3, 2})}, {reals({2, 0, 2})}, {integers({2, 2, 3}, -9, 9)}}},
    {.name = "norm, 1",
     .function = [](const Tensors& in) { return norm(in[0], 1, 1); },
     .reference = over({1}, false, p_norm(1)),
     .samples = {{reals({3, 4}).away_from({0})}, {reals({3, 0})}, {reals({1, 70000}).fixed()}}},
    {.name = "norm, 3",
     .function = [](const Tensors& in) { return norm(in[0], 3, 1); },
     .reference = over({1}, false, p_norm(3)),
     .samples = {{reals({3, 4}).away_from({0})},
                 {reals({2, 3, 2}).away_from({0})},
                 {reals({3, 0})}},
     .infinities = false,  // inf / inf in the gradient
     .ulps = 64},          // two powers
    {.name = "norm, 0.5",
     .function = [](const Tensors& in) { return norm(in[0], 0.5, 1); },
     .reference = over({1}, false, p_norm(0.5)),
     .samples = {{reals({3, 4}).away_from({0}, 0.2)}},
     .infinities = false,
     .extremes = false,  // slopes grow without bound beside the largest numbers
     .ulps = 64},
    {.name = "norm, inf",
     .function = [](const Tensors& in) { return norm(in[0], inf, 1); },
     .reference = over({1}, false, largest_size),
     .samples = {{reals({3, 4}).distinct().away_from({0})}, {reals({0, 2})}},
     .errors = {{{reals({2, 0})}, "norm: no elements to choose from in (2, 0)"}}},
    {.name = "norm, 0",
     .function = [](const Tensors& in) { return norm(in[0], 0, 1); },
     .reference = over({1}, false,
                       [](const Values& v) {
                         return without_nan(v).size() < v.size() ? no_number : number_of_others(v);
                       }),
     .samples = {{reals({3, 4}).away_from({0})}}},
    {.name = "norm, gradients at 0",
     .function =
         [](const Tensors& in) {
           Tensors all;
           for (const double p : {0.0, 0.5, 1.0, 2.0, 3.0})
             all.push_back(gradient_of([p](const Tensor& x) { return norm(x, p, 1); })(in)[0]);
           return all;
         },
     .reference =
         [](const Tensors&) {
           Tensors all;
           for (const double first : {0, 1, 1, 1, 1})
             all.push_back(
                 build({2, 2}, float64, [=](std::int64_t i) { return i == 2 ? first : 0; }));
           return all;
         },
     .samples = {{reals({2, 2}, {0, 0, 3, 0})}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "norm, gradient of ties",
     .function = gradient_of([](const Tensor& x) { return norm(x, inf); }),
     .reference = given({3}, {0.5, -0.5, 0}),
     .samples = {{reals({3}, {2, -2, 1})}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "prod",
     .function = [](const Tensors& in) { return prod(in[0]); },
     .reference = over({}, false, product),
     .samples = {{reals({3, 2})}, {reals({})}, {reals({0})}, {reals({2, 2, 2})}},
     .errors = {{[] { return prod(ones({2}), 1); },
                 "prod: axis 1 is out of range for (2,), which has 1 axes"}},
     .extremes = false},  // a product of the largest numbers has no gradient in float32
    {.name = "prod, over an axis",
     .function = [](const Tensors& in) { return prod(in[0], 1, keepdims); },
     .reference = over({1}, true, product),
     .samples = {{reals({3, 4})},
                 {reals({2, 3, 2})},
                 {reals({2, 0})},
                 {reals({0, 2})},
                 {reals({2, 3}, {0, 2, 3, 0, 0, 3})}},
     .extremes = false},
    {.name = "prod, of whole numbers",
     .function = [](const Tensors& in) { return prod(in[0], 0); },
     .reference = over({0}, false, product, int64),
     .samples = {{integers({3, 4}, -9, 9)}, {flags({3, 4})}}},
    {.name = "prod, gradients at zeros",
     .function = gradient_of([](const Tensor& x) { return prod(x, 1); }),
     .reference = given({2, 3}, {6, 0, 0, 0, 0, 0}),
     .samples = {{reals({2, 3}, {0, 2, 3, 0, 0, 3})}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
});

const Register questions({
    {.name = "count_nonzero",
     .function = [](const Tensors& in) { return count_nonzero(in[0], 1); },
     .reference = over({1}, false, number_of_others, int64),
     .samples = with_bools,
     .errors = {{{reals({2})}, "count_nonzero: axis 1 is out of range for (2,), which has 1 axes"}},
     .differentiable = false},
    {.name = "any",
     .function = [](const Tensors& in) { return any(in[0], 1, keepdims); },
     .reference = over(
         {1}, true, [](const Values& v) { return number_of_others(v) > 0; }, boolean),
     .samples = with_bools,
     .errors = {{{reals({2})}, "any: axis 1 is out of range for (2,), which has 1 axes"}},
     .differentiable = false},
    {.name = "all",
     .function = [](const Tensors& in) { return all(in[0], 1); },
     .reference = over(
         {1}, false, [](const Values& v) { return number_of_others(v) == double(v.size()); },
         boolean),
     .samples = with_bools,
     .errors = {{{reals({2})}, "all: axis 1 is out of range for (2,), which has 1 axes"}},
     .differentiable = false},
    {.name = "nansum",
     .function = [](const Tensors& in) { return nansum(in[0], 1); },
     .reference = over({1}, false, [](const Values& v) { return total(without_nan(v)); }),
     .samples = {{reals({3, 4})},
                 {reals({2, 3}, {no_number, 1, 2, no_number, no_number, no_number}).fixed()},
                 {reals({2, 0})}},
     .errors = {{{reals({2})}, "nansum: axis 1 is out of range for (2,), which has 1 axes"}},
     .propagates_nan = false},
    {.name = "nansum, of whole numbers",
     .function = [](const Tensors& in) { return nansum(in[0], 1); },
     .reference = over({1}, false, total, int64),
     .samples = {{integers({3, 4}, -9, 9)}}},
    {.name = "nansum, gradient",
     .function = gradient_of([](const Tensor& x) { return nansum(x); }),
     .reference = given({3}, {1, 0, 1}),
     .samples = {{reals({3}, {1, no_number, 2})}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "nanmean",
     .function = [](const Tensors& in) { return nanmean(in[0], 1); },
     .reference = over({1}, false, [](const Values& v) { return average(without_nan(v)); }),
     .samples = {{reals({3, 4})},
                 {reals({2, 3}, {no_number, 1, 2, no_number, no_number, no_number}).fixed()},
                 {reals({2, 0}).fixed()},
                 {integers({3, 4}, -9, 9)}},
     .errors = {{{reals({2})}, "nanmean: axis 1 is out of range for (2,), which has 1 axes"}},
     .propagates_nan = false},
});

}  // namespace
