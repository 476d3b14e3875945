// Products of every size and layout where there is no OpenBLAS.

#include <cinta/cinta.hpp>
#include <cstdlib>

#include "support/catch_compat.hpp"

using namespace cinta;

namespace {

const bool told = [] { return setenv("CINTA_OPENBLAS", "none", 1) == 0; }();

// The largest difference from sums in double, over sizes.
double largest_error(const Tensor& a, const Tensor& b) {
  const Tensor y = matmul(a, b);
  double worst = 0;
  for (std::int64_t i = 0; i < y.size(0); i += 1 + y.size(0) / 7)
    for (std::int64_t j = 0; j < y.size(1); j += 1 + y.size(1) / 7) {
      const double exact = sum(to(select(a, 0, i), float64) * to(select(b, 1, j), float64)).item();
      worst = std::max(worst, std::abs(select(select(y, 0, i), 0, j).item() - exact));
    }
  return worst / double(a.size(1));
}

}  // namespace

TEST_CASE("runtime_info says that there is no BLAS, and why") {
  REQUIRE(told);
  const RuntimeInfo info = runtime_info();
  CHECK(info.blas.empty());
  CHECK(info.blas_core.empty());
  CHECK(info.blas_missing == "CINTA_OPENBLAS is \"none\"");
  CHECK(info.str().find("no OpenBLAS") != std::string::npos);
}

TEST_CASE("every product is computed without a BLAS") {
  for (const Dtype dtype : {float32, float64}) {
    for (const auto& [m, k, n] : {std::array<std::int64_t, 3>{1, 5000, 1},
                                  {1, 2000, 3000},
                                  {3000, 2000, 1},
                                  {600, 500, 700},
                                  {2048, 3, 2048}}) {
      INFO(m << " x " << k << " x " << n);
      const Tensor a = rand({m, k}, dtype), b = rand({k, n}, dtype);
      const double limit = dtype == float32 ? 1e-6 : 1e-15;
      CHECK(largest_error(a, b) < limit);
      CHECK(largest_error(transpose(contiguous(transpose(a, 0, 1)), 0, 1), b) < limit);
      CHECK(largest_error(a, transpose(contiguous(transpose(b, 0, 1)), 0, 1)) < limit);
    }
  }
}

TEST_CASE("batches and gradients are computed without a BLAS") {
  const Tensor x = rand({3, 200, 300}, float64).requires_grad_();
  const Tensor w = rand({300, 100}, float64).requires_grad_();
  sum(matmul(x, w)).backward();
  CHECK(max(abs(w.grad() - broadcast_to(reshape(sum(x.detach(), {0, 1}), {300, 1}), {300, 100})))
            .item() < 1e-9);
}

TEST_CASE("matrices are factored without a LAPACK") {
  for (const std::int64_t n : {20, 60}) {
    const Tensor x = randn({2, n, n}, float64), b = randn({n, 50}, float64);
    const Tensor a = matmul(x, transpose(x)) / double(n) + eye(n, float64);
    const auto off = [](const Tensor& got, const Tensor& wanted) {
      return max(abs(got - wanted)).item();
    };
    CHECK(off(matmul(a, solve(a, b)), broadcast_to(b, {2, n, 50})) < 1e-10);
    CHECK(off(matmul(a, cholesky_solve(cholesky(a), b)), broadcast_to(b, {2, n, 50})) < 1e-10);
    const Eigh e = eigh(a);
    CHECK(off(matmul(e.vectors * unsqueeze(e.values, -2), transpose(e.vectors)), a) < 1e-10);
    const Svd s = svd(x);
    CHECK(off(matmul(s.u * unsqueeze(s.s, -2), s.vh), x) < 1e-10);
    CHECK(off(matmul(qr(x).q, qr(x).r), x) < 1e-10);
    CHECK(off(matmul(inv(a), a), broadcast_to(eye(n, float64), {2, n, n})) < 1e-10);
  }
}
