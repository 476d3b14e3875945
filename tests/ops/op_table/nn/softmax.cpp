#include <cinta/ops/nn/softmax.hpp>
#include <cmath>
#include <limits>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

constexpr double inf = std::numeric_limits<double>::infinity();

// The definition along an axis, shifted by the largest element; a 0-dim tensor is one of one.
check::Function along(int axis, bool logarithm) {
  return [=](const Tensors& in) {
    const Tensor& x = in[0];
    const std::int64_t size = x.rank() ? x.shape()[axis] : 1;
    std::int64_t step = 1;
    for (int i = axis + 1; i < x.rank(); ++i) step *= x.shape()[i];
    std::vector<double> values;
    for (std::int64_t i = 0; i < x.numel(); ++i) values.push_back(at(x, i));
    return build(x.shape(), float64, [&](std::int64_t i) {
      const double* const first = values.data() + i - i / step % size * step;
      double top = -inf, sum = 0;
      for (std::int64_t k = 0; k < size; ++k) top = std::fmax(top, first[k * step]);
      // Infinite elements share all there is.
      const auto less_top = [&](double v) { return v == inf ? 0 : v - top; };
      for (std::int64_t k = 0; k < size; ++k) sum += std::exp(less_top(first[k * step]));
      const double shifted = less_top(values[std::size_t(i)]);
      return logarithm ? shifted - std::log(sum) : std::exp(shifted) / sum;
    });
  };
}

const std::vector<check::Sample> last_axis = {
    {reals({3, 4})},  {reals({2, 1})},    {reals({0, 4})},         {reals({2, 0})},
    {reals({3, 17})}, {reals({2, 1100})}, {reals({3, 5}, -50, 50)}};
const std::vector<check::Sample> first_axis = {{reals({})},     {reals({5})},
                                               {reals({3, 4})}, {reals({3, 2, 2})},
                                               {reals({0, 2})}, {reals({2, 0})}};

const Register here({
    {.name = "softmax",
     .function = [](const Tensors& in) { return softmax(in[0], 1); },
     .reference = along(1, false),
     .samples = last_axis,
     .errors = {{{reals({3})}, "softmax: axis 1 is out of range for (3,), which has 1 axes"},
                {[] {
                   return softmax(ones({2, 2}), -3);
                 },
                 "softmax: axis -3 is out of range for (2, 2), which has 2 axes"}}},
    {.name = "softmax along the first axis",
     .function = [](const Tensors& in) { return softmax(in[0], 0); },
     .reference = along(0, false),
     .samples = first_axis},
    {.name = "softmin",
     .function = [](const Tensors& in) { return softmin(in[0], 1); },
     .reference =
         [](const Tensors& in) {
           const Tensor negative =
               build(in[0].shape(), float64, [&](std::int64_t i) { return -at(in[0], i); });
           return along(1, false)({negative});
         },
     .samples = last_axis,
     .errors = {{{reals({3})}, "softmin: axis 1 is out of range for (3,), which has 1 axes"}}},
    {.name = "softmax of integers",
     .function = [](const Tensors& in) { return softmax(in[0], -1); },
     .reference = along(1, false),
     .samples = {{integers({3, 4}, -3, 3)}, {flags({2, 3})}}},
    {.name = "log_softmax",
     .function = [](const Tensors& in) { return log_softmax(in[0], 1); },
     .reference = along(1, true),
     .samples = last_axis,
     .errors = {{{reals({})}, "log_softmax: axis 1 is out of range for (), which has 0 axes"}}},
    {.name = "log_softmax along the first axis",
     .function = [](const Tensors& in) { return log_softmax(in[0], 0); },
     .reference = along(0, true),
     .samples = first_axis},
    {.name = "log_softmax of large values",
     .function = [](const Tensors& in) { return log_softmax(in[0], 0); },
     .reference = along(0, true),
     .samples = {{reals({3}, {-1000, 1000, 999})}}},
});

}  // namespace
