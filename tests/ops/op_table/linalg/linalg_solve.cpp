// Factorizations that solve systems. Infinite and very large elements are left out everywhere:
// factorizations add and subtract them, and what remains is no limit of anything.

#include <cinta/ops/linalg/det.hpp>
#include <cinta/ops/linalg/factor/cholesky.hpp>
#include <cinta/ops/linalg/factor/lu.hpp>
#include <cinta/ops/linalg/solve.hpp>

#include "ops/op_table/linalg/linalg.hpp"

namespace {

using namespace op_table;

const std::vector<check::Sample> squares = {
    {reals({3, 3})}, {reals({1, 1})}, {reals({2, 3, 3})}, {reals({2, 1, 2, 2})}, {reals({5, 5})}};
const std::vector<check::Sample> nothing = {
    {reals({0, 0})}, {reals({2, 0, 0})}, {reals({0, 2, 2})}};

// The triangle that an operation reads.
Plain triangle(const Plain& a, bool upper, bool unit = false) {
  Plain y{a.rows, a.rows};
  for (std::int64_t i = 0; i < a.rows; ++i)
    for (std::int64_t j = 0; j < a.rows; ++j)
      if (i == j ? !unit : (j > i) == upper) y(i, j) = a(i, j);
  return unit ? y + Plain::eye(a.rows) : y;
}

// With a diagonal that is far from 0, of any x.
Tensor dominant(const Tensor& x) { return x + 5.0 * eye(x.size(-1), x.dtype()); }
Plain dominant(const Plain& x) { return x + 5.0 * Plain::eye(x.rows); }

check::Row triangular(const char* name, TriangularOptions options) {
  return {.name = name,
          .function =
              [options](const Tensors& in) {
                return solve_triangular(dominant(in[0]), in[1], options);
              },
          .reference =
              [options](const Tensors& in) {
                return systems(in[0], in[1], [&](const Plain& a, const Plain& b) {
                  const Plain t = triangle(dominant(a), options.upper, options.unit);
                  return solved(options.transposed ? t.turned() : t, b);
                });
              },
          .samples = {{reals({3, 3}), reals({3, 2})},
                      {reals({3, 3}), reals({3})},
                      {reals({2, 2, 2}), reals({2, 2, 5})}},
          .propagates_nan = false,  // the other triangle is not read
          .infinities = false,
          .extremes = false};
}

const Tensor not_definite = tensor({{1, 2}, {2, 1}}, float64);

// p l u with rows exchanged for the largest pivot.
std::array<Plain, 3> lu_of(Plain a) {
  const std::int64_t m = a.rows, n = a.columns, k = std::min(m, n);
  Plain p = Plain::eye(m), l{m, k}, u{k, n};
  for (std::int64_t c = 0; c < k; ++c) {
    std::int64_t best = c;
    for (std::int64_t i = c; i < m; ++i)
      if (std::abs(a(i, c)) > std::abs(a(best, c))) best = i;
    for (std::int64_t j = 0; j < n; ++j) std::swap(a(c, j), a(best, j));
    for (std::int64_t i = 0; i < m; ++i) std::swap(p(i, c), p(i, best));
    for (std::int64_t i = c + 1; i < m; ++i) {
      a(i, c) /= a(c, c);
      for (std::int64_t j = c + 1; j < n; ++j) a(i, j) -= a(i, c) * a(c, j);
    }
  }
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) (j < i ? l(i, j) : u(i, j)) = a(i, j);
  for (std::int64_t i = 0; i < k; ++i) l(i, i) = 1;
  return {p, l, u};
}

// Rectangular matrices with pivots far from those that were not chosen: x with 5 to 9 added along
// a diagonal that starts in the lowest row.
Tensor rectangular(const Tensor& x) {
  const std::int64_t m = x.size(-2), n = x.size(-1);
  return x + build({m, n}, x.dtype(), [&](std::int64_t i) {
           return i / n == m - 1 - i % n ? 6.0 + double(i % n) : 0;
         });
}
Plain rectangular(Plain x) {
  for (std::int64_t j = 0; j < std::min(x.rows, x.columns); ++j)
    x(x.rows - 1 - j, j) += 6.0 + double(j);
  return x;
}

