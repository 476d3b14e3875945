#include <array>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/nn/spatial/fold.hpp>
#include <cinta/ops/nn/spatial/resize.hpp>
#include <cmath>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

// Element (place ...) of an image of x (batch, channels, ...); those beyond the border are that.
double clamped(const Tensor& x, std::int64_t image, std::vector<std::int64_t> places) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::int64_t size = x.shape()[2 + int(i)];
    image = image * size + std::clamp<std::int64_t>(places[i], 0, size - 1);
  }
  return at(x, image);
}

// The sum of weight(axis, place, o) * element over places near those that `at(axis, o)` gives.
template <class At, class Weight>
check::Function interpolated(std::vector<std::int64_t> out, At coordinate, Weight weight,
                             std::int64_t reach) {
  return [=](const Tensors& in) {
    const Tensor& x = in[0];
    std::vector<std::int64_t> shape{x.shape()[0], x.shape()[1]};
    shape.insert(shape.end(), out.begin(), out.end());
    return build(shape, float64, [&](std::int64_t flat) {
      std::vector<std::int64_t> o(out.size()), first(out.size()), k(out.size(), 0);
      std::vector<double> places(out.size());
      for (std::size_t i = out.size(); i-- > 0; flat /= out[i]) {
        o[i] = flat % out[i];
        places[i] = coordinate(x.shape()[2 + int(i)], out[i], o[i]);
        first[i] = std::int64_t(std::floor(places[i])) - (reach - 1) / 2;
      }
      double sum = 0;
      for (;;) {
        double factor = 1;
        std::vector<std::int64_t> at = first;
        for (std::size_t i = 0; i < out.size(); ++i) {
          at[i] += k[i];
          factor *= weight(places[i] - double(at[i]));
        }
        if (factor != 0) sum += factor * clamped(x, flat, at);
        std::size_t i = 0;
        while (i < k.size() && ++k[i] == reach) k[i++] = 0;
        if (i == k.size()) return sum;
      }
    });
  };
}

double centres(std::int64_t in, std::int64_t out, std::int64_t o) {
  return (double(o) + 0.5) * double(in) / double(out) - 0.5;
}
double not_before(std::int64_t in, std::int64_t out, std::int64_t o) {
  return std::max(0.0, centres(in, out, o));
}
double corners(std::int64_t in, std::int64_t out, std::int64_t o) {
  return out > 1 ? double(o) * double(in - 1) / double(out - 1) : 0;
}
double floors(std::int64_t in, std::int64_t out, std::int64_t o) { return double(o * in / out); }
double exact_floors(std::int64_t in, std::int64_t out, std::int64_t o) {
  return std::floor((double(o) + 0.5) * double(in) / double(out));
}
double one(double) { return 1; }
double tent(double d) { return std::max(0.0, 1 - std::fabs(d)); }
double keys(double d) {
  d = std::fabs(d);
  const double a = -0.75;
  return d <= 1  ? (a + 2) * d * d * d - (a + 3) * d * d + 1
         : d < 2 ? a * d * d * d - 5 * a * d * d + 8 * a * d - 4 * a
                 : 0;
}

check::Function to_size(InterpolateOptions options) {
  return [options](const Tensors& in) { return interpolate(in[0], options); };
}

// Columns of all windows: x (batch, channels, 3, 4), kernel (2, 3), stride (1, 2), padding (1, 1),
// dilation (2, 1): 3 x 2 windows.
Tensor columns(const Tensor& x) {
  const std::int64_t channels = x.shape()[1];
  return build({x.shape()[0], channels * 6, 6}, float64, [&](std::int64_t i) {
    const std::int64_t window = i % 6, tap = i / 6 % 6, image = i / 36;
    const std::int64_t row = window / 2 - 1 + 2 * (tap / 3),
                       column = 2 * (window % 2) - 1 + tap % 3;
    if (row < 0 || row >= 3 || column < 0 || column >= 4) return 0.0;
    return at(x, (image * 3 + row) * 4 + column);
  });
}

