#include <cinta/ops/elementwise/elementwise.hpp>
#include <cmath>
#include <limits>

#include "ops/op_table/of_elements.hpp"

namespace {

using namespace op_table;

double sign_of(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

const Functions exp_rows(
    [](auto x) { return exp(x); },
    {.name = "exp",
     .reference = each([](double x) { return std::exp(x); }),
     .samples = {{reals({2, 3})}, {reals({9}, -80, 80)}, {integers({3}, -5, 5)}, {flags({3})}}});

const Functions log_rows([](auto x) { return log(x); },
                         {.name = "log",
                          .reference = each([](double x) { return std::log(x); }),
                          .samples = {{reals({2, 3}, 0.2, 3)},
                                      {reals({9}, 1, 1e30)},
                                      {reals({3}, {0, -1, 1}).fixed()}}});

const Functions log1p_rows([](auto x) { return log1p(x); },
                           {.name = "log1p",
                            .reference = each([](double x) { return std::log1p(x); }),
                            .samples = {{reals({2, 3}, -0.7, 3)},
                                        {reals({9}, -1e-6, 1e-6)},
                                        {reals({4}, {-1, -2, 0, 0x1p-70}).fixed()}}});

const Functions sqrt_rows([](auto x) { return sqrt(x); },
                          {.name = "sqrt",
                           .reference = each([](double x) { return std::sqrt(x); }),
                           .samples = {{reals({2, 3}, 0.2, 3)}, {reals({3}, {0, -1, 4}).fixed()}}});

const Functions sin_rows([](auto x) { return sin(x); },
                         {.name = "sin",
                          .reference = each([](double x) { return std::sin(x); }),
                          .samples = {{reals({2, 3})}, {reals({40}, -1000, 1000)}}});

const Functions cos_rows([](auto x) { return cos(x); },
                         {.name = "cos",
                          .reference = each([](double x) { return std::cos(x); }),
                          .samples = {{reals({2, 3})}, {reals({40}, -1000, 1000)}}});

const Functions tanh_rows(
    [](auto x) { return tanh(x); },
    {.name = "tanh",
     .reference = each([](double x) { return std::tanh(x); }),
     .samples = {{reals({2, 3})}, {reals({20}, -50, 50)}, {reals({9}, -1e-4, 1e-4)}}});

const Functions sigmoid_rows(
    [](auto x) { return sigmoid(x); },
    {.name = "sigmoid",
     .reference = each(sigmoid_of),
     .samples = {{reals({2, 3})}, {reals({20}, -80, 80)}, {integers({3}, -5, 5)}}});

const Functions softplus_rows([](auto x) { return softplus(x); },
                              {.name = "softplus",
                               .reference = each(softplus_of),
                               .samples = {{reals({2, 3})}, {reals({20}, -80, 80)}}});

const Functions relu_rows([](auto x) { return relu(x); },
                          {.name = "relu",
                           .reference = each([](double x) { return x < 0 ? 0 : x; }),
                           .samples = {{reals({2, 3}).away_from({0})}, {reals({3}, {0, -1, 1})}}});

const Functions abs_rows([](auto x) { return abs(x); },
                         {.name = "abs",
                          .reference = each([](double x) { return std::fabs(x); }),
                          .samples = {{reals({2, 3}).away_from({0})}, {reals({3}, {0, -1, 1})}}});

const Functions sign_rows([](auto x) { return sign(x); },
                          {.name = "sign",
                           .reference = each(sign_of),
                           .samples = {{reals({2, 3}).away_from({0})}, {reals({3}, {0, -1, 1})}}});

const Functions square_rows([](auto x) { return square(x); },
                            {.name = "square",
                             .reference = each([](double x) { return x * x; }),
                             .samples = {{reals({2, 3})}, {reals({2}, {0, 1e-3})}}});

const Functions expm1_rows(
    [](auto x) { return expm1(x); },
    {.name = "expm1",
     .reference = each([](double x) { return std::expm1(x); }),
     .samples = {{reals({2, 3})}, {reals({9}, -1e-6, 1e-6)}, {reals({9}, -80, 80)}}});

const Functions exp2_rows([](auto x) { return exp2(x); },
                          {.name = "exp2",
                           .reference = each([](double x) { return std::exp2(x); }),
                           .samples = {{reals({2, 3})}, {reals({9}, -80, 80)}}});

const Functions log2_rows([](auto x) { return log2(x); },
                          {.name = "log2",
                           .reference = each([](double x) { return std::log2(x); }),
                           .samples = {{reals({2, 3}, 0.2, 3)},
                                       {reals({9}, 1, 1e30)},
                                       {reals({3}, {0, -1, 1}).fixed()}}});

double gelu_of(double x) { return x < -40 ? 0 : 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }
const Functions gelu_rows([](auto x) { return gelu(x); },
                          {.name = "gelu",
                           .reference = each(gelu_of),
                           .samples = {{reals({2, 3})}, {reals({20}, -30, 30)}},
                           // In the left tail the rounding of x / sqrt(2) counts x^2 times.
                           .ulps = 900});

const Functions erf_rows([](auto x) { return erf(x); },
                         {.name = "erf",
                          .reference = each([](double x) { return std::erf(x); }),
                          .samples = {
                              {reals({2, 3})}, {reals({9}, -1e-6, 1e-6)}, {reals({9}, -30, 30)}}});

const Register others({
    {.name = "relu of many",  // its rule reads bits
     .function = [](const Tensors& in) { return relu(in[0]); },
     .reference = each([](double x) { return x < 0 ? 0 : x; }),
     .samples = {{reals({130, 127}).away_from({0})}},
     .elementwise = true},
    {.name = "relu int64",
     .function = [](const Tensors& in) { return relu(in[0]); },
     .reference = each([](double x) { return x < 0 ? 0 : x; }, int64),
     .samples = {{integers({7}, -3, 3)}, {flags({3})}}},
    {.name = "abs int64",
     .function = [](const Tensors& in) { return abs(in[0]); },
     .reference = each([](double x) { return std::fabs(x); }, int64),
     .samples = {{integers({7}, -3, 3)}, {flags({3})}}},
    {.name = "sign int64",
     .function = [](const Tensors& in) { return sign(in[0]); },
     .reference = each(sign_of, int64),
     .samples = {{integers({7}, -3, 3)}, {flags({3})}}},
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
    {.name = "clamp int64",
     .function = [](const Tensors& in) { return clamp(in[0], -1, 2); },
     .reference = each([](double x) { return std::min(std::max(x, -1.0), 2.0); }, int64),
     .samples = {{integers({7}, -3, 3)}, {flags({3})}}},
    {.name = "clamp int64 by tensors",
     .function = [](const Tensors& in) { return clamp(in[0], in[1], 2); },
     .reference = each([](double x, double low) { return std::min(std::max(x, low), 2.0); }, int64),
     .samples = {{integers({3, 4}, -3, 3), integers({4}, -3, 3)}, {flags({3}), integers({}, 1, 3)}},
     .errors = {{[] { return clamp(ones({2}), Tensor(), 1); },
                 "clamp: a bound is an undefined tensor"},
                {{integers({3}, 0, 1), integers({2}, 0, 1)},
                 "clamp: (3,) and (2,) do not broadcast: sizes 3 and 2 differ"}}},
    {.name = "clamp from below",
     .function =
         [](const Tensors& in) { return clamp(in[0], 0, std::numeric_limits<double>::infinity()); },
     .reference = each([](double x) { return x < 0 ? 0 : x; }),
     .samples = {{reals({2, 3}).away_from({0})}}},
});

}  // namespace
