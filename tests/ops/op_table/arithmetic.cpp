#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cmath>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

std::string no_broadcast(const std::string& op) {
  return op + ": (2, 3) and (4,) do not broadcast: sizes 3 and 4 differ";
}

// What a binary operation has to refuse.
template <class F>
std::vector<check::Refusal> refusals(const std::string& op, F f) {
  return {{{reals({2, 3}), reals({4})}, no_broadcast(op)},
          {[f] { return f(Tensor(), ones({2})); }, op + ": an operand is an undefined tensor"},
          {[f] { return f(ones({2}), Tensor()); }, op + ": an operand is an undefined tensor"}};
}

const Register sums({
    {.name = "add",
     .function = [](const Tensors& in) { return add(in[0], in[1]); },
     .reference = each([](double a, double b) { return a + b; }),
     .samples = {{reals({2, 3}), reals({2, 3})}},
     .errors = refusals("add", [](const Tensor& a, const Tensor& b) { return add(a, b); }),
     .elementwise = true},
    {.name = "add int64",
     .function = [](const Tensors& in) { return in[0] + in[1]; },
     .reference = each([](double a, double b) { return a + b; }, int64),
     .samples = {{integers({5}, -9, 9), integers({5}, -9, 9)}, {flags({5}), flags({5})}},
     .elementwise = true},
    {.name = "add number",
     .function = [](const Tensors& in) { return in[0] + 2.5; },
     .reference = each([](double a) { return a + 2.5; }),
     .samples = {{reals({3})}, {integers({3}, -9, 9)}, {flags({3})}},
     .elementwise = true},
    {.name = "sub",
     .function = [](const Tensors& in) { return sub(in[0], in[1]); },
     .reference = each([](double a, double b) { return a - b; }),
     .samples = {{reals({2, 3}), reals({2, 3})}},
     .errors = refusals("sub", [](const Tensor& a, const Tensor& b) { return a - b; }),
     .elementwise = true},
    {.name = "sub int64",
     .function = [](const Tensors& in) { return in[0] - in[1]; },
     .reference = each([](double a, double b) { return a - b; }, int64),
     .samples = {{integers({5}, -9, 9), integers({5}, -9, 9)}, {flags({5}), integers({5}, -9, 9)}}},
    {.name = "sub from number",
     .function = [](const Tensors& in) { return 1 - in[0]; },
     .reference = each([](double a) { return 1 - a; }),
     .samples = {{reals({3})}},
     .elementwise = true},
    {.name = "neg",
     .function = [](const Tensors& in) { return neg(in[0]); },
     .reference = each([](double a) { return -a; }),
     .samples = {{reals({2, 3})}},
     .errors = {{[] { return -Tensor(); }, "neg: input 0 is an undefined tensor"}},
     .elementwise = true},
    {.name = "neg int64",
     .function = [](const Tensors& in) { return -in[0]; },
     .reference = each([](double a) { return -a; }, int64),
     .samples = {{integers({5}, -9, 9)}, {flags({5})}}},
});

const Register products({
    {.name = "mul",
     .function = [](const Tensors& in) { return mul(in[0], in[1]); },
     .reference = each([](double a, double b) { return a * b; }),
     .samples = {{reals({2, 3}), reals({2, 3})}},
     .errors = refusals("mul", [](const Tensor& a, const Tensor& b) { return a * b; }),
     .elementwise = true},
    {.name = "mul int64",
     .function = [](const Tensors& in) { return in[0] * in[1]; },
     .reference = each([](double a, double b) { return a * b; }, int64),
     .samples = {{integers({5}, -9, 9), integers({5}, -9, 9)}, {flags({5}), flags({5})}}},
    {.name = "mul mixed",
     .function = [](const Tensors& in) { return in[0] * in[1]; },
     .reference = each([](double a, double b) { return a * b; }),
     .samples = {{reals({5}), integers({5}, -9, 9)}, {flags({5}), reals({5})}}},
    {.name = "div",
     .function = [](const Tensors& in) { return div(in[0], in[1]); },
     .reference = each([](double a, double b) { return a / b; }),
     .samples = {{reals({2, 3}), reals({2, 3}).away_from({0}, 0.3)}},
     .errors = refusals("div", [](const Tensor& a, const Tensor& b) { return a / b; }),
     .elementwise = true},
    {.name = "div int64",
     .function = [](const Tensors& in) { return in[0] / in[1]; },
     .reference = each([](double a, double b) { return a / b; }),
     .samples = {{integers({5}, -9, 9), integers({5}, 1, 9)}, {integers({5}, -9, 9), flags({5})}}},
    {.name = "div by zero",
     .function = [](const Tensors& in) { return 1 / in[0]; },
     .reference = each([](double a) { return 1 / a; }),
     .samples = {{reals({2}, {0.0, 2.0}).fixed()}}},
});

