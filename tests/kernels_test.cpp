// The loops under the operations, against plain loops over the same elements: random shapes and
// strides, sizes around those at which a kernel changes its way, any number of threads.

#include <bit>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/kernels/copy.hpp>
#include <cinta/ops/kernels/elementwise.hpp>
#include <cinta/ops/kernels/loss.hpp>
#include <cinta/ops/kernels/map.hpp>
#include <cinta/ops/kernels/reduce.hpp>
#include <cinta/ops/kernels/softmax.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "catch_compat.hpp"

// Absent where the library is built without OpenMP.
extern "C" [[gnu::weak]] void omp_set_num_threads(int);

namespace {

using namespace cinta;
using kernels::Function;
using kernels::Loss;
using kernels::Reduce;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Dtype dtypes[] = {boolean, int64, float32, float64};

std::mt19937_64 generator(20240611);

std::int64_t random_int(std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(generator);
}
double random_real(double low = -3, double high = 3) {
  return std::uniform_real_distribution<double>(low, high)(generator);
}

double epsilon_of(Dtype dtype) {
  return dtype == float32 ? std::numeric_limits<float>::epsilon()
                          : std::numeric_limits<double>::epsilon();
}

enum class Layout { dense, any, repeating };

// Memory with an array of any strides inside. What lies between the elements is filled with 0xff:
// NaN for floats. `repeating` may use stride 0, which only inputs can have.
class Block {
 public:
  Block(const Shape& shape, Dtype dtype, Layout layout = Layout::dense)
      : shape_(shape), strides_(Strides::filled(shape.rank())), dtype_(dtype) {
    std::vector<int> order(std::size_t(shape.rank()));
    for (int i = 0; i < shape.rank(); ++i) order[std::size_t(i)] = shape.rank() - 1 - i;
    if (layout != Layout::dense && random_int(0, 1))
      std::shuffle(order.begin(), order.end(), generator);
    std::int64_t extent = 1, first = 0;
    for (int axis : order) {
      const bool free = layout != Layout::dense && random_int(0, 2) == 0;
      if (layout == Layout::repeating && random_int(0, 4) == 0) continue;  // stride 0
      const std::int64_t step = extent + (free ? random_int(0, 3) : 0);
      const bool reversed = free && random_int(0, 1);
      const std::int64_t size = std::max<std::int64_t>(shape[axis], 1);
      strides_[axis] = reversed ? -step : step;
      if (reversed) first += step * (size - 1);
      extent = step * size;
    }
    const std::size_t unit = size_of(dtype);
    bytes_.assign(std::size_t(extent + 2) * unit, 0xff);
    first_ = bytes_.data() + std::size_t(first + 1) * unit;
  }
  Block(const Block&) = delete;

  const Shape& shape() const { return shape_; }
  std::int64_t numel() const { return shape_.numel(); }
  operator Array() const { return {first_, shape_, strides_, dtype_}; }
  std::vector<unsigned char> bytes() const { return bytes_; }

  unsigned char* place(std::int64_t flat) const {
    std::int64_t offset = 0;
    for (int i = shape_.rank() - 1; i >= 0; --i) {
      if (shape_[i] == 0) return first_;
      offset += flat % shape_[i] * strides_[i];
      flat /= shape_[i];
    }
    return first_ + offset * std::int64_t(size_of(dtype_));
  }
  double get(std::int64_t flat) const {
    return dispatch(dtype_, [&]<class T>() { return double(*reinterpret_cast<T*>(place(flat))); });
  }
  void set(std::int64_t flat, double value) {
    dispatch(dtype_, [&]<class T>() { *reinterpret_cast<T*>(place(flat)) = T(value); });
  }
  // Values of the dtype: bools, small integers, or reals that float32 holds.
  Block& randomize(double low = -3, double high = 3) {
    for (std::int64_t i = 0; i < numel(); ++i) {
      const double value = random_real(low, high);
      set(i, dtype_ == boolean ? random_int(0, 1)
             : dtype_ == int64 ? std::floor(value * 10)
                               : double(float(value)));
    }
    return *this;
  }
  // Whether the bytes around the elements are as they were.
  bool gaps_untouched() const {
    std::vector<unsigned char> rest = bytes_;
    for (std::int64_t i = 0; i < numel(); ++i)
      std::fill_n(&rest[std::size_t(place(i) - bytes_.data())], size_of(dtype_), 0xff);
    return std::all_of(rest.begin(), rest.end(), [](unsigned char b) { return b == 0xff; });
  }

