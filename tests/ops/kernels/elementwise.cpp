// Elementwise loops against plain ones, around the sizes at which they change their way.

#include <cinta/ops/kernels/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/loop/transform.hpp>
#include <limits>

#include "ops/kernels/arrays.hpp"

namespace arrays {

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

TEMPLATE_TEST_CASE("elementary functions at zero, infinity and NaN", "", float, double) {
  const auto value = [](Function f, double x) {
    Block from({1}, dtype_of<TestType>), to({1}, dtype_of<TestType>);
    from.set(0, x);
    kernels::elementwise(f, to, from);
    return to.get(0);
  };
  constexpr double inf = std::numeric_limits<double>::infinity();
  for (Function f : {Function::sqrt, Function::expm1, Function::log1p, Function::sin,
                     Function::tanh, Function::erf, Function::gelu, Function::tan, Function::asin,
                     Function::atan, Function::sinh, Function::asinh, Function::atanh}) {
    CAPTURE(int(f));
    CHECK(value(f, -0.0) == 0);
    CHECK(std::signbit(value(f, -0.0)));
    CHECK(!std::signbit(value(f, 0.0)));
  }
  for (Function f : {Function::tanh, Function::erf}) {
    CHECK(value(f, inf) == 1);
    CHECK(value(f, -30) == -1);
  }
  CHECK(value(Function::sigmoid, inf) == 1);
  CHECK(value(Function::sigmoid, -inf) == 0);
  CHECK(value(Function::gelu, -inf) == 0);
  CHECK(value(Function::log2, 0) == -inf);
  CHECK(value(Function::log2, inf) == inf);
  CHECK(value(Function::log2, -1) != value(Function::log2, -1));
  for (Function f : {Function::sinh, Function::asinh}) {
    CHECK(value(f, inf) == inf);
    CHECK(value(f, -inf) == -inf);
  }
  CHECK(value(Function::cosh, -inf) == inf);
  CHECK(value(Function::acosh, inf) == inf);
  CHECK(value(Function::atanh, 1) == inf);
  CHECK(value(Function::atanh, -1) == -inf);
  CHECK(value(Function::atan, -inf) == TestType(-1.5707963267948966));
  for (const auto& [f, x] : std::vector<std::pair<Function, double>>{{Function::sin, inf},
                                                                     {Function::cos, -inf},
                                                                     {Function::tan, inf},
                                                                     {Function::asin, 1.5},
                                                                     {Function::acos, -1.5},
                                                                     {Function::acosh, 0.5},
                                                                     {Function::acosh, -1e30},
                                                                     {Function::acosh, -inf},
                                                                     {Function::atanh, 2},
                                                                     {Function::atanh, -inf}}) {
    CAPTURE(int(f), x);
    CHECK(std::isnan(value(f, x)));
  }
  for (int i = 0; i < int(Function::count); ++i) {
    const auto f = Function(i);
    if (kernels::arity(f) != 1) continue;
    CAPTURE(i);
    CHECK(std::isnan(value(f, double(NAN))));
  }
}

// Also the sign of a zero, which a quotient makes infinity's.
TEMPLATE_TEST_CASE("functions that C has, too, agree with it, and so do their signs", "", float,
                   double) {
  using T = TestType;
  using Limits = std::numeric_limits<T>;
  const std::vector<std::pair<Function, T (*)(T)>> functions = {
      {Function::neg, [](T x) { return -x; }},
      {Function::abs, [](T x) { return std::abs(x); }},
      {Function::square, [](T x) { return x * x; }},
      {Function::reciprocal, [](T x) { return 1 / x; }},
      {Function::rsqrt, [](T x) { return 1 / std::sqrt(x); }},
      {Function::sqrt, [](T x) { return std::sqrt(x); }},
      {Function::exp, [](T x) { return std::exp(x); }},
      {Function::exp2, [](T x) { return std::exp2(x); }},
      {Function::expm1, [](T x) { return std::expm1(x); }},
      {Function::log, [](T x) { return std::log(x); }},
      {Function::log2, [](T x) { return std::log2(x); }},
      {Function::log10, [](T x) { return std::log10(x); }},
      {Function::log1p, [](T x) { return std::log1p(x); }},
      {Function::sin, [](T x) { return std::sin(x); }},
      {Function::cos, [](T x) { return std::cos(x); }},
      {Function::tan, [](T x) { return std::tan(x); }},
      {Function::asin, [](T x) { return std::asin(x); }},
      {Function::acos, [](T x) { return std::acos(x); }},
      {Function::atan, [](T x) { return std::atan(x); }},
      {Function::sinh, [](T x) { return std::sinh(x); }},
      {Function::cosh, [](T x) { return std::cosh(x); }},
      {Function::tanh, [](T x) { return std::tanh(x); }},
      {Function::asinh, [](T x) { return std::asinh(x); }},
      {Function::acosh, [](T x) { return std::acosh(x); }},
      {Function::atanh, [](T x) { return std::atanh(x); }},
      {Function::erf, [](T x) { return std::erf(x); }},
      {Function::erfc, [](T x) { return std::erfc(x); }},
      {Function::floor, [](T x) { return std::floor(x); }},
      {Function::ceil, [](T x) { return std::ceil(x); }},
      {Function::round, [](T x) { return std::nearbyint(x); }},
      {Function::trunc, [](T x) { return std::trunc(x); }}};
  for (const auto& [f, right] : functions)
    for (const T size : {T(0), Limits::denorm_min(), T(0.3), T(0.5), T(1), T(1.5), T(2), T(2.5),
                         Limits::max(), Limits::infinity()})
      for (const T x : {size, -size}) {
        CAPTURE(int(f), x);
        Block from({19}, dtype_of<T>), to({19}, dtype_of<T>);
        for (std::int64_t i = 0; i < 19; ++i) from.set(i, double(x));
        kernels::elementwise(f, to, from);
        const T y = right(x);
        for (const std::int64_t i : {0, 18}) {
          const T got = T(to.get(i));
          if (std::isnan(y)) {
            CHECK(std::isnan(got));
            continue;
          }
          CHECK(std::signbit(got) == std::signbit(y));
          const T off = 4 * Limits::epsilon() * std::abs(y) + Limits::denorm_min();
          CHECK((got == y || std::abs(got - y) <= off));
        }
      }
}

TEMPLATE_TEST_CASE("quotients and roots are rounded once, of numbers of any size", "", float,
                   double) {
  using Bits = std::conditional_t<sizeof(TestType) == 4, std::uint32_t, std::uint64_t>;
  constexpr std::int64_t n = 20000;
  Block a({n}, dtype_of<TestType>), b({n}, dtype_of<TestType>), y({n}, dtype_of<TestType>);
  // Any bits, so that one is subnormal, infinite or NaN now and then.
  std::mt19937_64 bits(1);
  for (std::int64_t i = 0; i < n; ++i) {
    a.set(i, double(std::bit_cast<TestType>(Bits(bits()))));
    b.set(i, double(std::bit_cast<TestType>(Bits(bits()))));
  }
  kernels::elementwise(Function::div, y, a, b);
  CHECK(wrong(y, [&](std::int64_t i) { return double(TestType(a.get(i)) / TestType(b.get(i))); }) ==
        0);
  kernels::elementwise(Function::sqrt, y, a);
  CHECK(wrong(y, [&](std::int64_t i) { return double(std::sqrt(TestType(a.get(i)))); }) == 0);
}

TEMPLATE_TEST_CASE("angles and lengths of what is 0, infinite, subnormal or huge", "", float,
                   double) {
  using Limits = std::numeric_limits<TestType>;
  const double inf = std::numeric_limits<double>::infinity(), least = double(Limits::denorm_min()),
               most = double(Limits::max());
  const std::vector<double> numbers = {0,    -0.0,  1,    -1,    least, -least, inf,   -inf,
                                       most, -most, 3e-5, -3e-5, 1e-30, 1e30,   -1e30, double(NAN)};
  const auto value = [](Function f, double a, double b) {
    Block y({1}, dtype_of<TestType>), x({1}, dtype_of<TestType>);
    y.set(0, a), x.set(0, b);
    kernels::elementwise(f, y, y, x);
    return y.get(0);
  };
  const auto alike = [](double a, double b) {
    if (std::isnan(b)) return std::isnan(a);
    return std::signbit(a) == std::signbit(b) &&
           (a == b || std::abs(a - b) <= 2 * double(Limits::epsilon()) * std::abs(b));
  };
  for (const double given_a : numbers)
    for (const double given_b : numbers) {
      const auto a = double(TestType(given_a)), b = double(TestType(given_b));
      CAPTURE(a, b);
      CHECK(alike(value(Function::atan2, a, b), double(TestType(std::atan2(a, b)))));
      CHECK(alike(value(Function::hypot, a, b), double(TestType(std::hypot(a, b)))));
      CHECK(alike(value(Function::copysign, a, b), std::copysign(a, b)));
    }
}

// Where a function asks whether any neighbour is large, it must not compute the others otherwise.
TEMPLATE_TEST_CASE("a value of a function does not depend on its neighbours", "", float, double) {
  constexpr std::int64_t n = 1024;
  Block x({n}, dtype_of<TestType>), y({n}, dtype_of<TestType>), one({1}, dtype_of<TestType>);
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> size(-25, 25);
  for (std::int64_t i = 0; i < n; ++i) x.set(i, (random() & 1 ? 1 : -1) * std::exp(size(random)));
  for (int i = 0; i < int(Function::count); ++i) {
    const auto f = Function(i);
    if (kernels::arity(f) != 1) continue;
    kernels::elementwise(f, y, x);
    std::int64_t differ = 0;
    for (std::int64_t k = 0; k < n; ++k) {
      one.set(0, x.get(k));
      kernels::elementwise(f, one, one);
      const double alone = one.get(0), among = y.get(k);
      differ += alone != among && !(std::isnan(alone) && std::isnan(among));
    }
    CAPTURE(i);
    CHECK(differ == 0);
  }
}

TEMPLATE_TEST_CASE("logarithms of subnormal numbers", "", float, double) {
  // Beside others and alone, as vectors are asked whether there is one in them.
  const double least = double(std::numeric_limits<TestType>::denorm_min()),
               normal = double(std::numeric_limits<TestType>::min());
  std::vector<double> x;
  for (const double factor : {1.0, 3.0, 1000.0}) x.push_back(factor * least);
  for (const double factor : {0.25, 0.75, 1.0, 3.0}) x.push_back(factor * normal);
  x.push_back(2);
  const auto check = [&](Function f, double (*wanted)(double)) {
    Block from({std::int64_t(x.size())}, dtype_of<TestType>),
        to({std::int64_t(x.size())}, dtype_of<TestType>);
    for (std::size_t i = 0; i < x.size(); ++i) from.set(std::int64_t(i), x[i]);
    kernels::elementwise(f, to, from);
    for (std::size_t i = 0; i < x.size(); ++i) {
      CAPTURE(int(f), x[i]);
      CHECK(to.get(std::int64_t(i)) ==
            Approx(wanted(x[i])).epsilon(4 * double(std::numeric_limits<TestType>::epsilon())));
      Block one({1}, dtype_of<TestType>);
      one.set(0, x[i]);
      kernels::elementwise(f, one, one);
      CHECK(one.get(0) == to.get(std::int64_t(i)));
    }
  };
  check(Function::log, std::log);
  check(Function::log2, std::log2);
  check(Function::log10, std::log10);
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
    CHECK(bool(kernels::row_of(Function(f), int64)) == kernels::is_numeric(Function(f)));
  }
}

