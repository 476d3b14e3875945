#include <cinta/ops/elementwise/elementwise.hpp>
#include <cmath>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

std::vector<check::Refusal> undefined(Tensor (*f)(const Tensor&, Site), const std::string& op) {
  return {{[f] { return f(Tensor(), Site()); }, op + ": input 0 is an undefined tensor"}};
}

double sigmoid_of(double x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}
double softplus_of(double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}
double sign_of(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

const Register transcendental({
    {.name = "exp",
     .function = [](const Tensors& in) { return exp(in[0]); },
     .reference = each([](double x) { return std::exp(x); }),
     .samples = {{reals({2, 3})}, {reals({9}, -80, 80)}, {integers({3}, -5, 5)}, {flags({3})}},
     .errors = undefined(exp, "exp"),
     .elementwise = true},
    {.name = "log",
     .function = [](const Tensors& in) { return log(in[0]); },
     .reference = each([](double x) { return std::log(x); }),
     .samples = {{reals({2, 3}, 0.2, 3)}, {reals({9}, 1, 1e30)}, {reals({3}, {0, -1, 1}).fixed()}},
     .errors = undefined(log, "log"),
     .elementwise = true},
    {.name = "log1p",
     .function = [](const Tensors& in) { return log1p(in[0]); },
     .reference = each([](double x) { return std::log1p(x); }),
     .samples = {{reals({2, 3}, -0.7, 3)},
                 {reals({9}, -1e-6, 1e-6)},
                 {reals({4}, {-1, -2, 0, 0x1p-70}).fixed()}},
     .errors = undefined(log1p, "log1p"),
     .elementwise = true},
    {.name = "sqrt",
     .function = [](const Tensors& in) { return sqrt(in[0]); },
     .reference = each([](double x) { return std::sqrt(x); }),
     .samples = {{reals({2, 3}, 0.2, 3)}, {reals({3}, {0, -1, 4}).fixed()}},
     .errors = undefined(sqrt, "sqrt"),
     .elementwise = true},
    {.name = "sin",
     .function = [](const Tensors& in) { return sin(in[0]); },
     .reference = each([](double x) { return std::sin(x); }),
     .samples = {{reals({2, 3})}, {reals({40}, -1000, 1000)}},
     .errors = undefined(sin, "sin"),
     .elementwise = true},
    {.name = "cos",
     .function = [](const Tensors& in) { return cos(in[0]); },
     .reference = each([](double x) { return std::cos(x); }),
     .samples = {{reals({2, 3})}, {reals({40}, -1000, 1000)}},
     .errors = undefined(cos, "cos"),
     .elementwise = true},
    {.name = "tanh",
     .function = [](const Tensors& in) { return tanh(in[0]); },
     .reference = each([](double x) { return std::tanh(x); }),
     .samples = {{reals({2, 3})}, {reals({20}, -50, 50)}, {reals({9}, -1e-4, 1e-4)}},
     .errors = undefined(tanh, "tanh"),
     .elementwise = true},
    {.name = "sigmoid",
     .function = [](const Tensors& in) { return sigmoid(in[0]); },
     .reference = each(sigmoid_of),
     .samples = {{reals({2, 3})}, {reals({20}, -80, 80)}, {integers({3}, -5, 5)}},
     .errors = undefined(sigmoid, "sigmoid"),
     .elementwise = true},
    {.name = "softplus",
     .function = [](const Tensors& in) { return softplus(in[0]); },
     .reference = each(softplus_of),
     .samples = {{reals({2, 3})}, {reals({20}, -80, 80)}},
     .errors = undefined(softplus, "softplus"),
     .elementwise = true},
});

const Register piecewise({
    {.name = "relu",
     .function = [](const Tensors& in) { return relu(in[0]); },
     .reference = each([](double x) { return x < 0 ? 0 : x; }),
     .samples = {{reals({2, 3}).away_from({0})}, {reals({3}, {0, -1, 1})}},
     .errors = undefined(relu, "relu"),
     .elementwise = true},
    {.name = "relu of many",  // its rule reads bits
     .function = [](const Tensors& in) { return relu(in[0]); },
     .reference = each([](double x) { return x < 0 ? 0 : x; }),
     .samples = {{reals({130, 127}).away_from({0})}},
     .elementwise = true},
    {.name = "relu int64",
     .function = [](const Tensors& in) { return relu(in[0]); },
     .reference = each([](double x) { return x < 0 ? 0 : x; }, int64),
     .samples = {{integers({7}, -3, 3)}, {flags({3})}}},
    {.name = "abs",
     .function = [](const Tensors& in) { return abs(in[0]); },
     .reference = each([](double x) { return std::fabs(x); }),
     .samples = {{reals({2, 3}).away_from({0})}, {reals({3}, {0, -1, 1})}},
     .errors = undefined(abs, "abs"),
     .elementwise = true},
    {.name = "abs int64",
     .function = [](const Tensors& in) { return abs(in[0]); },
     .reference = each([](double x) { return std::fabs(x); }, int64),
     .samples = {{integers({7}, -3, 3)}, {flags({3})}}},
    {.name = "sign",
     .function = [](const Tensors& in) { return sign(in[0]); },
     .reference = each(sign_of),
     .samples = {{reals({2, 3}).away_from({0})}, {reals({3}, {0, -1, 1})}},
     .errors = undefined(sign, "sign"),
     .elementwise = true},
    {.name = "sign int64",
     .function = [](const Tensors& in) { return sign(in[0]); },
     .reference = each(sign_of, int64),
     .samples = {{integers({7}, -3, 3)}, {flags({3})}}},
    {.name = "square",
     .function = [](const Tensors& in) { return square(in[0]); },
     .reference = each([](double x) { return x * x; }),
     .samples = {{reals({2, 3})}, {reals({2}, {0, 1e-3})}},
     .errors = undefined(square, "square"),
     .elementwise = true},
    {.name = "square int64",
     .function = [](const Tensors& in) { return square(in[0]); },
     .reference = each([](double x) { return x * x; }, int64),
     .samples = {{integers({7}, -3, 3)}, {flags({3})}}},
    {.name = "clamp",
     .function = [](const Tensors& in) { return clamp(in[0], -0.5, 1); },
     .reference = each([](double x) { return x < -0.5 ? -0.5
                                             : x > 1  ? 1
                                                      : x; }),
     .samples = {{reals({2, 3}).away_from({-0.5, 1})},
                 {reals({4}, {-0.5, 1, 0, 2})},
                 {integers({5}, -2, 2)}},
     .errors = {{[] { return clamp(Tensor(), 0, 1); }, "clamp: input 0 is an undefined tensor"},
                {[] { return clamp(ones({2}), 1, 0); }, "clamp: low 1 is above high 0"}},
     .elementwise = true},
    {.name = "clamp from below",
     .function =
         [](const Tensors& in) { return clamp(in[0], 0, std::numeric_limits<double>::infinity()); },
     .reference = each([](double x) { return x < 0 ? 0 : x; }),
     .samples = {{reals({2, 3}).away_from({0})}}},
});

}  // namespace
