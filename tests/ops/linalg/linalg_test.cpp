// Factorizations of sizes at which the way of computing changes: several small matrices at once,
// LAPACK above; layouts, precision, errors, and that nothing is printed.

#include <unistd.h>

#include <cinta/cinta.hpp>
#include <cinta/ops/kernels/linalg/lapack.hpp>
#include <cmath>
#include <cstdio>
#include <limits>

#include "ops/linalg/matrices.hpp"
#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

const std::int64_t sizes[] = {1, 2, 3, 7, 8, 16, 31, 32, 33, 40, 70, 130};

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

TEST_CASE("values have the same bits whether their gradient is wanted or not") {
  each_size([](std::int64_t count, std::int64_t n, Dtype dtype) {
    const Tensor x = random_matrices(count, n, n, dtype), a = definite(count, n, dtype);
    const auto same = [](Tensor (*f)(const Tensor&, Site), const Tensor& of) {
      return all(eq(f(of, {}), f(of.detach().requires_grad_(), {}))).item<bool>();
    };
    CHECK(same(svdvals, x));
    CHECK(same(eigvalsh, a));
  });
}

TEST_CASE("values whose gradient is wanted are decomposed once") {
  for (const std::int64_t n : {5, 40}) {
    const Tensor x = randn({n, n}, float64).requires_grad_();
    const auto count = [&](const std::string& name) {
      const Recording recording = record_operations(
          [&](const Tensors& in) {
            return grad({name == "svdvals" ? svdvals(x) : eigvalsh(matmul(x, transpose(x)))}, {x},
                        {.grad_outputs = in});
          },
          {randn({n}, float64)});
      int steps = 0;
      for (const Recording::Step& step : recording.steps()) steps += step.name == name;
      return steps;
    };
    CHECK(count("svdvals") == 1);
    CHECK(count("eigvalsh") == 1);
  }
}

