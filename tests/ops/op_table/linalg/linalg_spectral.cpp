// Orthogonal factorizations, and what is made of eigenvalues and singular values. Infinite elements
// are refused, very large ones beside small ones leave no digits to compare.

#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/linalg/factor/eigh.hpp>
#include <cinta/ops/linalg/factor/qr.hpp>
#include <cinta/ops/linalg/factor/svd.hpp>
#include <cinta/ops/linalg/matrix_norm.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <functional>
#include <limits>

#include "ops/op_table/linalg/linalg.hpp"

namespace {

using namespace op_table;

// Symmetric, of any square x, with eigenvalues that keep apart.
Tensor spread(const Tensor& x, Site site = {}) {
  const SiteScope scope(site);
  const std::int64_t n = x.size(-1);
  return 0.25 * (x + transpose(x)) + build({n, n}, x.dtype(), [&](std::int64_t i) {
           return i / n == i % n ? 6 * double(i % n) - 5 : 0;
         });
}
Plain spread(const Plain& x) {
  Plain y = 0.25 * (x + x.turned());
  for (std::int64_t i = 0; i < x.rows; ++i) y(i, i) += 6 * double(i) - 5;
  return y;
}

// Of any x, with singular values that keep apart and from 0.
Tensor stretched(const Tensor& x, Site site = {}) {
  const SiteScope scope(site);
  const std::int64_t m = x.size(-2), n = x.size(-1);
  return 0.25 * x + build({m, n}, x.dtype(), [&](std::int64_t i) {
           return i / n == n - 1 - i % n ? 4 * double(i / n) + 3 : 0;
         });
}
Plain stretched(Plain x) {
  x = 0.25 * x;
  for (std::int64_t i = 0; i < std::min(x.rows, x.columns); ++i)
    x(i, x.columns - 1 - i) += 4 * double(i) + 3;
  return x;
}

// Wide, with a left square that is far from singular.
Tensor leaning(const Tensor& x, Site site = {}) {
  const SiteScope scope(site);
  const std::int64_t m = x.size(-2), n = x.size(-1);
  return 0.25 * x +
         build({m, n}, x.dtype(), [&](std::int64_t i) { return i / n == i % n ? 4.0 : 0; });
}
Plain leaning(Plain x) {
  x = 0.25 * x;
  for (std::int64_t i = 0; i < x.rows; ++i) x(i, i) += 4;
  return x;
}

// How many eigenvalues of a symmetric matrix lie below `shift`: negative pivots of a - shift I.
int below(Plain a, double shift) {
  int count = 0;
  for (std::int64_t i = 0; i < a.rows; ++i) a(i, i) -= shift;
  for (std::int64_t k = 0; k < a.rows; ++k) {
    if (a(k, k) == 0) a(k, k) = 1e-300;
    count += a(k, k) < 0;
    for (std::int64_t i = k + 1; i < a.rows; ++i)
      for (std::int64_t j = k + 1; j < a.rows; ++j) a(i, j) -= a(i, k) / a(k, k) * a(k, j);
  }
  return count;
}
// Eigenvalues in ascending order, by bisection.
Plain eigenvalues(const Plain& a) {
  double bound = 1;
  for (const double x : a.x) bound += std::abs(x);
  Plain y{a.rows, 1};
  for (std::int64_t i = 0; i < a.rows; ++i) {
    double low = -bound, high = bound;
    for (int step = 0; step < 200; ++step) {
      const double middle = (low + high) / 2;
      (below(a, middle) <= i ? low : high) = middle;
    }
    y.x[std::size_t(i)] = low;
  }
  return y;
}
Plain singular_values(const Plain& a) {
  const Plain e = eigenvalues(a.rows < a.columns ? a * a.turned() : a.turned() * a);
  Plain y{e.rows, 1};
  for (std::int64_t i = 0; i < e.rows; ++i)
    y.x[std::size_t(i)] = std::sqrt(std::max(0.0, e.x[std::size_t(e.rows - 1 - i)]));
  return y;
}

Tensor values_of(const Tensor& x, const std::function<Plain(const Plain&)>& f) {
  return batch_of(leading_of(x), {std::min(x.size(-1), x.size(-2))},
                  [&](std::int64_t i) { return f(matrix_of(x, i)); });
}
Tensor matrices_of(const Tensor& x, const std::function<Plain(const Plain&)>& f) {
  return each_matrix(f)({x})[0];
}

// q r with a positive diagonal, column by column.
std::pair<Plain, Plain> gram_schmidt(const Plain& a) {
  const std::int64_t k = std::min(a.rows, a.columns);
  Plain q{a.rows, k};
  for (std::int64_t j = 0; j < k; ++j) {
    for (std::int64_t i = 0; i < a.rows; ++i) q(i, j) = a(i, j);
    for (int twice = 0; twice < 2; ++twice) {
      for (std::int64_t c = 0; c < j; ++c) {
        double sum = 0;
        for (std::int64_t i = 0; i < a.rows; ++i) sum += q(i, c) * q(i, j);
        for (std::int64_t i = 0; i < a.rows; ++i) q(i, j) -= sum * q(i, c);
      }
    }
    double norm = 0;
    for (std::int64_t i = 0; i < a.rows; ++i) norm += q(i, j) * q(i, j);
    for (std::int64_t i = 0; i < a.rows; ++i) q(i, j) /= std::sqrt(norm);
  }
  Plain r = q.turned() * a;
  for (std::int64_t i = 0; i < k; ++i)
    for (std::int64_t j = 0; j < i; ++j) r(i, j) = 0;
  return {q, r};
}

Plain pseudoinverse(const Plain& a) {
  const Plain t = a.turned();
  return a.rows < a.columns ? t * inverse(a * t) : inverse(t * a) * t;
}

double singular_value(const Plain& a, bool largest) {
  const Plain s = singular_values(a);
  return largest ? s.x.front() : s.x.back();
}

double power_norm(const std::vector<double>& x, double ord) {
  double sum = 0;
  for (const double v : x) sum += std::pow(std::abs(v), ord);
  return std::pow(sum, 1 / ord);
}

check::Row matrix_norm_row(const char* name, MatrixNorm norm, double (*reference)(const Plain&)) {
  return {.name = name,
          .function = [norm](const Tensors& in) { return matrix_norm(stretched(in[0]), norm); },
          .reference = each_number([reference](const Plain& a) { return reference(stretched(a)); }),
          .samples = {{reals({3, 3})}, {reals({2, 3})}, {reals({2, 3, 2})}, {reals({1, 1})}},
          .propagates_nan = false,
          .infinities = false,
          .extremes = false};
}

double line_sum(const Plain& a, bool columns, bool largest) {
  const Plain x = columns ? a.turned() : a;
  double best = largest ? 0 : INFINITY;
  for (std::int64_t i = 0; i < x.rows; ++i) {
    double sum = 0;
    for (std::int64_t j = 0; j < x.columns; ++j) sum += std::abs(x(i, j));
    best = largest ? std::max(best, sum) : std::min(best, sum);
  }
  return best;
}

const Register here({
    {.name = "qr",
     .function =
         [](const Tensors& in) {
           const Qr f = qr(stretched(in[0]));
           // Signs are arbitrary: here the diagonal is positive.
           const std::int64_t k = f.q.size(-1);
           const Tensor signs =
               sum(sign(slice(f.r, -1, 0, k)) * eye(k, f.r.dtype()), -1, keepdims).detach();
           return Tensors{f.q * transpose(signs), f.r * signs};
         },
     .reference =
         [](const Tensors& in) {
           return Tensors{
               matrices_of(in[0], [](const Plain& a) { return gram_schmidt(stretched(a)).first; }),
               matrices_of(in[0],
                           [](const Plain& a) { return gram_schmidt(stretched(a)).second; })};
         },
     .samples = {{reals({3, 3})},
                 {reals({1, 1})},
                 {reals({4, 2})},
                 {reals({2, 3, 3})},
                 {reals({2, 2, 2, 2})},
                 {reals({1, 3})}},
     .errors = {no_matrix("qr", [](const Tensor& x) { qr(x); })},
     .propagates_nan = false,  // how far one spreads depends on the method
     .infinities = false,
     .extremes = false},
    {.name = "qr, wide",
     .function =
         [](const Tensors& in) {
           const Qr f = qr(leaning(in[0]));
           return Tensors{matmul(f.q, f.r), matmul(transpose(f.r), f.r)};
         },
     .reference =
         [](const Tensors& in) {
           return Tensors{
               matrices_of(in[0], [](const Plain& a) { return leaning(a); }),
               matrices_of(in[0], [](const Plain& a) { return leaning(a).turned() * leaning(a); })};
         },
     .samples = {{reals({2, 3})}, {reals({2, 2, 4})}},
     .propagates_nan = false,  // how far one spreads depends on the method
     .infinities = false,
     .extremes = false,
     .ulps = 64},
    {.name = "qr without elements",
     .function =
         [](const Tensors& in) {
           const Qr f = qr(in[0]);
           return Tensors{f.q, f.r};
         },
     .reference =
         [](const Tensors& in) {
           const std::int64_t m = in[0].size(-2), n = in[0].size(-1), k = std::min(m, n);
           return Tensors{batch_of(leading_of(in[0]), {m, k},
                                   [&](auto) {
                                     return Plain{m, k};
                                   }),
                          batch_of(leading_of(in[0]), {k, n}, [&](auto) {
                            return Plain{k, n};
                          })};
         },
     .samples = {{reals({0, 0})}, {reals({0, 3})}, {reals({3, 0})}, {reals({0, 2, 2})}},
     .propagates_nan = false},
    {.name = "eigh",
     .function =
         [](const Tensors& in) {
           const Eigh f = eigh(spread(in[0]));
           const Tensor cubes = unsqueeze(f.values * f.values * f.values, -2);
           return Tensors{f.values, matmul(f.vectors * cubes, transpose(f.vectors))};
         },
     .reference =
         [](const Tensors& in) {
           return Tensors{values_of(in[0], [](const Plain& a) { return eigenvalues(spread(a)); }),
                          matrices_of(in[0], [](const Plain& a) {
                            const Plain s = spread(a);
                            return s * s * s;
                          })};
         },
     .samples = {{reals({3, 3})}, {reals({1, 1})}, {reals({2, 2, 2})}, {reals({4, 4})}},
     .errors =
         {{[] {
             return eigh(tensor({{1, 2}, {0, 1}})).values;
           },
           "eigh: (2, 2): is not symmetric: elements (1, 0) and (0, 1) differ"},
          {[] {
             return eigh(tensor({{1, NAN}, {0, 1}})).values;
           },
           "eigh: (2, 2): has a NaN or an infinity at (0, 1)"},
          not_square("eigh", [](const Tensor& x) { eigh(x); }),
          {[] {
             const Tensor x = eye(2, float64).requires_grad_();
             sum(eigh(x).vectors * tensor({{1, 2}, {3, 4}}, float64)).backward();
           },
           "eigh: (2, 2): eigenvalues 0 and 1 are equal, and the loss depends on which vectors "
           "were chosen for them"},
          {[] {
             return eigh(broadcast_to(ones({1, 1}), {50000, 50000})).values;
           },
           "eigh: (50000, 50000) is beyond what LAPACK's workspace counts, some 46000"}},
     .propagates_nan = false,  // it is refused
     .infinities = false,
     .extremes = false,
     .ulps = 512},  // cubes of values that differ by a factor of ten
    {.name = "eigvalsh",
     .function = [](const Tensors& in) { return eigvalsh(spread(in[0])); },
     .reference =
         [](const Tensors& in) {
           return values_of(in[0], [](const Plain& a) { return eigenvalues(spread(a)); });
         },
     .samples = {{reals({3, 3})}, {reals({1, 1})}, {reals({2, 2, 2})}},
     .errors = {{[] {
                   return eigvalsh(tensor({{1, 2}, {0, 1}}));
                 },
                 "eigvalsh: (2, 2): is not symmetric: elements (1, 0) and (0, 1) differ"},
                no_matrix("eigvalsh", [](const Tensor& x) { eigvalsh(x); })},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false,
     .ulps = 64},
    {.name = "eigvalsh without elements",
     .function =
         [](const Tensors& in) {
           const Eigh f = eigh(in[0]);
           return Tensors{f.values + eigvalsh(in[0]), f.vectors};
         },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[0].size(-1);
           return Tensors{batch_of(leading_of(in[0]), {n},
                                   [&](auto) {
                                     return Plain{n, 1};
                                   }),
                          in[0]};
         },
     .samples = {{reals({0, 0})}, {reals({2, 0, 0})}, {reals({0, 2, 2})}},
     .propagates_nan = false},
    {.name = "svd",
     .function =
         [](const Tensors& in) {
           const Svd f = svd(stretched(in[0]));
           return Tensors{f.s, matmul(f.u * unsqueeze(f.s * f.s * f.s, -2), f.vh),
                          matmul(f.u, f.vh), matmul(f.u, transpose(f.u)),
                          matmul(transpose(f.vh), f.vh)};
         },
     .reference =
         [](const Tensors& in) {
           const auto of = [&](auto f) {
             return matrices_of(in[0], [f](const Plain& a) { return f(stretched(a)); });
           };
           return Tensors{
               values_of(in[0], [](const Plain& a) { return singular_values(stretched(a)); }),
               of([](const Plain& a) { return a * a.turned() * a; }),
               // The nearest matrix with orthonormal rows or columns, by Newton's iteration.
               of([](const Plain& a) {
                 Plain x = a;
                 for (int i = 0; i < 60; ++i) x = 0.5 * (x + pseudoinverse(x).turned());
                 return x;
               }),
               of([](const Plain& a) { return a * pseudoinverse(a); }),
               of([](const Plain& a) { return pseudoinverse(a) * a; })};
         },
     .samples = {{reals({3, 3})}, {reals({1, 1})}, {reals({4, 2})}, {reals({2, 2, 3})}},
     .errors = {{[] {
                   return svd(tensor({{1, NAN}, {0, 1}})).s;
                 },
                 "svd: (2, 2): has a NaN or an infinity at (0, 1)"},
                no_matrix("svd", [](const Tensor& x) { svd(x); }),
                {[] {
                   const Tensor x = eye(2, float64).requires_grad_();
                   sum(svd(x).u * tensor({{1, 2}, {3, 4}}, float64)).backward();
                 },
                 "svd: (2, 2): singular values 0 and 1 are equal, and the loss depends on which "
                 "vectors were chosen for them"},
                {[] {
                   const Tensor x = zeros({2, 1}, float64).requires_grad_();
                   sum(svd(x).u * tensor({{1}, {3}}, float64)).backward();
                 },
                 "svd: (2, 1): singular value 0 is 0, and the loss depends on which vectors were "
                 "chosen for it"},
                {[] {
                   return svd(broadcast_to(ones({1, 1}), {30000, 30000})).s;
                 },
                 "svd: (30000, 30000) is beyond what LAPACK's workspace counts, some 26000"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false,
     .ulps = 512},  // as of eigh
    {.name = "svdvals",
     .function = [](const Tensors& in) { return svdvals(stretched(in[0])); },
     .reference =
         [](const Tensors& in) {
           return values_of(in[0], [](const Plain& a) { return singular_values(stretched(a)); });
         },
     // The last one is LAPACK's.
     .samples =
         {{reals({3, 3})}, {reals({1, 1})}, {reals({4, 2})}, {reals({2, 2, 3})}, {reals({18, 17})}},
     .errors = {no_matrix("svdvals", [](const Tensor& x) { svdvals(x); })},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false,
     .ulps = 64},
    {.name = "svd without elements",
     .function =
         [](const Tensors& in) {
           const Svd f = svd(in[0]);
           return Tensors{f.u, f.s + svdvals(in[0]), f.vh, pinv(in[0])};
         },
     .reference =
         [](const Tensors& in) {
           const std::int64_t m = in[0].size(-2), n = in[0].size(-1), k = std::min(m, n);
           const auto nothing = [&](std::int64_t r, std::int64_t c) {
             return batch_of(leading_of(in[0]), {r, c}, [&](auto) { return Plain{r, c}; });
           };
           return Tensors{nothing(m, k),
                          batch_of(leading_of(in[0]), {k},
                                   [&](auto) {
                                     return Plain{k, 1};
                                   }),
                          nothing(k, n), nothing(n, m)};
         },
     .samples = {{reals({0, 0})}, {reals({0, 3})}, {reals({3, 0})}, {reals({0, 2, 2})}},
     .propagates_nan = false},
    {.name = "pinv",
     .function = [](const Tensors& in) { return pinv(stretched(in[0])); },
     .reference = each_matrix([](const Plain& a) { return pseudoinverse(stretched(a)); }),
     .samples = {{reals({3, 3})}, {reals({4, 2})}, {reals({2, 2, 3})}, {reals({1, 1})}},
     .errors = {no_matrix("pinv", [](const Tensor& x) { pinv(x); }),
                {[] {
                   return pinv(full({2, 2}, NAN));
                 },
                 "pinv: (2, 2): has a NaN or an infinity at (0, 0)"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false,
     .ulps = 64},
    {.name = "lstsq",
     .function = [](const Tensors& in) { return lstsq(stretched(in[0]), in[1]); },
     .reference =
         [](const Tensors& in) {
           const bool vector = in[1].rank() == 1;
           const std::int64_t n = in[0].size(-1), k = vector ? 1 : in[1].size(-1);
           const auto solve_one = [&](std::int64_t i) {
             Plain b{in[0].size(-2), k};
             for (std::size_t e = 0; e < b.x.size(); ++e) b.x[e] = at(in[1], std::int64_t(e));
             return pseudoinverse(stretched(matrix_of(in[0], i))) * b;
           };
           return vector ? batch_of(leading_of(in[0]), {n}, solve_one)
                         : batch_of(leading_of(in[0]), {n, k}, solve_one);
         },
     .samples = {{reals({4, 2}), reals({4, 2})},
                 {reals({4, 2}), reals({4})},
                 {reals({2, 2, 3}), reals({2, 1})}},
     .errors = {{[] {
                   return lstsq(ones({3, 2}), ones({2}));
                 },
                 "lstsq: (3, 2) and right-hand side (2,): needs (3,) or (..., 3, k)"},
                {[] {
                   return lstsq(ones({3, 2}), ones({3}, int64));
                 },
                 "lstsq: needs floating dtypes, got float32 and int64"},
                {{reals({2, 3, 2}), reals({3, 3, 1})},
                 "lstsq: batches (2,) and (3,) do not broadcast"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false,
     .ulps = 64},
    {.name = "matrix_rank",
     .function = [](const Tensors& in) { return matrix_rank(in[0]); },
     .reference =
         [](const Tensors& in) {
           return build(leading_of(in[0]), int64, [&](std::int64_t i) {
             // What elimination leaves over.
             Plain a = matrix_of(in[0], i);
             std::int64_t rank = 0;
             for (; rank < std::min(a.rows, a.columns); ++rank) {
               std::int64_t row = rank, column = rank;
               for (std::int64_t r = rank; r < a.rows; ++r)
                 for (std::int64_t c = rank; c < a.columns; ++c)
                   if (std::abs(a(r, c)) > std::abs(a(row, column))) row = r, column = c;
               if (std::abs(a(row, column)) < 1e-12) break;
               for (std::int64_t c = 0; c < a.columns; ++c) std::swap(a(rank, c), a(row, c));
               for (std::int64_t r = 0; r < a.rows; ++r) std::swap(a(r, rank), a(r, column));
               for (std::int64_t r = rank + 1; r < a.rows; ++r)
                 for (std::int64_t c = a.columns - 1; c >= rank; --c)
                   a(r, c) -= a(r, rank) / a(rank, rank) * a(rank, c);
             }
             return double(rank);
           });
         },
     .samples = {{reals({3, 3}, {1, 2, 3, 2, 4, 6, 1, 0, 1})},
                 {reals({2, 3})},
                 {reals({2, 2, 2})},
                 {reals({0, 2})},
                 {reals({2, 0, 0})}},
     .errors = {no_matrix("matrix_rank", [](const Tensor& x) { matrix_rank(x); }),
                {[] {
                   return matrix_rank(full({1, 1}, NAN));
                 },
                 "matrix_rank: (1, 1): has a NaN or an infinity at (0, 0)"}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    matrix_norm_row("matrix_norm", MatrixNorm::fro,
                    [](const Plain& a) { return power_norm(a.x, 2); }),
    matrix_norm_row("matrix_norm, nuc", MatrixNorm::nuc,
                    [](const Plain& a) { return power_norm(singular_values(a).x, 1); }),
    matrix_norm_row("matrix_norm, spectral", MatrixNorm::spectral,
                    [](const Plain& a) { return singular_value(a, true); }),
    matrix_norm_row("matrix_norm, smallest", MatrixNorm::smallest,
                    [](const Plain& a) { return singular_value(a, false); }),
    matrix_norm_row("matrix_norm, columns", MatrixNorm::columns,
                    [](const Plain& a) { return line_sum(a, true, true); }),
    matrix_norm_row("matrix_norm, rows", MatrixNorm::rows,
                    [](const Plain& a) { return line_sum(a, false, true); }),
    matrix_norm_row("matrix_norm, columns_min", MatrixNorm::columns_min,
                    [](const Plain& a) { return line_sum(a, true, false); }),
    matrix_norm_row("matrix_norm, rows_min", MatrixNorm::rows_min,
                    [](const Plain& a) { return line_sum(a, false, false); }),
    {.name = "matrix_norm without elements",
     .function =
         [](const Tensors& in) { return matrix_norm(in[0]) + matrix_norm(in[0], MatrixNorm::nuc); },
     .reference = each_number([](const Plain&) { return 0.0; }),
     .samples = {{reals({0, 0})}, {reals({2, 0, 3})}, {reals({0, 2, 2})}},
     .errors = {no_matrix("matrix_norm", [](const Tensor& x) { matrix_norm(x); }),
                {[] {
                   return matrix_norm(ones({0, 2}), MatrixNorm::rows);
                 },
                 "matrix_norm: (0, 2) has no elements to take the extreme of"},
                {[] {
                   return matrix_norm(full({2, 2}, NAN), MatrixNorm::nuc);
                 },
                 "matrix_norm: (2, 2): has a NaN or an infinity at (0, 0)"}},
     .propagates_nan = false},
    {.name = "cond",
     .function =
         [](const Tensors& in) {
           return cond(stretched(in[0])) + cond(stretched(in[0]), MatrixNorm::smallest);
         },
     .reference = each_number([](const Plain& a) {
       const double c = singular_value(stretched(a), true) / singular_value(stretched(a), false);
       return c + 1 / c;
     }),
     .samples = {{reals({3, 3})}, {reals({2, 3})}, {reals({2, 3, 2})}},
     .errors = {not_square("cond", [](const Tensor& x) { cond(x, MatrixNorm::fro); }),
                {[] {
                   return cond(ones({0, 0}));
                 },
                 "cond: (0, 0) has no singular values"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false,
     .ulps = 64},
    {.name = "cond, fro",
     .function = [](const Tensors& in) { return cond(regular(in[0]), MatrixNorm::fro); },
     .reference = each_number([](const Plain& a) {
       return power_norm(regular(a).x, 2) * power_norm(inverse(regular(a)).x, 2);
     }),
     .samples = {{reals({3, 3})}, {reals({2, 2, 2})}},
     .infinities = false,
     .extremes = false,
     .ulps = 64},
});

}  // namespace
