#include <array>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/nn/spatial/fractional_pool.hpp>
#include <cmath>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

using Sizes = std::array<std::int64_t, 3>;
using Draws = std::vector<std::array<double, 3>>;  // of each plane, by axis

// Windows of x (..., depth, height, width); fewer axes have sizes of 1 in front.
struct Drawn {
  int axes;
  Sizes kernel, size;
  Draws draws;

  std::int64_t begin(std::size_t plane, std::size_t a, std::int64_t o, std::int64_t in) const {
    const std::int64_t room = in - kernel[a];
    if (o == size[a] - 1) return room;
    const double step = double(room) / double(size[a] - 1), u = draws[plane][a];
    return std::int64_t(std::floor((double(o) + u) * step) - std::floor(u * step));
  }

  FractionalMaxPoolOptions options(Dtype dtype, bool batched) const {
    const auto planes = std::int64_t(draws.size());
    const Tensor samples =
        build({batched ? planes : 1, batched ? 1 : planes, axes}, dtype, [&](std::int64_t i) {
          const auto& draw = draws[std::size_t(i / axes)];
          return axes == 3 ? draw[std::size_t(i % 3)] : draw[std::size_t(2 - i % 2)];
        });
    FractionalMaxPoolOptions all{.random_samples = samples};
    all.output_size = std::vector<std::int64_t>(size.begin() + 3 - axes, size.end());
    return all;
  }
  PerAxis kernels() const {
    return std::vector<std::int64_t>(kernel.begin() + 3 - axes, kernel.end());
  }
};

check::Function largest(const Drawn& w, bool with_indices) {
  return [=](const Tensors& in) {
    const Tensor& x = in[0];
    Shape shape = x.shape();
    Sizes from = {1, 1, 1};
    for (int i = 0; i < w.axes; ++i) {
      from[std::size_t(3 - w.axes + i)] = shape[x.rank() - w.axes + i];
      shape[x.rank() - w.axes + i] = w.size[std::size_t(3 - w.axes + i)];
    }
    std::vector<double> values, places;
    for (std::size_t p = 0; p < w.draws.size(); ++p) {
      const std::int64_t plane = std::int64_t(p) * from[0] * from[1] * from[2];
      for (std::int64_t o = 0; o < w.size[0] * w.size[1] * w.size[2]; ++o) {
        const std::int64_t d = w.begin(p, 0, o / (w.size[1] * w.size[2]), from[0]),
                           h = w.begin(p, 1, o / w.size[2] % w.size[1], from[1]),
                           v = w.begin(p, 2, o % w.size[2], from[2]);
        std::int64_t best = -1;
        for (std::int64_t k = 0; k < w.kernel[0] * w.kernel[1] * w.kernel[2]; ++k) {
          const std::int64_t i = ((d + k / (w.kernel[1] * w.kernel[2])) * from[1] + h +
                                  k / w.kernel[2] % w.kernel[1]) *
                                     from[2] +
                                 v + k % w.kernel[2];
          if (best >= 0 && std::isnan(at(x, plane + best))) break;
          if (best < 0 || std::isnan(at(x, plane + i)) || at(x, plane + i) > at(x, plane + best))
            best = i;
        }
        values.push_back(at(x, plane + best));
        places.push_back(double(best));
      }
    }
    Tensors found{build(shape, float64, [&](std::int64_t i) { return values[std::size_t(i)]; })};
    if (with_indices)
      found.push_back(build(shape, int64, [&](std::int64_t i) { return places[std::size_t(i)]; }));
    return found;
  };
}

// Overlapping windows and ones with gaps between them.
const Drawn flat{2, {1, 2, 3}, {1, 3, 3}, {{0, 0.7, 0.1}, {0, 0.2, 0.95}}};
const Drawn deep{3, {2, 1, 2}, {2, 3, 2}, {{0.3, 0.6, 0.9}, {0.8, 0.1, 0.4}}};

using Options = FractionalMaxPoolOptions;
check::Refusal refused(const Shape& x, const PerAxis& kernel, const Options& options,
                       const std::string& text) {
  return {[=] { return fractional_max_pool2d(ones(x), kernel, options); },
          "fractional_max_pool2d: " + text};
}

