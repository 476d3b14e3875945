#include <cinta/ops/creation.hpp>
#include <cinta/ops/nn/spatial/norm.hpp>
#include <cmath>
#include <map>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

struct Place {
  std::int64_t image, channel;
};

Place place_of(const Tensor& x, std::int64_t i) {
  const std::int64_t channels = x.shape()[1], plane = x.numel() / channels / x.shape()[0];
  return {i / plane / channels, i / plane % channels};
}

double scaled(const Tensors& in, std::int64_t channel, double y) {
  if (in.size() > 1) y *= at(in[1], channel);
  return in.size() > 2 ? y + at(in[2], channel) : y;
}

// The definition, where set(place) tells which elements belong together.
template <class Set>
check::Function by_sets(double eps, Set set) {
  return [=](const Tensors& in) {
    const Tensor& x = in[0];
    struct Moments {
      std::int64_t n = 0;
      long double mean = 0, variance = 0;
    };
    std::map<std::int64_t, Moments> sets;
    const auto of = [&](std::int64_t i) -> Moments& { return sets[set(x, place_of(x, i))]; };
    for (std::int64_t i = 0; i < x.numel(); ++i) ++of(i).n;
    for (std::int64_t i = 0; i < x.numel(); ++i) of(i).mean += at(x, i) / (long double)of(i).n;
    for (std::int64_t i = 0; i < x.numel(); ++i)
      of(i).variance += std::pow(at(x, i) - of(i).mean, 2) / (long double)of(i).n;
    return build(x.shape(), float64, [&](std::int64_t i) {
      const Moments& m = of(i);
      const double y = double((at(x, i) - m.mean) / std::sqrt(m.variance + eps));
      return scaled(in, place_of(x, i).channel, y);
    });
  };
}

check::Function by_channel(double eps) {
  return by_sets(eps, [](const Tensor&, Place p) { return p.channel; });
}

check::Function by_group(std::int64_t groups, double eps) {
  return by_sets(eps, [groups](const Tensor& x, Place p) {
    return p.image * groups + p.channel / (x.shape()[1] / groups);
  });
}

check::Function by_instance(double eps) {
  return by_sets(eps, [](const Tensor& x, Place p) { return p.image * x.shape()[1] + p.channel; });
}

Tensor weight_of(const Tensors& in) { return in.size() > 1 ? in[1] : Tensor(); }
Tensor bias_of(const Tensors& in) { return in.size() > 2 ? in[2] : Tensor(); }

