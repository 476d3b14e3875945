#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/loss/penalty.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cmath>
#include <limits>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// factor * sum of f over all elements of all inputs.
template <class F>
check::Function total(F f) {
  return [f](const Tensors& in) {
    double sum = 0;
    for (const Tensor& x : in)
      for (std::int64_t i = 0; i < x.numel(); ++i) sum += f(at(x, i));
    return build({}, float64, [&](std::int64_t) { return sum; });
  };
}

// lambda * sqrt(size) * norm of the slices along `axis`.
check::Function group_norms(double lambda, int axis) {
  return [=](const Tensors& in) {
    double sum = 0;
    for (const Tensor& x : in) {
      const int k = axis < 0 ? axis + x.rank() : axis;
      std::int64_t inner = 1;
      for (int i = k + 1; i < x.rank(); ++i) inner *= x.shape()[i];
      const std::int64_t groups = x.shape()[k];
      for (std::int64_t g = 0; g < groups; ++g) {
        long double squares = 0, size = 0;  // which squares of double do not overflow
        for (std::int64_t i = 0; i < x.numel(); ++i)
          if (i / inner % groups == g) squares += (long double)at(x, i) * at(x, i), ++size;
        sum += lambda * double(std::sqrt(size) * std::sqrt(squares));
      }
    }
    return build({}, float64, [&](std::int64_t) { return sum; });
  };
}

// Away from the kink of |w|.
check::Input smooth(const Shape& shape) { return reals(shape).away_from({0}); }

const std::vector<check::Sample> kinked = {{smooth({3, 4})},
                                           {smooth({})},
                                           {smooth({0, 3})},
                                           {smooth({2, 1, 3})},
                                           {smooth({70})},
                                           {smooth({3}), smooth({2, 2})},
                                           {smooth({0}), smooth({1}), smooth({2})}};
const std::vector<check::Sample> any = {
    {reals({3, 4})}, {reals({})}, {reals({0, 3})}, {reals({70})}, {reals({3}), reals({2, 2})}};
const std::vector<check::Sample> grouped = {{reals({3, 4})},    {reals({1, 5})},
                                            {reals({4, 1})},    {reals({0, 3})},
                                            {reals({2, 3, 4})}, {reals({2, 3}), reals({4, 2})}};

constexpr auto plus_one = SignAtZero::plus_one;

const Register here({
    {.name = "l1_penalty",
     .function = [](const Tensors& in) { return l1_penalty(in, 0.3); },
     .reference = total([](double w) { return 0.3 * std::fabs(w); }),
     .samples = kinked,
     .errors = {{[] { return l1_penalty(ones({2}), -1); },
                 "l1_penalty: lambda must be at least 0 and finite, got -1"},
                {[] { return l1_penalty(ones({2}), nan); },
                 "l1_penalty: lambda must be at least 0 and finite, got nan"},
                {[] { return l1_penalty(Tensors(), 1); }, "l1_penalty: no weights"},
                {{reals({2}), integers({2}, 0, 1)},
                 "l1_penalty: weight 1 must be floating, got int64"},
                {[] {
                   return l1_penalty({ones({2}), Tensor()}, 1);
                 },
                 "l1_penalty: input 1 is an undefined tensor"}}},
    {.name = "l1_penalty, lecture's sign",
     .function = [](const Tensors& in) { return l1_penalty(in, 0.3, plus_one); },
     .reference = total([](double w) { return 0.3 * std::fabs(w); }),
     .samples = kinked},
    {.name = "l2_penalty",
     .function = [](const Tensors& in) { return l2_penalty(in, 0.3); },
     .reference = total([](double w) { return 0.15 * w * w; }),
     .samples = any,
     .errors = {{[] { return l2_penalty(ones({2}), -0.5); },
                 "l2_penalty: lambda must be at least 0 and finite, got -0.5"},
                {{integers({2}, 0, 1)}, "l2_penalty: weight 0 must be floating, got int64"}}},
    {.name = "elastic_net_penalty",
     .function = [](const Tensors& in) { return elastic_net_penalty(in, 0.3, 0.8); },
     .reference = total([](double w) { return 0.3 * std::fabs(w) + 0.4 * w * w; }),
     .samples = kinked,
     .errors = {{[] { return elastic_net_penalty(ones({2}), -1, 0); },
                 "elastic_net_penalty: l1 must be at least 0 and finite, got -1"},
                {[] { return elastic_net_penalty(ones({2}), 0, -1); },
                 "elastic_net_penalty: l2 must be at least 0 and finite, got -1"}}},
    {.name = "elastic_net_penalty of two dtypes",
     .function =
         [](const Tensors& in) {
           const Tensor y = elastic_net_penalty({in[0], to(in[1], float64)}, 0.3, 0.8);
           return to(y, in[0].dtype());
         },
     .reference = total([](double w) { return 0.3 * std::fabs(w) + 0.4 * w * w; }),
     .samples = {{smooth({3}), smooth({2, 2})}}},
    {.name = "group_lasso_penalty",
     .function = [](const Tensors& in) { return group_lasso_penalty(in, 0.3); },
     .reference = group_norms(0.3, 0),
     .samples = grouped,
     .errors = {{[] {
                   return group_lasso_penalty(ones({2, 2}), -1e-9);
                 },
                 "group_lasso_penalty: lambda must be at least 0 and finite, got -1e-09"},
                {[] {
                   return group_lasso_penalty({ones({2, 2}), ones({3})}, 1, 1);
                 },
                 "group_lasso_penalty: axis 1 is out of range for (3,), which has 1 axes"},
                {{integers({2}, 0, 1)},
                 "group_lasso_penalty: weight 0 must be floating, got int64"}}},
    {.name = "group_lasso_penalty of columns",
     .function = [](const Tensors& in) { return group_lasso_penalty(in, 0.3, -1); },
     .reference = group_norms(0.3, -1),
     .samples = grouped},
    {.name = "group_lasso_penalty of a middle axis",
     .function = [](const Tensors& in) { return group_lasso_penalty(in, 0.3, 1); },
     .reference = group_norms(0.3, 1),
     .samples = {{reals({2, 3, 4})}, {reals({40, 3, 5})}, {reals({2, 0, 3})}}},
});

}  // namespace
