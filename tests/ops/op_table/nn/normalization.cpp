#include <cinta/ops/creation.hpp>
#include <cinta/ops/nn/normalization.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

// The definition, over the last `axes` axes.
check::Function normalised(int axes, double eps) {
  return [=](const Tensors& in) {
    const Tensor& x = in[0];
    std::int64_t n = 1;
    for (int i = x.rank() - axes; i < x.rank(); ++i) n *= x.shape()[i];
    return build(x.shape(), float64, [&](std::int64_t i) {
      const std::int64_t first = i - i % n;
      long double mean = 0, variance = 0;  // whose squares do not overflow
      for (std::int64_t k = 0; k < n; ++k) mean += at(x, first + k) / (long double)n;
      for (std::int64_t k = 0; k < n; ++k)
        variance += std::pow(at(x, first + k) - mean, 2) / (long double)n;
      const double y = double((at(x, i) - mean) / std::sqrt(variance + eps));
      const double weight = in.size() > 1 ? at(in[1], i % n) : 1;
      return y * weight + (in.size() > 2 ? at(in[2], i % n) : 0);
    });
  };
}

// x / sqrt(mean of squares + eps), over the last axis.
check::Function by_square_mean(double eps) {
  return [=](const Tensors& in) {
    const Tensor& x = in[0];
    const std::int64_t n = x.shape().back();
    return build(x.shape(), float64, [&](std::int64_t i) {
      long double mean = 0;
      for (std::int64_t k = i - i % n; k < i - i % n + n; ++k)
        mean += std::pow((long double)at(x, k), 2) / (long double)n;
      return double(at(x, i) / std::sqrt(mean + eps)) * (in.size() > 1 ? at(in[1], i % n) : 1);
    });
  };
}

const Register here({
    {.name = "layer_norm",
     .function =
         [](const Tensors& in) { return layer_norm(in[0], {in[0].size(-1)}, in[1], in[2]); },
     .reference = normalised(1, 1e-5),
     .samples = {{reals({3, 4}), reals({4}), reals({4})},
                 {reals({5}), reals({5}), reals({5})},
                 {reals({2, 2, 3}), reals({3}), reals({3})},
                 {reals({2, 19}), reals({19}), reals({19})},
                 {reals({70, 3}), reals({3}), reals({3})}},
     .errors = {{{reals({2, 3}), reals({2}), reals({3})},
                 "layer_norm: weight must be float64 (3,), it is float64 (2,)"},
                {{reals({2, 3}), reals({3}), reals({2, 3})},
                 "layer_norm: bias must be float64 (3,), it is float64 (2, 3)"},
                {[] {
                   return layer_norm(ones({2, 3}), {2});
                 },
                 "layer_norm: the last sizes of (2, 3) must be (2,), of one axis at least"},
                {[] {
                   return layer_norm(ones({2, 3}), {});
                 },
                 "layer_norm: the last sizes of (2, 3) must be (), of one axis at least"},
                {[] {
                   return layer_norm(ones({3}), {2, 3});
                 },
                 "layer_norm: the last sizes of (3,) must be (2, 3), of one axis at least"},
                {[] { return layer_norm(ones({3}, int64), {3}); },
                 "layer_norm: needs a floating dtype, got int64"},
                {[] { return layer_norm(ones({3}), {3}, ones({3}, float64)); },
                 "layer_norm: weight must be float32 (3,), it is float64 (3,)"},
                {[] { return layer_norm(ones({3}), {3}, {}, {}, -1); },
                 "layer_norm: eps must not be negative, got -1"},
                {[] { return layer_norm(Tensor(), {3}); },
                 "layer_norm: input 0 is an undefined tensor"}},
     .refuses_undefined = false},  // an undefined weight is none, and the row asks for sizes
    {.name = "layer_norm without weight",
     .function = [](const Tensors& in) { return layer_norm(in[0], {in[0].size(-1)}); },
     .reference = normalised(1, 1e-5),
     .samples = {{reals({3, 4})}, {reals({2, 50})}},
     .refuses_undefined = false},
    {.name = "layer_norm with weight alone",
     .function = [](const Tensors& in) { return layer_norm(in[0], {in[0].size(-1)}, in[1]); },
     .reference = normalised(1, 1e-5),
     .samples = {{reals({3, 4}), reals({4})}},
     .refuses_undefined = false},
    {.name = "layer_norm with bias alone",
     .function = [](const Tensors& in) { return layer_norm(in[0], {4}, {}, in[1]); },
     .reference =
         [](const Tensors& in) {
           return normalised(1, 1e-5)({in[0], full({4}, 1, float64), in[1]});
         },
     .samples = {{reals({3, 4}), reals({4})}},
     .refuses_undefined = false},
    {.name = "layer_norm over two axes",
     .function =
         [](const Tensors& in) {
           return layer_norm(in[0], {2, 3}, in[1], in[2], 0.1);
         },
     .reference = normalised(2, 0.1),
     .samples = {{reals({2, 2, 3}), reals({2, 3}), reals({2, 3})}},
     .refuses_undefined = false},
    // Without elements there is no NaN to look for.
    {.name = "layer_norm without rows",
     .function = [](const Tensors& in) { return layer_norm(in[0], {3}, in[1], in[2]); },
     .reference = normalised(1, 1e-5),
     .samples = {{reals({0, 3}), reals({3}), reals({3})}},
     .propagates_nan = false,
     .refuses_undefined = false},
    {.name = "rms_norm",
     .function = [](const Tensors& in) { return rms_norm(in[0], {in[0].size(-1)}, in[1], 0.01); },
     .reference = by_square_mean(0.01),
     .samples = {{reals({3, 4}), reals({4})},
                 {reals({5}), reals({5})},
                 {reals({2, 2, 19}), reals({19})}},
     .errors = {{{reals({2, 3}), reals({2})},
                 "rms_norm: weight must be float64 (3,), it is float64 (2,)"},
                {[] { return rms_norm(ones({3}), {2}); },
                 "rms_norm: the last sizes of (3,) must be (2,), of one axis at least"},
                {[] { return rms_norm(ones({3}, int64), {3}); },
                 "rms_norm: needs a floating dtype, got int64"},
                {[] { return rms_norm(ones({3}), {3}, {}, -1); },
                 "rms_norm: eps must not be negative, got -1"}},
     .refuses_undefined = false},
    {.name = "rms_norm over two axes, without weight",
     .function =
         [](const Tensors& in) {
           return reshape(rms_norm(in[0], {2, 3}, {}, 0.5), {in[0].size(0), 6});
         },
     .reference =
         [](const Tensors& in) {
           return by_square_mean(0.5)({build({in[0].shape()[0], 6}, float64,
                                             [&](std::int64_t i) { return at(in[0], i); })});
         },
     .samples = {{reals({4, 2, 3})}},
     .refuses_undefined = false},
});

}  // namespace
