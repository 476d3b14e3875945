// Reductions against plain loops.

#include <cinta/ops/kernels/reduce/reduce.hpp>

#include "ops/kernels/arrays.hpp"

namespace arrays {

struct Folded {
  std::vector<long double> total, size;  // of each element of y; size: sum of magnitudes
};

Folded fold(Reduce how, const Block& x, const Shape& to) {
  const long double start = how == Reduce::sum ? 0.0L : how == Reduce::max ? -inf : inf;
  const std::size_t count = std::size_t(to.numel());
  Folded result{std::vector<long double>(count, start), std::vector<long double>(count, 0)};
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const std::size_t k = std::size_t(source_of(i, x.shape(), to));
    const long double v = x.get(i);
    long double& total = result.total[k];
    result.size[k] += std::fabs(v);
    if (how == Reduce::sum)
      total += v;
    else if (std::isnan(v) || (how == Reduce::max ? v > total : v < total))
      total = v;
  }
  return result;
}

// Compares with the plain loops. A sum may be off by what blocks of 1024 elements in 16 lanes and
// the last rounding allow, however many elements there are.
std::int64_t wrong_reduction(Reduce how, const Block& x, const Block& y, Dtype dtype) {
  const Folded wanted = fold(how, x, y.shape());
  const double unit = is_floating(dtype) && how == Reduce::sum ? 70 * epsilon_of(dtype) : 0;
  return wrong(
      y, [&](std::int64_t i) { return converted(double(wanted.total[std::size_t(i)]), dtype); },
      [&](std::int64_t i) { return unit * double(wanted.size[std::size_t(i)]); });
}

TEST_CASE("reduce agrees with plain loops for any layout and axes") {
  for (int round = 0; round < 1500; ++round) {
    const Shape shape = random_shape();
    const Dtype dtype = dtypes[random_int(0, 3)], out = dtype == boolean ? int64 : dtype;
    const Reduce how = Reduce(random_int(0, 2));
    Block x(shape, dtype, Layout::repeating);
    Block y(narrower(shape), out, Layout::any);
    x.randomize();
    if (x.numel() == 0 && how != Reduce::sum && !is_floating(dtype)) continue;
    if (is_floating(dtype) && x.numel() > 0 && random_int(0, 3) == 0)
      x.set(random_int(0, x.numel() - 1), random_int(0, 1) ? nan : inf);
    kernels::reduce(how, x, y);
    CAPTURE(round, int(how), shape.str(), y.shape().str(), name_of(dtype));
    REQUIRE(wrong_reduction(how, x, y, out) == 0);
  }
}

// Sizes around lanes, blocks, runs, tiles and units of the kernel.
const std::vector<Shape> reduce_shapes = {
    {1},          {15},           {16},        {17},       {33},         {1023},      {1024},
    {1025},       {1040},         {32767},     {32768},    {32769},      {100003},    {3, 40000},
    {70, 1025},   {63, 1024},     {64, 17},    {5000, 3},  {63, 255},    {64, 256},   {65, 257},
    {1023, 7},    {1024, 300},    {1025, 256}, {3000, 2},  {2, 2049, 5}, {70, 30, 3}, {3, 1030, 9},
    {4, 5, 1100}, {2, 3, 40, 41}, {33000, 17}, {40, 33000}};

TEST_CASE("reduce over every set of axes, around the sizes where its way changes") {
  for (const Shape& shape : reduce_shapes) {
    for (Dtype dtype : {float32, float64, int64}) {
      Block x(shape, dtype);
      x.randomize();
      for (int mask = 1; mask < 1 << shape.rank(); ++mask) {
        Shape to = shape;
        for (int i = 0; i < shape.rank(); ++i)
          if (mask >> i & 1) to[i] = 1;
        Block y(to, dtype);
        CAPTURE(shape.str(), to.str(), name_of(dtype));
        for (Reduce how : {Reduce::sum, Reduce::max, Reduce::min}) {
          REQUIRE(same_for_threads(y, [&] { kernels::reduce(how, x, y); }));
          REQUIRE(wrong_reduction(how, x, y, dtype) == 0);
        }
      }
    }
  }
}