// What a result may be off by: the distance of floats around `x`.
double unit_at(double x) { return std::ldexp(1.0, std::max(std::ilogb(x) - 23, -149)); }

TEST_CASE("tanh in single precision is exact to a unit in the last place and never above 1") {
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
      if (!(std::fabs(y[i] - right) <= unit_at(right) && y[i] <= 1))
        FAIL("tanh(" << x[i] << ") is " << y[i] << " instead of " << right);
    }
  }
}

TEST_CASE("exp in single precision is exact to a unit in the last place, and at its ends") {
  std::vector<float> x(1024), y(x.size());
  const void* from[] = {x.data()};
  const kernels::Row exp = kernels::row_of(Function::exp, float32);
  // Every 64th float between 2^-63 and 2^7 and below 0 as many.
  for (const std::uint32_t sign : {0u, 0x8000u}) {
    for (std::uint32_t high = 0x2000; high < 0x4300; ++high) {
      for (std::uint32_t low = 0; low < 1024; ++low)
        x[low] = std::bit_cast<float>((high | sign) << 16 | low << 6);
      exp(y.data(), from, 0, 1024);
      for (std::size_t i = 0; i < 1024; ++i) {
        const double right = std::exp(double(x[i]));
        if (!(std::fabs(y[i] - right) <= unit_at(right) || y[i] == float(right)))
          FAIL("exp(" << x[i] << ") is " << y[i] << " instead of " << right);
      }
    }
  }
  const float infinite = std::numeric_limits<float>::infinity();
  x = {infinite, -infinite, std::numeric_limits<float>::quiet_NaN(), 0.0f, -0.0f, 1e30f, -1e30f};
  exp(y.data(), from, 0, 7);
  CHECK(y[0] == infinite);
  CHECK(y[1] == 0);
  CHECK(std::isnan(y[2]));
  CHECK(y[3] == 1);
  CHECK(y[4] == 1);
  CHECK(y[5] == infinite);
  CHECK(y[6] == 0);
}

}  // namespace arrays
