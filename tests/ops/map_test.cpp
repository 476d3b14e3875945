// map beyond the op table: against the same function of whole tensors, at third order, and that it
// takes one pass and keeps only what it needs.

#include <chrono>
#include <cinta/cinta.hpp>
#include <cinta/ops/map/map.hpp>
#include <cmath>
#include <thread>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

// Absent where the library is built without OpenMP.
extern "C" [[gnu::weak]] void omp_set_num_threads(int);

namespace {

using namespace cinta;

// Largest difference of two tensors, in units of the dtype's epsilon at the larger of 1 and the
// value.
double units_apart(const Tensor& a, const Tensor& b) {
  REQUIRE(a.spec() == b.spec());
  double worst = 0;
  const std::vector<double> x = to(a, float64).to_vector<double>();
  const std::vector<double> y = to(b, float64).to_vector<double>();
  const double epsilon = a.dtype() == float32 ? 0x1p-23 : 0x1p-52;
  for (std::size_t i = 0; i < x.size(); ++i)
    worst = std::max(worst, std::fabs(x[i] - y[i]) / epsilon / std::max(1.0, std::fabs(y[i])));
  return worst;
}

// A generic lambda is a function of elements and of whole tensors alike.
constexpr auto wave = [](auto a, auto b) {
  return tanh(a * b) + sigmoid(a) * square(b) - maximum(a, b) / (2 + cos(b));
};

// Values and gradients of wave, by map and by plain operations.
void compare_with_plain_operations(const Tensor& a, const Tensor& b) {
  const Tensor fused = map(wave, a, b), plain = wave(a, b);
  CHECK(units_apart(fused, plain) < 8);
  if (fused.numel() == 0) return;
  const Tensor weights = to(randn(fused.shape()), fused.dtype());
  const Tensors by_map = grad({fused}, {a, b}, {.grad_outputs = {weights}});
  const Tensors by_operations = grad({plain}, {a, b}, {.grad_outputs = {weights}});
  CHECK(units_apart(by_map[0], by_operations[0]) < 64);
  CHECK(units_apart(by_map[1], by_operations[1]) < 64);
}

Tensor parameter(const Tensor& x) { return x.detach().requires_grad_(); }

}  // namespace

TEST_CASE("map agrees with the same function of whole tensors") {
  manual_seed(3);
  for (Dtype dtype : {float32, float64}) {
    CAPTURE(name_of(dtype));
    const auto random = [&](const Shape& shape) { return parameter(randn(shape, dtype)); };
    for (std::int64_t n : {0, 1, 3, 16, 17, 511, 512, 513, 5000})
      compare_with_plain_operations(random({n}), random({n}));
    compare_with_plain_operations(random({}), random({}));
    compare_with_plain_operations(random({}), random({70, 30}));
    compare_with_plain_operations(random({40, 1}), random({1, 70}));
    compare_with_plain_operations(random({5, 1, 700}), random({3, 1}));
    // Not dense: transposed, sliced, repeated.
    const Tensor square_ = randn({60, 60}, dtype), long_ = randn({3, 4000}, dtype);
    compare_with_plain_operations(parameter(transpose(square_)), random({60, 60}));
    compare_with_plain_operations(parameter(slice(long_, 1, 100, 2100)), random({3, 2000}));
    compare_with_plain_operations(parameter(broadcast_to(randn({60, 1}, dtype), {60, 60})),
                                  parameter(transpose(square_)));
  }
}

TEST_CASE("map is differentiable three times") {
  // f = exp(a) sin(b): the derivatives of any order are known.
  const Tensor a = parameter(randn({5}, float64)), b = parameter(randn({5}, float64));
  const Tensor y = map([](auto u, auto v) { return exp(u) * sin(v); }, a, b);
  const auto derivative = [](const Tensor& of, const Tensor& by) {
    return grad({of}, {by}, {.grad_outputs = {ones(of.shape(), float64)}, .create_graph = true})[0];
  };
  const Tensor y_b = derivative(y, b), y_bb = derivative(y_b, b), y_bba = derivative(y_bb, a);
  CHECK(units_apart(y_b.detach(), (exp(a) * cos(b)).detach()) < 8);
  CHECK(units_apart(y_bb.detach(), (-exp(a) * sin(b)).detach()) < 8);
  CHECK(units_apart(y_bba.detach(), (-exp(a) * sin(b)).detach()) < 8);
  CHECK(units_apart(derivative(y_bba, b).detach(), (-exp(a) * cos(b)).detach()) < 8);

  // And against finite differences: gradients of the gradient are the third order.
  const auto gradient = [](const Tensors& in) {
    const EnableGrad recorded;
    const Tensor p = in[0].requires_grad() ? in[0] : parameter(in[0]);
    const Tensor value = map(
        [](auto u, auto v) { return tanh(u * v) * exp(v) + where(u > 0, u * u * u, v / (3 + u)); },
        p, in[1]);
    return grad({sum(value)}, {p}, {.create_graph = true})[0];
  };
  const Tensor u = empty({6}, float64), v = randn({6}, float64);
  for (int i = 0; i < 6; ++i) u.data<double>()[i] = (i % 2 ? 0.4 : -0.4) * (1 + i);
  const GradientReport report = check_gradients(gradient, {parameter(u), parameter(v)});
  INFO(report.str());
  CHECK(report);
}