const FoldOptions fold_options{.dilation = {2, 1}, .padding = 1, .stride = {1, 2}};

// The places of points in images of 3 x 4 elements.
double place(double u, double n, const GridSampleOptions& o) {
  double at = o.align_corners ? (u + 1) / 2 * (n - 1) : ((u + 1) * n - 1) / 2;
  const double low = o.align_corners ? 0 : -0.5, high = o.align_corners ? n - 1 : n - 0.5;
  while (o.padding_mode == GridPadding::reflection && (at < low || at > high))
    at = at < low ? 2 * low - at : 2 * high - at;
  return o.padding_mode == GridPadding::zeros ? at : std::clamp(at, 0.0, n - 1);
}

check::Function sampled(GridSampleOptions o) {
  return [o](const Tensors& in) {
    const Tensor &x = in[0], &grid = in[1];
    const std::int64_t channels = x.shape()[1], height = x.shape()[2], width = x.shape()[3];
    const std::int64_t points = grid.shape()[1] * grid.shape()[2];
    const Shape shape{x.shape()[0], channels, grid.shape()[1], grid.shape()[2]};
    return build(shape, float64, [&](std::int64_t i) {
      const std::int64_t image = i / points, point = image / channels * points + i % points;
      const double column = place(at(grid, 2 * point), double(width), o),
                   row = place(at(grid, 2 * point + 1), double(height), o);
      double sum = 0;
      for (std::int64_t r = 0; r < height; ++r) {
        for (std::int64_t c = 0; c < width; ++c) {
          const double weight =
              o.mode == InterpolationMode::linear
                  ? tent(row - double(r)) * tent(column - double(c))
                  : double(std::nearbyint(row) == double(r) && std::nearbyint(column) == double(c));
          if (weight != 0) sum += weight * at(x, (image * height + r) * width + c);
        }
      }
      return sum;
    });
  };
}

check::Function sample(GridSampleOptions options) {
  return [options](const Tensors& in) { return grid_sample(in[0], in[1], options); };
}

// Of volumes, linear, with zeros around.
Tensor sampled_volume(const Tensors& in) {
  const Tensor &x = in[0], &grid = in[1];
  const GridSampleOptions o;
  const std::int64_t channels = x.shape()[1];
  const std::int64_t sizes[] = {x.shape()[2], x.shape()[3], x.shape()[4]};
  const std::int64_t points = grid.shape()[1] * grid.shape()[2] * grid.shape()[3];
  const Shape shape{x.shape()[0], channels, grid.shape()[1], grid.shape()[2], grid.shape()[3]};
  return build(shape, float64, [&](std::int64_t i) {
    const std::int64_t image = i / points, point = image / channels * points + i % points;
    double sum = 0;
    for (std::int64_t d = 0; d < sizes[0]; ++d)
      for (std::int64_t h = 0; h < sizes[1]; ++h)
        for (std::int64_t w = 0; w < sizes[2]; ++w)
          sum += tent(place(at(grid, 3 * point + 2), double(sizes[0]), o) - double(d)) *
                 tent(place(at(grid, 3 * point + 1), double(sizes[1]), o) - double(h)) *
                 tent(place(at(grid, 3 * point), double(sizes[2]), o) - double(w)) *
                 at(x, ((image * sizes[0] + d) * sizes[1] + h) * sizes[2] + w);
    return sum;
  });
}

// Points between the elements of 3 x 4 of which some lie beyond the border; none on a kink.
const std::vector<double> points = {-0.93, 0.21,  0.37, -0.52, 1.23, 0.11,
                                    -1.41, -1.11, 0.83, 0.41,  0.14, -0.87};

