#include <array>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/nn/spatial/pool.hpp>
#include <cmath>
#include <limits>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

using Sizes = std::array<std::int64_t, 3>;

// The elements [begin, end) of a window along one axis, `step` apart, some beyond x, and how many
// of them are in the padded input.
struct Range {
  std::int64_t begin, end, step, padded;
};

// Windows along all axes; sizes of fewer axes get ones in front.
struct Windows {
  int axes;
  Sizes kernel = {1, 1, 1}, stride = {1, 1, 1}, padding = {0, 0, 0}, dilation = {1, 1, 1};
  Sizes out = {};  // their number; or, adaptive, that of each axis
  bool adaptive = false;

  Range range(std::size_t a, std::int64_t o, std::int64_t size) const {
    if (adaptive) {
      const double share = double(size) / double(out[a]);
      const auto begin = std::int64_t(std::floor(double(o) * share + 1e-9)),
                 end = std::int64_t(std::ceil(double(o + 1) * share - 1e-9));
      return {begin, end, 1, end - begin};
    }
    const std::int64_t begin = o * stride[a] - padding[a],
                       end = begin + (kernel[a] - 1) * dilation[a] + 1;
    return {begin, end, dilation[a], std::min(end, size + padding[a]) - begin};
  }
};

// Calls f(element of the result, elements of x in its window in order, elements of the window in
// the padded input) and returns the result's shape.
template <class F>
Shape for_each_window(const Tensor& x, const Windows& w, const F& f) {
  Sizes in = {1, 1, 1};
  Shape shape = x.shape();
  std::int64_t planes = 1, plane = 1;
  for (int i = 0; i < x.rank(); ++i) {
    const int a = 3 - x.rank() + i;
    if (i < x.rank() - w.axes) {
      planes *= x.shape()[i];
      continue;
    }
    in[std::size_t(a)] = x.shape()[i];
    plane *= x.shape()[i];
    shape[i] = w.out[std::size_t(a)];
  }
  std::int64_t element = 0;
  for (std::int64_t p = 0; p < planes; ++p) {
    for (std::int64_t i = 0; i < std::max<std::int64_t>(w.out[0], 1); ++i) {
      for (std::int64_t j = 0; j < std::max<std::int64_t>(w.out[1], 1); ++j) {
        for (std::int64_t k = 0; k < w.out[2]; ++k) {
          const Range r[] = {w.axes > 2 ? w.range(0, i, in[0]) : Range{0, 1, 1, 1},
                             w.axes > 1 ? w.range(1, j, in[1]) : Range{0, 1, 1, 1},
                             w.range(2, k, in[2])};
          std::vector<std::int64_t> elements;
          for (std::int64_t a = r[0].begin; a < r[0].end; a += r[0].step)
            for (std::int64_t b = r[1].begin; b < r[1].end; b += r[1].step)
              for (std::int64_t c = r[2].begin; c < r[2].end; c += r[2].step)
                if (std::min({a, b, c}) >= 0 && a < in[0] && b < in[1] && c < in[2])
                  elements.push_back(p * plane + (a * in[1] + b) * in[2] + c);
          f(element++, elements, p * plane, r[0].padded * r[1].padded * r[2].padded);
        }
      }
    }
  }
  return shape;
}

check::Function largest(const Windows& w, bool with_indices) {
  return [=](const Tensors& in) {
    const Tensor& x = in[0];
    std::vector<double> values, places;
    const Shape shape = for_each_window(x, w,
                                        [&](std::int64_t, const std::vector<std::int64_t>& elements,
                                            std::int64_t plane, std::int64_t) {
                                          std::int64_t best = elements[0];
                                          for (const std::int64_t i : elements) {
                                            if (std::isnan(at(x, best))) break;
                                            if (std::isnan(at(x, i)) || at(x, i) > at(x, best))
                                              best = i;
                                          }
                                          values.push_back(at(x, best));
                                          places.push_back(double(best - plane));
                                        });
    Tensors found{build(shape, float64, [&](std::int64_t i) { return values[std::size_t(i)]; })};
    if (with_indices)
      found.push_back(build(shape, int64, [&](std::int64_t i) { return places[std::size_t(i)]; }));
    return found;
  };
}

enum class Divisor { padded, elements, one };

