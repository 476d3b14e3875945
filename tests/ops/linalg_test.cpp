// Factorizations of sizes at which the way of computing changes: several small matrices at once,
// LAPACK above; layouts, precision, errors, and that nothing is printed.

#include <unistd.h>

#include <cinta/cinta.hpp>
#include <cinta/ops/kernels/linalg/lapack.hpp>
#include <cmath>
#include <cstdio>
#include <limits>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

const std::int64_t sizes[] = {1, 2, 3, 7, 8, 16, 31, 32, 33, 40, 70, 130};

double largest(const Tensor& x) { return x.numel() ? max(abs(x)).item() : 0; }

// With zeros above the diagonal.
Tensor lower(const Tensor& x) {
  const Tensor i = arange(x.size(-1));
  return where(ge(unsqueeze(i, 1), i), x, 0);
}

Tensor random_matrices(std::int64_t count, std::int64_t m, std::int64_t n, Dtype dtype) {
  return randn({count, m, n}, dtype);
}
Tensor definite(std::int64_t count, std::int64_t n, Dtype dtype) {
  const Tensor x = random_matrices(count, n, n, dtype);
  return matmul(x, transpose(x)) / double(n) + eye(n, dtype);
}

// Rounding errors of algorithms of some n operations an element.
double tolerance(Dtype dtype, std::int64_t n) {
  return (dtype == float32 ? 1.2e-7 : 2.3e-16) * 30 * double(n + 4);
}

template <class F>
void each_size(const F& f) {
  for (const Dtype dtype : {float32, float64}) {
    for (const std::int64_t n : sizes) {
      for (const std::int64_t count : {1, 3, 17}) {
        if (count == 17 && n > 40) continue;
        INFO(count << " of " << n << " x " << n << " " << name_of(dtype));
        f(count, n, dtype);
      }
    }
  }
}

// The same elements, lying column by column in a larger memory full of NaN.
Tensor laid_out_otherwise(const Tensor& x) {
  const Shape& s = x.shape();
  const Tensor memory =
      full({s[0], s[2] + 1, s[1] + 2}, std::numeric_limits<double>::quiet_NaN(), x.dtype());
  const Tensor y = transpose(slice(slice(memory, 1, 0, s[2]), 2, 1, s[1] + 1));
  copy_(y, x);
  return y;
}

// What is written to the standard error stream while f runs.
template <class F>
std::string printed(const F& f) {
  std::fflush(stderr);
  std::FILE* const file = std::tmpfile();
  const int before = dup(2);
  dup2(fileno(file), 2);
  f();
  std::fflush(stderr);
  dup2(before, 2);
  close(before);
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += char(c);
  std::fclose(file);
  return text;
}

}  // namespace

TEST_CASE("cholesky of all sizes gives back its matrix") {
  each_size([](std::int64_t count, std::int64_t n, Dtype dtype) {
    const Tensor a = definite(count, n, dtype), l = cholesky(a);
    CHECK(largest(matmul(l, transpose(l)) - a) < tolerance(dtype, n) * largest(a));
    CHECK(largest(l - lower(l)) == 0);
    CHECK(largest(cholesky(laid_out_otherwise(a)) - l) == 0);
    CHECK(largest(matmul(cholesky_inverse(l), a) - eye(n, dtype)) < tolerance(dtype, n) * 20);
  });
}

TEST_CASE("systems of all sizes are solved") {
  each_size([](std::int64_t count, std::int64_t n, Dtype dtype) {
    const Tensor a =
        random_matrices(count, n, n, dtype) + 0.5 * std::sqrt(double(n)) * eye(n, dtype);
    for (const std::int64_t k : {1, 5, 40}) {
      const Tensor b = random_matrices(count, n, k, dtype), x = solve(a, b);
      const double size = largest(x) * double(n) * largest(a);
      CHECK(largest(matmul(a, x) - b) < tolerance(dtype, n) * size);
      CHECK(largest(solve(laid_out_otherwise(a), laid_out_otherwise(b)) - x) == 0);
      CHECK(largest(matmul(a, lu_solve(lu_factor(a), b)) - b) < tolerance(dtype, n) * size);
      for (const bool upper : {false, true}) {
        for (const bool transposed : {false, true}) {
          for (const bool unit : {false, true}) {
            // Far from singular: the substitution's own error is what is looked at.
            const Tensor scaled = a / double(n) + 2.0 * eye(n, dtype);
            const Tensor t = upper ? transpose(lower(transpose(scaled))) : lower(scaled);
            const Tensor u = unit ? t - t * eye(n, dtype) + eye(n, dtype) : t;
            const Tensor y = solve_triangular(scaled, b, {upper, transposed, unit});
            CHECK(largest(matmul(transposed ? transpose(u) : u, y) - b) <
                  tolerance(dtype, n) * double(n) * largest(u) * largest(y));
          }
        }
      }
    }
    CHECK(largest(matmul(inv(a), a) - eye(n, dtype)) <
          tolerance(dtype, n) * double(n) * largest(inv(a)) * largest(a));
    const SignAndLog d = slogdet(a);
    const Lu f = lu(a);
    CHECK(largest(matmul(f.p, matmul(f.l, f.u)) - a) < tolerance(dtype, n) * largest(a));
    if (n <= 40)
      CHECK(largest(det(a) / (d.sign * exp(d.logabsdet)) - 1) < tolerance(dtype, n) * 10);
  });
}

TEST_CASE("lu of wide and tall matrices gives them back") {
  for (const Dtype dtype : {float32, float64}) {
    for (const auto& [m, n] : {std::pair<std::int64_t, std::int64_t>{3, 7},
                               {7, 3},
                               {20, 50},
                               {50, 20},
                               {90, 40},
                               {1, 5},
                               {5, 1}}) {
      const Tensor a = random_matrices(3, m, n, dtype);
      const Lu f = lu(a);
      CHECK(largest(matmul(f.p, matmul(f.l, f.u)) - a) < tolerance(dtype, m + n) * largest(a));
    }
  }
}

