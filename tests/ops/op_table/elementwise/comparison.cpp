#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cmath>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

std::vector<check::Refusal> refusals(const std::string& op, Tensor (*f)(Operand, Operand)) {
  return {{{reals({2, 3}), reals({4})},
           op + ": (2, 3) and (4,) do not broadcast: sizes 3 and 4 differ"},
          {[f] { return f(Tensor(), 1); }, op + ": an operand is an undefined tensor"},
          {[f] { return f(1, Tensor()); }, op + ": an operand is an undefined tensor"}};
}

double larger(double a, double b) { return std::isnan(a) || std::isnan(b) ? NAN : a > b ? a : b; }
double smaller(double a, double b) { return std::isnan(a) || std::isnan(b) ? NAN : a < b ? a : b; }

const Register extrema({
    {.name = "maximum",
     .function = [](const Tensors& in) { return maximum(in[0], in[1]); },
     .reference = each(larger),
     .samples = {{reals({2, 3}).distinct(), reals({2, 3}).distinct()},
                 {reals({3}, {1, 2, 3}), reals({3}, {1, 3, 2})}},  // equal once
     .errors = refusals("maximum", maximum),
     .elementwise = true},
    {.name = "maximum int64",
     .function = [](const Tensors& in) { return maximum(in[0], in[1]); },
     .reference = each(larger, int64),
     .samples = {{integers({9}, -2, 2), integers({9}, -2, 2)}, {flags({9}), flags({9})}}},
    {.name = "maximum with a number",
     .function = [](const Tensors& in) { return maximum(in[0], 0.5); },
     .reference = each([](double a) { return larger(a, 0.5); }),
     .samples = {{reals({2, 3}).away_from({0.5})}, {reals({2}, {0.5, 1})}, {integers({9}, -2, 2)}}},
    {.name = "minimum",
     .function = [](const Tensors& in) { return minimum(in[0], in[1]); },
     .reference = each(smaller),
     .samples = {{reals({2, 3}).distinct(), reals({2, 3}).distinct()},
                 {reals({3}, {1, 2, 3}), reals({3}, {1, 3, 2})}},
     .errors = refusals("minimum", minimum),
     .elementwise = true},
    {.name = "minimum int64",
     .function = [](const Tensors& in) { return minimum(in[0], in[1]); },
     .reference = each(smaller, int64),
     .samples = {{integers({9}, -2, 2), integers({9}, -2, 2)}}},
});

const Register choice({
    {.name = "where",
     .function = [](const Tensors& in) { return where(in[0], in[1], in[2]); },
     .reference = each([](double c, double a, double b) { return c != 0 ? a : b; }),
     .samples = {{flags({2, 3}), reals({2, 3}), reals({2, 3})},
                 {flags({4, 1, 3}), reals({2, 1}), reals({})}},
     .errors = {{{flags({2, 3}), reals({4}), reals({})},
                 "where: (2, 3) and (4,) do not broadcast: sizes 3 and 4 differ"},
                {{flags({}), reals({4}), reals({3})},
                 "where: (4,) and (3,) do not broadcast: sizes 4 and 3 differ"},
                {{reals({2}), reals({2}), reals({2})},
                 "where: the condition must be bool, it is float64"},
                {[] { return where(Tensor(), ones({2}), 0); },
                 "where: the condition is an undefined tensor"},
                {[] { return where(empty({2}, boolean), Tensor(), 0); },
                 "where: an operand is an undefined tensor"}},
     .elementwise = true,
     .propagates_nan = false},
    {.name = "where int64",
     .function = [](const Tensors& in) { return where(in[0], in[1], in[2]); },
     .reference = each([](double c, double a, double b) { return c != 0 ? a : b; }, int64),
     .samples = {{flags({7}), integers({7}, -9, 9), integers({7}, -9, 9)},
                 {flags({7}), integers({7}, -9, 9), flags({7})}}},
    {.name = "where bool",
     .function = [](const Tensors& in) { return where(in[0], in[1], in[2]); },
     .reference = each([](double c, double a, double b) { return c != 0 ? a : b; }, boolean),
     .samples = {{flags({7}), flags({7}), flags({7})}}},
    {.name = "where with a number",
     .function = [](const Tensors& in) { return where(in[0], in[1], 0.5); },
     .reference = each([](double c, double a) { return c != 0 ? a : 0.5; }),
     .samples = {{flags({7}), reals({7})}, {flags({7}), integers({7}, -9, 9)}},
     .propagates_nan = false},
});