 private:
  Shape shape_;
  Strides strides_;
  Dtype dtype_;
  std::vector<unsigned char> bytes_;
  unsigned char* first_;
};

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// Number of elements that are not wanted(i), or differ from it by more than allowed(i).
template <class Wanted, class Allowed>
std::int64_t wrong(const Block& y, const Wanted& wanted, const Allowed& allowed) {
  std::int64_t count = y.gaps_untouched() ? 0 : 1'000'000;
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    const double a = y.get(i), b = wanted(i);
    if (same(a, b) || std::fabs(a - b) <= allowed(i)) continue;
    if (count++ == 0) UNSCOPED_INFO("element " << i << ": " << a << " instead of " << b);
  }
  return count;
}
template <class Wanted>
std::int64_t wrong(const Block& y, const Wanted& wanted) {
  return wrong(y, wanted, [](std::int64_t) { return 0.0; });
}

// Of rank 0 to 8, with about `numel` elements at most; sometimes with none.
Shape random_shape(std::int64_t room = 3000) {
  const int rank = int(random_int(0, 8));
  Shape shape = Shape::filled(rank, 1);
  for (int i = 0; i < rank; ++i) {
    const std::int64_t most = random_int(0, 5) == 0 ? room : std::min<std::int64_t>(room, 5);
    shape[i] = random_int(1, most);
    room /= shape[i];
    if (random_int(0, 40) == 0) shape[i] = 0;
  }
  for (int i = rank - 1; i > 0; --i) std::swap(shape[i], shape[int(random_int(0, i))]);
  return shape;
}

// A shape that broadcasts to the given one.
Shape narrower(const Shape& shape, bool drop = true) {
  const int dropped = drop ? int(random_int(0, shape.rank())) / 2 : 0;
  Shape result = Shape::filled(shape.rank() - dropped);
  for (int i = 0; i < result.rank(); ++i)
    result[i] = random_int(0, 2) == 0 ? 1 : shape[i + dropped];
  return result;
}

// The element of `from` that stands at `flat` of a shape that it broadcasts to.
std::int64_t source_of(std::int64_t flat, const Shape& to, const Shape& from) {
  std::int64_t place = 0, step = 1;
  for (int i = to.rank() - 1; i >= 0; --i) {
    const std::int64_t k = flat % to[i];
    flat /= to[i];
    const int axis = i - (to.rank() - from.rank());
    if (axis < 0) continue;
    if (from[axis] != 1) place += k * step;
    step *= from[axis];
  }
  return place;
}

// Sizes around those at which the elementwise kernels change their way.
const std::vector<std::int64_t> map_sizes = {
    0,  1,  2,  3,   4,   5,   7,   8,   9,    15,   16,   17,    31,    32,    33,
    63, 64, 65, 255, 256, 257, 511, 513, 8191, 8192, 8193, 32767, 32768, 32769, 70001};

// Runs `work` with 1, 2 and 3 threads, or once if there is no OpenMP; true if `result` has the same
// bytes each time.
template <class Work>
bool same_for_threads(const Block& result, const Work& work) {
  if (!omp_set_num_threads) {
    work();
    return true;
  }
  std::vector<std::vector<unsigned char>> bytes;
  for (int threads : {1, 2, 3}) {
    omp_set_num_threads(threads);
    work();
    bytes.push_back(result.bytes());
  }
  omp_set_num_threads(2);
  return bytes[0] == bytes[1] && bytes[0] == bytes[2];
}

// ---- parallel_for ----

TEST_CASE("parallel_for covers every item once, also inside itself") {
  for (std::int64_t count : {0, 1, 2, 3, 63, 64, 1000, 2048, 5000}) {
    for (std::int64_t grain : {1, 10, 10000}) {
      std::vector<int> seen(std::size_t(count), 0);
      kernels::parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          kernels::parallel_for(3, 1, [&](std::int64_t first, std::int64_t last) {
            seen[std::size_t(i)] += int(last - first);
          });
        }
      });
      CAPTURE(count, grain);
      CHECK(std::all_of(seen.begin(), seen.end(), [](int n) { return n == 3; }));
    }
  }
}

// ---- copy, fill, accumulate ----