// theta times (x, y, 1) or (x, y, z, 1), for places of so many (depth,) height and width.
check::Function moved(std::vector<std::int64_t> sizes, bool corners) {
  return [=](const Tensors& in) {
    const auto axes = std::int64_t(sizes.size());
    std::vector<std::int64_t> shape = sizes;
    shape.insert(shape.begin(), in[0].shape()[0]);
    shape.push_back(axes);
    return build(shape, float64, [&](std::int64_t flat) {
      const std::int64_t row = flat % axes;
      std::int64_t place = flat / axes, image = place;
      for (const std::int64_t size : sizes) image /= size;
      const std::int64_t first = (image * axes + row) * (axes + 1);
      double sum = at(in[0], first + axes);
      for (std::int64_t i = 0; i < axes; ++i) {
        const std::int64_t size = sizes[std::size_t(axes - 1 - i)], o = place % size;
        place /= size;
        const double u = !corners   ? (double(o) + 0.5) / double(size) * 2 - 1
                         : size > 1 ? double(o) / double(size - 1) * 2 - 1
                                    : 0;
        sum += u * at(in[0], first + i);
      }
      return sum;
    });
  };
}

const Register here({
    {.name = "interpolate",
     .function = to_size({.size = {4, 3}}),
     .reference = interpolated({4, 3}, floors, one, 1),
     .samples = {{reals({2, 1, 3, 2})}, {reals({1, 2, 4, 3})}, {reals({1, 1, 2, 1})}},
     .errors =
         {{[] {
             return interpolate(ones({1, 1, 2}), {});
           },
           "interpolate: needs either size or scale_factor"},
          {[] {
             return interpolate(ones({1, 1, 2}), {.size = 3, .scale_factor = {2}});
           },
           "interpolate: needs either size or scale_factor"},
          {[] {
             return interpolate(ones({1, 1, 2}), {.size = {3, 2}});
           },
           "interpolate: size must be one number or 1, got (3, 2)"},
          {[] {
             return interpolate(ones({1, 1, 2}), {.scale_factor = {3, 2}});
           },
           "interpolate: scale_factor must be one number or 1, got 2"},
          {[] {
             return interpolate(ones({1, 1, 2}), {.scale_factor = {1e-9}});
           },
           "interpolate: scale_factor 1e-09 of size 2 gives no size"},
          {[] {
             return interpolate(ones({1, 2}), {.size = 3});
           },
           "interpolate: x needs (batch, channels, ...) and one to three spatial axes, got (1, 2)"},
          {[] {
             return interpolate(ones({1, 1, 0}), {.size = 3});
           },
           "interpolate: x (1, 1, 0) has no elements along spatial axis 0"},
          {[] {
             return interpolate(ones({1, 1, 2}), {.size = 3, .align_corners = true});
           },
           "interpolate: align_corners has a meaning for linear and bicubic alone"},
          {[] {
             return interpolate(ones({1, 1, 2}), {.size = 3, .mode = InterpolationMode::bicubic});
           },
           "interpolate: bicubic needs two spatial axes, x is (1, 1, 2)"},
          {[] {
             return interpolate(ones({1, 1, 2}, int64), {.size = 3});
           },
           "interpolate: needs a floating dtype, got int64"}},
     .propagates_nan = false},  // of a smaller image not all elements are read
    {.name = "interpolate, nearest_exact",
     .function = to_size({.size = 6, .mode = InterpolationMode::nearest_exact}),
     .reference = interpolated({6}, exact_floors, one, 1),
     .samples = {{reals({1, 2, 4})}}},
    {.name = "interpolate, linear",
     .function = to_size({.size = 5, .mode = InterpolationMode::linear}),
     .reference = interpolated({5}, not_before, tent, 2),
     .samples = {{reals({2, 1, 3})}, {reals({1, 1, 1})}, {reals({1, 1, 5})}}},
    {.name = "interpolate, bilinear",
     .function =
         to_size({.size = {3, 5}, .mode = InterpolationMode::linear, .align_corners = true}),
     .reference = interpolated({3, 5}, corners, tent, 2),
     .samples = {{reals({2, 1, 2, 3})}, {reals({1, 1, 5, 4})}},
     .propagates_nan = false},
    {.name = "interpolate, trilinear",
     .function = to_size({.size = {2, 3, 2}, .mode = InterpolationMode::linear}),
     .reference = interpolated({2, 3, 2}, not_before, tent, 2),
     .samples = {{reals({1, 1, 3, 2, 1})}},
     .propagates_nan = false},
    {.name = "interpolate, bicubic",
     .function = to_size({.size = {5, 3}, .mode = InterpolationMode::bicubic}),
     .reference = interpolated({5, 3}, centres, keys, 4),
     .samples = {{reals({1, 1, 3, 4})}, {reals({1, 1, 1, 2})}},
     .infinities = false,  // inf - inf between the two axes
     .ulps = 32},          // sixteen terms of either sign, added axis by axis
    {.name = "interpolate, area",
     .function = to_size({.size = {2, 1}, .mode = InterpolationMode::area}),
     .reference =
         [](const Tensors& in) {
           return build({1, 1, 2, 1}, float64, [&](std::int64_t i) {
             return (at(in[0], 2 * i) + at(in[0], 2 * i + 1) + at(in[0], 2 * i + 2) +
                     at(in[0], 2 * i + 3)) /
                    4;
           });
         },
     .samples = {{reals({1, 1, 3, 2})}}},

    {.name = "pixel_shuffle",
     .function = [](const Tensors& in) { return pixel_shuffle(in[0], 2); },
     .reference =
         [](const Tensors& in) {
           return build({2, 1, 4, 6}, float64, [&](std::int64_t i) {
             const std::int64_t n = i / 24, row = i / 6 % 4, column = i % 6;
             return at(in[0], ((n * 4 + row % 2 * 2 + column % 2) * 2 + row / 2) * 3 + column / 2);
           });
         },
     .samples = {{reals({2, 4, 2, 3})}},
     .errors = {{[] {
                   return pixel_shuffle(ones({6, 2, 2}), 2);
                 },
                 "pixel_shuffle: 2 squared does not divide the 6 channels of x (6, 2, 2)"},
                {[] {
                   return pixel_shuffle(ones({2, 2}), 2);
                 },
                 "pixel_shuffle: x needs (..., channels, height, width), got (2, 2)"},
                {[] {
                   return pixel_shuffle(ones({4, 2, 2}), 0);
                 },
                 "pixel_shuffle: factor must lie in [1, 1048576], got 0"}}},
    {.name = "pixel_unshuffle",
     .function = [](const Tensors& in) { return pixel_unshuffle(in[0], 2); },
     .reference =
         [](const Tensors& in) {
           return build({4, 2, 3}, float64, [&](std::int64_t i) {
             const std::int64_t c = i / 6, row = i / 3 % 2, column = i % 3;
             return at(in[0], (2 * row + c / 2) * 6 + 2 * column + c % 2);
           });
         },
     .samples = {{reals({1, 4, 6})}},
     .errors = {{[] {
                   return pixel_unshuffle(ones({1, 3, 2}), 2);
                 },
                 "pixel_unshuffle: 2 does not divide height and width of x (1, 3, 2)"}}},

    {.name = "unfold of images",
     .function =
         [](const Tensors& in) {
           return unfold(in[0], {2, 3}, fold_options);
         },
     .reference = [](const Tensors& in) { return columns(in[0]); },
     .samples = {{reals({2, 2, 3, 4})}, {reals({0, 2, 3, 4})}},
     .errors = {{[] {
                   return unfold(ones({1, 2, 2}), 3);
                 },
                 "unfold: x (1, 2, 2): a window covers 3 places, the padded input has 2 along "
                 "spatial axis 0"},
                {[] {
                   return unfold(ones({1, 2, 2}), 1, {.stride = 0});
                 },
                 "unfold: stride must be at least 1, got 0"}},
     .propagates_nan = false},
    {.name = "fold",
     .function =
         [](const Tensors& in) {
           return fold(in[0], {3, 4}, {2, 3}, fold_options);
         },
     .reference =
         [](const Tensors& in) {
           // The places of an image's elements among its columns.
           const std::int64_t planes = in[0].numel() / 36;
           const Tensor numbers =
               build({1, 1, 3, 4}, float64, [](std::int64_t i) { return double(i + 1); });
           const Tensor where = columns(numbers);
           std::vector<double> sums(std::size_t(planes * 12));
           for (std::int64_t i = 0; i < planes * 36; ++i) {
             const auto element = std::int64_t(at(where, i % 36)) - 1;
             if (element >= 0) sums[std::size_t(i / 36 * 12 + element)] += at(in[0], i);
           }
           return build({2, planes / 2, 3, 4}, float64,
                        [&](std::int64_t i) { return sums[std::size_t(i)]; });
         },
     .samples = {{reals({2, 12, 6})}},
     .errors = {{[] {
                   return fold(ones({1, 5, 4}), 3, 2);
                 },
                 "fold: x (1, 5, 4) needs a multiple of 4 rows and 4 windows for an output of (3, "
                 "3)"},
                {[] {
                   return fold(ones({1, 4, 5}), 3, 2);
                 },
                 "fold: x (1, 4, 5) needs a multiple of 4 rows and 4 windows for an output of (3, "
                 "3)"},
                {[] { return fold(ones({4}), 3, 2); },
                 "fold: x needs (batch, channels * kernel elements, windows), or no batch, got "
                 "(4,)"}},
     .propagates_nan = false},  // what stands for padding is dropped

    {.name = "channel_shuffle",
     .function = [](const Tensors& in) { return channel_shuffle(in[0], 3); },
     .reference =
         [](const Tensors& in) {
           const Tensor& x = in[0];
           const std::int64_t channels = x.shape()[1],
                              plane =
                                  x.numel() / std::max<std::int64_t>(1, x.shape()[0] * channels);
           return build(x.shape(), x.dtype(), [&](std::int64_t i) {
             const std::int64_t place = i / plane % channels;  // channel c of group g: 3 c + g
             const std::int64_t from = place % 3 * (channels / 3) + place / 3;
             return at(x, i + (from - place) * plane);
           });
         },
     .samples = {{reals({2, 6, 2, 2})}, {reals({1, 9})}, {integers({1, 3, 2}, 0, 9)}},
     .errors = {{{reals({4})}, "channel_shuffle: x needs (batch, channels, ...), got (4,)"},
                {{reals({1, 4})},
                 "channel_shuffle: 3 groups do not divide the 4 channels of x (1, 4)"},
                {[] {
                   return channel_shuffle(ones({1, 4}), 0);
                 },
                 "channel_shuffle: groups must be at least 1, got 0"}}},
    {.name = "grid_sample",
     .function = sample({}),
     .reference = sampled({}),
     .samples = {{reals({1, 2, 3, 4}), reals({1, 2, 3, 2}, points)}},
     .errors = {{[] {
                   return grid_sample(ones({1, 1, 2, 2}), ones({2, 1, 1, 2}));
                 },
                 "grid_sample: x float32 (1, 1, 2, 2), grid float32 (2, 1, 1, 2): x needs (batch, "
                 "channels, height, width), grid (batch, out height, out width, 2)"},
                {[] {
                   return grid_sample(ones({1, 1, 2, 2}), ones({1, 1, 1, 2}, float64));
                 },
                 "grid_sample: x float32 (1, 1, 2, 2), grid float64 (1, 1, 1, 2): needs one "
                 "floating dtype for both; convert with to()"},
                {[] {
                   return grid_sample(ones({1, 1, 0, 2}), ones({1, 1, 1, 2}));
                 },
                 "grid_sample: x float32 (1, 1, 0, 2), grid float32 (1, 1, 1, 2): x has images "
                 "without elements"},
                {[] {
                   return grid_sample(ones({1, 1, 2, 2}), ones({1, 1, 1, 2}),
                                      {.mode = InterpolationMode::bicubic});
                 },
                 "grid_sample: the mode must be linear or nearest"}},
     .propagates_nan = false,
     .infinities = false,  // of points far beyond the border
     .extremes = false},
    {.name = "grid_sample of volumes",
     .function = sample({}),
     .reference = sampled_volume,
     .samples = {{reals({2, 2, 2, 3, 4}), reals({2, 1, 2, 1, 3}, points)}},
     .errors = {{[] {
                   return grid_sample(ones({1, 1, 2, 2, 2}), ones({1, 1, 1, 1, 2}));
                 },
                 "grid_sample: x float32 (1, 1, 2, 2, 2), grid float32 (1, 1, 1, 1, 2): x needs "
                 "(batch, channels, depth, height, width), grid (batch, out depth, out height, out "
                 "width, 3)"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "grid_sample with borders and corners",
     .function = sample({.padding_mode = GridPadding::border, .align_corners = true}),
     .reference = sampled({.padding_mode = GridPadding::border, .align_corners = true}),
     .samples = {{reals({1, 1, 3, 4}), reals({1, 2, 3, 2}, points)}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "grid_sample with reflections",
     .function = sample({.padding_mode = GridPadding::reflection}),
     .reference = sampled({.padding_mode = GridPadding::reflection}),
     .samples = {{reals({1, 1, 3, 4}), reals({1, 2, 3, 2}, points)}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "grid_sample with reflections and corners",
     .function = sample({.padding_mode = GridPadding::reflection, .align_corners = true}),
     .reference = sampled({.padding_mode = GridPadding::reflection, .align_corners = true}),
     .samples = {{reals({1, 1, 3, 4}), reals({1, 2, 3, 2}, points)}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "grid_sample, nearest",
     .function = sample({.mode = InterpolationMode::nearest}),
     .reference = sampled({.mode = InterpolationMode::nearest}),
     .samples = {{reals({1, 2, 3, 4}), reals({1, 2, 3, 2}, points).fixed()}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "affine_grid",
     .function =
         [](const Tensors& in) {
           return affine_grid(in[0], {in[0].shape()[0], 4, 3, 2});
         },
     .reference = moved({3, 2}, false),
     .samples = {{reals({2, 2, 3})}, {reals({0, 2, 3})}},
     .errors = {{[] {
                   return affine_grid(ones({3, 2, 3}), {2, 1, 4, 5});
                 },
                 "affine_grid: theta float32 (3, 2, 3), size (2, 1, 4, 5): needs theta (batch, 2, "
                 "3) and size (batch, channels, height, width)"},
                {[] {
                   return affine_grid(ones({2, 2, 3}), {2, 1, 4, 5, 6});
                 },
                 "affine_grid: theta float32 (2, 2, 3), size (2, 1, 4, 5, 6): needs theta (batch, "
                 "3, 4) and size (batch, channels, depth, height, width)"},
                {[] {
                   return affine_grid(ones({2, 3}), {2, 3});
                 },
                 "affine_grid: theta float32 (2, 3), size (2, 3): needs theta (batch, 2, 3) and "
                 "size (batch, channels, height, width)"},
                {[] {
                   return affine_grid(ones({2, 2, 3}, int64), {2, 1, 4, 5});
                 },
                 "affine_grid: theta int64 (2, 2, 3), size (2, 1, 4, 5): needs a floating dtype; "
                 "convert with to()"},
                {[] {
                   return affine_grid(ones({2, 2, 3}), {2, 1, 0, 5});
                 },
                 "affine_grid: theta float32 (2, 2, 3), size (2, 1, 0, 5): spatial sizes must be "
                 "at least 1"},
                {[] {
                   return affine_grid(ones({2, 2, 3}), {2, 1, std::int64_t(1) << 40, 1 << 30});
                 },
                 "affine_grid: (2, 1099511627776, 1073741824, 2) float32 has more bytes than 64 "
                 "bits can count"}}},
    {.name = "affine_grid with corners",
     .function =
         [](const Tensors& in) {
           return affine_grid(in[0], {in[0].shape()[0], 1, 1, 4}, {.align_corners = true});
         },
     .reference = moved({1, 4}, true),
     .samples = {{reals({1, 2, 3})}}},
    {.name = "affine_grid of volumes",
     .function =
         [](const Tensors& in) {
           return affine_grid(in[0], {in[0].shape()[0], 1, 2, 3, 1});
         },
     .reference = moved({2, 3, 1}, false),
     .samples = {{reals({2, 3, 4})}}},
});

}  // namespace