const Register here({
    {.name = "batch_norm",
     .function =
         [](const Tensors& in) {
           return batch_norm(in[0], {}, {}, weight_of(in), bias_of(in), {.training = true});
         },
     .reference = by_channel(1e-5),
     .samples = {{reals({3, 2, 4}), reals({2}), reals({2})},
                 {reals({2, 2, 3, 6}), reals({2}), reals({2})},
                 {reals({2, 1, 17}), reals({1}), reals({1})},
                 {reals({5, 3}), reals({3}), reals({3})},
                 {reals({1, 2, 3})},
                 {reals({2, 2, 3}), reals({2})}},
     .errors =
         {{[] { return batch_norm(ones({3}), {}, {}); },
           "batch_norm: x needs (batch, channels, ...), got (3,)"},
          {[] {
             return batch_norm(ones({3, 2}, int64), {}, {});
           },
           "batch_norm: needs a floating dtype, got int64"},
          {[] {
             return batch_norm(ones({3, 2}), {}, {}, ones({3}));
           },
           "batch_norm: weight must be float32 (2,), it is float32 (3,)"},
          {[] {
             return batch_norm(ones({3, 2}), {}, {}, {}, ones({2}, float64));
           },
           "batch_norm: bias must be float32 (2,), it is float64 (2,)"},
          {[] {
             return batch_norm(ones({3, 2}), ones({1}), ones({2}));
           },
           "batch_norm: running_mean must be float32 (2,), it is float32 (1,)"},
          {[] {
             return batch_norm(ones({3, 2}), {}, ones({2}));
           },
           "batch_norm: running_mean and running_var are needed both, or none of them"},
          {[] {
             return batch_norm(ones({1, 2, 1}), {}, {}, {}, {}, {.training = true});
           },
           "batch_norm: training needs more than one value for each channel, x is float32 (1, 2, "
           "1)"},
          {[] {
             return batch_norm(ones({3, 2}), {}, {}, {}, {}, {.momentum = 1.5});
           },
           "batch_norm: momentum must lie in [0, 1], got 1.5"},
          {[] {
             return batch_norm(ones({3, 2}), {}, {}, {}, {}, {.eps = -1});
           },
           "batch_norm: eps must not be negative, got -1"}},
     .refuses_undefined = false},  // undefined weights and statistics are none
    {.name = "batch_norm by running statistics",
     .function = [](const Tensors& in) { return batch_norm(in[0], in[3], in[4], in[1], in[2]); },
     .reference =
         [](const Tensors& in) {
           return build(in[0].shape(), float64, [&](std::int64_t i) {
             const std::int64_t c = place_of(in[0], i).channel;
             return scaled(in, c, (at(in[0], i) - at(in[3], c)) / std::sqrt(at(in[4], c) + 1e-5));
           });
         },
     .samples = {{reals({3, 2, 4}), reals({2}), reals({2}), reals({2}), reals({2}, 0.5, 2)},
                 {reals({2, 2}), reals({2}), reals({2}), reals({2}), reals({2}, 0.5, 2)}},
     .extremes = false,  // statistics are those of such a tensor
     .refuses_undefined = false},
    {.name = "batch_norm with bias alone",
     .function =
         [](const Tensors& in) {
           return batch_norm(in[0], {}, {}, {}, in[1], {.training = true, .eps = 0.5});
         },
     .reference =
         [](const Tensors& in) {
           return by_channel(0.5)({in[0], full({2}, 1, float64), in[1]});
         },
     .samples = {{reals({3, 2, 4}), reals({2})}},
     .refuses_undefined = false},
    {.name = "group_norm",
     .function =
         [](const Tensors& in) { return group_norm(in[0], 2, weight_of(in), bias_of(in), 1e-3); },
     .reference = by_group(2, 1e-3),
     .samples = {{reals({2, 4, 3}), reals({4}), reals({4})},
                 {reals({2, 6, 2, 9}), reals({6}), reals({6})},
                 {reals({2, 8}), reals({8})},
                 {reals({1, 4, 3})}},
     .errors = {{[] {
                   return group_norm(ones({2, 4, 3}), 3);
                 },
                 "group_norm: 3 groups do not divide the 4 channels of x (2, 4, 3)"},
                {[] {
                   return group_norm(ones({2, 4, 3}), 0);
                 },
                 "group_norm: 0 groups do not divide the 4 channels of x (2, 4, 3)"},
                {[] { return group_norm(ones({4}), 2); },
                 "group_norm: x needs (batch, channels, ...), got (4,)"}},
     .refuses_undefined = false},
    {.name = "instance_norm",
     .function =
         [](const Tensors& in) { return instance_norm(in[0], weight_of(in), bias_of(in), 1e-3); },
     .reference = by_instance(1e-3),
     .samples = {{reals({2, 3, 5}), reals({3}), reals({3})}, {reals({2, 1, 4, 5})}},
     .errors = {{[] {
                   return instance_norm(ones({2, 4, 1}));
                 },
                 "instance_norm: needs more than one value for each channel, x is float32 (2, 4, "
                 "1)"}},
     .refuses_undefined = false},
    {.name = "instance_norm by running statistics",
     .function =
         [](const Tensors& in) {
           return instance_norm(in[0], in[3], in[4], in[1], in[2], {.eps = 1e-3});
         },
     .reference =
         [](const Tensors& in) {
           return build(in[0].shape(), float64, [&](std::int64_t i) {
             const std::int64_t c = place_of(in[0], i).channel;
             return scaled(in, c, (at(in[0], i) - at(in[3], c)) / std::sqrt(at(in[4], c) + 1e-3));
           });
         },
     .samples = {{reals({3, 2, 4}), reals({2}), reals({2}), reals({2}), reals({2}, 0.5, 2)}},
     .errors = {{[] {
                   return instance_norm(ones({3, 2, 2}), ones({2}), {}, {}, {}, {});
                 },
                 "instance_norm: running_mean and running_var are needed both, or none of them"},
                {[] {
                   return instance_norm(ones({3, 2, 2}), {}, {}, {}, {}, {.momentum = -1});
                 },
                 "instance_norm: momentum must lie in [0, 1], got -1"}},
     .extremes = false,
     .refuses_undefined = false},
    // Without elements there is no NaN to look for.
    {.name = "group_norm of no images",
     .function = [](const Tensors& in) { return group_norm(in[0], 2, in[1], in[2]); },
     .reference = by_group(2, 1e-5),
     .samples = {{reals({0, 4, 3}), reals({4}), reals({4})}},
     .propagates_nan = false,
     .refuses_undefined = false},
    // Squares of elements beside the largest number are beyond it.
    {.name = "local_response_norm",
     .function =
         [](const Tensors& in) {
           return local_response_norm(in[0], 3, {.alpha = 0.5, .beta = 0.6, .k = 2});
         },
     .reference =
         [](const Tensors& in) {
           const Tensor& x = in[0];
           const std::int64_t channels = x.shape()[1], plane = x.numel() / channels / x.shape()[0];
           return build(x.shape(), float64, [&](std::int64_t i) {
             const std::int64_t c = place_of(x, i).channel;
             double sum = 0;
             for (std::int64_t d = -1; d <= 1; ++d)
               if (c + d >= 0 && c + d < channels) sum += std::pow(at(x, i + d * plane), 2);
             return at(x, i) / std::pow(2 + 0.5 * sum / 3, 0.6);
           });
         },
     .samples = {{reals({2, 4, 3})}, {reals({1, 1, 2, 2})}},
     .errors = {{[] {
                   return local_response_norm(ones({2, 4, 3}), 0);
                 },
                 "local_response_norm: size must be at least 1, got 0"}},
     .infinities = false,  // inf / inf, where the limit is 0 or inf
     .extremes = false},
    {.name = "local_response_norm of an even size",
     .function = [](const Tensors& in) { return local_response_norm(in[0], 2, {.alpha = 1}); },
     .reference =
         [](const Tensors& in) {
           const Tensor& x = in[0];
           const std::int64_t plane = x.numel() / x.shape()[1] / x.shape()[0];
           return build(x.shape(), float64, [&](std::int64_t i) {
             double sum = std::pow(at(x, i), 2);
             if (place_of(x, i).channel > 0) sum += std::pow(at(x, i - plane), 2);
             return at(x, i) / std::pow(1 + sum / 2, 0.75);
           });
         },
     .samples = {{reals({2, 4, 3})}},
     .infinities = false,
     .extremes = false},
});

}  // namespace