double converted(double value, Dtype to) {
  if (to == boolean) return value != 0;
  if (to == int64) return std::fabs(value) < 9.2e18 ? std::trunc(value) : 0;
  return to == float32 ? double(float(value)) : value;
}

TEST_CASE("copy converts and broadcasts any layout") {
  for (int round = 0; round < 600; ++round) {
    const Shape shape = random_shape();
    const Dtype from = dtypes[random_int(0, 3)], to = dtypes[random_int(0, 3)];
    Block x(random_int(0, 1) ? shape : narrower(shape), from, Layout::repeating);
    x.randomize();
    Block y(shape, to, random_int(0, 2) ? Layout::any : Layout::dense);
    kernels::copy(x, y);
    CAPTURE(round, shape.str(), x.shape().str(), name_of(from), name_of(to));
    REQUIRE(wrong(y, [&](std::int64_t i) {
              return converted(x.get(source_of(i, shape, x.shape())), to);
            }) == 0);
  }
}

TEST_CASE("copy converts what int64 cannot hold to 0, and NaN to true") {
  const std::vector<double> values = {nan, inf, -inf, 1e300, -1e300, 9.3e18, -2.7, 2.7, -0.0};
  for (Dtype from : {float32, float64}) {
    Block x({std::int64_t(values.size())}, from), n(x.shape(), int64), b(x.shape(), boolean);
    for (std::size_t i = 0; i < values.size(); ++i) x.set(std::int64_t(i), values[i]);
    kernels::copy(x, n);
    kernels::copy(x, b);
    const std::vector<double> ints = {0, 0, 0, 0, 0, 0, -2, 2, 0};
    CHECK(wrong(n, [&](std::int64_t i) { return ints[std::size_t(i)]; }) == 0);
    CHECK(wrong(b, [&](std::int64_t i) { return double(i < 8); }) == 0);
  }
}

TEST_CASE("fill and accumulate") {
  for (int round = 0; round < 200; ++round) {
    const Shape shape = random_shape();
    const Dtype dtype = dtypes[random_int(0, 3)];
    Block y(shape, dtype, Layout::any), x(narrower(shape), dtype, Layout::repeating);
    kernels::fill(y, 2.5);
    CAPTURE(round, shape.str(), x.shape().str(), name_of(dtype));
    REQUIRE(wrong(y, [&](std::int64_t) { return converted(2.5, dtype); }) == 0);
    x.randomize();
    kernels::accumulate(x, y);
    REQUIRE(wrong(y, [&](std::int64_t i) {
              const double term = x.get(source_of(i, shape, x.shape()));
              return converted(converted(2.5, dtype) + term, dtype);
            }) == 0);
  }
}

TEST_CASE("large copies are the same for any number of threads") {
  Block x({300, 1001}, float32), t({1001, 300}, float64);
  x.randomize();
  const Strides transposed = {1, 1001};
  const Array view{x.place(0), t.shape(), transposed, float32};
  CHECK(same_for_threads(t, [&] { kernels::copy(view, t); }));
  CHECK(wrong(t, [&](std::int64_t i) { return x.get(i % 300 * 1001 + i / 300); }) == 0);
}

// ---- map ----

TEST_CASE("copies of transposed matrices, around the sizes of tiles and blocks") {
  for (Dtype dtype : {float32, int64, boolean}) {
    for (const Shape& shape :
         {Shape{15, 16}, Shape{17, 33}, Shape{300, 140}, Shape{2, 31, 3, 18}, Shape{1, 64, 5}}) {
      const int rank = shape.rank(), last = rank - 1;
      // The last axis and one other change places.
      for (int other = 0; other < last; ++other) {
        Shape swapped = shape;
        std::swap(swapped[other], swapped[last]);
        Block from(swapped, dtype), to(shape, dtype);
        from.randomize();
        Strides steps = contiguous_strides(swapped);
        std::swap(steps[other], steps[last]);
        const Array seen{Array(from).memory, shape, steps, dtype};
        CAPTURE(name_of(dtype), shape.str(), other);
        REQUIRE(same_for_threads(to, [&] { kernels::copy(seen, to); }));
        const auto wanted = [&](std::int64_t i) {
          std::int64_t offset = 0, rest = i;
          for (int k = last; k >= 0; --k) {
            offset += rest % shape[k] * steps[k];
            rest /= shape[k];
          }
          return from.get(offset);
        };
        REQUIRE(wrong(to, wanted, [](std::int64_t) { return 0; }) == 0);
      }
    }
  }
}