const Register here({
    {.name = "fractional_max_pool2d",
     .function =
         [](const Tensors& in) {
           return fractional_max_pool2d(in[0], flat.kernels(),
                                        flat.options(in[0].dtype(), in[0].rank() == 4));
         },
     .reference = largest(flat, false),
     .samples = {{reals({2, 1, 6, 8}).distinct()}, {reals({2, 4, 5}).distinct()}},
     .errors = {refused({1, 4, 4}, 2, {}, "needs output_size or output_ratio"),
                refused({1, 4, 4}, 2, {.output_size = 2, .output_ratio = {0.5}},
                        "needs output_size or output_ratio, and not both"),
                refused({1, 4, 4}, 2, {.output_ratio = {0.5, 1}},
                        "output_ratio must lie in (0, 1), got 1"),
                refused({1, 4, 4}, 2, {.output_ratio = {0.5, 0.5, 0.5}},
                        "output_ratio must be one number or 2, got 3 numbers"),
                refused({1, 4, 4}, 2, {.output_ratio = {0.2, 0.5}},
                        "output_size must be at least 1, got (0, 2)"),
                refused({1, 4, 5}, 3, {.output_size = 3},
                        "x (1, 4, 5): 3 windows of 3 places do not fit into the 4 along spatial "
                        "axis 0"),
                refused({4, 5}, 3, {.output_size = 3},
                        "x needs (batch, channels, height, width) or (channels, height, width), "
                        "got (4, 5)"),
                refused({3, 2, 4, 5}, 3, {.output_size = 1, .random_samples = zeros({3, 2})},
                        "random_samples must be float32 (3, 2, 2) for x float32 (3, 2, 4, 5), they "
                        "are float32 (3, 2)"),
                refused({1, 4, 5}, 3, {.output_size = 1, .random_samples = ones({1, 1, 2})},
                        "random_samples must lie in [0, 1), got 1")},
     .propagates_nan = false},
    {.name = "fractional_max_pool2d_with_indices",
     .function =
         [](const Tensors& in) {
           const ValuesAndIndices found = fractional_max_pool2d_with_indices(
               in[0], flat.kernels(), flat.options(in[0].dtype(), in[0].rank() == 4));
           return Tensors{found.values, found.indices};
         },
     .reference = largest(flat, true),
     .samples = {{reals({2, 1, 6, 8}).distinct()}},
     .errors =
         {{[] {
             return fractional_max_pool2d_with_indices(ones({1, 4, 4}), 0, {.output_size = 1});
           },
           "fractional_max_pool2d_with_indices: kernel must be at least 1, got 0"}},
     .propagates_nan = false},
    {.name = "fractional_max_pool3d",
     .function =
         [](const Tensors& in) {
           return fractional_max_pool3d(in[0], deep.kernels(),
                                        deep.options(in[0].dtype(), in[0].rank() == 5));
         },
     .reference = largest(deep, false),
     .samples = {{reals({2, 1, 3, 4, 4}).distinct()}, {reals({2, 4, 3, 3}).distinct()}},
     .errors = {{[] {
                   return fractional_max_pool3d(ones({1, 2, 4, 4}), 2, {.output_size = {1, 2}});
                 },
                 "fractional_max_pool3d: output_size must be one number or 3, got (1, 2)"}},
     .propagates_nan = false},
    {.name = "fractional_max_pool3d_with_indices",
     .function =
         [](const Tensors& in) {
           const ValuesAndIndices found = fractional_max_pool3d_with_indices(
               in[0], deep.kernels(), deep.options(in[0].dtype(), in[0].rank() == 5));
           return Tensors{found.values, found.indices};
         },
     .reference = largest(deep, true),
     .samples = {{reals({2, 4, 3, 3}).distinct()}},
     .errors = {{[] {
                   return fractional_max_pool3d_with_indices(ones({1, 2, 4, 4}, int64), 2,
                                                             {.output_size = 1});
                 },
                 "fractional_max_pool3d_with_indices: needs a floating dtype, got int64"}},
     .propagates_nan = false},
});

}  // namespace