TEST_CASE("reduce many groups of several long rows each") {
  Block x({2, 64, 33000}, float32), y({1, 64, 1}, float32);
  x.randomize();
  REQUIRE(same_for_threads(y, [&] { kernels::reduce(Reduce::sum, x, y); }));
  REQUIRE(wrong_reduction(Reduce::sum, x, y, float32) == 0);
}

TEST_CASE("a NaN at any place is the extreme") {
  for (std::int64_t n : {1, 5, 16, 40, 1100}) {
    Block row({n}, float32), one({}, float32), column({n, 3}, float64), three({3}, float64);
    for (std::int64_t i = 0; i<n; i += n> 50 ? 7 : 1) {
      row.randomize().set(i, nan);
      column.randomize().set(3 * i + 1, nan);
      for (Reduce how : {Reduce::max, Reduce::min}) {
        kernels::reduce(how, row, one);
        kernels::reduce(how, column, three);
        CAPTURE(n, i, int(how));
        REQUIRE(std::isnan(one.get(0)));
        REQUIRE(wrong_reduction(how, column, three, float64) == 0);
      }
    }
  }
}

TEST_CASE("the error of a sum does not grow with its length") {
  const std::int64_t n = 20'000'000;
  std::vector<float> values(std::size_t(n), 0.1f);
  const Shape flat{n}, tall{n / 4, 4}, scalar{}, four{4};
  const Strides unit{1}, rows{4, 1}, none{};
  float total = 0, columns[4] = {};
  kernels::reduce(Reduce::sum, {values.data(), flat, unit, float32},
                  {&total, scalar, none, float32});
  kernels::reduce(Reduce::sum, {values.data(), tall, rows, float32},
                  {columns, four, unit, float32});
  const double exact = double(0.1f) * double(n);
  CHECK(total == Approx(exact).epsilon(1e-6));
  CHECK(columns[3] == Approx(exact / 4).epsilon(1e-6));
}

TEST_CASE("argmax and argmin find the first extreme, or the first NaN") {
  for (int round = 0; round < 400; ++round) {
    Shape shape = random_shape();
    if (shape.rank() == 0) shape = {random_int(1, 20)};
    const int axis = int(random_int(0, shape.rank() - 1));
    if (shape[axis] == 0) shape[axis] = 3;
    const Dtype dtype = dtypes[random_int(0, 3)];
    Block x(shape, dtype, Layout::repeating);
    x.randomize(-0.5, 0.5);  // integers -5 to 4: ties
    if (is_floating(dtype) && x.numel() > 0 && round % 3 == 0) {
      for (int k = 0; k < 3; ++k) x.set(random_int(0, x.numel() - 1), nan);
    }
    Shape to = shape;
    to[axis] = 1;
    Block high(to, int64), low(to, int64);
    kernels::argmax(x, axis, high);
    kernels::argmin(x, axis, low);
    std::int64_t inner = 1;
    for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
    const auto first = [&](std::int64_t i, auto beats) {
      const auto value = [&](std::int64_t k) {
        return x.get((i / inner * shape[axis] + k) * inner + i % inner);
      };
      std::int64_t best = 0;
      for (std::int64_t k = 1; k < shape[axis] && !std::isnan(value(best)); ++k)
        if (std::isnan(value(k)) || beats(value(k), value(best))) best = k;
      return double(best);
    };
    CAPTURE(round, shape.str(), axis, name_of(dtype));
    REQUIRE(wrong(high, [&](std::int64_t i) { return first(i, std::greater<>()); }) == 0);
    REQUIRE(wrong(low, [&](std::int64_t i) { return first(i, std::less<>()); }) == 0);
  }
}

}  // namespace arrays