TEST_CASE("a transposed copy larger than the caches") {
  const std::int64_t rows = 3008, columns = 3000;  // 36 MB, written past them
  const Tensor x = arange(double(rows * columns), float32);
  const Shape shape{columns, rows};
  const Strides steps{1, columns};
  const Tensor y = empty(shape);
  kernels::copy({x.data<float>(), shape, steps, float32}, y);
  std::int64_t bad = 0;
  for (std::int64_t c = 0; c < columns; ++c)
    for (std::int64_t r = 0; r < rows; ++r)
      bad += y.data<float>()[c * rows + r] != x.data<float>()[r * columns + c];
  CHECK(bad == 0);
}

TEST_CASE("map agrees with a plain loop for any layout") {
  for (int round = 0; round < 600; ++round) {
    const Shape shape = random_shape();
    const Dtype dtype = random_int(0, 1) ? float32 : float64;
    Block a(narrower(shape), dtype, Layout::repeating), b(narrower(shape), dtype, Layout::any);
    Block y(shape, dtype, Layout::any), less(shape, boolean, Layout::any);
    a.randomize(), b.randomize();
    dispatch_floating(dtype, [&]<class T>() {
      kernels::map<T>(
          y, [](auto u, auto v) { return u - kernels::max(u, v); }, a, b);
    });
    const int type = int(dtype);
    kernels::elementwise(kernels::rows().compare[type][int(Function::lt)], less, a, b);
    const auto value = [&](const Block& x, std::int64_t i) {
      return x.get(source_of(i, shape, x.shape()));
    };
    CAPTURE(round, shape.str(), a.shape().str(), b.shape().str(), name_of(dtype));
    REQUIRE(wrong(y, [&](std::int64_t i) {
              return converted(value(a, i) - std::max(value(a, i), value(b, i)), dtype);
            }) == 0);
    REQUIRE(wrong(less, [&](std::int64_t i) { return value(a, i) < value(b, i); }) == 0);
    Block chosen(shape, dtype, Layout::any);
    kernels::elementwise(kernels::rows().where[type], chosen, less, a, b);
    REQUIRE(wrong(chosen, [&](std::int64_t i) { return std::min(value(a, i), value(b, i)); }) == 0);
  }
}

TEST_CASE("elementwise functions of integers, and in place") {
  for (int round = 0; round < 100; ++round) {
    const Shape shape = random_shape();
    Block y(shape, int64, Layout::any), x(shape, int64, Layout::repeating);
    x.randomize(), y.randomize();
    std::vector<double> wanted;
    for (std::int64_t i = 0; i < y.numel(); ++i) wanted.push_back(std::max(y.get(i), x.get(i)) * 3);
    Block three({}, int64);
    three.set(0, 3);
    kernels::elementwise(Function::maximum, y, y, x);
    kernels::elementwise(Function::mul, y, y, three);
    REQUIRE(wrong(y, [&](std::int64_t i) { return wanted[std::size_t(i)]; }) == 0);
  }
}

TEMPLATE_TEST_CASE("a value of map does not depend on its place", "", float, double) {
  const auto f = [](auto v) { return kernels::exp(v) * kernels::sin(v) + kernels::log1p(v * v); };
  for (std::int64_t n : map_sizes) {
    Block x({n}, dtype_of<TestType>), y({n}, dtype_of<TestType>);
    for (std::int64_t i = 0; i < n; ++i) x.set(i, double(i % 101) / 16 - 3);
    kernels::map<TestType>(y, f, x);
    CAPTURE(n);
    REQUIRE(wrong(
                y,
                [&](std::int64_t i) {
                  const double v = x.get(i);
                  return std::exp(v) * std::sin(v) + std::log1p(v * v);
                },
                [](std::int64_t) {
                  return 500 * double(std::numeric_limits<TestType>::epsilon());
                }) == 0);
    // The same bits at every place where the same value stands, in every layout.
    REQUIRE(wrong(y, [&](std::int64_t i) { return y.get(i % 101); }) == 0);
    Block spread({n, 1, 2}, dtype_of<TestType>, Layout::any);
    const Strides steps{Array(spread).strides[0]};
    const Array column{spread.place(0), x.shape(), steps, dtype_of<TestType>};
    if (n > 0) {
      kernels::map<TestType>(column, f, x);
      std::int64_t different = 0;
      for (std::int64_t i = 0; i < n; ++i) different += spread.get(2 * i) != y.get(i);
      REQUIRE(different == 0);
    }
  }
  Block x({90001}, dtype_of<TestType>), y({90001}, dtype_of<TestType>);
  x.randomize();
  CHECK(same_for_threads(y, [&] { kernels::map<TestType>(y, f, x); }));
}

