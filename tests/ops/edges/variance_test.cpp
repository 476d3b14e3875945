// Variances and norms of float32 elements far from 0, where a mean in float32 is as wrong as the
// deviations are large.

#include <cinta/cinta.hpp>
#include <cmath>

#include "support/catch_compat.hpp"

// Absent where the library is built without OpenMP.
extern "C" [[gnu::weak]] void omp_set_num_threads(int);

namespace {

using namespace cinta;

std::vector<double> values(const Tensor& x) {
  return to(contiguous(x.detach()), float64).to_vector<double>();
}

// Numbers that float32 has around a mean of 1e8: multiples of 8.
Tensor far_from_zero(const Shape& shape) {
  return to(randint(-20, 20, shape) * 8 + 100000000, float32);
}

// Of the largest.
double relative_error(const Tensor& got, const Tensor& wanted) {
  const auto a = values(got), b = values(wanted);
  REQUIRE(a.size() == b.size());
  double error = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    error = std::max(error, std::fabs(a[i] - b[i]));
    size = std::max(size, std::fabs(b[i]));
  }
  return error / size;
}

}  // namespace

TEST_CASE("var of elements far from 0, over every axis") {
  manual_seed(1);
  for (const Shape& shape : {Shape{4}, Shape{40, 50}, Shape{3, 5, 70}, Shape{2, 100000}}) {
    Tensor x = far_from_zero(shape).requires_grad_();
    Tensor exact = to(x.detach() - 1e8, float64).requires_grad_();
    for (int axis = -1; axis < shape.rank(); ++axis) {
      CAPTURE(shape.str(), axis);
      const Axes axes = axis < 0 ? Axes() : Axes(axis);
      const Tensor y = var(x, axes, {.correction = 0, .keepdims = true}),
                   wanted = var(exact, axes, {.correction = 0, .keepdims = true});
      CHECK(relative_error(y, wanted) < 1e-6);
      x.set_grad({}), exact.set_grad({});
      sum(y).backward();
      sum(wanted).backward();
      CHECK(relative_error(x.grad(), exact.grad()) < 1e-5);
    }
  }
}

TEST_CASE("var of equal elements is exactly 0, in both precisions") {
  for (const double value : {0.1, -1e8, 3e-20, 1e30}) {
    for (const Dtype dtype : {float32, float64}) {
      for (const std::int64_t n : {1, 2, 3, 17, 1000, 40000, 1000003}) {
        CAPTURE(value, n, name_of(dtype));
        CHECK(var(full({n}, value, dtype), {}, {.correction = 0}).item() == 0);
        CHECK(max(abs(var(full({n, 2}, value, dtype), 0, {.correction = 0}))).item() == 0);
      }
    }
  }
}

TEST_CASE("std is right where var overflows or vanishes, and so is its gradient") {
  struct Range {
    Dtype dtype;
    double size;
  };
  const Tensor small = tensor({{1, 2, 4}, {3, 3, 9}}, float64);
  for (const auto& [dtype, size] :
       {Range{float32, 1e30}, Range{float32, 1e-30}, Range{float64, 1e200}, Range{float64, 1e-200}})
    for (const Axes& axes : {Axes(), Axes(0), Axes(1)}) {
      CAPTURE(size, name_of(dtype));
      Tensor wanted_of = clone(small).requires_grad_();
      Tensor x = to(small * size, dtype).requires_grad_();
      const Tensor wanted = cinta::std(wanted_of, axes), y = cinta::std(x, axes);
      CHECK(relative_error(to(y, float64) / size, wanted) < 1e-6);
      sum(wanted).backward();
      sum(y).backward();
      CHECK(relative_error(x.grad(), wanted_of.grad()) < 1e-6);
    }
}

TEST_CASE("var and std of elements whose sum is out of range") {
  const double infinity = HUGE_VAL, size = 1.5e308;
  for (const std::int64_t n : {1, 9, 50000}) {
    CAPTURE(n);
    const Tensor x = cat({full({n}, size, float64), full({n}, -size, float64)}, 0);
    CHECK(var(x).item() == infinity);
    const Tensor rows = stack({x, full({2 * n}, size, float64), x * 0x1p-1000}, 0);
    const auto each = values(var(rows, 1, {.correction = 0}));
    CHECK(each[0] == infinity);
    CHECK(each[1] == 0);
    CHECK(each[2] == Approx(std::pow(size * 0x1p-1000, 2)).epsilon(1e-14));
  }
  const double far = 1.2e308;
  CHECK(cinta::std(tensor({far, -far}, float64), {}, {.correction = 0}).item() ==
        Approx(far).epsilon(1e-14));
  CHECK(var(tensor({size, size, 1e308, 5e307}, float64)).item() == infinity);
  CHECK(std::isnan(var(tensor({infinity, 1}, float64)).item()));
  CHECK(std::isnan(var(tensor({NAN, 1}, float64)).item()));
}

TEST_CASE("var has the same bits on any number of threads") {
  manual_seed(2);
  const Tensor x = randn({3, 200000}), y = randn({300, 700});
  std::vector<double> seen;
  for (const int threads : {1, 2, 3}) {
    if (omp_set_num_threads) omp_set_num_threads(threads);
    auto bits = values(var(x, 1));
    for (double v : values(var(y, 0))) bits.push_back(v);
    CHECK((seen.empty() || seen == bits));
    seen = bits;
  }
  if (omp_set_num_threads) omp_set_num_threads(2);
}

TEST_CASE("layer_norm of elements far from 0, forward and backward, fused and recorded") {
  manual_seed(3);
  for (const std::int64_t n : {4, 33, 700, 3000}) {  // of 2 the slope is 0
    CAPTURE(n);
    Tensor x = far_from_zero({5, n}).requires_grad_();
    Tensor exact = to(x.detach() - 1e8, float64).requires_grad_();
    const Tensor w = rand({n}) + 0.5f, b = randn({n}), dy = randn({5, n});
    const Tensor y = layer_norm(x, {n}, w, b);
    const Tensor wanted = layer_norm(exact, {n}, to(w, float64), to(b, float64));
    CHECK(max(abs(y - wanted)).item() < 1e-5);
    const Tensor dx = grad({wanted}, {exact}, {.grad_outputs = {to(dy, float64)}})[0];
    for (const bool create_graph : {false, true}) {
      const Tensor got = grad(
          {y}, {x}, {.grad_outputs = {dy}, .retain_graph = true, .create_graph = create_graph})[0];
      CHECK((max(abs(got - dx)) / max(abs(dx))).item() < 1e-5);
    }
  }
}

TEST_CASE("layer_norm of equal elements is its bias") {
  for (const float value : {0.1f, 1e8f, -3e7f}) {
    for (const std::int64_t n : {3, 17, 768}) {
      CAPTURE(value, n);
      CHECK(max(abs(layer_norm(full({2, n}, value), {n}))).item() < 1e-3);
    }
  }
}