TEST_CASE("gradients of sizes that LAPACK does") {
  const Tensor x = randn({40, 40}, float64), b = randn({40, 3}, float64);
  const Tensor a = x + 20.0 * eye(40, float64);
  // Rounding errors of 40 rows beside those of the differences.
  const GradientCheckOptions options{.rtol = 1e-5, .atol = 1e-7};
  CHECK(check_gradients([](const Tensor& m, const Tensor& r) { return solve(m, r); }, {a, b},
                        options));
  CHECK(check_gradients(
      [](const Tensor& m) { return cholesky(matmul(m, transpose(m)) / 40.0 + eye(40, float64)); },
      {x}, options));
  CHECK(check_gradients([](const Tensor& m) { return inv(m); }, {a}, options));
  CHECK(check_gradients([](const Tensor& m) { return slogdet(m).logabsdet; }, {a}, options));
  CHECK(check_gradients([](const Tensor& m) { return lu(m).u; }, {a}, options));
}

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

TEST_CASE("the gradient of cholesky is that of the symmetric part") {
  // S = [[4, 1], [1, 3]], direction [[0, 1], [1, 0]]: by hand 0.34924.
  const Tensor s = tensor({{4, 1}, {1, 3}}, float64).requires_grad_();
  sum(cholesky(s)).backward();
  const Tensor g = s.grad();
  CHECK(g(0, 1).item() == g(1, 0).item());
  CHECK(std::abs(g(0, 1).item() + g(1, 0).item() - 0.34924) < 1e-5);
}

TEST_CASE("singular matrices") {
  const Tensor a = tensor({{1, 2}, {2, 4}}, float64).requires_grad_();
  CHECK(det(a).item() == 0);
  CHECK(slogdet(a).sign.item() == 0);
  CHECK(slogdet(a).logabsdet.item() == -std::numeric_limits<double>::infinity());
  CHECK(logdet(a).item() == -std::numeric_limits<double>::infinity());
  CHECK(std::isnan(logdet(tensor({{0, 1}, {1, 0}})).item()));
  CHECK(error_of([&] {
          slogdet(a).logabsdet.backward();
        }).find("slogdet: (2, 2): is singular: pivot 2 is 0") == 0);
  const Tensor gradient = grad({det(a)}, {a})[0];
  CHECK(largest(gradient - tensor({{4, -2}, {-2, 1}}, float64)) < 1e-14);
  CHECK(largest(grad({det(a)}, {a}, {.create_graph = true})[0] - gradient) == 0);
  CHECK(det(zeros({3, 3}, float64)).item() == 0);
  const Tensor zero = zeros({3, 3}, float64).requires_grad_();
  CHECK(largest(grad({det(zero)}, {zero})[0]) < 1e-100);
  const Lu f = lu(a);
  CHECK(largest(matmul(f.p, matmul(f.l, f.u)) - a) == 0);
  CHECK(largest(lu(zeros({40, 40})).u) == 0);
  const Tensor one_row = zeros({3, 40, 40}, float64);
  copy_(select(one_row, 0, 0), eye(40, float64));
  CHECK(error_of([&] {
          inv(one_row);
        }).find("inv: matrix (1,) of (3, 40, 40): is singular: pivot 1 is 0") == 0);
}

TEST_CASE("determinants that leave a double's range on the way") {
  Tensor d = ones({400}, float64);
  copy_(slice(d, 0, 0, 200), full({200}, 1e5, float64));
  copy_(slice(d, 0, 200), full({200}, 1e-5, float64));
  CHECK(std::abs(det(d * eye(400, float64)).item() - 1) < 1e-10);
}

TEST_CASE("what is refused, and nothing is printed") {
  const auto text = [](const auto& f) { return error_of(f); };
  const std::string output = printed([&] {
    for (const std::int64_t n : {20, 50}) {
      const std::string shape = "(" + std::to_string(n) + ", " + std::to_string(n) + ")";
      Tensor a = eye(n, float64);
      CHECK(text([&] { cholesky(a - 2.0 * eye(n, float64)); })
                .find("cholesky: " + shape +
                      ": is not positive definite: its leading minor of order 1 is not") == 0);
      Tensor m = clone(a);
      const Tensor place = select(select(m, 0, 12), 0, 4);
      fill_(place, 3);
      CHECK(text([&] { cholesky(m); })
                .find("cholesky: " + shape +
                      ": is not symmetric: elements (12, 4) and (4, 12) differ") == 0);
      fill_(place, std::numeric_limits<double>::quiet_NaN());
      CHECK(text([&] {
              cholesky(m);
            }).find("cholesky: " + shape + ": has a NaN or an infinity at (12, 4)") == 0);
      CHECK(std::isnan(largest(solve(m, ones({n}, float64)))));
      CHECK(std::isnan(largest(inv(m))));
    }
  });
  CHECK(output.empty());
}

TEST_CASE("a jitter makes a singular covariance definite") {
  const Tensor a = ones({3, 3}, float64);
  CHECK(error_of([&] { cholesky(a); }).find("order 2") != std::string::npos);
  const Tensor l = cholesky(a, {.jitter = 1e-8});
  CHECK(largest(matmul(l, transpose(l)) - a) < 2e-8);
}

TEST_CASE("LAPACK is there where OpenBLAS is") {
  CHECK(runtime_info().blas.empty() == !kernels::lapack<double>());
  CHECK(runtime_info().blas.empty() == !kernels::lapack<float>());
}
