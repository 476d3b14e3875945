// Convolutions and their adjoints against the definition, for sizes that reach every tile, band and
// way of adding up.

#include <cinta/ops/kernels/conv/conv.hpp>

#include "ops/kernels/arrays.hpp"

namespace arrays {

using kernels::ConvGeometry;
using Sizes = ConvGeometry::Sizes;

// Calls f(element of x, of y, of w) for each product.
template <class F>
void for_each_product(const ConvGeometry& g, const F& f) {
  const std::int64_t taps = g.kernel[0] * g.kernel[1] * g.kernel[2],
                     plane = g.y[0] * g.y[1] * g.y[2];
  for (std::int64_t y = 0; y < g.batch * g.groups * g.out * plane; ++y) {
    const std::int64_t image = y / plane / g.out, o = y / plane % g.out;
    const Sizes at = {y % plane / (g.y[1] * g.y[2]), y / g.y[2] % g.y[1], y % g.y[2]};
    for (std::int64_t i = 0; i < g.in; ++i) {
      for (std::int64_t k = 0; k < taps; ++k) {
        const Sizes tap = {k / (g.kernel[1] * g.kernel[2]), k / g.kernel[2] % g.kernel[1],
                           k % g.kernel[2]};
        std::int64_t x = image * g.in + i;
        bool inside = true;
        for (std::size_t a = 0; a < 3; ++a) {
          const std::int64_t place = at[a] * g.stride[a] - g.padding[a] + tap[a] * g.dilation[a];
          inside = inside && place >= 0 && place < g.x[a];
          x = x * g.x[a] + place;
        }
        if (inside) f(x, y, (((image % g.groups) * g.out + o) * g.in + i) * taps + k);
      }
    }
  }
}

// Sums of values of up to 3 * 3, one after the other: their error grows with their number.
void check(ConvGeometry g, Dtype dtype) {
  for (std::size_t a = 0; a < 3; ++a) {
    g.y[a] = (g.x[a] + 2 * g.padding[a] - g.dilation[a] * (g.kernel[a] - 1) - 1) / g.stride[a] + 1;
  }
  const auto count = [](const Sizes& sizes) { return sizes[0] * sizes[1] * sizes[2]; };
  const Shape x_shape{g.batch, g.groups * g.in, count(g.x)},
      y_shape{g.batch, g.groups * g.out, count(g.y)},
      w_shape{g.groups * g.out, g.in, count(g.kernel)};
  CAPTURE(x_shape.str(), y_shape.str(), w_shape.str(), g.groups, g.x, g.kernel, g.stride, g.padding,
          g.dilation, name_of(dtype));
  Block x(x_shape, dtype), y(y_shape, dtype), w(w_shape, dtype), bias({w_shape[0]}, dtype),
      shift({x_shape[1]}, dtype);
  for (Block* block : {&x, &y, &w, &bias, &shift}) block->randomize();
  struct Sum {
    double value = 0;
    std::int64_t terms = 1;
  };
  std::vector<Sum> of_x(std::size_t(x.numel())), of_y(std::size_t(y.numel())),
      of_w(std::size_t(w.numel()));
  for (std::size_t i = 0; i < of_x.size(); ++i)
    of_x[i].value = shift.get(std::int64_t(i) / count(g.x) % x_shape[1]);
  for (std::size_t i = 0; i < of_y.size(); ++i)
    of_y[i].value = bias.get(std::int64_t(i) / count(g.y) % y_shape[1]);
  for_each_product(g, [&](std::int64_t i, std::int64_t j, std::int64_t k) {
    const auto add = [](Sum& to, double term) { to.value += term, ++to.terms; };
    add(of_x[std::size_t(i)], y.get(j) * w.get(k));
    add(of_y[std::size_t(j)], x.get(i) * w.get(k));
    add(of_w[std::size_t(k)], x.get(i) * y.get(j));
  });
  const auto agrees = [&](const Block& found, const std::vector<Sum>& sums) {
    return wrong(
               found, [&](std::int64_t i) { return sums[std::size_t(i)].value; },
               [&](std::int64_t i) {
                 return 20 * epsilon_of(dtype) * double(sums[std::size_t(i)].terms);
               }) == 0;
  };
  const Array bias_array = bias, shift_array = shift;
  Block found_y(y_shape, dtype), found_x(x_shape, dtype), found_w(w_shape, dtype);
  REQUIRE(same_for_threads(found_y, [&] { kernels::conv(g, x, w, &bias_array, found_y); }));
  REQUIRE(agrees(found_y, of_y));
  REQUIRE(
      same_for_threads(found_x, [&] { kernels::conv_transpose(g, y, w, &shift_array, found_x); }));
  REQUIRE(agrees(found_x, of_x));
  REQUIRE(same_for_threads(found_w, [&] { kernels::conv_weight(g, x, y, found_w); }));
  REQUIRE(agrees(found_w, of_w));
}

ConvGeometry plane(std::int64_t batch, std::int64_t groups, std::int64_t in, std::int64_t out,
                   std::int64_t height, std::int64_t width, std::int64_t kernel,
                   std::int64_t stride = 1, std::int64_t padding = 0, std::int64_t dilation = 1) {
  return {batch,
          groups,
          in,
          out,
          {1, height, width},
          {},
          {1, kernel, kernel},
          {1, stride, stride},
          {0, padding, padding},
          {1, dilation, dilation}};
}

TEST_CASE("convolutions agree with the definition for every number of channels") {
  for (const Dtype dtype : {float32, float64}) {
    for (std::int64_t out = 1; out <= 40; ++out) check(plane(2, 1, 2, out, 4, 11, 3, 1, 1), dtype);
    for (std::int64_t in = 1; in <= 40; ++in) check(plane(1, 1, in, 3, 3, 5, 2), dtype);
  }
}

TEST_CASE("convolutions agree with the definition for every width") {
  for (const Dtype dtype : {float32, float64}) {
    for (std::int64_t width = 3; width < 70; ++width) {
      check(plane(1, 2, 1, 1, 3, width, 3, 1, 1), dtype);
      check(plane(1, 1, 2, 7, 2, width, 3, 2, 1), dtype);
    }
  }
}

TEST_CASE("convolutions of one place, read where it lies and copied") {
  for (const Dtype dtype : {float32, float64}) {
    for (const std::int64_t out : {1, 3, 5, 13, 24, 33})
      for (const std::int64_t width : {1, 7, 8, 16, 32, 48, 512}) {
        check(plane(2, 1, 3, out, 1, width, 1), dtype);
        check(plane(2, 2, 2, out, 4, width, 1), dtype);
      }
  }
}

TEST_CASE("convolutions of many channels, where products are saved, agree with the definition") {
  check(plane(17, 1, 16, 17, 7, 33, 3, 1, 1), float32);
  check(plane(8, 1, 18, 20, 8, 65, 3, 1, 0), float32);
  check(plane(6, 2, 18, 20, 8, 65, 3, 1, 2), float32);
  check(plane(1, 1, 60, 30, 25, 24, 3, 1, 1), float64);
  ConvGeometry uneven = plane(25, 1, 16, 19, 14, 10, 3);
  uneven.padding = {0, 2, 1};
  check(uneven, float32);
}

TEST_CASE("convolutions of many channels give infinity where the definition does") {
  constexpr std::int64_t batch = 51, side = 9, places = side * side;
  Block x({batch, 16, places}, float32), w({16, 16, 9}, float32), y({batch, 16, places}, float32);
  x.randomize(1, 2), w.randomize(1, 2);
  x.set((16 * 2 + 3) * places + 4 * side + 4, INFINITY);
  x.set((16 * 2 + 5) * places + 8 * side + 8, NAN);
  ConvGeometry g = plane(batch, 1, 16, 16, side, side, 3, 1, 1);
  g.y = g.x;
  kernels::conv(g, x, w, nullptr, y);
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    const std::int64_t image = i / places / 16, row = i % places / side, column = i % side;
    const bool nan = image == 2 && row >= 7 && column >= 7,
               infinite = image == 2 && row >= 3 && row <= 5 && column >= 3 && column <= 5;
    CAPTURE(image, row, column);
    REQUIRE(std::isnan(y.get(i)) == nan);
    REQUIRE(std::isinf(y.get(i)) == infinite);
  }
  Block dy({batch, 16, places}, float32), dw({16, 16, 9}, float32);
  dy.randomize(1, 2);
  kernels::conv_weight(g, x, dy, dw);
  for (std::int64_t i = 0; i < dw.numel(); ++i) {
    const std::int64_t channel = i / 9 % 16, row = i % 9 / 3, column = i % 3;
    CAPTURE(channel, row, column);
    REQUIRE(std::isinf(dw.get(i)) == (channel == 3));
    REQUIRE(std::isnan(dw.get(i)) == (channel == 5 && row > 0 && column > 0));
  }
}

