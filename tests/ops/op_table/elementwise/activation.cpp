#include <cinta/ops/elementwise/activation.hpp>
#include <cinta/ops/map/map.hpp>
#include <cmath>
#include <limits>

#include "ops/op_table/reference.hpp"

namespace {

using namespace op_table;

// An activation of tensors and the same of the elements of a map: a row for each. `kinks` are where
// its slope has a step.
struct Activations : Register {
  template <class Of, class OfElements>
  Activations(const Row& row, Of of, OfElements of_elements, double (*reference)(double),
              const std::vector<double>& kinks = {})
      : Register({of_tensors(completed(row, reference, kinks), of),
                  of_map(completed(row, reference, kinks), of_elements)}) {}

 private:
  static Row completed(Row row, double (*reference)(double), const std::vector<double>& kinks) {
    row.reference = each(reference);
    row.samples = {{reals({2, 3}).away_from(kinks)},
                   {reals({40}, -9, 9).away_from(kinks)},
                   {reals({9}, 1e-4, 2e-4)},
                   {reals({9}, -2e-4, -1e-4)},
                   {reals({3}, {0, -2000, 2000}).fixed()}};
    row.elementwise = true;
    return row;
  }
  template <class Of>
  static Row of_tensors(Row row, Of of) {
    row.function = [of](const Tensors& in) { return of(in[0]); };
    row.errors = {{[of] { return of(Tensor()); }, row.name + ": input 0 is an undefined tensor"}};
    row.samples.push_back({integers({5}, -9, 9)});
    row.samples.push_back({flags({3})});
    return row;
  }
  template <class OfElements>
  static Row of_map(Row row, OfElements of_elements) {
    row.name = "map: " + row.name;
    row.function = [of_elements](const Tensors& in) { return map(of_elements, in[0]); };
    return row;
  }
};

double elu_of(double x, double alpha) { return x > 0 ? x : alpha * std::expm1(x); }

const Activations silu_rows(
    {.name = "silu"}, [](const Tensor& x) { return silu(x); }, [](auto x) { return silu(x); },
    [](double x) { return x < -1000 ? -0.0 : x * sigmoid_of(x); });

const Activations mish_rows(
    {.name = "mish"}, [](const Tensor& x) { return mish(x); }, [](auto x) { return mish(x); },
    [](double x) { return x < -1000 ? -0.0 : x * std::tanh(softplus_of(x)); });

const Activations gelu_tanh_rows(
    // In the left tail the polynomial's rounding counts as often as it is large.
    {.name = "gelu_tanh", .ulps = 900}, [](const Tensor& x) { return gelu_tanh(x); },
    [](auto x) { return gelu_tanh(x); },
    [](double x) {
      if (x < -100 || x > 100) return x < 0 ? -0.0 : x;
      return x * sigmoid_of(2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x));
    });

const Activations logsigmoid_rows(
    {.name = "logsigmoid"}, [](const Tensor& x) { return logsigmoid(x); },
    [](auto x) { return logsigmoid(x); }, [](double x) { return -softplus_of(-x); });

const Activations leaky_relu_rows(
    {.name = "leaky_relu"}, [](const Tensor& x) { return leaky_relu(x, 0.2); },
    [](auto x) { return leaky_relu(x, 0.2); }, [](double x) { return x > 0 ? x : 0.2 * x; }, {0});

const Activations elu_rows(
    {.name = "elu"}, [](const Tensor& x) { return elu(x, 1.5); },
    [](auto x) { return elu(x, 1.5); }, [](double x) { return elu_of(x, 1.5); }, {0});

const Activations celu_rows(
    {.name = "celu"}, [](const Tensor& x) { return celu(x, 1.5); },
    [](auto x) { return celu(x, 1.5); }, [](double x) { return elu_of(x / 1.5, 1) * 1.5; }, {0});

const Activations selu_rows(
    {.name = "selu"}, [](const Tensor& x) { return selu(x); }, [](auto x) { return selu(x); },
    [](double x) { return 1.0507009873554804934193 * elu_of(x, 1.6732632423543772848170); }, {0});

const Activations relu6_rows(
    {.name = "relu6"}, [](const Tensor& x) { return relu6(x); }, [](auto x) { return relu6(x); },
    [](double x) { return x < 0   ? 0
                          : x > 6 ? 6
                                  : x; }, {0, 6});