const Register powers({
    {.name = "pow",
     .function = [](const Tensors& in) { return pow(in[0], in[1]); },
     .reference = each([](double a, double b) { return std::pow(a, b); }),
     .samples = {{reals({2, 3}, 0.2, 3), reals({2, 3})}},
     .errors = refusals("pow", [](const Tensor& a, const Tensor& b) { return pow(a, b); }),
     .elementwise = true},
    // A negative base has no neighbours in the exponent: only the base can be differentiated.
    {.name = "pow of negative numbers",
     .function = [](const Tensors& in) { return pow(in[0], in[1]); },
     .reference = each([](double a, double b) { return std::pow(a, b); }),
     .samples = {{reals({4}, -2, -0.3), reals({4}, {2, 3, -1, -2}).fixed()},
                 {reals({3}, -2, -0.3).fixed(), reals({3}, {0.5, 1.5, -0.5}).fixed()}}},
    {.name = "pow at zero",
     .function = [](const Tensors& in) { return pow(in[0], in[1]); },
     .reference = each([](double a, double b) { return std::pow(a, b); }),
     .samples = {{reals({4}, {0, 0, 0, 0}), reals({4}, {0, 1, 2, 3}).fixed()},
                 {reals({3}, {0, 0, 0}).fixed(), reals({3}, {0.5, 1, 2})}},
     .propagates_nan = false},  // pow(NaN, 0) is 1
    {.name = "pow square",
     .function = [](const Tensors& in) { return pow(in[0], 2); },
     .reference = each([](double a) { return a * a; }),
     .samples = {{reals({5})}, {integers({5}, -3, 3)}, {reals({2}, {0, 1})}},
     .errors = {{[] { return pow(Tensor(), 2); }, "pow: input 0 is an undefined tensor"}},
     .elementwise = true},
    {.name = "pow cube",
     .function = [](const Tensors& in) { return pow(in[0], 3.0); },
     .reference = each([](double a) { return a * a * a; }),
     .samples = {{reals({5})}, {reals({2}, {0, -1})}},
     .elementwise = true},
    {.name = "pow root",
     .function = [](const Tensors& in) { return pow(in[0], 0.5); },
     .reference = each([](double a) { return std::pow(a, 0.5); }),
     .samples = {{reals({5}, 0.1, 4)}},
     .elementwise = true},
    {.name = "pow inverse",
     .function = [](const Tensors& in) { return pow(in[0], -1); },
     .reference = each([](double a) { return 1 / a; }),
     .samples = {{reals({5}).away_from({0}, 0.3)}},
     .elementwise = true},
    {.name = "pow 1",
     .function = [](const Tensors& in) { return pow(in[0], 1); },
     .reference = each([](double a) { return a; }),
     .samples = {{reals({2}, {0, -1})}}},
    {.name = "pow 0",
     .function = [](const Tensors& in) { return pow(in[0], 0); },
     .reference = each([](double) { return 1.0; }),
     .samples = {{reals({2}, {0, -1})}},
     .propagates_nan = false},
    {.name = "pow of a number",
     .function = [](const Tensors& in) { return pow(2.0, in[0]); },
     .reference = each([](double a) { return std::pow(2.0, a); }),
     .samples = {{reals({5}, -3, 3)}},
     .elementwise = true},
});

}  // namespace