TEST_CASE("large factorizations, shared out among threads") {
  if (!kernels::lapack<double>())
    SKIP_TEST("there is no LAPACK, without which they are not shared");
  for (const int threads : {1, 2, 3}) {
    set_num_threads(threads);
    for (const auto& [m, n] : {std::pair<std::int64_t, std::int64_t>{300, 300},
                               {517, 517},
                               {300, 420},
                               {420, 300},
                               {150, 700},
                               {700, 150}}) {
      for (const Dtype dtype : {float32, float64}) {
        INFO(threads << " threads, (" << m << ", " << n << ") " << name_of(dtype));
        const Tensor a = randn({m, n}, dtype);
        const double limit = tolerance(dtype, m + n) * largest(a);
        const Lu f = lu(a);
        CHECK(largest(matmul(f.p, matmul(f.l, f.u)) - a) < limit);
        const Svd s = svd(a);
        const Tensor one = eye(std::min(m, n), dtype);
        CHECK(largest(matmul(s.u * s.s, s.vh) - a) < limit);
        CHECK(largest(matmul(transpose(s.u), s.u) - one) < limit);
        CHECK(largest(matmul(s.vh, transpose(s.vh)) - one) < limit);
        CHECK(largest(svdvals(a) - s.s) < limit);
        CHECK(all(eq(svdvals(a), svdvals(clone(a).requires_grad_()))).item<bool>());
        if (m != n) continue;
        const Tensor c = a + transpose(a), p = definite(1, n, dtype);
        const Eigh e = eigh(c);
        CHECK(largest(matmul(e.vectors * e.values, transpose(e.vectors)) - c) < limit);
        CHECK(largest(matmul(transpose(e.vectors), e.vectors) - one) < limit);
        CHECK(largest(eigvalsh(c) - e.values) < limit);
        CHECK(all(eq(eigvalsh(c), eigvalsh(clone(c).requires_grad_()))).item<bool>());
        const Tensor l = cholesky(p);
        CHECK(largest(matmul(l, transpose(l)) - p) < limit);
        CHECK(largest(l - lower(l)) == 0);
        Tensor bad = clone(select(p, 0, 0));
        fill_(select(select(bad, 0, n - 20), 0, n - 20), -1);
        CHECK(error_of([&] { cholesky(bad); }).find("order " + std::to_string(n - 19) + " ") !=
              std::string::npos);
        copy_(bad, select(p, 0, 0));
        fill_(select(select(bad, 0, n - 9), 0, 7), 5);
        CHECK(error_of([&] {
                cholesky(bad);
              }).find("is not symmetric: elements (" + std::to_string(n - 9) + ", 7) and (7, ") !=
              std::string::npos);
      }
    }
  }
  set_num_threads(2);
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

TEST_CASE("the gradient of an exponential is linear in what comes in") {
  const Tensor a = tensor({{0.1, 0.7, -0.3}, {0.5, -0.2, 0.9}, {0.3, 0.4, 0.2}}, float64);
  for (const Dtype dtype : {float32, float64}) {
    const auto slope = [&](double factor, bool twice) {
      const Tensor x = to(a, dtype).requires_grad_();
      const Tensor g = grad({factor * sum(square(matrix_exp(x)))}, {x}, {.create_graph = true})[0];
      return (twice ? grad({sum(g)}, {x})[0] : g.detach()) / factor;
    };
    for (const bool twice : {false, true}) {
      const Tensor one = slope(1, twice);
      for (const double factor : {1e-30, 1e-6, 1e3, 1e6, 1e15, 1e30}) {
        INFO(name_of(dtype) << " " << factor << " " << twice);
        CHECK(largest(slope(factor, twice) - one) < tolerance(dtype, 3) * largest(one));
      }
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

TEST_CASE("the gradient of logdet is slogdet's where the determinant is negative, too") {
  const Tensor a = tensor({1., 2., 2., 1.}, float64);
  const Tensor m = reshape(a, {2, 2}).detach().requires_grad_();
  const Tensor y = logdet(m);
  CHECK(std::isnan(y.item()));
  const Tensor slope = grad({y}, {m})[0], expected = grad({slogdet(m).logabsdet}, {m})[0];
  CHECK(largest(expected) > 0);
  CHECK(largest(slope - expected) == 0);
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
      CHECK(text([&] {
              eigh(m);
            }).find("eigh: " + shape + ": has a NaN or an infinity at (12, 4)") == 0);
      CHECK(text([&] { svd(m); }).find("svd: " + shape + ": has a NaN or an infinity at (12, 4)") ==
            0);
      CHECK(text([&] {
              lstsq(m, ones({n}, float64));
            }).find("lstsq: " + shape + ": has a NaN or an infinity at (12, 4)") == 0);
      qr(m);
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

TEST_CASE("orthogonal factorizations of all sizes give back their matrices") {
  each_size([](std::int64_t count, std::int64_t n, Dtype dtype) {
    for (const std::int64_t m : {n, n + 3, std::max<std::int64_t>(1, n / 2)}) {
      const Tensor a = random_matrices(count, m, n, dtype);
      const double limit = tolerance(dtype, m + n) * largest(a);
      const std::int64_t k = std::min(m, n);
      const Tensor one = eye(k, dtype);
      const Qr f = qr(a);
      CHECK(largest(matmul(f.q, f.r) - a) < limit);
      CHECK(largest(matmul(transpose(f.q), f.q) - one) < limit);
      CHECK(largest(slice(transpose(f.r), -2, 0, k) - lower(slice(transpose(f.r), -2, 0, k))) == 0);
      const Svd s = svd(a);
      CHECK(largest(matmul(s.u * unsqueeze(s.s, -2), s.vh) - a) < limit);
      CHECK(largest(matmul(transpose(s.u), s.u) - one) < limit);
      CHECK(largest(matmul(s.vh, transpose(s.vh)) - one) < limit);
      CHECK(largest(svdvals(a) - s.s) < limit);
      if (k > 1) CHECK(min(slice(s.s, -1, 0, k - 1) - slice(s.s, -1, 1)).item() >= 0);
      CHECK(min(s.s).item() >= 0);
    }
    const Tensor x = random_matrices(count, n, n, dtype), a = x + transpose(x);
    const double limit = tolerance(dtype, n) * largest(a);
    const Eigh e = eigh(laid_out_otherwise(a));
    CHECK(largest(matmul(e.vectors * unsqueeze(e.values, -2), transpose(e.vectors)) - a) < limit);
    CHECK(largest(matmul(transpose(e.vectors), e.vectors) - eye(n, dtype)) < limit);
    CHECK(largest(eigvalsh(a) - e.values) < limit);
    if (n > 1) CHECK(min(slice(e.values, -1, 1) - slice(e.values, -1, 0, n - 1)).item() >= 0);
  });
}

TEST_CASE("vectors of singular values 0 are orthonormal") {
  for (const Dtype dtype : {float32, float64}) {
    for (const auto& [m, n] :
         {std::pair<std::int64_t, std::int64_t>{5, 5}, {9, 4}, {4, 9}, {20, 30}}) {
      const Tensor thin = matmul(randn({3, m, 2}, dtype), randn({2, n}, dtype));
      for (const Tensor& a : {thin, zeros({3, m, n}, dtype), ones({3, m, n}, dtype)}) {
        const Svd s = svd(a);
        const Tensor one = eye(std::min(m, n), dtype);
        CHECK(largest(matmul(transpose(s.u), s.u) - one) < tolerance(dtype, m + n));
        CHECK(largest(matmul(s.vh, transpose(s.vh)) - one) < tolerance(dtype, m + n));
        CHECK(largest(matmul(s.u * unsqueeze(s.s, -2), s.vh) - a) < tolerance(dtype, m + n) * 10);
      }
      CHECK(max(matrix_rank(thin)).item() == 2);
      CHECK(max(matrix_rank(zeros({m, n}, dtype))).item() == 0);
      CHECK(largest(pinv(thin)) < 1e3);  // of noise it would be some 1e15
      CHECK(largest(matmul(matmul(thin, pinv(thin)), thin) - thin) < tolerance(dtype, m + n) * 100);
    }
  }
}

TEST_CASE("the gradient of pinv of small and of large matrices") {
  for (const Shape& shape : {Shape{4, 2}, Shape{2, 4}, Shape{3, 3}}) {
    manual_seed(3);
    const Tensor a = randn(shape), weight = randn({shape[1], shape[0]});
    const auto gradient = [&](double scale) {
      const Tensor x = (a * scale).detach().requires_grad_();
      return grad({sum(pinv(x) * (weight * scale))}, {x})[0] * scale;
    };
    const Tensor expected = gradient(1);
    for (const double scale : {0x1p-66, 0x1p-90, 0x1p90})
      CHECK(largest(gradient(scale) - expected) <= 1e-4 * largest(expected));
  }
}

TEST_CASE("a tolerance for the rank is not negative") {
  const Tensor a = eye(2);
  const auto refused = [](const std::string& op, const auto& f) {
    CHECK(error_of(f).find(op + ": rtol must not be negative, got ") == 0);
  };
  for (const double rtol : {-1.0, std::numeric_limits<double>::quiet_NaN()}) {
    refused("pinv", [&] { pinv(a, {.rtol = rtol}); });
    refused("lstsq", [&] { lstsq(a, ones({2}), {.rtol = rtol}); });
    refused("matrix_rank", [&] { matrix_rank(a, {.rtol = rtol}); });
  }
}

TEST_CASE("very large and very small elements") {
  for (const double unit : {1e-160, 1e-100, 1e100, 1e160}) {
    for (const std::int64_t n : {4, 40}) {
      const Tensor x = randn({n, n}, float64), a = x + transpose(x);
      CHECK(largest(eigvalsh(a * unit) / unit - eigvalsh(a)) < 1e-12 * double(n));
      CHECK(largest(svdvals(x * unit) / unit - svdvals(x)) < 1e-12 * double(n));
      CHECK(largest(qr(x * unit).r / unit - qr(x).r) < 1e-12 * double(n));
      CHECK(std::abs(matrix_norm(x * unit).item() / unit - matrix_norm(x).item()) < 1e-12);
    }
  }
}

TEST_CASE("equal eigenvalues") {
  const Tensor a = eye(3, float64).requires_grad_();
  // Of the values alone, and of the space that all vectors span.
  CHECK(largest(grad({sum(eigh(a).values)}, {a})[0] - eye(3, float64)) < 1e-15);
  const Tensor v = eigh(a).vectors;
  CHECK(largest(grad({sum(matmul(v, transpose(v)))}, {a})[0]) < 1e-15);
  // A pair of equal ones beside another.
  const Tensor b = tensor({{2, 0, 0}, {0, 2, 0}, {0, 0, 5}}, float64).requires_grad_();
  const Tensor pair = slice(eigh(b).vectors, -1, 0, 2);
  const Tensor w = tensor({{1, 2, 3}, {2, 1, 5}, {3, 5, 4}}, float64);
  const Tensor g = grad({sum(w * matmul(pair, transpose(pair)))}, {b})[0];
  CHECK(std::abs(g(0, 2).item() + 1) < 1e-12);  // w02 / (2 - 5), on both sides
  CHECK(std::abs(g(1, 2).item() + 5.0 / 3) < 1e-12);
  CHECK(largest(g(Slice(0, 2), Slice(0, 2))) < 1e-12);
  const Tensor turning = tensor({{1, 2, 3}, {0, 1, 5}, {3, 5, 4}}, float64);
  CHECK(error_of([&] {
          sum(turning * eigh(b).vectors).backward();
        }).find("eigh: (3, 3): eigenvalues 0 and 1 are equal") == 0);
  // Equal singular values matter only where both sides turn alike: u vᵀ has a gradient.
  const Tensor c = (2.0 * eye(2, float64)).detach().requires_grad_();
  const Svd s = svd(c);
  const Tensor t = tensor({{1, 3}, {-1, 2}}, float64);
  const Tensor of_c = grad({sum(t * matmul(s.u, s.vh))}, {c})[0];
  CHECK(largest(of_c - tensor({{0, 1}, {-1, 0}}, float64)) < 1e-12);
}

TEST_CASE("the norm of a matrix of zeros has the gradient 0") {
  const Tensor x = zeros({2, 2}, float64).requires_grad_();
  for (const MatrixNorm kind :
       {MatrixNorm::fro, MatrixNorm::nuc, MatrixNorm::spectral, MatrixNorm::smallest,
        MatrixNorm::columns, MatrixNorm::rows, MatrixNorm::columns_min, MatrixNorm::rows_min}) {
    INFO(int(kind));
    CHECK(largest(grad({matrix_norm(x, kind)}, {x})[0]) == 0);
  }
}

TEST_CASE("a singular matrix has the condition number infinity") {
  const double infinity = std::numeric_limits<double>::infinity();
  const Tensor regular = tensor({{2, 1}, {1, 3}}, float64).requires_grad_();
  const Tensor three = stack({tensor({{1, 2}, {2, 4}}, float64), regular, zeros({2, 2}, float64)});
  for (const MatrixNorm kind :
       {MatrixNorm::fro, MatrixNorm::nuc, MatrixNorm::columns, MatrixNorm::rows,
        MatrixNorm::columns_min, MatrixNorm::rows_min, MatrixNorm::spectral}) {
    INFO(int(kind));
    const Tensor y = cond(three, kind), alone = cond(regular, kind);
    if (kind != MatrixNorm::spectral) CHECK(y(0).item() == infinity);  // else after rounding
    CHECK(y(1).item() == alone.item());
    CHECK(y(2).item() == infinity);
    CHECK(largest(grad({y(1)}, {regular})[0] - grad({alone}, {regular})[0]) < 1e-12);
  }
  CHECK(cond(zeros({2, 3}, float64), MatrixNorm::smallest).item() == infinity);
}

TEST_CASE("a batch of exponentials has the results of single ones") {
  const Tensor a =
      stack({tensor({{27, 0}, {0, -27}}, float64), tensor({{0.05, 0}, {0, 0.01}}, float64)});
  const Tensor y = matrix_exp(unsqueeze(a, 0));
  for (std::int64_t i = 0; i < 2; ++i)
    CHECK(largest(select(select(y, 0, 0), 0, i) - matrix_exp(select(a, 0, i))) == 0);
  CHECK(std::abs(y(0, 0, 0, 0).item() / std::exp(27.0) - 1) < 1e-13);
  CHECK(std::abs(y(0, 1, 1, 1).item() - std::exp(0.01)) < 1e-15);
}

// Figures of NumPy 2 and SciPy 1; linalg_figures.py prints them.
TEST_CASE("known figures") {
  const Tensor a = tensor({{4, 1, -2}, {1, 3, 0.5}, {-2, 0.5, 6}}, float64);
  const auto is = [](const Tensor& got, std::initializer_list<double> wanted) {
    const auto values = contiguous(got).to_vector<double>();
    CHECK(values.size() == wanted.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      CHECK(std::abs(values[i] - wanted.begin()[i]) < 1e-12);
  };
  is(cholesky(a),
     {2.0, 0.0, 0.0, 0.5, 1.6583123951777, 0.0, -1.0, 0.6030226891555273, 2.15322168769582});
  is(inv(a), {0.3480392156862745, -0.13725490196078433, 0.12745098039215685, -0.13725490196078433,
              0.39215686274509803, -0.0784313725490196, 0.12745098039215685, -0.0784313725490196,
              0.2156862745098039});
  is(det(a), {51.00000000000002});
  is(slogdet(a).logabsdet, {3.931825632724326});
  is(solve(a, tensor({1, 2, 3}, float64)),
     {0.4558823529411765, 0.4117647058823529, 0.6176470588235294});
  is(eigvalsh(a), {1.7613872124741676, 3.9999999999999996, 7.238612787525831});
  is(svdvals(slice(a, 0, 0, 2)), {4.8662584952773535, 2.7512775681746446});
  is(qr(a).r, {-4.58257569495584, -1.3093073414159542, 4.255248859601851, 0.0, -2.9215944766025084,
               -2.762679295866807, 0.0, 0.0, 3.8092598035636818});
  is(pinv(slice(a, 0, 0, 2)), {0.19525801952580185, -0.01673640167364017, -0.04323570432357044,
                               0.3179916317991632, -0.13110181311018124, 0.12552301255230125});
  is(lstsq(slice(a, 1, 0, 2), tensor({1, 2, 3}, float64)),
     {-0.2845188284518829, 0.9958158995815906});
  // mpmath's: SciPy's differ by 2e-13.
  is(matrix_exp(0.5 * a), {13.7940435256665093, 2.52868354153383071, -14.6648482231714500,
                           2.52868354153383071, 5.18062192873361247, 0.623843028093329446,
                           -14.6648482231714500, 0.623843028093329446, 28.1386423775011664});
  is(matrix_power(a, -3) * 100.0, {8.021412861569079, -7.168198882782641, 4.64802847321166,
                                   -7.168198882782641, 9.053644525861095, -4.229990727548227,
                                   4.64802847321166, -4.229990727548228, 3.0504387452789645});
  is(cond(a), {4.109609026488823});
  is(matrix_norm(a, MatrixNorm::nuc), {13.0});
  is(matrix_norm(a, MatrixNorm::spectral), {7.238612787525828});
  is(lu(tensor({{1, 2}, {3, 4}, {5, 7}}, float64)).u, {5.0, 7.0, 0.0, 0.5999999999999999});
  is(lu(tensor({{1, 2}, {3, 4}, {5, 7}}, float64)).l,
     {1.0, 0.0, 0.2, 1.0, 0.6000000000000001, -0.33333333333333515});
  is(solve_triangular(a, tensor({1, 2, 3}, float64), {.upper = true, .transposed = true}),
     {0.25, 0.5833333333333334, 0.5347222222222222});
}

TEST_CASE("powers 0 and 1 of a matrix are new, whatever its elements") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor a = tensor({{1, nan}, {0, std::numeric_limits<double>::infinity()}}, float64);
  CHECK(largest(matrix_power(a, 0) - eye(2, float64)) == 0);
  const Tensor x = tensor({{1, 2}, {3, 4}}, float64).requires_grad_();
  CHECK(largest(grad({sum(matrix_power(x, 0))}, {x})[0]) == 0);
  Tensor y = matrix_power(x, 1);
  y += 1;
  CHECK(x(0, 0).item() == 1);
  CHECK(largest(grad({sum(y)}, {x})[0] - 1) == 0);
}

TEST_CASE("LAPACK is there where OpenBLAS is") {
  CHECK(runtime_info().blas.empty() == !kernels::lapack<double>());
  CHECK(runtime_info().blas.empty() == !kernels::lapack<float>());
}

TEST_CASE("cdist by another norm: the memory is that of some rows, forward and backward") {
  if (sanitized) SKIP_TEST("the memory pool is off");
  manual_seed(5);
  constexpr std::int64_t n = 2500, m = 1000, d = 40;
  const Tensor a = randn({n, d}).requires_grad_(), b = randn({m, d}).requires_grad_();
  const Tensor weights = randn({n, m});
  for (const double p : {1.0, double(INFINITY)}) {
    CAPTURE(p);
    a.set_grad({}), b.set_grad({});
    reset_peak_memory();
    const std::int64_t before = memory_stats().in_use;
    const Tensor distances = cdist(a, b, p);
    sum(distances * weights).backward();
    CHECK(memory_stats().peak_in_use - before < n * m * d * 4);
    // A few rows at once are not cut.
    for (const std::int64_t row : {0, 419, 2499}) {
      const Tensor one = slice(a.detach(), 0, row, row + 1).requires_grad_();
      const Tensor own = cdist(one, b.detach(), p);
      CHECK(all(eq(own, slice(distances.detach(), 0, row, row + 1))).item<bool>());
      sum(own * slice(weights, 0, row, row + 1)).backward();
      CHECK(max(abs(one.grad() - slice(a.grad(), 0, row, row + 1))).item() < 1e-3);
    }
    const Tensor one = slice(b.detach(), 0, 77, 78).requires_grad_();
    sum(cdist(a.detach(), one, p) * slice(weights, 1, 77, 78)).backward();
    CHECK(max(abs(one.grad() - slice(b.grad(), 0, 77, 78))).item() < 1e-3);
  }
}
