#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>

#include "ops/op_table/reduce/folds.hpp"

namespace {

using namespace op_table;

const Register sums({
    {.name = "sum",
     .function = [](const Tensors& in) { return sum(in[0]); },
     .reference = over({}, false, total),
     .samples = {{reals({2, 3})}, {reals({})}, {reals({0, 2})}, {reals({1})}, {reals({40, 50})}},
     .errors = {{[] {
                   return sum(ones({2, 3}), 2);
                 },
                 "sum: axis 2 is out of range for (2, 3), which has 2 axes"},
                {[] {
                   return sum(ones({2, 3}), {0, -3});
                 },
                 "sum: axis -3 is out of range for (2, 3), which has 2 axes"},
                {[] {
                   return sum(ones({2, 3}), {1, -1});
                 },
                 "sum: axis -1 is named twice in (1, -1)"},
                {[] { return sum(Tensor()); }, "sum: input 0 is an undefined tensor"}}},
    {.name = "sum over an axis",
     .function = [](const Tensors& in) { return sum(in[0], 1); },
     .reference = over({1}, false, total),
     .samples = {{reals({2, 3})},
                 {reals({2, 3, 2})},
                 {reals({2, 0})},
                 {reals({0, 2})},
                 {reals({2, 1})},
                 {reals({3, 1100})},
                 {reals({2, 70, 5})}}},
    {.name = "sum over axes, kept",
     .function =
         [](const Tensors& in) {
           return sum(in[0], {-1, 0}, keepdims);
         },
     .reference = over({0, 2}, true, total),
     .samples = {{reals({2, 3, 2})}, {reals({3, 2, 0})}, {reals({1, 1, 1})}}},
    {.name = "sum of integers",
     .function = [](const Tensors& in) { return sum(in[0], 0); },
     .reference = over({0}, false, total, int64),
     .samples = {{integers({3, 2}, -9, 9)}, {flags({40, 3})}, {flags({0, 3})}, {flags({})}}},
    {.name = "sum_to",
     .function =
         [](const Tensors& in) {
           return sum_to(in[0], {3, 1});
         },
     .reference =
         [](const Tensors& in) {
           const Tensor y =
               (in[0].rank() == 2 ? over({1}, true, total) : over({0, 2}, true, total))(in)[0];
           return build({3, 1}, float64, [&](std::int64_t i) { return at(y, i); });
         },
     .samples = {{reals({3, 4})}, {reals({2, 3, 2})}, {reals({3, 1})}},
     .errors = {{{reals({2, 4})}, "sum_to: (3, 1) does not broadcast to (2, 4)"}}},
    {.name = "mean",
     .function = [](const Tensors& in) { return mean(in[0]); },
     .reference = over({}, false, average),
     .samples = {{reals({2, 3})}, {reals({})}, {reals({0, 2})}, {reals({1})}, {reals({30, 40})}},
     .errors = {{[] { return mean(ones({2}), 1); },
                 "mean: axis 1 is out of range for (2,), which has 1 axes"}}},
    {.name = "mean over axes",
     .function =
         [](const Tensors& in) {
           return mean(in[0], {0, -1});
         },
     .reference = over({0, 2}, false, average),
     .samples = {{reals({2, 3, 2})}, {reals({2, 3, 1})}, {reals({2, 2, 0})}, {reals({2, 0, 2})}}},
    {.name = "mean of integers",
     .function = [](const Tensors& in) { return mean(in[0], 1, keepdims); },
     .reference = over({1}, true, average),
     .samples = {{integers({3, 4}, -9, 9)}, {flags({3, 5})}}},
    {.name = "mean of equal values is that value",
     .function = [](const Tensors& in) { return mean(broadcast_to(in[0], {49})); },
     .reference = [](const Tensors& in) { return in[0]; },
     .samples = {{reals({}, 0.7, 2)}},
     .extremes = false,  // rounded otherwise
     .strided = false,
     .ulps = 0},
    {.name = "var",
     .function = [](const Tensors& in) { return var(in[0]); },
     .reference = over({}, false, variance(1)),
     .samples = {{reals({2, 3})}, {reals({2})}, {reals({30, 40})}, {reals({5}, 999, 1001)}},
     .errors = {{[] { return var(ones({2}), -2); },
                 "var: axis -2 is out of range for (2,), which has 1 axes"}}},
    {.name = "var over an axis",
     .function =
         [](const Tensors& in) { return var(in[0], 0, {.correction = 0, .keepdims = true}); },
     .reference = over({0}, true, variance(0)),
     .samples = {{reals({4, 3})}, {reals({1, 2})}, {reals({0, 2})}, {reals({2, 0})}}},
    {.name = "var of one element",
     .function = [](const Tensors& in) { return var(in[0]); },
     .reference = given({}, {no_number}),
     .samples = {{reals({1}).fixed()}, {reals({}).fixed()}, {reals({0}).fixed()}}},
    {.name = "var of integers",
     .function = [](const Tensors& in) { return var(in[0], 1); },
     .reference = over({1}, false, variance(1)),
     .samples = {{integers({3, 4}, -9, 9)}}},
});

const Register extremes(
    {
        {.name = "max",
         .function = [](const Tensors& in) { return max(in[0]); },
         .reference = over({}, false, largest),
         .samples = {{reals({2, 3}).distinct()},
                     {reals({})},
                     {reals({1, 1})},
                     {reals({50, 60}).distinct()}},
         .errors = {{{reals({2, 0})}, "max: no elements to choose from in (2, 0)"},
                    {[] {
                       return max(ones({2, 3}), -3);
                     },
                     "max: axis -3 is out of range for (2, 3), which has 2 axes"}}},
        {.name = "max over an axis",
         .function = [](const Tensors& in) { return max(in[0], 1); },
         .reference = over({1}, false, largest),
         .samples = {{reals({2, 3}).distinct()},
                     {reals({2, 3, 2}).distinct()},
                     {reals({0, 2})},
                     {reals({2, 1}).distinct()},
                     {reals({2, 40, 3}).distinct()}}},
        {.name = "max of integers",
         .function =
             [](const Tensors& in) {
               return max(in[0], {0, 1}, keepdims);
             },
         .reference = over({0, 1}, true, largest, int64),
         .samples = {{integers({3, 4}, -9, 9)}, {integers({2, 2, 3}, -9, 9)}}},
        {.name = "max of bools",
         .function = [](const Tensors& in) { return max(in[0], 0); },
         .reference = over({0}, false, largest, boolean),
         .samples = {{flags({3, 4})}, {flags({1, 20})}}},
        {.name = "max, gradient of ties",
         .function = gradient_of([](const Tensor& x) { return max(x, 1); }),
         .reference = given({2, 3}, {0.5, 0, 0.5, 0, 1, 0}),
         .samples = {{reals({2, 3}, {2, 1, 2, 0, 3, -1})}},
         .differentiable = false,
         .propagates_nan = false,
         .infinities = false,
         .extremes = false},
        {.name = "max with ties",
         .function = [](const Tensors& in) { return max(in[0], 0); },
         .reference = over({0}, false, largest),
         .samples = {{reals({3, 2}, {2, 1, 2, 0, 1, 1})}}},
        {.name = "max_with_indices",
         .function = [](const Tensors& in) { return both(max_with_indices(in[0], 1)); },
         .reference = both_over({1}, false, first_largest),
         .samples = {{reals({3, 4}).distinct()},
                     {reals({2, 3, 2}).distinct()},
                     {integers({4, 6}, 0, 3)},
                     {flags({3, 4})},
                     {reals({0, 2})},
                     {reals({2, 1})},
                     {reals({40, 30}).distinct()}},
         .errors = {{{reals({2, 0})}, "max_with_indices: no elements to choose from in (2, 0)"},
                    {{reals({2})},
                     "max_with_indices: axis 1 is out of range for (2,), which has 1 axes"}}},
        {.name = "max_with_indices of ties",
         .function = [](const Tensors& in) { return both(max_with_indices(in[0], 1)); },
         .reference = both_over({1}, false, first_largest),
         .samples = {{reals({2, 5}, {1, 3, 3, 0, 3, 2, 2, 2, 2, 2})}}},
        {.name = "max_with_indices, gradient of ties",
         .function = gradient_of([](const Tensor& x) { return max_with_indices(x, 1).values; }),
         .reference = given({3, 3}, {1, 0, 0, 0, 1, 0, 0, 1, 0}),
         .samples = {{reals({3, 3}, {2, 1, 2, 0, 3, -1, 1, no_number, no_number})}},
         .differentiable = false,
         .propagates_nan = false,
         .infinities = false,
         .extremes = false},
        {.name = "min_with_indices",
         .function = [](const Tensors& in) { return both(min_with_indices(in[0], -2, keepdims)); },
         .reference = both_over({0}, true, first_smallest),
         .samples = {{reals({3, 4}).distinct()}, {reals({1, 1})}, {integers({4, 6}, 0, 3)}},
         .errors = {{{reals({0, 2})}, "min_with_indices: no elements to choose from in (0, 2)"}}},
        {.name = "min",
         .function = [](const Tensors& in) { return min(in[0]); },
         .reference = over({}, false, smallest),
         .samples = {{reals({2, 3}).distinct()}, {reals({})}, {reals({50, 60}).distinct()}},
         .errors = {{{reals({0})}, "min: no elements to choose from in (0,)"}}},
        {.name = "min over axes",
         .function =
             [](const Tensors& in) {
               return min(in[0], {2, 0}, keepdims);
             },
         .reference = over({0, 2}, true, smallest),
         .samples = {{reals({2, 3, 2}).distinct()},
                     {reals({1, 2, 1}).distinct()},
                     {reals({2, 0, 2})}}},
        {.name = "min of integers",
         .function = [](const Tensors& in) { return min(in[0], -1); },
         .reference = over({1}, false, smallest, int64),
         .samples = {{integers({3, 4}, -9, 9)}}},
        {.name = "argmax",
         .function = [](const Tensors& in) { return argmax(in[0], 1); },
         .reference = over({1}, false, first_largest, int64),
         .samples = {{reals({3, 4})},
                     {reals({2, 3, 2})},
                     {integers({4, 6}, 0, 3)},
                     {flags({3, 4})},
                     {reals({0, 2})},
                     {reals({2, 1})},
                     {reals({2, 5}, {1, 3, 3, 0, 3, 2, 2, 2, 2, 2})}},
         .errors = {{{reals({2, 0})}, "argmax: no elements to choose from in (2, 0)"},
                    {{reals({2})}, "argmax: axis 1 is out of range for (2,), which has 1 axes"}},
         .differentiable = false},
        {.name = "argmax, kept",
         .function = [](const Tensors& in) { return argmax(in[0], -2, keepdims); },
         .reference = over({0}, true, first_largest, int64),
         .samples = {{reals({3, 4})}, {reals({1, 1})}},
         .differentiable = false},
        {.name = "argmin",
         .function = [](const Tensors& in) { return argmin(in[0], 0); },
         .reference = over({0}, false, first_smallest, int64),
         .samples = {{reals({3, 4})}, {reals({5})}, {integers({4, 6}, 0, 3)}, {reals({})}},
         .errors = {{{reals({0, 2})}, "argmin: no elements to choose from in (0, 2)"}},
         .differentiable = false},
        {.name = "logsumexp",
         .function = [](const Tensors& in) { return logsumexp(in[0]); },
         .reference = over({}, false, log_sum_exp),
         .samples = {{reals({2, 3})},
                     {reals({})},
                     {reals({0})},
                     {reals({3}, -900, 900)},
                     {reals({40, 30})}},
         .errors = {{[] {
                       return logsumexp(ones({2}), {0, 0});
                     },
                     "logsumexp: axis 0 is named twice in (0, 0)"}}},
        {.name = "logsumexp over an axis",
         .function = [](const Tensors& in) { return logsumexp(in[0], 1, keepdims); },
         .reference = over({1}, true, log_sum_exp),
         .samples = {{reals({2, 3})},
                     {reals({2, 3, 2})},
                     {reals({0, 2})},
                     {reals({2, 1})},
                     {reals({2, 0})}}},
        {.name = "logsumexp of -inf",
         .function = [](const Tensors& in) { return logsumexp(in[0], 1); },
         .reference = over({1}, false, log_sum_exp),
         .samples = {{reals({3, 2}, {-inf, -inf, 0, -inf, inf, 0}).fixed()}}},
        {.name = "logsumexp of -inf, gradient",
         .function = gradient_of([](const Tensor& x) { return logsumexp(x, 1); }),
         .reference = given({2, 2}, {0, 0, 1, 0}),
         .samples = {{reals({2, 2}, {-inf, -inf, 3, -inf})}},
         .differentiable = false,
         .propagates_nan = false,
         .infinities = false,
         .extremes = false},
        {.name = "logsumexp of integers",
         .function =
             [](const Tensors& in) {
               return logsumexp(in[0], {0, 1});
             },
         .reference = over({0, 1}, false, log_sum_exp),
         .samples = {{integers({3, 4}, -9, 9)}}},
    });

}  // namespace