TEST_CASE("every elementwise function has a row for what it is said to take") {
  for (int f = 0; f < int(Function::count); ++f) {
    CAPTURE(f);
    CHECK(kernels::row_of(Function(f), float32));
    CHECK(kernels::row_of(Function(f), float64));
    CHECK(bool(kernels::row_of(Function(f), int64)) == (Function(f) <= Function::where));
  }
}

TEST_CASE("several steps in one pass, for any layout") {
  // y = a * b + 2, z = y - a, with a register, a constant and two outputs.
  for (int round = 0; round < 300; ++round) {
    const Shape shape = random_shape();
    const Dtype dtype = random_int(0, 1) ? float32 : float64;
    Block a(narrower(shape), dtype, Layout::repeating), b(narrower(shape), dtype, Layout::any);
    Block y(shape, dtype, Layout::any), z(shape, dtype, Layout::any);
    a.randomize(), b.randomize();
    const kernels::Step steps[] = {{kernels::row_of(Function::mul, dtype), 5, {2, 3, 0}},
                                   {kernels::row_of(Function::add, dtype), 0, {5, 4, 0}},
                                   {kernels::row_of(Function::sub, dtype), 1, {0, 2, 0}}};
    const float single = 2;
    const double twice = 2;
    const void* two = dtype == float32 ? static_cast<const void*>(&single) : &twice;
    const Array arrays[] = {y, z, a, b};
    kernels::run({steps, 2, 2, two, 1, 1}, arrays);
    const auto value = [&](const Block& x, std::int64_t i) {
      return x.get(source_of(i, shape, x.shape()));
    };
    const auto sum = [&](std::int64_t i) {
      return converted(converted(value(a, i) * value(b, i), dtype) + 2, dtype);
    };
    CAPTURE(round, shape.str(), a.shape().str(), b.shape().str(), name_of(dtype));
    REQUIRE(wrong(y, sum) == 0);
    REQUIRE(wrong(z, [&](std::int64_t i) { return converted(sum(i) - value(a, i), dtype); }) == 0);
  }
}

TEST_CASE("tanh in single precision is exact to 4 units in the last place and never above 1") {
  std::vector<float> x(1 << 16), y(x.size());
  const void* from[] = {x.data()};
  const kernels::Row tanh = kernels::row_of(Function::tanh, float32);
  // Every 64th float between 2^-63 and 2^65.
  for (std::uint32_t high = 0x2000; high < 0x6000; ++high) {
    for (std::uint32_t low = 0; low < 1024; ++low)
      x[low] = std::bit_cast<float>(high << 16 | low << 6);
    tanh(y.data(), from, 0, 1024);
    for (std::size_t i = 0; i < 1024; ++i) {
      const double right = std::tanh(double(x[i]));
      if (!(std::fabs(y[i] - right) <= 4 * 0x1p-23 * right && y[i] <= 1)) {
        FAIL("tanh(" << x[i] << ") is " << y[i] << " instead of " << right);
      }
    }
  }
}

// ---- reduce ----

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
  const Shape flat{n}, tall{n / 4, 4}, scalar, four{4};
  const Strides unit{1}, rows{4, 1}, none;
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

// ---- softmax and cross entropy ----

// log(sum(exp(x))) of one row, straight from the definition.
long double log_sum_exp(const Block& x, std::int64_t row) {
  const std::int64_t n = x.shape().back();
  long double top = -inf, total = 0;
  for (std::int64_t k = 0; k < n; ++k) top = std::max(top, (long double)x.get(row * n + k));
  for (std::int64_t k = 0; k < n; ++k) total += std::exp(x.get(row * n + k) - top);
  return top + std::log(total);
}