// (sum of f(x) / divisor), then g of that.
template <class F, class G>
check::Function summed(const Windows& w, Divisor divisor, F f, G g) {
  return [=](const Tensors& in) {
    std::vector<double> values;
    const Shape shape =
        for_each_window(in[0], w,
                        [&](std::int64_t, const std::vector<std::int64_t>& elements, std::int64_t,
                            std::int64_t padded) {
                          long double sum = 0;
                          for (const std::int64_t i : elements) sum += (long double)f(at(in[0], i));
                          const double by = divisor == Divisor::padded     ? double(padded)
                                            : divisor == Divisor::elements ? double(elements.size())
                                                                           : 1;
                          values.push_back(g(double(sum / by)));
                        });
    return build(shape, float64, [&](std::int64_t i) { return values[std::size_t(i)]; });
  };
}

check::Function averaged(const Windows& w, Divisor divisor = Divisor::padded) {
  const auto same = [](double v) { return v; };
  return summed(w, divisor, same, same);
}

check::Function norm(const Windows& w, double p) {
  return summed(
      w, Divisor::one, [p](double v) { return std::pow(std::fabs(v), p); },
      [p](double v) { return std::pow(v, 1 / p); });
}

template <class F>
check::Function pair(F f) {
  return [f](const Tensors& in) {
    const ValuesAndIndices found = f(in);
    return Tensors{found.values, found.indices};
  };
}

Windows adaptive(int axes, Sizes out) {
  Windows w{axes};
  w.out = out, w.adaptive = true;
  return w;
}

const Windows plain_1{1, {1, 1, 3}, {1, 1, 3}, {}, {1, 1, 1}, {0, 0, 2}};
const Windows plain_2{2, {1, 2, 2}, {1, 2, 2}, {}, {1, 1, 1}, {0, 2, 3}};
const Windows plain_3{3, {2, 1, 2}, {2, 1, 2}, {}, {1, 1, 1}, {1, 2, 2}};
// Of (5, 7): overlapping, with gaps and padding, rounded up.
const Windows spread{2, {1, 2, 3}, {1, 2, 1}, {0, 1, 1}, {1, 2, 2}, {0, 3, 5}};
const Windows rounded{2, {1, 3, 2}, {1, 2, 3}, {0, 1, 0}, {1, 1, 1}, {0, 3, 3}};

std::vector<check::Refusal> max_errors() {
  const auto refused = [](const Shape& x, const PerAxis& kernel, MaxPoolOptions options = {}) {
    return [=] { return max_pool2d(ones(x), kernel, options); };
  };
  return {
      {refused({1, 2, 4}, 5),
       "max_pool2d: x (1, 2, 4): a window covers 5 places, the padded input has 2 along spatial "
       "axis 0"},
      {refused({2, 4}, 2),
       "max_pool2d: x needs (batch, channels, height, width) or (channels, height, width), got (2, "
       "4)"},
      {refused({1, 2, 4}, {2, 2, 2}), "max_pool2d: kernel must be one number or 2, got (2, 2, 2)"},
      {refused({1, 2, 4}, 0), "max_pool2d: kernel must be at least 1, got 0"},
      {refused({1, 4, 4}, 2, {.stride = 0}), "max_pool2d: stride must be at least 1, got 0"},
      {refused({1, 4, 4}, 3, {.padding = {1, 2}}),
       "max_pool2d: padding must be at most half the kernel, got padding (1, 2) and kernel 3"},
      {refused({1, 1, 1}, 2, {.padding = 1, .dilation = 2}),
       "max_pool2d: x (1, 1, 1): window 0 along spatial axis 0 has no element of x"},
      {refused({1, 0, 4}, 2), "max_pool2d: x (1, 0, 4) has no elements along spatial axis 0"},
      {refused({1, 0, 4}, 2, {.padding = 1}),
       "max_pool2d: x (1, 0, 4) has no elements along spatial axis 0"},
      {refused({1, 4, 4}, std::int64_t(1) << 62, {.dilation = 4}),
       "max_pool2d: x (1, 4, 4): the padded input's size is beyond 64 bits"},
      {[] {
         return max_pool2d(ones({1, 4, 4}, int64), 2);
       },
       "max_pool2d: needs a floating dtype, got int64"},
  };
}