const Register here({
    {.name = "cholesky",
     .function = [](const Tensors& in) { return cholesky(definite(in[0])); },
     .reference = each_matrix([](const Plain& x) { return cholesky_of(definite(x)); }),
     .samples = squares,
     .errors =
         {{[] { return cholesky(not_definite); },
           "cholesky: (2, 2): is not positive definite: its leading minor of order 2 is not "
           "positive; add a jitter"},
          {[] {
             return cholesky(stack({eye(2), eye(2), -eye(2)}));
           },
           "cholesky: matrix (2,) of (3, 2, 2): is not positive definite: its leading minor of "
           "order 1 is not positive; add a jitter"},
          {[] {
             return cholesky(tensor({{2, 1}, {0, 2}}, float64));
           },
           "cholesky: (2, 2): is not symmetric: elements (1, 0) and (0, 1) differ"},
          {[] {
             return cholesky(tensor({{2, 0}, {0, NAN}}, float64));
           },
           "cholesky: (2, 2): has a NaN or an infinity at (1, 1)"},
          not_square("cholesky", [](const Tensor& x) { cholesky(x); }),
          no_matrix("cholesky", [](const Tensor& x) { cholesky(x); }),
          {[] {
             return cholesky(ones({2, 2}, int64));
           },
           "cholesky: needs a floating dtype, got int64; convert with to()"},
          {[] { return cholesky(Tensor()); }, "cholesky: input 0 is an undefined tensor"}},
     .propagates_nan = false,  // it is refused
     .infinities = false,
     .extremes = false,
     .refuses_undefined = false},
    {.name = "cholesky, of elements given one by one",
     .function = [](const Tensors& in) { return cholesky(in[0]); },
     .reference = each_matrix([](const Plain& x) { return cholesky_of(0.5 * (x + x.turned())); }),
     .samples = {{reals({2, 2}, {4, 1, 1, 3})}, {reals({3, 3}, {5, 1, -2, 1, 4, 1, -2, 1, 6})}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false,
     .strided = false},  // rows that are shown twice are not symmetric
    {.name = "cholesky, upper, with jitter",
     .function =
         [](const Tensors& in) {
           return cholesky(matmul(in[0], transpose(in[0])), {.upper = true, .jitter = 2});
         },
     .reference = each_matrix([](const Plain& x) {
       return cholesky_of(x * x.turned() + 2 * Plain::eye(x.rows)).turned();
     }),
     .samples = {{reals({3, 2})}, {reals({2, 2, 2})}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "cholesky without elements",
     .function = [](const Tensors& in) { return cholesky(in[0]); },
     .reference = each_matrix([](const Plain& x) { return x; }),
     .samples = nothing,
     .propagates_nan = false},
    {.name = "cholesky_solve",
     .function = [](const Tensors& in) { return cholesky_solve(dominant(in[0]), in[1]); },
     .reference =
         [](const Tensors& in) {
           return systems(in[0], in[1], [](const Plain& a, const Plain& b) {
             const Plain l = triangle(dominant(a), false);
             return solved(l * l.turned(), b);
           });
         },
     .samples = {{reals({3, 3}), reals({3, 2})},
                 {reals({3, 3}), reals({3})},
                 {reals({2, 1, 2, 2}), reals({3, 2, 2})}},
     .errors = {{[] {
                   return cholesky_solve(zeros({2, 2}), ones({2}));
                 },
                 "cholesky_solve: (2, 2): is singular: element 0 of its diagonal is 0"},
                {[] {
                   return cholesky_solve(ones({2, 2}), ones({3}));
                 },
                 "cholesky_solve: (2, 2) and right-hand side (3,): needs (2,) or (..., 2, k)"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "cholesky_solve, upper",
     .function =
         [](const Tensors& in) { return cholesky_solve(dominant(in[0]), in[1], {.upper = true}); },
     .reference =
         [](const Tensors& in) {
           return systems(in[0], in[1], [](const Plain& a, const Plain& b) {
             const Plain u = triangle(dominant(a), true);
             return solved(u.turned() * u, b);
           });
         },
     .samples = {{reals({3, 3}), reals({3, 2})}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "cholesky_inverse",
     .function = [](const Tensors& in) { return cholesky_inverse(dominant(in[0])); },
     .reference = each_matrix([](const Plain& a) {
       const Plain l = triangle(dominant(a), false);
       return inverse(l * l.turned());
     }),
     .samples = {{reals({3, 3})}, {reals({2, 2, 2})}},
     .errors = {{[] {
                   return cholesky_inverse(zeros({2, 2}));
                 },
                 "cholesky_inverse: (2, 2): is singular: element 0 of its diagonal is 0"},
                no_matrix("cholesky_inverse", [](const Tensor& x) { cholesky_inverse(x); })},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "cholesky_inverse, upper",
     .function =
         [](const Tensors& in) { return cholesky_inverse(dominant(in[0]), {.upper = true}); },
     .reference = each_matrix([](const Plain& a) {
       const Plain u = triangle(dominant(a), true);
       return inverse(u.turned() * u);
     }),
     .samples = {{reals({3, 3})}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    triangular("solve_triangular", {}),
    triangular("solve_triangular, upper", {.upper = true}),
    triangular("solve_triangular, transposed", {.transposed = true}),
    triangular("solve_triangular, upper, transposed", {.upper = true, .transposed = true}),
    triangular("solve_triangular, unit", {.unit = true}),
    triangular("solve_triangular, upper, transposed, unit",
               {.upper = true, .transposed = true, .unit = true}),
    {.name = "solve_triangular without elements",
     .function = [](const Tensors& in) { return solve_triangular(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           return systems(in[0], in[1], [](const Plain&, const Plain& b) { return b; });
         },
     .samples = {{reals({0, 0}), reals({0, 2})},
                 {reals({0, 0}), reals({0})},
                 {reals({0, 2, 2}), reals({2, 3})}},
     .errors = {{[] {
                   return solve_triangular(stack({eye(2), zeros({2, 2})}), ones({2}));
                 },
                 "solve_triangular: matrix (1,) of (2, 2, 2): is singular: element 0 of its "
                 "diagonal is 0"},
                not_square("solve_triangular",
                           [](const Tensor& x) { solve_triangular(x, ones({2})); }),
                {[] {
                   return solve_triangular(ones({2, 2, 2}), ones({3, 2, 1}));
                 },
                 "solve_triangular: batches (2,) and (3,) do not broadcast"},
                {[] {
                   return solve_triangular(ones({2, 2}), ones({2}, int64));
                 },
                 "solve_triangular: needs floating dtypes, got float32 and int64"},
                {[] {
                   return solve_triangular(ones({2, 2}), ones({}));
                 },
                 "solve_triangular: (2, 2) and right-hand side (): needs (2,) or (..., 2, k)"}},
     .propagates_nan = false},
    {.name = "solve",
     .function = [](const Tensors& in) { return solve(regular(in[0]), in[1]); },
     .reference =
         [](const Tensors& in) {
           return systems(in[0], in[1],
                          [](const Plain& a, const Plain& b) { return solved(regular(a), b); });
         },
     .samples = {{reals({3, 3}), reals({3, 2})},
                 {reals({3, 3}), reals({3})},
                 {reals({1, 1}), reals({1, 1})},
                 {reals({2, 3, 3}), reals({3})},
                 {reals({2, 2}), reals({2, 2, 3})},
                 {reals({2, 1, 2, 2}), reals({3, 2, 1})},
                 {reals({5, 5}), reals({5, 4})}},
     .errors = {{[] {
                   return solve(tensor({{1, 2}, {2, 4}}), ones({2}));
                 },
                 "solve: (2, 2): is singular: pivot 2 is 0"},
                {[] {
                   return solve(stack({eye(2), zeros({2, 2})}), ones({2, 1}));
                 },
                 "solve: matrix (1,) of (2, 2, 2): is singular: pivot 1 is 0"},
                not_square("solve", [](const Tensor& x) { solve(x, ones({2})); }),
                {[] {
                   return solve(eye(2), ones({3, 1}));
                 },
                 "solve: (2, 2) and right-hand side (3, 1): needs (2,) or (..., 2, k)"},
                {[] {
                   return solve(ones({2, 2, 2}), ones({3, 2, 1}));
                 },
                 "solve: batches (2,) and (3,) do not broadcast"},
                {[] { return solve(eye(2, int64), ones({2})); },
                 "solve: needs floating dtypes, got int64 and float32"}},
     .infinities = false,
     .extremes = false},
    {.name = "solve without elements",
     .function = [](const Tensors& in) { return solve(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           return systems(in[0], in[1], [](const Plain&, const Plain& b) { return b; });
         },
     .samples = {{reals({0, 0}), reals({0, 2})},
                 {reals({0, 0}), reals({0})},
                 {reals({0, 2, 2}), reals({2, 3})}},
     .propagates_nan = false},
    {.name = "inv",
     .function = [](const Tensors& in) { return inv(regular(in[0])); },
     .reference = each_matrix([](const Plain& a) { return inverse(regular(a)); }),
     .samples = squares,
     .errors = {{[] {
                   return inv(tensor({{1, 2}, {2, 4}}));
                 },
                 "inv: (2, 2): is singular: pivot 2 is 0"},
                not_square("inv", [](const Tensor& x) { inv(x); }),
                {[] {
                   return inv(ones({2, 2}, boolean));
                 },
                 "inv: needs a floating dtype, got bool; convert with to()"}},
     .infinities = false,
     .extremes = false},
    {.name = "inv without elements",
     .function = [](const Tensors& in) { return inv(in[0]); },
     .reference = each_matrix([](const Plain& x) { return x; }),
     .samples = nothing,
     .propagates_nan = false},
    {.name = "det",
     .function = [](const Tensors& in) { return det(regular(in[0])); },
     .reference = each_number([](const Plain& a) { return determinant(regular(a)); }),
     .samples = {{reals({3, 3})}, {reals({1, 1})}, {reals({2, 3, 3})}, {reals({2, 1, 2, 2})}},
     .errors = {not_square("det", [](const Tensor& x) { det(x); }),
                no_matrix("det", [](const Tensor& x) { det(x); })},
     .infinities = false,
     .extremes = false},
    {.name = "det, of singular matrices",
     .function = [](const Tensors& in) { return det(in[0]); },
     .reference = each_number(determinant),
     .samples = {{reals({2, 2}, {1, 2, 2, 4})},
                 {reals({3, 3}, {1, 2, 3, 2, 4, 6, -1, 0, 5})},
                 {reals({3, 3}, {0, 2, 3, 0, 1, 6, 0, 0, 5})}},
     .second_order = false,
     .infinities = false,
     .extremes = false,
     .strided = false},  // of lower rank, and the gradient is 0 then only but for rounding
    {.name = "det without elements",
     .function = [](const Tensors& in) { return det(in[0]); },
     .reference = each_number(determinant),
     .samples = nothing,
     .propagates_nan = false},
    {.name = "slogdet",
     .function =
         [](const Tensors& in) {
           const SignAndLog both = slogdet(regular(in[0]));
           return Tensors{both.sign, both.logabsdet};
         },
     .reference =
         [](const Tensors& in) {
           const auto of = [&](auto f) {
             return each_number([f](const Plain& a) { return f(determinant(regular(a))); })(in)[0];
           };
           return Tensors{of([](double d) { return d > 0   ? 1.0
                                                   : d < 0 ? -1.0
                                                           : d; }),
                          of([](double d) { return std::log(std::abs(d)); })};
         },
     .samples = {{reals({3, 3})}, {reals({1, 1})}, {reals({2, 3, 3})}, {reals({2, 1, 2, 2})}},
     .errors = {not_square("slogdet", [](const Tensor& x) { slogdet(x); })},
     .constants = {0},
     .infinities = false,
     .extremes = false},
    {.name = "logdet",
     .function = [](const Tensors& in) { return logdet(definite(in[0])); },
     .reference = each_number([](const Plain& a) { return std::log(determinant(definite(a))); }),
     .samples = {{reals({3, 3})}, {reals({1, 1})}, {reals({2, 1, 2, 2})}},
     .errors = {not_square("logdet", [](const Tensor& x) { logdet(x); })},
     .infinities = false,
     .extremes = false},
    {.name = "lu",
     .function =
         [](const Tensors& in) {
           const Lu f = lu(rectangular(in[0]));
           return Tensors{f.p, f.l, f.u};
         },
     .reference =
         [](const Tensors& in) {
           const std::int64_t m = in[0].size(-2), n = in[0].size(-1), k = std::min(m, n);
           const auto part = [&](std::size_t i, std::int64_t rows, std::int64_t columns) {
             return batch_of(leading_of(in[0]), {rows, columns}, [&](std::int64_t b) {
               return lu_of(rectangular(matrix_of(in[0], b)))[i];
             });
           };
           return Tensors{part(0, m, m), part(1, m, k), part(2, k, n)};
         },
     .samples = {{reals({3, 3})},
                 {reals({1, 1})},
                 {reals({2, 2, 4})},
                 {reals({4, 2})},
                 {reals({5, 3})},
                 {reals({3, 5})}},
     .errors = {no_matrix("lu", [](const Tensor& x) { lu(x); })},
     .constants = {0},
     .infinities = false,
     .extremes = false},
    {.name = "lu without elements",
     .function =
         [](const Tensors& in) {
           const Lu f = lu(in[0]);
           return Tensors{f.l, f.u};
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
    {.name = "lu_solve",
     .function = [](const Tensors& in) { return lu_solve(lu_factor(regular(in[0])), in[1]); },
     .reference =
         [](const Tensors& in) {
           return systems(in[0], in[1],
                          [](const Plain& a, const Plain& b) { return solved(regular(a), b); });
         },
     .samples = {{reals({3, 3}), reals({3, 2})},
                 {reals({3, 3}), reals({3})},
                 {reals({2, 2, 2}), reals({2, 3})},
                 {reals({2, 2}), reals({2, 2, 1})}},
     .errors = {{[] {
                   return lu_solve(lu_factor(ones({2, 2})), ones({2}));
                 },
                 "lu_solve: (2, 2): is singular: element 1 of its diagonal is 0"},
                {[] {
                   return lu_solve({eye(2), zeros({2})}, ones({2}));
                 },
                 "lu_solve: pivots need int64, got float32"},
                {[] {
                   return lu_solve({eye(2), zeros({3}, int64)}, ones({2}));
                 },
                 "lu_solve: factors (2, 2) and pivots (3,) do not belong together"},
                {[] {
                   return lu_solve({eye(2), full({2}, 7, int64)}, ones({2}));
                 },
                 "lu_solve: pivot 7 of row 0 is not in [0, 2)"}},
     .infinities = false,
     .extremes = false},
});

}  // namespace
