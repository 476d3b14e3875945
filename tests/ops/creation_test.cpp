// Tensors that are made from numbers alone.

#include <cinta/cinta.hpp>
#include <cmath>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

using Doubles = std::vector<double>;

Doubles values(const Tensor& x) { return x.to_vector<double>(); }

}  // namespace

TEST_CASE("linspace: both ends to the bit, and evenly between them") {
  CHECK(values(linspace(0, 1, 5, float64)) == Doubles{0, 0.25, 0.5, 0.75, 1});
  CHECK(values(linspace(1, -1, 3, float64)) == Doubles{1, 0, -1});
  CHECK(values(linspace(3, 7, 1, float64)) == Doubles{3});
  CHECK(values(linspace(3, 3, 4, float64)) == Doubles{3, 3, 3, 3});
  CHECK(linspace(0, 1, 3).dtype() == float32);
  for (const std::int64_t count : {2, 3, 7, 10, 1000}) {
    const Doubles x = values(linspace(-0.1, 0.7, count, float64));
    CHECK(x.size() == std::size_t(count));
    CHECK(x.front() == -0.1);
    CHECK(x.back() == 0.7);
    for (std::size_t i = 1; i < x.size(); ++i)
      CHECK(std::abs(x[i] - x[i - 1] - 0.8 / double(count - 1)) < 1e-15);
  }
  // Ends whose difference is infinite.
  CHECK(values(linspace(-1e308, 1e308, 2, float64)) == Doubles{-1e308, 1e308});
  CHECK(values(linspace(-1e308, 1e308, 5, float64)) ==
        Doubles{-1e308, -0.5e308, 0, 0.5e308, 1e308});
  CHECK(error_of([] {
          linspace(0, 1, 0);
        }).starts_with("linspace: count must be positive, got 0 [creation_test.cpp:"));
}

TEST_CASE("logspace: powers of a base") {
  CHECK(values(logspace(0, 3, 4, 10, float64)) == Doubles{1, 10, 100, 1000});
  CHECK(values(logspace(3, -1, 5, 2, float64)) == Doubles{8, 4, 2, 1, 0.5});
  CHECK(values(logspace(2, 5, 1, 10, float64)) == Doubles{100});
  CHECK(error_of([] {
          logspace(0, 1, -1);
        }).starts_with("logspace: count must be positive, got -1 [creation_test.cpp:"));
}

TEST_CASE("eye: ones on the diagonal of any matrix") {
  CHECK(values(eye(2, float64)) == Doubles{1, 0, 0, 1});
  CHECK(values(eye(2, 3, float64)) == Doubles{1, 0, 0, 0, 1, 0});
  CHECK(values(eye(3, 2, float64)) == Doubles{1, 0, 0, 1, 0, 0});
  CHECK(eye(0).shape() == Shape{0, 0});
  CHECK(eye(2, int64).to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 0, 0, 1});
}

TEST_CASE("tensors like others") {
  const Tensor x = transpose(zeros({2, 3}, float64));
  CHECK(ones_like(x).spec() == Spec{{3, 2}, float64});
  CHECK(zeros_like(x, int64).spec() == Spec{{3, 2}, int64});
  CHECK(empty_like(x).is_contiguous());
  CHECK(values(full_like(x, 2.5)) == Doubles(6, 2.5));
  CHECK(error_of([] { zeros_like(Tensor()); }).find("undefined tensor") != std::string::npos);
}