std::vector<check::Refusal> unpool_errors() {
  return {
      {[] {
         return max_unpool1d(ones({1, 2}), full({1, 2}, 4, int64), 2);
       },
       "max_unpool1d: index 4 is out of range for 4 places"},
      {[] {
         return max_unpool1d(ones({1, 2}), full({1, 2}, -1, int64), 2);
       },
       "max_unpool1d: index -1 is out of range for 4 places"},
      {[] {
         return max_unpool1d(ones({1, 2}), ones({1, 3}, int64), 2);
       },
       "max_unpool1d: indices must be int64 (1, 2), they are int64 (1, 3)"},
      {[] {
         return max_unpool1d(ones({1, 2}), ones({1, 2}), 2);
       },
       "max_unpool1d: indices must be int64 (1, 2), they are float32 (1, 2)"},
      {[] {
         return max_unpool1d(ones({1, 1}), ones({1, 1}, int64), 2, {.padding = 1});
       },
       "max_unpool1d: x (1, 1) gives no size along spatial axis 0"},
      {[] {
         return max_unpool1d(ones({1, 2}), ones({1, 2}, int64), 2, {.output_size = 6});
       },
       "max_unpool1d: output_size must be from 3 to 5 along spatial axis 0, got 6"},
      {[] {
         return max_unpool1d(ones({1, 2}), ones({1, 2}, int64), 2, {.output_size = 2});
       },
       "max_unpool1d: output_size must be from 3 to 5 along spatial axis 0, got 2"},
  };
}

// x at its places in planes of `plane` elements; the last one stays.
check::Function placed(const Shape& shape, std::int64_t planes) {
  return [=](const Tensors& in) {
    std::vector<double> values(std::size_t(shape.numel()));
    const std::int64_t out = shape.numel() / planes, count = in[0].numel() / planes;
    for (std::int64_t i = 0; i < in[0].numel(); ++i)
      values[std::size_t(i / count * out + std::int64_t(at(in[1], i)))] = at(in[0], i);
    return build(shape, float64, [&](std::int64_t i) { return values[std::size_t(i)]; });
  };
}

