#include <array>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/nn/spatial/conv.hpp>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

// How the axes of a call are walked; sizes of tensors with fewer axes get ones in front.
struct Walk {
  int axes;
  std::int64_t groups = 1;
  std::array<std::int64_t, 3> stride = {1, 1, 1}, before = {0, 0, 0}, after = {0, 0, 0},
                              dilation = {1, 1, 1};
};
using Sizes = std::array<std::int64_t, 3>;

// The spatial sizes, from axis `first` on.
Sizes sizes_of(const Tensor& x, int first) {
  Sizes sizes = {1, 1, 1};
  for (int i = first; i < x.rank(); ++i) sizes[std::size_t(3 - x.rank() + i)] = x.shape()[i];
  return sizes;
}

Shape shape_of(const Tensor& x, const Walk& walk, std::int64_t channels, const Sizes& sizes) {
  std::vector<std::int64_t> shape;
  if (x.rank() == walk.axes + 2) shape.push_back(x.shape()[0]);
  shape.push_back(channels);
  for (int i = 3 - walk.axes; i < 3; ++i) shape.push_back(sizes[std::size_t(i)]);
  return shape;
}

// The sum over the taps of weight[tap] * x[source(output place, tap)], where source says whether
// there is one for this tap; outside x is 0.
template <class Source, class Weight>
Tensor walk_taps(const Tensor& x, const Sizes& in, std::int64_t channels, const Tensor& bias,
                 const Walk& walk, const Shape& y_shape, const Sizes& out,
                 std::int64_t out_channels, const Sizes& kernel, Source source, Weight weight) {
  const std::int64_t plane = out[0] * out[1] * out[2], group_in = channels / walk.groups,
                     group_out = out_channels / walk.groups;
  return build(y_shape, float64, [&](std::int64_t flat) {
    const std::int64_t n = flat / plane / out_channels, o = flat / plane % out_channels;
    const Sizes at = {flat % plane / (out[1] * out[2]), flat / out[2] % out[1], flat % out[2]};
    double sum = bias.defined() ? op_table::at(bias, o) : 0;
    for (std::int64_t i = 0; i < group_in; ++i) {
      const std::int64_t channel = o / group_out * group_in + i;
      Sizes k = {};
      for (k[0] = 0; k[0] < kernel[0]; ++k[0]) {
        for (k[1] = 0; k[1] < kernel[1]; ++k[1]) {
          for (k[2] = 0; k[2] < kernel[2]; ++k[2]) {
            std::int64_t from = n * channels + channel;
            bool tap = true, inside = true;
            for (std::size_t a = 0; a < 3; ++a) {
              std::int64_t place = 0;
              tap = tap && source(at[a], k[a], a, place);
              inside = inside && place >= 0 && place < in[a];
              from = from * in[a] + place;
            }
            if (!tap) continue;
            const std::int64_t spot = (k[0] * kernel[1] + k[1]) * kernel[2] + k[2];
            sum += weight(o, channel, i, spot) * (inside ? op_table::at(x, from) : 0);
          }
        }
      }
    }
    return sum;
  });
}

check::Function plain(const Walk& walk) {
  return [walk](const Tensors& in) {
    const Tensor &x = in[0], &w = in[1];
    const Sizes from = sizes_of(x, x.rank() - walk.axes), kernel = sizes_of(w, 2);
    Sizes out;
    for (std::size_t a = 0; a < 3; ++a) {
      out[a] = (from[a] + walk.before[a] + walk.after[a] - walk.dilation[a] * (kernel[a] - 1) - 1) /
                   walk.stride[a] +
               1;
    }
    const std::int64_t channels = x.shape()[x.rank() - walk.axes - 1],
                       taps = w.numel() / (w.shape()[0] * w.shape()[1]);
    return walk_taps(
        x, from, channels, in.size() > 2 ? in[2] : Tensor(), walk,
        shape_of(x, walk, w.shape()[0], out), out, w.shape()[0], kernel,
        [&](std::int64_t o, std::int64_t k, std::size_t a, std::int64_t& place) {
          place = o * walk.stride[a] - walk.before[a] + k * walk.dilation[a];
          return true;
        },
        [&](std::int64_t o, std::int64_t, std::int64_t i, std::int64_t spot) {
          return at(w, (o * w.shape()[1] + i) * taps + spot);
        });
  };
}