const Activations hardsigmoid_rows(
    {.name = "hardsigmoid"}, [](const Tensor& x) { return hardsigmoid(x); },
    [](auto x) { return hardsigmoid(x); },
    [](double x) { return x < -3  ? 0
                          : x > 3 ? 1
                                  : (x + 3) / 6; }, {-3, 3});

const Activations hardswish_rows(
    {.name = "hardswish"}, [](const Tensor& x) { return hardswish(x); },
    [](auto x) { return hardswish(x); },
    [](double x) { return x < -3  ? 0
                          : x > 3 ? x
                                  : x * (x + 3) / 6; }, {-3, 3});

const Activations hardtanh_rows(
    {.name = "hardtanh"}, [](const Tensor& x) { return hardtanh(x, -0.5, 2); },
    [](auto x) { return hardtanh(x, -0.5, 2); },
    [](double x) { return x < -0.5 ? -0.5
                          : x > 2  ? 2
                                   : x; }, {-0.5, 2});

const Activations hardshrink_rows(
    {.name = "hardshrink"}, [](const Tensor& x) { return hardshrink(x, 0.7); },
    [](auto x) { return hardshrink(x, 0.7); }, [](double x) { return std::fabs(x) <= 0.7 ? 0 : x; },
    {-0.7, 0.7});

const Activations softshrink_rows(
    {.name = "softshrink"}, [](const Tensor& x) { return softshrink(x, 0.7); },
    [](auto x) { return softshrink(x, 0.7); },
    [](double x) { return x > 0.7    ? x - 0.7
                          : x < -0.7 ? x + 0.7
                                     : 0 * x; }, {-0.7, 0.7});

const Activations threshold_rows(
    {.name = "threshold"}, [](const Tensor& x) { return threshold(x, 0.3, -2); },
    [](auto x) { return threshold(x, 0.3, -2); }, [](double x) { return x <= 0.3 ? -2 : x; },
    {0.3});

// Of x (..., channels, ...), by NumPy's alignment of the weights.
Tensor prelu_of(const Tensors& in) {
  const Tensor &x = in[0], &weight = in[1];
  const std::int64_t channels = x.rank() > 1 ? x.shape()[1] : 1;
  std::int64_t inner = 1;
  for (int axis = 2; axis < x.rank(); ++axis) inner *= x.shape()[axis];
  return build(x.shape(), float64, [&](std::int64_t i) {
    const double v = at(x, i);
    return v > 0 ? v : v * at(weight, weight.numel() == 1 ? 0 : i / inner % channels);
  });
}

const Register others({
    {.name = "prelu",
     .function = [](const Tensors& in) { return prelu(in[0], in[1]); },
     .reference = prelu_of,
     .samples = {{reals({2, 3}).away_from({0}), reals({3})},
                 {reals({2, 3, 4}).away_from({0}), reals({3})},
                 {reals({2, 3, 2, 2}).away_from({0}), reals({1})},
                 {reals({5}).away_from({0}), reals({})},
                 {reals({0, 3}), reals({3})}},
     .errors = {{{reals({2, 3}), reals({2})},
                 "prelu: weight must have one element or 3, one for each channel of x (2, 3), got "
                 "(2,)"},
                {{reals({3}), reals({3})},
                 "prelu: weight must have one element or 1, one for each channel of x (3,), got "
                 "(3,)"},
                {[] {
                   return prelu(ones({2, 3}, int64), ones({3}));
                 },
                 "prelu: x and weight must be floating, got int64 and float32"},
                {[] { return prelu(ones({2}), Tensor()); },
                 "prelu: input 1 is an undefined tensor"}}},
    {.name = "options of activations",
     .function = [](const Tensors& in) { return elu(in[0]); },
     .reference = each([](double x) { return elu_of(x, 1); }),
     .samples = {{reals({3}).away_from({0})}},
     .errors = {{[] { return celu(ones({2}), 0); }, "celu: alpha must not be 0"},
                {[] { return hardtanh(ones({2}), 1, -1); }, "hardtanh: low 1 is above high -1"},
                {[] { return hardshrink(ones({2}), -1); },
                 "hardshrink: lambda must not be negative, got -1"},
                {[] { return softshrink(ones({2}), std::nan("")); },
                 "softshrink: lambda must not be negative, got nan"}}},
});

}  // namespace