TEST_CASE("map's values do not depend on the number of threads or on the place") {
  const Tensor a = randn({200'003}), b = randn({200'003});
  const auto at_threads = [&](int threads) {
    if (omp_set_num_threads) omp_set_num_threads(threads);
    return map(wave, a, b).to_vector<float>();
  };
  const std::vector<float> one = at_threads(1);
  const bool same = one == at_threads(2);  // quicker than a comparison that prints
  CHECK(same);
  for (std::int64_t start : {1, 13, 700}) {
    const auto part = [&](const Tensor& x) { return slice(x, 0, start, start + 3000); };
    const std::vector<float> moved = map(wave, part(a), part(b)).to_vector<float>();
    CHECK(std::equal(moved.begin(), moved.end(), one.begin() + start));
  }
}

TEST_CASE("a long expression, whose values are read long after they were made") {
  // Two sequences that feed each other: some 500 functions, and more of the gradient.
  const auto f = [](auto x, auto y) {
    auto a = x, b = y, far = x * y;
    for (int i = 0; i < 100; ++i) {
      const auto next = sin(a + b);
      b = cos(a - b) + far;
      a = next;
    }
    return a * b + x;
  };
  const Tensor x = parameter(randn({1000}, float64)), y = parameter(randn({1000}, float64));
  const Tensor value = map(f, x, y), expected = f(x, y), weights = randn({1000}, float64);
  CHECK(units_apart(value.detach(), expected.detach()) <= 1);  // the last sum is fused
  const Tensors got = grad({value}, {x, y}, {.grad_outputs = {weights}});
  const Tensors right = grad({expected}, {x, y}, {.grad_outputs = {weights}});
  for (int k = 0; k < 2; ++k)
    CHECK(max(abs(got[k] - right[k])).item() <= 1e-12 * max(abs(right[k])).item());
}

TEST_CASE("a derivative takes no time for each way through what it shares") {
  // Each step reads the last one twice, so there are 2^60 ways from the result to x.
  const auto doubled = [](auto x) {
    for (int i = 0; i < 60; ++i) x = x + x;
    return x;
  };
  const auto bent = [](auto x) {
    for (int i = 0; i < 60; ++i) x = maximum(x, 0.5 * x);
    return x;
  };
  const Tensor x = parameter(from_data(std::vector<double>{-1, 2}, {2}));
  CHECK(grad({sum(map(doubled, x))}, {x})[0].to_vector<double>() ==
        std::vector<double>{0x1p60, 0x1p60});
  CHECK(grad({sum(map(bent, x))}, {x})[0].to_vector<double>() == std::vector<double>{0x1p-60, 1});
}