// `after` is what output_padding adds, `before` what is cut off on both sides.
check::Function plain_transposed(const Walk& walk) {
  return [walk](const Tensors& in) {
    const Tensor &x = in[0], &w = in[1];
    const Sizes from = sizes_of(x, x.rank() - walk.axes), kernel = sizes_of(w, 2);
    Sizes out;
    for (std::size_t a = 0; a < 3; ++a) {
      out[a] = (from[a] - 1) * walk.stride[a] - 2 * walk.before[a] +
               walk.dilation[a] * (kernel[a] - 1) + walk.after[a] + 1;
    }
    const std::int64_t channels = w.shape()[0], group = w.shape()[1],
                       taps = kernel[0] * kernel[1] * kernel[2];
    return walk_taps(
        x, from, channels, in.size() > 2 ? in[2] : Tensor(), walk,
        shape_of(x, walk, group * walk.groups, out), out, group * walk.groups, kernel,
        [&](std::int64_t o, std::int64_t k, std::size_t a, std::int64_t& place) {
          const std::int64_t step = o + walk.before[a] - k * walk.dilation[a];
          place = step / walk.stride[a];
          return step % walk.stride[a] == 0;
        },
        [&](std::int64_t o, std::int64_t channel, std::int64_t, std::int64_t spot) {
          return at(w, (channel * group + o % group) * taps + spot);
        });
  };
}

template <auto f, class Options>
check::Function call(const Options& options = {}) {
  return [options](const Tensors& in) {
    return f(in[0], in[1], in.size() > 2 ? in[2] : Tensor(), options, {});
  };
}

std::vector<check::Refusal> conv_errors() {
  const auto refused = [](const Shape& x, const Shape& w, ConvOptions options = {},
                          const Tensor& bias = {}) {
    return [=] { return conv2d(ones(x), ones(w), bias, options); };
  };
  return {
      {refused({1, 3, 8, 8}, {4, 3, 9, 3}),
       "conv2d: x float32 (1, 3, 8, 8), weight float32 (4, 3, 9, 3): the kernel covers 9 places, "
       "the padded input has 8 along spatial axis 0"},
      {refused({1, 3, 8, 8}, {4, 3, 3, 5}, {.padding = {0, 1}, .dilation = 3}),
       "conv2d: x float32 (1, 3, 8, 8), weight float32 (4, 3, 3, 5): the kernel covers 13 places, "
       "the padded input has 10 along spatial axis 1"},
      {refused({1, 3, 8, 8}, {4, 2, 3, 3}),
       "conv2d: x float32 (1, 3, 8, 8), weight float32 (4, 2, 3, 3): weight is for 2 channels in 1 "
       "group, x has 3"},
      {refused({1, 3, 8, 8}, {4, 1, 3, 3}, {.groups = 2}),
       "conv2d: x float32 (1, 3, 8, 8), weight float32 (4, 1, 3, 3): 2 groups do not divide 3 "
       "channels"},
      {refused({1, 4, 8, 8}, {3, 2, 3, 3}, {.groups = 2}),
       "conv2d: x float32 (1, 4, 8, 8), weight float32 (3, 2, 3, 3): 2 groups do not divide 3 "
       "output channels"},
      {refused({1, 4, 8, 8}, {4, 4, 3, 3}, {.groups = 2}),
       "conv2d: x float32 (1, 4, 8, 8), weight float32 (4, 4, 3, 3): weight is for 8 channels in 2 "
       "groups, x has 4"},
      {refused({4, 3, 3}, {4, 4, 3, 3}, {}, ones({3})),
       "conv2d: x float32 (4, 3, 3), weight float32 (4, 4, 3, 3), bias float32 (3,): bias needs 4 "
       "elements"},
      {refused({8, 8}, {4, 3, 3, 3}),
       "conv2d: x float32 (8, 8), weight float32 (4, 3, 3, 3): x needs (batch, channels, height, "
       "width) or (channels, height, width), weight (out, channels / groups, height, width)"},
      {refused({3, 8, 8}, {4, 3, 3, 0}),
       "conv2d: x float32 (3, 8, 8), weight float32 (4, 3, 3, 0): the kernel has no elements"},
      {[] {
         return conv2d(ones({3, 8, 8}, float64), ones({4, 3, 3, 3}));
       },
       "conv2d: x float64 (3, 8, 8), weight float32 (4, 3, 3, 3): needs one floating dtype for "
       "all; "
       "convert with to()"},
      {[] {
         return conv2d(ones({3, 8, 8}, int64), ones({4, 3, 3, 3}, int64));
       },
       "conv2d: x int64 (3, 8, 8), weight int64 (4, 3, 3, 3): needs one floating dtype for all; "
       "convert "
       "with to()"},
      {refused({3, 8, 8}, {4, 3, 3, 3}, {.groups = 0}), "conv2d: groups must be at least 1, got 0"},
      {refused({3, 8, 8}, {4, 3, 3, 3}, {.stride = {1, 0}}),
       "conv2d: stride must be at least 1, got (1, 0)"},
      {refused({3, 8, 8}, {4, 3, 3, 3}, {.stride = {1, 2, 1}}),
       "conv2d: stride must be one number or 2, got (1, 2, 1)"},
      {refused({3, 8, 8}, {4, 3, 3, 3}, {.padding = -1}),
       "conv2d: padding must be at least 0, got -1"},
      {refused({3, 8, 8}, {4, 3, 3, 3}, {.dilation = 0}),
       "conv2d: dilation must be at least 1, got 0"},
      {refused({3, 8, 8}, {4, 3, 3, 3}, {.stride = 2, .padding = "same"}),
       "conv2d: padding \"same\" needs stride 1, got 2"},
      {[] {
         return conv2d(ones({3, 8, 8}), ones({4, 3, 3, 3}), {}, {.padding = "full"});
       },
       R"(padding must be numbers, "same" or "valid", got "full")"},
      {refused({3, 8, 8}, {4, 3, 3, 3}, {.padding = std::int64_t(1) << 62}),
       "conv2d: x float32 (3, 8, 8), weight float32 (4, 3, 3, 3): the padded input's size is "
       "beyond "
       "64 bits"},
  };
}

