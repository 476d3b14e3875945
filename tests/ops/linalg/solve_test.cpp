// Systems of linear equations: which gradients are made, and one matrix for many right-hand sides.

#include <cinta/cinta.hpp>
#include <utility>

#include "ops/linalg/matrices.hpp"
#include "support/catch_compat.hpp"

using namespace cinta;

TEST_CASE("each combination of required gradients of a solve") {
  const Tensor a = randn({3, 3}, float64) + 4.0 * eye(3, float64), b = randn({3, 2}, float64);
  for (const bool of_a : {false, true}) {
    for (const bool of_b : {false, true}) {
      const Tensor m = clone(a).requires_grad_(of_a), r = clone(b).requires_grad_(of_b);
      for (const bool triangular : {false, true}) {
        const Tensor y = triangular ? solve_triangular(m, r) : solve(m, r);
        CHECK(y.requires_grad() == (of_a || of_b));
        Tensors wanted;
        if (of_a) wanted.push_back(m);
        if (of_b) wanted.push_back(r);
        if (wanted.empty()) continue;
        for (const Tensor& gradient : grad({sum(y * y)}, wanted)) CHECK(largest(gradient) > 0);
      }
    }
  }
}

TEST_CASE("a matrix of many systems is solved as one of many columns") {
  const auto each = [](const Tensor& a, const Tensor& b) {
    return Tensors{solve(a, b), solve_triangular(a, b), cholesky_solve(a, b),
                   lu_solve(lu_factor(a), b)};
  };
  const std::pair<Shape, Shape> shapes[] = {
      {{3, 3}, {4, 3, 2}},          {{1, 3, 3}, {4, 3, 2}},      {{2, 1, 3, 3}, {5, 3, 2}},
      {{2, 1, 3, 3}, {1, 5, 3, 2}}, {{2, 3, 3}, {4, 1, 3, 2}},   {{1, 2, 1, 3, 3}, {4, 1, 5, 3, 1}},
      {{5, 1, 2, 3, 3}, {2, 3, 1}}, {{1, 1, 3, 3}, {4, 0, 3, 2}}};
  for (const auto& [of_a, of_b] : shapes) {
    INFO(of_a.str() << " and " << of_b.str());
    const Tensor a = (lower(randn(of_a, float64)) + 3 * eye(3, float64)).detach().requires_grad_();
    const Tensor b = randn(of_b, float64).requires_grad_();
    Shape full = solve(a, b).shape();
    full[full.rank() - 1] = 3;
    const Tensors found = each(a, b), expected = each(broadcast_to(a, full) * 1, b);
    for (std::size_t i = 0; i < found.size(); ++i) {
      REQUIRE(found[i].shape() == expected[i].shape());
      CHECK(largest(found[i] - expected[i]) < 1e-13);
      const Tensor weights = randn(found[i].shape(), float64);
      const auto slopes = [&](const Tensor& x) {
        return grad({sum(x * weights)}, {a, b}, {.retain_graph = true});
      };
      const Tensors here = slopes(found[i]), there = slopes(expected[i]);
      for (std::size_t k = 0; k < 2; ++k) CHECK(largest(here[k] - there[k]) < 1e-12);
    }
  }
  CHECK_THROWS_WITH(solve(randn({1, 2, 3, 3}), randn({5, 3, 3, 1})),
                    ContainsSubstring("batches (1, 2) and (5, 3) do not broadcast"));
  if (memory_stats().system_allocations == 0) SKIP_TEST("sanitizers: no pool that counts");
  const Tensor a = (lower(randn({64, 64})) + 20 * eye(64)).detach().requires_grad_();
  const Tensor b = randn({500, 64, 1});
  const std::int64_t before = memory_stats().in_use;
  reset_peak_memory();
  sum(solve_triangular(a, b)).backward();
  // A copy of the matrix for each system were 500 of 16 kB.
  CHECK(memory_stats().peak_in_use - before < 64 * 16384);
}