TEST_CASE("a function of many steps is written down in a time that grows with their number") {
  const Tensor x = ones({1}, float64);
  const auto seconds_of = [&](int steps) {
    const auto start = std::chrono::steady_clock::now();
    map(
        [&](auto u) {
          auto sum = u;
          for (int i = 0; i < steps; ++i) sum = 0.5 * sum + u * i;
          return sum;
        },
        x);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  // Held against all values before it, each value took as long as there were many: 64 times this.
  const double few = seconds_of(1500);
  CHECK(seconds_of(12'000) < 24 * few + 0.1);
}

TEST_CASE("derivatives of many choices, one after another") {
  const auto choose = [](auto x, auto y) {
    auto z = x;
    for (int i = 0; i < 64; ++i) z = where(z > y * (0.1 * i), 0.5 * z * y, z + x * y);
    return z;
  };
  const auto clamped = [](auto x, auto y) {
    auto z = x;
    for (int i = 0; i < 64; ++i) z = sin(maximum(z * y, x)) + minimum(z, 0.1 * y);
    return z;
  };
  const Tensors x{parameter(from_data(std::vector<double>{0.3, -0.4, 1.2}, {3})),
                  parameter(from_data(std::vector<double>{0.7, 0.9, -0.2}, {3}))};
  const auto compare = [&](const auto& f) {
    Tensor fused = sum(map(f, x[0], x[1])), plain = sum(f(x[0], x[1]));
    for (int order = 1; order <= 3; ++order) {
      const Tensors got = grad({fused}, x, {.create_graph = true}),
                    right = grad({plain}, x, {.create_graph = true});
      for (std::size_t k = 0; k < 2; ++k)
        CHECK(max(abs(got[k] - right[k])).item() <= 1e-9 * max(abs(right[k])).item());
      fused = sum(got[0]) + sum(square(got[1]));
      plain = sum(right[0]) + sum(square(right[1]));
    }
  };
  compare(choose);
  compare(clamped);
}

TEST_CASE("map_sum and map_mean agree with the sum and the mean of a map") {
  manual_seed(4);
  const auto compare = [](const Tensor& a, const Tensor& b) {
    const Tensor fused = map_sum(wave, a, b), plain = sum(map(wave, a, b));
    const Tensor fused_mean = map_mean(wave, a, b), plain_mean = mean(map(wave, a, b));
    const double size = sum(abs(map(wave, a, b))).item();
    const double epsilon = a.dtype() == float32 ? 0x1p-23 : 0x1p-52;
    CHECK(std::fabs(fused.item() - plain.item()) <= 4 * epsilon * size);
    CHECK(std::fabs(fused_mean.item() - plain_mean.item()) <=
          4 * epsilon * size / double(plain.numel()));
    const Tensors got = grad({fused}, {a, b}), right = grad({plain}, {a, b});
    for (int k = 0; k < 2; ++k) CHECK(units_apart(got[k], right[k]) == 0);
  };
  for (Dtype dtype : {float32, float64}) {
    CAPTURE(name_of(dtype));
    const auto random = [&](const Shape& shape) { return parameter(randn(shape, dtype)); };
    for (std::int64_t n : {1, 16, 17, 64, 4095, 4096, 4097, 100'000})
      compare(random({n}), random({n}));
    compare(random({}), random({70, 30}));
    compare(random({40, 1}), random({1, 700}));
    compare(parameter(transpose(randn({60, 60}, dtype))), random({60, 60}));
  }
  // The same bits for any number of threads.
  const Tensor a = randn({1'000'003}), b = randn({1'000'003});
  std::vector<float> sums;
  for (const int threads : {1, 2, 3}) {
    if (omp_set_num_threads) omp_set_num_threads(threads);
    sums.push_back(float(map_sum(wave, a, b).item()));
  }
  if (omp_set_num_threads) omp_set_num_threads(2);
  CHECK(sums[0] == sums[1]);
  CHECK(sums[0] == sums[2]);
}

TEST_CASE("sums of squares, of what nothing else reads and of what is read again") {
  manual_seed(5);
  const auto check = [](auto f, const Tensor& a, const Tensor& b) {
    const Tensor fused = map_sum(f, a, b), plain = sum(map(f, a, b));
    const double size = sum(abs(map(f, a, b))).item();
    CHECK(std::fabs(fused.item() - plain.item()) <=
          4 * (a.dtype() == float32 ? 0x1p-23 : 0x1p-52) * size);
    const Tensors got = grad({fused}, {a, b}), right = grad({plain}, {a, b});
    for (int k = 0; k < 2; ++k) CHECK(units_apart(got[k], right[k]) == 0);
  };
  for (const Dtype dtype : {float32, float64}) {
    for (const std::int64_t n : {1, 63, 64, 4097, 10'000}) {
      const Tensor a = parameter(randn({n}, dtype)), b = parameter(randn({n}, dtype));
      check([](auto x, auto y) { return square(x - y); }, a, b);
      check([](auto x, auto y) { return square(x) + 0.0 * y; }, a, b);
      check([](auto x, auto y) { return square(square(x * y)); }, a, b);
      check([](auto x, auto y) { return (x - y) * (x - y); }, a, b);
      check([](auto x, auto y) { return square(square(x - y) + square(x - y) * y); }, a, b);
      check([](auto x, auto y) { return square(where(x > y, x, y)) - square(x); }, a, b);
    }
  }
  // Not one square less or more.
  const Tensor whole = arange(0, 1000, 1, float64);
  CHECK(map_sum([](auto x) { return square(x + 1.0); }, whole).item<double>() ==
        1000.0 * 1001 * 2001 / 6);
}

TEST_CASE("a function without captures is called once, others at every call") {
  static int calls = 0;
  const Tensor x = ones({3});
  for (int i = 0; i < 5; ++i) {
    const Tensor y = map([](auto v) { return ++calls, v + 1; }, x);
    CHECK(y.to_vector<float>() == std::vector<float>{2, 2, 2});
  }
  CHECK(calls == 1);
  for (int i = 0; i < 3; ++i) {
    const Tensor y = map([i](auto v) { return v * i; }, x);
    CHECK(y.to_vector<float>() == std::vector<float>(3, float(i)));
  }
}

TEST_CASE("map takes one pass and no memory but for its results") {
  if (sanitized) SKIP_TEST("the memory pool is off");
  // It rounds up to blocks of up to 5/4 of what is asked for; another tensor would be 4/4.
  constexpr std::int64_t n = 1 << 20, bytes = n * 4;
  const Tensor a = parameter(randn({n})), b = parameter(randn({n})), factor = full({}, 2.0f);
  const auto peak_of = [](const auto& call) {
    const std::int64_t before = memory_stats().in_use;
    reset_peak_memory();
    call();
    return memory_stats().peak_in_use - before;
  };
  const auto f = [](auto u, auto v, auto k) { return square(tanh(u * v) + k * u); };
  Tensor y;
  CHECK(peak_of([&] { y = map(f, a, b, factor); }) < bytes / 4 * 6);
  // The gradient of the mean is one number for all elements, and is read as such.
  CHECK(peak_of([&] { mean(y).backward(); }) < 2 * bytes / 4 * 6);
}

TEST_CASE("map keeps only the inputs that a gradient reads") {
  const Tensor a = parameter(ones({3})), b = full({3}, 2.0f), c = full({3}, 3.0f);
  const Tensor y = map([](auto u, auto v, auto w) { return u * v + w; }, a, b, c);
  fill_(c, 9);
  sum(y).backward();
  CHECK(a.grad().to_vector<float>() == std::vector<float>{2, 2, 2});

  const Tensor z = map([](auto u, auto v) { return u * v; }, a, b);
  fill_(b, 9);
  CHECK(error_of([&] { sum(z).backward(); }).find("map: input 1, saved for backward") == 0);
}

TEST_CASE("map's gradients that are 0 or dy need no pass") {
  const Tensor a = parameter(randn({4})), b = parameter(randn({4}));
  const Tensor y = map([](auto u, auto v) { return u + sign(v); }, a, b);
  sum(y).backward();
  CHECK(a.grad().to_vector<float>() == std::vector<float>(4, 1));
  CHECK(b.grad().to_vector<float>() == std::vector<float>(4, 0));
}

TEST_CASE("numbers and single operations in a map") {
  const Tensor x = full({2}, 3.0f);
  const auto value = [&](const auto& f) { return map(f, x).template to_vector<float>()[0]; };
  CHECK(value([](auto v) { return 2 - v; }) == -1);
  CHECK(value([](auto v) { return v / 2 + (v - 1) * true; }) == 3.5f);
  CHECK(value([](auto v) {
          auto sum = v;
          sum += 1, sum *= 2, sum -= v, sum /= 4;
          return sum;
        }) == 1.25f);
  CHECK(value([](auto v) { return -v - -v; }) == 0);
  CHECK(value([](auto v) { return v + decltype(v)(2) * 3; }) == 9);
  CHECK(value([](auto v) { return where(v == 3 && v != 4 && v >= 3 && v <= 3, v, 0); }) == 3);
  CHECK(value([](auto v) { return where(v < 3 || v > 3, v, -0.5); }) == -0.5f);
  // One of two conditions: logical_xor; and neither or both.
  CHECK(value([](auto v) { return where((v > 2) != (v > 4), v, 0); }) == 3);
  CHECK(value([](auto v) { return where((v > 2) != (v < 4), v, -0.5); }) == -0.5f);
  CHECK(value([](auto v) { return where((v > 2) == (v < 4), v, 0); }) == 3);
  CHECK(value([](auto v) { return where((v > 4) == (v < 4), v, -0.5); }) == -0.5f);
  // Of numbers alone, which are known while the expression is written.
  const auto more = [](double a, double b) { return Element(a) > Element(b); };
  CHECK(value([&](auto v) { return where(more(2, 1) != (v > 4), v, 0); }) == 3);
  CHECK(value([&](auto v) { return where((v > 4) != more(1, 2), v, -0.5); }) == -0.5f);
  CHECK(value([&](auto v) { return where((v > 2) == more(2, 1), v, 0); }) == 3);
  CHECK(map([](auto v, auto w) { return v * w; }, x, 2).to_vector<float>()[1] == 6);
  CHECK(map([](auto v, auto w) { return v * w; }, 2.0, to(x, float64)).dtype() == float64);
  CHECK(map([](auto v, auto w) { return v * w; }, x, ones({2}, float64)).dtype() == float64);
}

TEST_CASE("what has numbers or a mode beside its elements is there for elements too") {
  const double most = std::numeric_limits<double>::infinity(), none = std::nan("");
  const std::vector<double> at{-2.5, none, 3, most, -most};
  const Tensor x = from_data(at, {5});
  const auto values = [](const Tensor& y) { return y.to_vector<double>(); };
  CHECK(values(map([](auto v) { return div(v, 2, Rounding::floor); }, x))[0] == -2);
  CHECK(values(map([](auto v) { return div(v, 2, Rounding::trunc); }, x))[0] == -1);
  CHECK(values(map([](auto v) { return softplus(v, 2); }, x))[2] == values(softplus(x, 2))[2]);
  CHECK(values(map([](auto v) { return prelu(v, 0.5); }, x))[0] == -1.25);
  CHECK(values(map([](auto v) { return nan_to_num(v, 7, 8, 9); }, x)) ==
        std::vector<double>{-2.5, 7, 3, 8, 9});
  CHECK(values(map([](auto v) { return where(isnan(v), 1, where(isinf(v), 2, 3)); }, x)) ==
        std::vector<double>{3, 1, 3, 2, 2});
  CHECK(values(map([](auto v) { return where(isfinite(v), 1, 0) + 0 * sign(v); }, x))[0] == 1);
}

TEST_CASE("map names the line of its call, and refuses elements of another function") {
  const unsigned line = __LINE__ + 2;
  const std::string text =
      error_of([&] { map([](auto u, auto v) { return u + v; }, ones({2}), ones({3})); });
  CHECK(text == "map: (2,) and (3,) do not broadcast: sizes 2 and 3 differ [map_test.cpp:" +
                    std::to_string(line) + "]");
  const Tensor x = ones({2});
  const auto nested = [&](auto u) {
    map([&](auto v) { return u + v; }, x);
    return u;
  };
  CHECK(error_of([&] {
          map(nested, x);
        }).find("map: an element of one function was used in another") == 0);
}

TEST_CASE("an element is refused outside of the function that got it") {
  const Tensor x = ones({2});
  const std::string refusal = "map: an element of one function was used in another";
  Element kept = 0;
  map(
      [&](auto u) {
        kept = exp(u);
        return u;
      },
      x);
  for (const bool alone : {false, true})
    CHECK(error_of([&] {
            map([&](auto u) { return alone ? kept * 2 : u + kept; }, x);
          }).find(refusal) == 0);
  CHECK(error_of([&] { map([&](auto) { return kept; }, x); }).find(refusal) == 0);
  CHECK(error_of([&] { kept + 1; }).find(refusal) == 0);
  // A map in a function of another is none of it.
  const auto with_another = [&](auto u) {
    const Tensor y = parameter(x);
    sum(map([&](auto v) { return v * sin(v); }, y)).backward();
    return u * sum(y.grad()).item();
  };
  CHECK(map(with_another, x).to_vector<float>() ==
        std::vector<float>(2, float(sum(sin(x) + x * cos(x)).item())));
}

TEST_CASE("several threads may use one map for the first time") {
  const Tensor a = randn({1000});
  std::vector<std::vector<float>> results(4);
  std::vector<std::thread> threads;
  for (std::vector<float>& result : results) {
    threads.emplace_back([&] {
      const Tensor x = parameter(a);
      sum(map([](auto u) { return exp(sin(u)) * u; }, x)).backward();
      result = x.grad().to_vector<float>();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<float>& result : results) CHECK(result == results[0]);
}