std::vector<check::Refusal> transposed_errors() {
  const auto refused = [](const Shape& x, const Shape& w, ConvTransposeOptions options = {}) {
    return [=] { return conv_transpose2d(ones(x), ones(w), {}, options); };
  };
  return {
      {refused({1, 3, 8, 8}, {4, 3, 3, 3}),
       "conv_transpose2d: x float32 (1, 3, 8, 8), weight float32 (4, 3, 3, 3): weight is for 4 "
       "channels in 1 group, x has 3"},
      {refused({3, 8, 8}, {3, 1, 3, 3}, {.groups = 2}),
       "conv_transpose2d: x float32 (3, 8, 8), weight float32 (3, 1, 3, 3): 2 groups do not divide "
       "3 channels"},
      {refused({3, 8, 8}, {3, 1, 3, 3}, {.stride = 2, .output_padding = 2}),
       "conv_transpose2d: output_padding 2 must be less than the stride or the dilation, which are "
       "2 and 1"},
      {refused({3, 8, 1}, {3, 1, 3, 3}, {.padding = {0, 2}}),
       "conv_transpose2d: x float32 (3, 8, 1), weight float32 (3, 1, 3, 3): padding 2 leaves "
       "nothing "
       "of the 3 places along spatial axis 1"},
      {refused({3, 8, 0}, {3, 1, 3, 3}),
       "conv_transpose2d: x float32 (3, 8, 0), weight float32 (3, 1, 3, 3): x has no elements "
       "along "
       "spatial axis 1"},
      {refused({8, 8}, {4, 3, 3, 3}),
       "conv_transpose2d: x float32 (8, 8), weight float32 (4, 3, 3, 3): x needs (batch, channels, "
       "height, width) or (channels, height, width), weight (channels, out / groups, height, "
       "width)"},
      {refused({3, 8, 8}, {3, 4, 3, 3}, {.stride = std::int64_t(1) << 62}),
       "conv_transpose2d: x float32 (3, 8, 8), weight float32 (3, 4, 3, 3): the output's size is "
       "beyond 64 bits"},
      {refused({3, 8, 8}, {3, 4, 3, 3}, {.output_padding = -1}),
       "conv_transpose2d: output_padding must be at least 0, got -1"},
      {refused({1, 3, 8, 8}, {3, 4, 3, 3}, {.stride = 2, .padding = 1, .output_size = {16, 17}}),
       "conv_transpose2d: x float32 (1, 3, 8, 8), weight float32 (3, 4, 3, 3): output_size must be "
       "from 15 to 16 along spatial axis 1, got 17"},
      {refused({3, 8, 8}, {3, 4, 3, 3}, {.stride = {2, 1}, .output_size = {17, 11}}),
       "conv_transpose2d: x float32 (3, 8, 8), weight float32 (3, 4, 3, 3): output_size must be 10 "
       "along spatial axis 1, got 11"},
      {refused({3, 1, 1}, {3, 4, 1, 1}, {.stride = 4, .padding = 1, .output_size = 3}),
       "conv_transpose2d: x float32 (3, 1, 1), weight float32 (3, 4, 1, 1): output_size must be "
       "from 1 to 2 along spatial axis 0, got 3"},
      {refused({3, 1, 1}, {3, 4, 1, 1}, {.stride = 2, .padding = 1, .output_size = 1}),
       "conv_transpose2d: x float32 (3, 1, 1), weight float32 (3, 4, 1, 1): padding 1 leaves "
       "nothing of the 1 places along spatial axis 0"},
      {refused({1, 3, 8, 8}, {3, 4, 3, 3}, {.output_size = {1, 2, 3}}),
       "conv_transpose2d: output_size must be one number or 2, got (1, 2, 3)"},
      {refused({3, 8, 8}, {3, 4, 3, 3}, {.output_size = 0}),
       "conv_transpose2d: output_size must be at least 1, got 0"},
      {refused({3, 8, 8}, {3, 4, 3, 3}, {.stride = 2, .output_padding = 1, .output_size = 18}),
       "conv_transpose2d: output_padding follows from output_size, give one"},
  };
}

