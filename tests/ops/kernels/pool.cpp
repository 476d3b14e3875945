// Pools against plain loops, for the sizes at which vectors begin and end and for all strides that
// have loops of their own.

#include <cinta/ops/kernels/pool/pool.hpp>
#include <cmath>

#include "ops/kernels/arrays.hpp"

namespace arrays {

using kernels::PoolDivisor;
using kernels::PoolGeometry;

// The elements of window o along axis a.
std::vector<std::int64_t> elements(const PoolGeometry& g, std::size_t a, std::int64_t o) {
  std::vector<std::int64_t> found;
  for (std::int64_t k = 0; k < g.kernel[a]; ++k) {
    const std::int64_t place = o * g.stride[a] - g.padding[a] + k * g.dilation[a];
    if (place >= 0 && place < g.x[a]) found.push_back(place);
  }
  return found;
}

void check(PoolGeometry g, Dtype dtype) {
  for (std::size_t a = 0; a < 3; ++a) {
    g.y[a] = (g.x[a] + 2 * g.padding[a] - g.dilation[a] * (g.kernel[a] - 1) - 1) / g.stride[a] + 1;
  }
  const std::int64_t in = g.x[0] * g.x[1] * g.x[2], out = g.y[0] * g.y[1] * g.y[2];
  CAPTURE(g.planes, g.x, g.kernel, g.stride, g.padding, g.dilation, name_of(dtype));
  Block x({g.planes, in}, dtype), dy({g.planes, out}, dtype), values({g.planes, out}, dtype),
      indices({g.planes, out}, int64), means({g.planes, out}, dtype), dx({g.planes, in}, dtype);
  x.randomize(), dy.randomize();
  std::vector<double> largest(std::size_t(g.planes * out)), places = largest, mean = largest,
                                                            slope(std::size_t(g.planes * in));
  const double all = double(g.kernel[0] * g.kernel[1] * g.kernel[2]);
  for (std::int64_t y = 0; y < g.planes * out; ++y) {
    const std::int64_t plane = y / out, d = y % out / (g.y[1] * g.y[2]), h = y / g.y[2] % g.y[1],
                       w = y % g.y[2];
    double best = -inf, sum = 0;
    for (const std::int64_t i : elements(g, 0, d)) {
      for (const std::int64_t j : elements(g, 1, h)) {
        for (const std::int64_t k : elements(g, 2, w)) {
          const std::int64_t at = (i * g.x[1] + j) * g.x[2] + k;
          const double v = x.get(plane * in + at);
          if (v > best) best = v, places[std::size_t(y)] = double(at);
          sum += v;
          slope[std::size_t(plane * in + at)] += dy.get(y) / all;
        }
      }
    }
    largest[std::size_t(y)] = best;
    mean[std::size_t(y)] = sum / all;
  }
  const auto agrees = [&](const Block& found, const std::vector<double>& wanted, double error) {
    return wrong(
               found, [&](std::int64_t i) { return wanted[std::size_t(i)]; },
               [&](std::int64_t) { return error; }) == 0;
  };
  const double error = 60 * epsilon_of(dtype);
  REQUIRE(same_for_threads(values, [&] { kernels::max_pool(g, x, values, indices); }));
  REQUIRE(agrees(values, largest, 0));
  REQUIRE(agrees(indices, places, 0));
  REQUIRE(same_for_threads(means, [&] { kernels::avg_pool(g, {}, x, means); }));
  REQUIRE(agrees(means, mean, error));
  REQUIRE(same_for_threads(dx, [&] { kernels::avg_pool_adjoint(g, {}, dy, dx); }));
  REQUIRE(agrees(dx, slope, error));
}

// Windows that keep within the padded input, so that each divisor is the whole kernel.
TEST_CASE("pools agree with plain loops for every width") {
  for (const Dtype dtype : {float32, float64}) {
    for (std::int64_t width = 4; width < 70; ++width) {
      for (const std::int64_t stride : {1, 2, 3}) {
        check({3, {1, 5, width}, {}, {1, 2, 3}, {1, stride, stride}, {0, 1, 1}, {1, 1, 1}}, dtype);
      }
    }
  }
}

// The first of equal elements wins, NaN over all, the first NaN for good; of -inf alone, the first.
TEST_CASE("maxima find the first of equal ones, NaN and -inf") {
  for (const Dtype dtype : {float32, float64}) {
    for (std::int64_t width = 3; width < 40; ++width) {
      for (const std::int64_t stride : {1, 2, 3}) {
        PoolGeometry g{2, {1, 4, width}, {}, {1, 2, 3}, {1, 2, stride}, {0, 0, 1}, {1, 1, 1}};
        g.y = {1, 2, (width + 2 - 3) / stride + 1};
        const std::int64_t in = 4 * width, out = 2 * g.y[2];
        CAPTURE(width, stride, name_of(dtype));
        Block x({2, in}, dtype), values({2, out}, dtype), indices({2, out}, int64);
        x.randomize();
        for (std::int64_t i = 0; i < 2 * in; ++i) {
          const double v = x.get(i);
          const double top = i < in ? inf : std::nan("");  // planes with NaN go another way
          x.set(i, v > 2 ? top : v < 1 ? -inf : std::floor(4 * (v - 1)));
        }
        kernels::max_pool(g, x, values, indices);
        for (std::int64_t y = 0; y < 2 * out; ++y) {
          const std::int64_t plane = y / out, h = y / g.y[2] % 2, w = y % g.y[2];
          std::int64_t best = -1;
          for (const std::int64_t j : elements(g, 1, h)) {
            for (const std::int64_t k : elements(g, 2, w)) {
              const std::int64_t at = j * width + k;
              const double v = x.get(plane * in + at),
                           top = best < 0 ? -inf : x.get(plane * in + best);
              if (best < 0 || v > top || (std::isnan(v) && !std::isnan(top))) best = at;
            }
          }
          REQUIRE(indices.get(y) == double(best));
          const double wanted = x.get(plane * in + best), found = values.get(y);
          REQUIRE((found == wanted || (std::isnan(found) && std::isnan(wanted))));
        }
      }
    }
  }
}

TEST_CASE("pools agree with plain loops for many planes, slices and gaps") {
  for (const Dtype dtype : {float32, float64}) {
    check({200, {1, 24, 24}, {}, {1, 2, 2}, {1, 2, 2}, {0, 0, 0}, {1, 1, 1}}, dtype);
    check({3, {4, 6, 9}, {}, {2, 3, 3}, {1, 2, 2}, {1, 1, 1}, {2, 1, 2}}, dtype);
    check({1, {1, 1, 40}, {}, {1, 1, 5}, {1, 1, 4}, {0, 0, 2}, {1, 1, 3}}, dtype);
  }
}

}  // namespace arrays