TEST_CASE("convolutions with any stride, padding, dilation and groups agree with the definition") {
  for (int i = 0; i < 200; ++i) {
    ConvGeometry g{.batch = random_int(1, 3),
                   .groups = random_int(0, 2) ? 1 : random_int(1, 4),
                   .in = random_int(1, 4),
                   .out = random_int(1, 7),
                   .x = {},
                   .y = {},
                   .kernel = {},
                   .stride = {},
                   .padding = {},
                   .dilation = {}};
    const bool flat = random_int(0, 1);
    for (std::size_t a = 0; a < 3; ++a) {
      const bool one = flat && a == 0;
      g.kernel[a] = one ? 1 : random_int(1, 4);
      g.stride[a] = one ? 1 : random_int(1, 5);
      g.padding[a] = one ? 0 : random_int(0, 3);
      g.dilation[a] = one ? 1 : random_int(1, 3);
      const std::int64_t least = g.dilation[a] * (g.kernel[a] - 1) + 1 - 2 * g.padding[a];
      g.x[a] = one ? 1 : std::max(least, random_int(1, a == 2 ? 20 : 6));
    }
    check(g, i % 2 ? float32 : float64);
  }
}

TEST_CASE("convolutions that are cut into bands of rows, columns and images") {
  check(plane(1, 1, 3, 5, 1, 5000, 1, 2), float32);
  ConvGeometry row = plane(2, 1, 3, 6, 1, 5000, 1);
  row.kernel[2] = 5, row.dilation[2] = 3, row.padding[2] = 2, row.stride[2] = 2;
  check(row, float32);
  row.groups = 3, row.in = row.out = 1;
  check(row, float64);
  check(plane(1, 1, 200, 5, 5, 400, 2, 1, 1), float32);
  check(plane(20, 1, 16, 24, 16, 16, 3, 1, 1), float32);
  check(plane(20, 8, 1, 1, 40, 40, 3, 1, 1), float64);
}

}  // namespace arrays