const Register here({
    {.name = "conv1d",
     .function = call<&conv1d>(ConvOptions{}),
     .reference = plain({1}),
     .samples = {{reals({2, 3, 7}), reals({4, 3, 3}), reals({4})},
                 {reals({3, 4}), reals({2, 3, 4}), reals({2})},
                 {reals({2, 1, 1}), reals({1, 1, 1})}},
     .errors = {{[] {
                   return conv1d(ones({1, 2, 4}), ones({3, 3, 2}));
                 },
                 "conv1d: x float32 (1, 2, 4), weight float32 (3, 3, 2): weight is for 3 channels "
                 "in 1 group, x has 2"}}},
    {.name = "conv1d with \"same\", of an even kernel",
     .function = call<&conv1d>(ConvOptions{.padding = "same"}),
     .reference = plain({.axes = 1, .before = {0, 0, 1}, .after = {0, 0, 2}}),
     .samples = {{reals({2, 2, 5}), reals({3, 2, 4}), reals({3})}}},
    {.name = "conv2d",
     .function = call<&conv2d>(ConvOptions{}),
     .reference = plain({2}),
     .samples = {{reals({2, 3, 4, 5}), reals({2, 3, 3, 2}), reals({2})},
                 {reals({1, 3, 3}), reals({13, 1, 2, 2}), reals({13})},
                 {reals({1, 2, 4, 4}), reals({7, 2, 1, 1})},
                 {reals({2, 1, 3, 3}), reals({1, 1, 3, 3})}},
     .errors = conv_errors()},
    {.name = "conv2d with stride, padding and dilation",
     .function = call<&conv2d>(ConvOptions{
         .stride = {2, 3}, .padding = {2, 1}, .dilation = {2, 1}}),
     .reference = plain({2, 1, {1, 2, 3}, {0, 2, 1}, {0, 2, 1}, {1, 2, 1}}),
     .samples = {{reals({2, 2, 4, 6}), reals({3, 2, 3, 2}), reals({3})},
                 {reals({1, 1, 1, 1}), reals({1, 1, 1, 1})}},
     .propagates_nan = false},  // strides leave elements out
    {.name = "conv2d with groups",
     .function = call<&conv2d>(ConvOptions{.stride = 2, .padding = 1, .groups = 2}),
     .reference = plain({2, 2, {1, 2, 2}, {0, 1, 1}, {0, 1, 1}}),
     .samples = {{reals({2, 4, 3, 4}), reals({6, 2, 3, 3}), reals({6})}}},
    {.name = "conv2d by depth",
     .function = call<&conv2d>(ConvOptions{.padding = {1, 2}, .dilation = {1, 2}, .groups = 3}),
     .reference = plain({2, 3, {1, 1, 1}, {0, 1, 2}, {0, 1, 2}, {1, 1, 2}}),
     .samples = {{reals({2, 3, 3, 4}), reals({3, 1, 3, 3}), reals({3})},
                 {reals({1, 3, 3, 2}), reals({6, 1, 2, 2}), reals({6})}}},
    {.name = "conv3d",
     .function = call<&conv3d>(ConvOptions{}),
     .reference = plain({3}),
     .samples = {{reals({1, 2, 3, 2, 3}), reals({2, 2, 2, 1, 2}), reals({2})}},
     .errors = {{[] {
                   return conv3d(ones({1, 2, 4, 4, 4}), ones({3, 2, 5, 1, 1}));
                 },
                 "conv3d: x float32 (1, 2, 4, 4, 4), weight float32 (3, 2, 5, 1, 1): the kernel "
                 "covers 5 places, the padded input has 4 along spatial axis 0"}}},
    {.name = "conv3d with stride, padding and dilation",
     .function = call<&conv3d>(ConvOptions{
         .stride = {2, 1, 2}, .padding = {1, 0, 1}, .dilation = {1, 1, 2}}),
     .reference = plain({3, 1, {2, 1, 2}, {1, 0, 1}, {1, 0, 1}, {1, 1, 2}}),
     .samples = {{reals({2, 2, 3, 2, 4}), reals({2, 2, 3, 1, 2}), reals({2})}},
     .propagates_nan = false},
    // Without elements there is no NaN to look for.
    {.name = "conv2d of no images",
     .function = call<&conv2d>(ConvOptions{.padding = 1}),
     .reference = plain({2, 1, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}}),
     .samples = {{reals({0, 2, 3, 3}), reals({2, 2, 3, 3}), reals({2})},
                 {reals({0, 1, 3, 3}), reals({20, 1, 3, 3}), reals({20})},
                 {reals({2, 2, 0, 1}), reals({2, 2, 2, 1}), reals({2})}},
     .propagates_nan = false},
    {.name = "conv_transpose1d",
     .function = call<&conv_transpose1d>(ConvTransposeOptions{}),
     .reference = plain_transposed({1}),
     .samples = {{reals({2, 3, 4}), reals({3, 2, 3}), reals({2})},
                 {reals({2, 3}), reals({2, 1, 2})}},
     .errors = {{[] {
                   return conv_transpose1d(ones({1, 2, 4}), ones({3, 3, 2}));
                 },
                 "conv_transpose1d: x float32 (1, 2, 4), weight float32 (3, 3, 2): weight is for 3 "
                 "channels in 1 group, x has 2"}}},
    {.name = "conv_transpose2d",
     .function = call<&conv_transpose2d>(ConvTransposeOptions{}),
     .reference = plain_transposed({2}),
     .samples = {{reals({2, 3, 3, 2}), reals({3, 2, 2, 3}), reals({2})}},
     .errors = transposed_errors()},
    {.name = "conv_transpose2d with all options",
     .function = call<&conv_transpose2d>(ConvTransposeOptions{.stride = {3, 2},
                                                              .padding = {1, 2},
                                                              .output_padding = {2, 1},
                                                              .dilation = {1, 2},
                                                              .groups = 2}),
     .reference = plain_transposed({2, 2, {1, 3, 2}, {0, 1, 2}, {0, 2, 1}, {1, 1, 2}}),
     .samples = {{reals({2, 4, 2, 3}), reals({4, 3, 2, 3}), reals({6})},
                 {reals({2, 2, 3}), reals({2, 1, 3, 3})}}},
    {.name = "conv_transpose2d to a size",
     .function = call<&conv_transpose2d>(ConvTransposeOptions{.stride = {3, 2},
                                                              .padding = {1, 2},
                                                              .dilation = {1, 2},
                                                              .groups = 2,
                                                              .output_size = {5, 6}}),
     .reference = plain_transposed({2, 2, {1, 3, 2}, {0, 1, 2}, {0, 2, 1}, {1, 1, 2}}),
     .samples = {{reals({2, 4, 2, 3}), reals({4, 3, 2, 3}), reals({6})}}},
    {.name = "conv_transpose3d",
     .function = call<&conv_transpose3d>(ConvTransposeOptions{.stride = 2, .padding = {0, 1, 0}}),
     .reference = plain_transposed({3, 1, {2, 2, 2}, {0, 1, 0}}),
     .samples = {{reals({1, 2, 2, 2, 1}), reals({2, 2, 1, 3, 2}), reals({2})}},
     .errors = {{[] {
                   return conv_transpose3d(ones({1, 2, 4, 4, 4}), ones({2, 1, 2, 2}));
                 },
                 "conv_transpose3d: x float32 (1, 2, 4, 4, 4), weight float32 (2, 1, 2, 2): x "
                 "needs (batch, channels, depth, height, width) or (channels, depth, height, "
                 "width), weight (channels, out / groups, depth, height, width)"}}},
});

}  // namespace