const Register here({
    {.name = "max_pool1d",
     .function = [](const Tensors& in) { return max_pool1d(in[0], 3); },
     .reference = largest(plain_1, false),
     .samples = {{reals({2, 2, 7}).distinct()}, {reals({1, 6}).distinct()}},
     .errors = {{[] {
                   return max_pool1d(ones({1, 2, 4}), 5);
                 },
                 "max_pool1d: x (1, 2, 4): a window covers 5 places, the padded input has 4 along "
                 "spatial axis 0"}},
     .propagates_nan = false},
    {.name = "max_pool1d_with_indices",
     .function = pair([](const Tensors& in) { return max_pool1d_with_indices(in[0], 3); }),
     .reference = largest(plain_1, true),
     .samples = {{reals({2, 2, 6}).distinct()}},
     .errors = {{[] {
                   return max_pool1d_with_indices(ones({1, 2, 4, 4}), 2);
                 },
                 "max_pool1d_with_indices: x needs (batch, channels, width) or (channels, width), "
                 "got (1, 2, 4, 4)"}}},
    {.name = "max_pool2d",
     .function = [](const Tensors& in) { return max_pool2d(in[0], 2); },
     .reference = largest(plain_2, false),
     .samples = {{reals({2, 1, 4, 6}).distinct()}, {reals({1, 5, 7}).distinct()}},
     .errors = max_errors(),
     .propagates_nan = false},
    {.name = "max_pool2d_with_indices",
     .function = pair([](const Tensors& in) {
       return max_pool2d_with_indices(in[0], {2, 3},
                                      {.stride = {2, 1}, .padding = 1, .dilation = 2});
     }),
     .reference = largest(spread, true),
     .samples = {{reals({2, 1, 5, 7}).distinct()}},
     .errors = {{[] {
                   return max_pool2d_with_indices(ones({1, 2, 4, 4}), 5);
                 },
                 "max_pool2d_with_indices: x (1, 2, 4, 4): a window covers 5 places, the padded "
                 "input has 4 "
                 "along spatial axis 0"}},
     .propagates_nan = false},
    {.name = "max_pool2d, rounded up",
     .function =
         [](const Tensors& in) {
           return max_pool2d(in[0], {3, 2},
                             {.stride = {2, 3}, .padding = {1, 0}, .ceil_mode = true});
         },
     .reference = largest(rounded, false),
     .samples = {{reals({2, 1, 5, 7}).distinct()}},
     .propagates_nan = false},
    {.name = "max_pool3d",
     .function =
         [](const Tensors& in) {
           return max_pool3d(in[0], {2, 1, 2});
         },
     .reference = largest(plain_3, false),
     .samples = {{reals({1, 2, 2, 2, 4}).distinct()}},
     .errors =
         {{[] {
             return max_pool3d(ones({1, 2, 4, 4, 4}), 2, {.padding = 2});
           },
           "max_pool3d: padding must be at most half the kernel, got padding 2 and kernel 2"}}},
    {.name = "max_pool3d_with_indices",
     .function = pair([](const Tensors& in) {
       return max_pool3d_with_indices(in[0], {2, 1, 2});
     }),
     .reference = largest(plain_3, true),
     .samples = {{reals({2, 2, 2, 4}).distinct()}},
     .errors = {{[] {
                   return max_pool3d_with_indices(ones({1, 2, 4}), 2);
                 },
                 "max_pool3d_with_indices: x needs (batch, channels, depth, height, width) or "
                 "(channels, depth, "
                 "height, width), got (1, 2, 4)"}}},
    {.name = "max_pool2d of no images",
     .function = [](const Tensors& in) { return max_pool2d(in[0], 2); },
     .reference = largest(plain_2, false),
     .samples = {{reals({0, 1, 4, 6})}, {reals({2, 0, 4, 6})}},
     .propagates_nan = false},

    {.name = "avg_pool1d",
     .function = [](const Tensors& in) { return avg_pool1d(in[0], 3); },
     .reference = averaged(plain_1),
     .samples = {{reals({2, 2, 6})}},
     .errors =
         {{[] {
             return avg_pool1d(ones({1, 2, 4, 4}), 2);
           },
           "avg_pool1d: x needs (batch, channels, width) or (channels, width), got (1, 2, 4, 4)"}}},
    {.name = "avg_pool2d",
     .function = [](const Tensors& in) { return avg_pool2d(in[0], 2); },
     .reference = averaged(plain_2),
     .samples = {{reals({2, 1, 4, 6})}, {reals({1, 4, 6})}},
     .errors = {{[] {
                   return avg_pool2d(ones({1, 4, 4}), 2, {.divisor_override = 0});
                 },
                 "avg_pool2d: divisor_override must not be 0, got 0"}}},
    {.name = "avg_pool2d, rounded up",
     .function =
         [](const Tensors& in) {
           return avg_pool2d(in[0], {3, 2},
                             {.stride = {2, 3}, .padding = {1, 0}, .ceil_mode = true});
         },
     .reference = averaged(rounded),
     .samples = {{reals({2, 1, 5, 7})}},
     .propagates_nan = false},
    {.name = "avg_pool2d of elements alone",
     .function =
         [](const Tensors& in) {
           return avg_pool2d(in[0], {3, 2},
                             {.stride = {2, 3},
                              .padding = {1, 0},
                              .ceil_mode = true,
                              .count_include_pad = false});
         },
     .reference = averaged(rounded, Divisor::elements),
     .samples = {{reals({2, 1, 5, 7})}},
     .propagates_nan = false},
    {.name = "avg_pool3d",
     .function =
         [](const Tensors& in) {
           return avg_pool3d(in[0], {2, 1, 2}, {.divisor_override = 1});
         },
     .reference = averaged(plain_3, Divisor::one),
     .samples = {{reals({1, 2, 2, 2, 4})}},
     .errors = {{[] {
                   return avg_pool3d(ones({1, 2, 4, 4, 4}), {2, 2});
                 },
                 "avg_pool3d: kernel must be one number or 3, got (2, 2)"}}},

    // Powers of elements beside the largest number are beyond it.
    {.name = "lp_pool1d",
     .function = [](const Tensors& in) { return lp_pool1d(in[0], 3, 3); },
     .reference = norm(plain_1, 3),
     .samples = {{reals({2, 2, 6}).away_from({0})}},
     .errors =
         {{[] {
             return lp_pool1d(ones({1, 2, 4, 4}), 2, 2);
           },
           "lp_pool1d: x needs (batch, channels, width) or (channels, width), got (1, 2, 4, 4)"}},
     .extremes = false},
    {.name = "lp_pool2d",
     .function = [](const Tensors& in) { return lp_pool2d(in[0], 2, 2); },
     .reference = norm(plain_2, 2),
     .samples = {{reals({2, 1, 4, 6}).away_from({0})}},
     .errors = {{[] {
                   return lp_pool2d(ones({1, 4, 4}), 0, 2);
                 },
                 "lp_pool2d: p must be positive, got 0"}},
     .extremes = false},
    {.name = "lp_pool3d",
     .function =
         [](const Tensors& in) {
           return lp_pool3d(in[0], 1.5, {2, 1, 2});
         },
     .reference = norm(plain_3, 1.5),
     .samples = {{reals({1, 1, 2, 2, 4}).away_from({0})}},
     .errors = {{[] {
                   return lp_pool3d(ones({1, 2, 4, 4, 4}), 2, 5);
                 },
                 "lp_pool3d: x (1, 2, 4, 4, 4): a window covers 5 places, the padded input has 4 "
                 "along spatial axis 0"}},
     .extremes = false},

    {.name = "adaptive_avg_pool1d",
     .function = [](const Tensors& in) { return adaptive_avg_pool1d(in[0], 3); },
     .reference = averaged(adaptive(1, {0, 0, 3})),
     .samples = {{reals({2, 1, 7})}, {reals({2, 2})}, {reals({2, 6})}},
     .errors =
         {{[] {
             return adaptive_avg_pool1d(ones({1, 2, 4}), 0);
           },
           "adaptive_avg_pool1d: size must be at least 1, or -1 for an axis as it is, got 0"}}},
    {.name = "adaptive_avg_pool2d",
     .function =
         [](const Tensors& in) {
           return adaptive_avg_pool2d(in[0], {2, 3});
         },
     .reference = averaged(adaptive(2, {0, 2, 3})),
     .samples = {{reals({2, 1, 5, 4})}, {reals({1, 4, 3})}},
     .errors = {{[] {
                   return adaptive_avg_pool2d(ones({1, 4, 4}), 0);
                 },
                 "adaptive_avg_pool2d: size must be at least 1, or -1 for an axis as it is, got 0"},
                {[] {
                   return adaptive_avg_pool2d(ones({1, 4, 4}), {1, 2, 3});
                 },
                 "adaptive_avg_pool2d: size must be one number or 2, got (1, 2, 3)"},
                {[] {
                   return adaptive_avg_pool2d(ones({1, 4, 0}), 1);
                 },
                 "adaptive_avg_pool2d: x (1, 4, 0) has no elements along spatial axis 1"}}},
    {.name = "adaptive_avg_pool2d of everything",
     .function = [](const Tensors& in) { return adaptive_avg_pool2d(in[0], 1); },
     .reference = averaged(adaptive(2, {0, 1, 1})),
     .samples = {{reals({2, 1, 5, 20})}, {reals({2, 3, 3})}}},
    {.name = "adaptive_avg_pool2d with the height as it is",
     .function =
         [](const Tensors& in) {
           return adaptive_avg_pool2d(in[0], {-1, 3});
         },
     .reference = averaged(adaptive(2, {0, 5, 3})),
     .samples = {{reals({2, 1, 5, 4})}, {reals({1, 5, 6})}}},
    {.name = "adaptive_avg_pool3d",
     .function =
         [](const Tensors& in) {
           return adaptive_avg_pool3d(in[0], {2, 1, 3});
         },
     .reference = averaged(adaptive(3, {2, 1, 3})),
     .samples = {{reals({1, 1, 3, 2, 4})}},
     .errors = {{[] {
                   return adaptive_avg_pool3d(ones({1, 2, 4}), 2);
                 },
                 "adaptive_avg_pool3d: x needs (batch, channels, depth, height, width) or "
                 "(channels, depth, height, width), got (1, 2, 4)"}}},
    {.name = "adaptive_max_pool1d",
     .function = [](const Tensors& in) { return adaptive_max_pool1d(in[0], 3); },
     .reference = largest(adaptive(1, {0, 0, 3}), false),
     .samples = {{reals({2, 1, 7}).distinct()}},
     .errors = {{[] {
                   return adaptive_max_pool1d(ones({1, 2, 4, 4}), 2);
                 },
                 "adaptive_max_pool1d: x needs (batch, channels, width) or (channels, width), got "
                 "(1, 2, 4, 4)"}}},
    {.name = "adaptive_max_pool1d_with_indices",
     .function = pair([](const Tensors& in) { return adaptive_max_pool1d_with_indices(in[0], 3); }),
     .reference = largest(adaptive(1, {0, 0, 3}), true),
     .samples = {{reals({2, 1, 7}).distinct()}},
     .errors = {{[] {
                   return adaptive_max_pool1d_with_indices(ones({1, 2, 4, 4}), 2);
                 },
                 "adaptive_max_pool1d_with_indices: x needs (batch, channels, width) or (channels, "
                 "width), got "
                 "(1, 2, 4, 4)"}}},
    {.name = "adaptive_max_pool2d",
     .function =
         [](const Tensors& in) {
           return adaptive_max_pool2d(in[0], {2, 3});
         },
     .reference = largest(adaptive(2, {0, 2, 3}), false),
     .samples = {{reals({2, 1, 5, 4}).distinct()}},
     .errors = {{[] {
                   return adaptive_max_pool2d(ones({1, 2, 4, 4}), {2, -2});
                 },
                 "adaptive_max_pool2d: size must be at least 1, or -1 for an axis as it is, got "
                 "(2, -2)"}}},
    {.name = "adaptive_max_pool2d_with_indices",
     .function = pair([](const Tensors& in) {
       return adaptive_max_pool2d_with_indices(in[0], {2, 3});
     }),
     .reference = largest(adaptive(2, {0, 2, 3}), true),
     .samples = {{reals({1, 5, 4}).distinct()}},
     .errors = {{[] {
                   return adaptive_max_pool2d_with_indices(ones({1, 2, 4, 4}), {2, -2});
                 },
                 "adaptive_max_pool2d_with_indices: size must be at least 1, or -1 for an axis as "
                 "it is, got (2, -2)"}}},
    {.name = "adaptive_max_pool2d_with_indices, the width as it is",
     .function = pair([](const Tensors& in) {
       return adaptive_max_pool2d_with_indices(in[0], {2, -1});
     }),
     .reference = largest(adaptive(2, {0, 2, 4}), true),
     .samples = {{reals({1, 5, 4}).distinct()}}},
    {.name = "adaptive_max_pool3d",
     .function =
         [](const Tensors& in) {
           return adaptive_max_pool3d(in[0], {2, 1, 3});
         },
     .reference = largest(adaptive(3, {2, 1, 3}), false),
     .samples = {{reals({1, 1, 3, 2, 4}).distinct()}},
     .errors = {{[] {
                   return adaptive_max_pool3d(ones({1, 2, 4}), 2);
                 },
                 "adaptive_max_pool3d: x needs (batch, channels, depth, height, width) or "
                 "(channels, depth, height, width), got (1, 2, 4)"}}},
    {.name = "adaptive_max_pool3d_with_indices",
     .function = pair([](const Tensors& in) {
       return adaptive_max_pool3d_with_indices(in[0], {2, 1, 3});
     }),
     .reference = largest(adaptive(3, {2, 1, 3}), true),
     .samples = {{reals({1, 1, 3, 2, 4}).distinct()}},
     .errors =
         {{[] {
             return adaptive_max_pool3d_with_indices(ones({1, 2, 4}), 2);
           },
           "adaptive_max_pool3d_with_indices: x needs (batch, channels, depth, height, width) or "
           "(channels, depth, height, width), got (1, 2, 4)"}}},

    {.name = "max_unpool1d",
     .function = [](const Tensors& in) { return max_unpool1d(in[0], in[1], 2); },
     .reference = placed({2, 1, 6}, 2),
     .samples = {{reals({2, 1, 3}), integers({2, 1, 3}, {5, 0, 2, 3, 3, 1})}},
     .errors = unpool_errors(),
     .propagates_nan = false},  // one that was overwritten
    {.name = "max_unpool2d",
     .function =
         [](const Tensors& in) {
           return max_unpool2d(in[0], in[1], 2, {.stride = 1, .padding = {0, 1}});
         },
     .reference = placed({2, 3, 1}, 2),
     .samples = {{reals({2, 2, 2}), integers({2, 2, 2}, {0, 1, 2, 2, 1, 0, 2, 1})}},
     .errors =
         {{[] {
             return max_unpool2d(ones({1, 2, 4, 4}), ones({1, 2, 4, 4}), 2);
           },
           "max_unpool2d: indices must be int64 (1, 2, 4, 4), they are float32 (1, 2, 4, 4)"}},
     .propagates_nan = false},
    {.name = "max_unpool3d",
     .function =
         [](const Tensors& in) {
           return max_unpool3d(in[0], in[1], 2, {.output_size = {3, 3, 1}});
         },
     .reference = placed({1, 1, 3, 3, 1}, 1),
     .samples = {{reals({1, 1, 1, 2, 1}), integers({1, 1, 1, 2, 1}, {5, 2})}},
     .errors = {{[] {
                   return max_unpool3d(ones({1, 2, 4, 4, 4}), zeros({1, 2}, int64), 2);
                 },
                 "max_unpool3d: indices must be int64 (1, 2, 4, 4, 4), they are int64 (1, 2)"}}},
});

}  // namespace