const std::vector<Shape> row_shapes = {{0, 3},    {3, 0},     {1, 1},     {5, 2},    {7, 3},
                                       {4, 7},    {4, 8},     {4, 9},     {3, 15},   {3, 16},
                                       {3, 17},   {2, 33},    {2, 1023},  {2, 1025}, {900, 10},
                                       {40, 300}, {3, 40000}, {20000, 3}, {6, 5, 4}};

TEST_CASE("softmax and its gradient agree with plain loops") {
  for (const Shape& shape : row_shapes) {
    for (Dtype dtype : {float32, float64}) {
      const std::int64_t n = std::max<std::int64_t>(shape.back(), 1), rows = shape.numel() / n;
      const double unit = epsilon_of(dtype);
      Block x(shape, dtype), dy(shape, dtype), y(shape, dtype), l(shape, dtype), dx(shape, dtype);
      x.randomize(-20, 20), dy.randomize();
      std::vector<double> total;
      for (std::int64_t row = 0; row < rows; ++row) total.push_back(double(log_sum_exp(x, row)));
      CAPTURE(shape.str(), name_of(dtype));

      REQUIRE(same_for_threads(y, [&] { kernels::softmax(x, y); }));
      const auto p = [&](std::int64_t i) { return std::exp(x.get(i) - total[std::size_t(i / n)]); };
      REQUIRE(wrong(y, p, [&](std::int64_t i) { return 60 * unit * p(i); }) == 0);
      REQUIRE(same_for_threads(l, [&] { kernels::log_softmax(x, l); }));
      REQUIRE(wrong(
                  l, [&](std::int64_t i) { return x.get(i) - total[std::size_t(i / n)]; },
                  [&](std::int64_t) { return 60 * unit; }) == 0);

      std::vector<double> weighted(std::size_t(rows), 0), plain(std::size_t(rows), 0),
          size(std::size_t(rows), 0);
      for (std::int64_t i = 0; i < x.numel(); ++i) {
        weighted[std::size_t(i / n)] += p(i) * dy.get(i);
        plain[std::size_t(i / n)] += dy.get(i);
        size[std::size_t(i / n)] += std::fabs(dy.get(i));
      }
      REQUIRE(same_for_threads(dx, [&] { kernels::softmax_backward(y, dy, dx); }));
      REQUIRE(wrong(
                  dx,
                  [&](std::int64_t i) { return p(i) * (dy.get(i) - weighted[std::size_t(i / n)]); },
                  [&](std::int64_t i) { return 200 * unit * p(i) + 1e-300; }) == 0);
      REQUIRE(same_for_threads(dx, [&] { kernels::log_softmax_backward(l, dy, dx); }));
      REQUIRE(wrong(
                  dx, [&](std::int64_t i) { return dy.get(i) - p(i) * plain[std::size_t(i / n)]; },
                  [&](std::int64_t i) {
                    return 200 * unit * (3 + p(i) * size[std::size_t(i / n)]);
                  }) == 0);
    }
  }
}

TEST_CASE("cross entropy and its gradient agree with plain loops") {
  for (const Shape& shape : row_shapes) {
    if (shape.rank() != 2 || shape[1] == 0) continue;
    for (Dtype dtype : {float32, float64}) {
      const std::int64_t rows = shape[0], n = shape[1];
      const double unit = epsilon_of(dtype);
      Block x(shape, dtype), label({rows}, int64), loss({rows}, dtype), dx(shape, dtype);
      Block weight({rows}, dtype);
      x.randomize(-20, 20), weight.randomize();
      for (std::int64_t i = 0; i < rows; ++i) label.set(i, double(random_int(0, n - 1)));
      CAPTURE(shape.str(), name_of(dtype));
      REQUIRE(same_for_threads(loss, [&] { kernels::cross_entropy(x, label, loss); }));
      REQUIRE(wrong(
                  loss,
                  [&](std::int64_t i) {
                    return double(log_sum_exp(x, i) - x.get(i * n + std::int64_t(label.get(i))));
                  },
                  [&](std::int64_t) { return 60 * unit; }) == 0);
      REQUIRE(same_for_threads(
          dx, [&] { kernels::cross_entropy_backward(x, label, loss, weight, dx); }));
      std::vector<long double> total;
      for (std::int64_t i = 0; i < rows; ++i) total.push_back(log_sum_exp(x, i));
      REQUIRE(wrong(
                  dx,
                  [&](std::int64_t i) {
                    const double p = double(std::exp(x.get(i) - total[std::size_t(i / n)]));
                    return (p - double(label.get(i / n) == double(i % n))) * weight.get(i / n);
                  },
                  [&](std::int64_t) { return 60 * unit; }) == 0);
    }
  }
}