// Reals hardly ever meet: these samples do.
std::vector<check::Sample> pairs() {
  return {{reals({2, 3}), reals({2, 3})},
          {reals({3}, {1, 2, 3}), reals({3}, {1, 3, 2})},
          {integers({9}, -2, 2), integers({9}, -2, 2)},
          {integers({9}, -2, 2), reals({9}, {-2, -1, 0, 1, 2, -1.5, 0.5, 0, 1})},
          {flags({9}), flags({9})}};
}

const Register comparisons({
    {.name = "eq",
     .function = [](const Tensors& in) { return eq(in[0], in[1]); },
     .reference = each([](double a, double b) { return a == b; }, boolean),
     .samples = pairs(),
     .errors = refusals("eq", eq),
     .differentiable = false,
     .elementwise = true},
    {.name = "ne",
     .function = [](const Tensors& in) { return ne(in[0], in[1]); },
     .reference = each([](double a, double b) { return a != b; }, boolean),
     .samples = pairs(),
     .errors = refusals("ne", ne),
     .differentiable = false,
     .elementwise = true},
    {.name = "lt",
     .function = [](const Tensors& in) { return lt(in[0], in[1]); },
     .reference = each([](double a, double b) { return a < b; }, boolean),
     .samples = pairs(),
     .errors = refusals("lt", lt),
     .differentiable = false,
     .elementwise = true},
    {.name = "le",
     .function = [](const Tensors& in) { return le(in[0], in[1]); },
     .reference = each([](double a, double b) { return a <= b; }, boolean),
     .samples = pairs(),
     .errors = refusals("le", le),
     .differentiable = false,
     .elementwise = true},
    {.name = "gt",
     .function = [](const Tensors& in) { return gt(in[0], in[1]); },
     .reference = each([](double a, double b) { return a > b; }, boolean),
     .samples = pairs(),
     .errors = refusals("gt", gt),
     .differentiable = false,
     .elementwise = true},
    {.name = "ge",
     .function = [](const Tensors& in) { return ge(in[0], in[1]); },
     .reference = each([](double a, double b) { return a >= b; }, boolean),
     .samples = pairs(),
     .errors = refusals("ge", ge),
     .differentiable = false,
     .elementwise = true},
    {.name = "gt a number",
     .function = [](const Tensors& in) { return gt(in[0], 0.5); },
     .reference = each([](double a) { return a > 0.5; }, boolean),
     .samples = {{reals({5})}, {integers({5}, -1, 1)}, {flags({5})}},
     .differentiable = false},
    {.name = "isnan",
     .function = [](const Tensors& in) { return isnan(in[0]); },
     .reference = each([](double a) { return std::isnan(a); }, boolean),
     .samples = {{reals({2, 3})}, {integers({3}, 0, 1)}, {flags({3})}},
     .errors = {{[] { return isnan(Tensor()); }, "isnan: an operand is an undefined tensor"}},
     .differentiable = false,
     .elementwise = true},
});

const Register logic({
    {.name = "logical_and",
     .function = [](const Tensors& in) { return logical_and(in[0], in[1]); },
     .reference = each([](double a, double b) { return a != 0 && b != 0; }, boolean),
     .samples = {{flags({9}), flags({9})},
                 {integers({9}, 0, 1), flags({9})},
                 {reals({3}, {0, 1, -2}), integers({3}, -1, 1)}},
     .errors = {{{flags({2}), flags({3})},
                 "logical_and: (2,) and (3,) do not broadcast: sizes 2 and 3 differ"},
                {[] { return logical_and(ones({2}), Tensor()); },
                 "logical_and: input 1 is an undefined tensor"}},
     .differentiable = false,
     .elementwise = true},
    {.name = "logical_or",
     .function = [](const Tensors& in) { return logical_or(in[0], in[1]); },
     .reference = each([](double a, double b) { return a != 0 || b != 0; }, boolean),
     .samples = {{flags({9}), flags({9})},
                 {integers({9}, 0, 1), flags({9})},
                 {reals({3}, {0, 1, -2}), integers({3}, -1, 1)}},
     .errors = {{{flags({2}), flags({3})},
                 "logical_or: (2,) and (3,) do not broadcast: sizes 2 and 3 differ"}},
     .differentiable = false,
     .elementwise = true},
    {.name = "logical_not",
     .function = [](const Tensors& in) { return logical_not(in[0]); },
     .reference = each([](double a) { return a == 0; }, boolean),
     .samples = {{flags({9})}, {integers({9}, 0, 1)}, {reals({3}, {0, 1, -2})}},
     .errors = {{[] { return logical_not(Tensor()); },
                 "logical_not: input 0 is an undefined tensor"}},
     .differentiable = false,
     .elementwise = true},
});

}  // namespace