TEST_CASE("the gradient of a cross entropy that is infinite") {
  Block x({1, 3}, float32), label({1}, int64), loss({1}, float32), dx({1, 3}, float32);
  Block weight({1}, float32);
  label.set(0, 0), x.set(0, -inf), x.set(1, 2), x.set(2, 2), weight.set(0, 4);
  kernels::cross_entropy(x, label, loss);
  CHECK(loss.get(0) == inf);
  kernels::cross_entropy_backward(x, label, loss, weight, dx);
  CHECK(std::vector<double>{dx.get(0), dx.get(1), dx.get(2)} == std::vector<double>{-4, 2, 2});
}

TEST_CASE("softmax of extreme rows") {
  const auto row = [](std::vector<double> values) {
    Block x({std::int64_t(values.size())}, float64), y(x.shape(), float64), l(x.shape(), float64);
    for (std::size_t i = 0; i < values.size(); ++i) x.set(std::int64_t(i), values[i]);
    kernels::softmax(x, y);
    kernels::log_softmax(x, l);
    return std::vector<double>{y.get(0), y.get(1), l.get(0), l.get(1)};
  };
  CHECK(row({1000, 0}) == std::vector<double>{1, 0, 0, -1000});
  CHECK(row({-1e308, 1e308})[1] == 1);
  CHECK(row({-inf, 3}) == std::vector<double>{0, 1, -inf, 0});
  CHECK(row({1e9, 1e9 - 1})[2] == Approx(-std::log1p(std::exp(-1.0))).epsilon(1e-15));
  for (double value : row({nan, 1})) CHECK(std::isnan(value));
  for (double value : row({-inf, -inf})) CHECK(std::isnan(value));
}

// ---- losses of elements ----

TEST_CASE("elementwise losses and their slopes agree with plain loops") {
  for (int round = 0; round < 200; ++round) {
    const Shape shape = random_shape();
    const Dtype dtype = random_int(0, 1) ? float32 : float64;
    Block p(shape, dtype, Layout::any), t(shape, dtype, Layout::any),
        dy(shape, dtype, Layout::repeating);
    Block y(shape, dtype), dp(shape, dtype);
    p.randomize(-30, 30), t.randomize(0, 1), dy.randomize();
    for (Loss how : {Loss::squared, Loss::absolute, Loss::logistic}) {
      const auto value = [&](std::int64_t i) {
        const double x = p.get(i), target = t.get(i), d = x - target;
        if (how == Loss::squared) return d * d;
        return how == Loss::absolute
                   ? std::fabs(d)
                   : std::fmax(x, 0) - x * target + std::log1p(std::exp(-std::fabs(x)));
      };
      const auto slope = [&](std::int64_t i) {
        const double x = p.get(i), d = x - t.get(i);
        if (how == Loss::squared) return 2 * d * dy.get(i);
        if (how == Loss::absolute) return double((d > 0) - (d < 0)) * dy.get(i);
        return (1 / (1 + std::exp(-x)) - t.get(i)) * dy.get(i);
      };
      const double unit = 4 * epsilon_of(dtype);
      kernels::elementwise_loss(how, p, t, y);
      kernels::elementwise_loss_backward(how, p, t, dy, dp);
      CAPTURE(round, int(how), shape.str(), name_of(dtype));
      REQUIRE(wrong(y, value, [&](std::int64_t i) { return unit * (30 + value(i)); }) == 0);
      REQUIRE(wrong(dp, slope,
                    [&](std::int64_t i) { return unit * (1 + std::fabs(slope(i))) * 3; }) == 0);
    }
  }
}

TEST_CASE("small logistic losses are not lost") {
  Block x({2}, float32), t({2}, float32), y({2}, float32);
  x.set(0, 60), t.set(0, 1), x.set(1, -60), t.set(1, 0);
  kernels::elementwise_loss(Loss::logistic, x, t, y);
  for (int i : {0, 1}) CHECK(y.get(i) == Approx(std::exp(-60.0)).epsilon(1e-6));
}

}  // namespace
