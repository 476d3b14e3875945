// Powers, exponentials and products of matrices.

#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/linalg/implicit.hpp>
#include <cinta/ops/linalg/matrix_function.hpp>

#include "ops/op_table/linalg/linalg.hpp"

namespace {

using namespace op_table;

// The series of the exponential, of a matrix halved until it is small, and squared again.
Plain exponential(Plain a) {
  double norm = 0;
  for (const double x : a.x) norm += std::abs(x);
  int halvings = 0;
  for (; norm > 0.1; norm /= 2) ++halvings;
  a = std::ldexp(1.0, -halvings) * a;
  Plain sum = Plain::eye(a.rows), term = sum;
  for (int k = 1; k < 20; ++k) {
    term = 1.0 / k * (term * a);
    sum = sum + term;
  }
  for (int i = 0; i < halvings; ++i) sum = sum * sum;
  return sum;
}

check::Row power_row(const char* name, std::int64_t power) {
  return {.name = name,
          .function = [power](const Tensors& in) { return matrix_power(regular(in[0]), power); },
          .reference = each_matrix([power](const Plain& x) {
            const Plain a = power < 0 ? inverse(regular(x)) : regular(x);
            Plain y = a;
            for (std::int64_t i = 1; i < std::abs(power); ++i) y = y * a;
            return y;
          }),
          .samples = {{reals({3, 3})}, {reals({1, 1})}, {reals({2, 2, 2})}},
          .infinities = false,  // inf - inf
          .extremes = false,
          .ulps = 64};  // several products one after the other
}

const Register here({
    {.name = "matrix_exp",
     .function = [](const Tensors& in) { return matrix_exp(in[0]); },
     .reference = each_matrix(exponential),
     .samples = {{reals({3, 3})},
                 {reals({1, 1})},
                 {reals({2, 2, 2, 2})},
                 {reals({2, 2}, -9, 9)},
                 {reals({2, 2}, -0.01, 0.01)}},
     .errors = {not_square("matrix_exp", [](const Tensor& x) { matrix_exp(x); }),
                {[] {
                   return matrix_exp(ones({2, 2}, int64));
                 },
                 "matrix_exp: needs a floating dtype, got int64; convert with to()"}},
     .infinities = false,
     .extremes = false,
     .ulps = 512,  // squared several times
     .gradient_ulps = 4096},
    {.name = "matrix_exp without elements",
     .function = [](const Tensors& in) { return matrix_exp(in[0]); },
     .reference = [](const Tensors& in) { return in[0]; },
     .samples = {{reals({0, 0})}, {reals({2, 0, 0})}, {reals({0, 2, 2})}},
     .propagates_nan = false},
    power_row("matrix_power, 1", 1),
    power_row("matrix_power, 5", 5),
    power_row("matrix_power, -2", -2),
    {.name = "matrix_power",
     .function = [](const Tensors& in) { return matrix_power(in[0], 0); },
     .reference = each_matrix([](const Plain& x) { return Plain::eye(x.rows); }),
     .samples = {{reals({2, 2})}, {reals({2, 1, 1})}, {reals({0, 0})}},
     .errors = {not_square("matrix_power", [](const Tensor& x) { matrix_power(x, 2); }),
                {[] {
                   return matrix_power(ones({2, 2}), -1);
                 },
                 "matrix_power: (2, 2): is singular: pivot 2 is 0"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "cg",
     .function =
         [](const Tensors& in) {
           // To the last digits, in either precision.
           const double rtol = in[1].dtype() == float64 ? 1e-14 : 1e-7;
           return cg(definite(in[0]), in[1], {.rtol = rtol});
         },
     .reference =
         [](const Tensors& in) {
           return systems(in[0], in[1],
                          [](const Plain& a, const Plain& b) { return solved(definite(a), b); });
         },
     .samples = {{reals({3, 3}), reals({3})}, {reals({2, 2}), reals({2, 3})}},
     .errors = {{[] { return cg(eye(2), ones({3})); },
                 "cg: float32 (2, 2) and float32 (3,): needs (n, n) and (n,) or "
                 "(n, k) of one dtype"},
                {[] { return cg([](auto& x, auto&) { return x; }, ones({2}, int64)); },
                 "cg: needs a floating dtype, got int64"}},
     .propagates_nan = false,  // it does not converge
     .infinities = false,
     .extremes = false,
     .ulps = 256,  // of the iteration
     .gradient_ulps = 4096},
    {.name = "implicit_root",
     .function =
         [](const Tensors& in) {
           const Tensor p = exp(in[0]);  // x² = p
           return implicit_root(sqrt(p.detach()),
                                [](const Tensor& x, const Tensors& q) { return x * x - q[0]; },
                                {p});
         },
     .reference = each([](double x) { return std::exp(x / 2); }),
     .samples = {{reals({3})}, {reals({2, 2})}, {reals({})}},
     .errors = {{[] {
                   return implicit_root(ones({2}, int64), [](auto& x, auto&) { return x; }, {});
                 },
                 "implicit_root: needs a floating dtype, got int64"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "implicit_fixed_point",
     .function =
         [](const Tensors& in) {
           const Tensor p = exp(in[0]);  // x = (x + p / x) / 2
           return implicit_fixed_point(
               sqrt(p.detach()),
               [](const Tensor& x, const Tensors& q) { return 0.5 * (x + q[0] / x); }, {p});
         },
     .reference = each([](double x) { return std::exp(x / 2); }),
     .samples = {{reals({3})}, {reals({})}},
     .errors = {{[] {
                   return implicit_fixed_point(ones({2}), [](auto&, auto&) { return ones({}); },
                                               {});
                 },
                 "implicit_fixed_point: the equation gives float32 () for float32 (2,)"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "multi_dot",
     .function = [](const Tensors& in) { return multi_dot(in); },
     .reference =
         [](const Tensors& in) {
           Plain y = matrix_of(in[0], 0);
           for (std::size_t i = 1; i < in.size(); ++i) y = y * matrix_of(in[i], 0);
           return build({y.rows, y.columns}, float64,
                        [&](std::int64_t i) { return y.x[std::size_t(i)]; });
         },
     .samples = {{reals({2, 3}), reals({3, 4})},
                 {reals({4, 1}), reals({1, 3}), reals({3, 2})},
                 {reals({2, 3}), reals({3, 1}), reals({1, 4}), reals({4, 2})}},
     .errors = {{[] { return multi_dot({ones({2})}); },
                 "multi_dot: needs at least two matrices, got 1"},
                {[] {
                   return multi_dot({ones({2, 3}), ones({2, 3})});
                 },
                 "multi_dot: (2, 3) x (2, 3) at 1: inner sizes differ"},
                {[] {
                   return multi_dot({ones({2, 3}), ones({3}), ones({3, 2})});
                 },
                 "multi_dot: (3,) at 1: needs a matrix, or a vector at either end"},
                {[] {
                   return multi_dot({ones({2, 2}, int64), ones({2, 2})});
                 },
                 "multi_dot: needs floating dtypes, got int64 and float32"}},
     .infinities = false,  // the order of the products decides where inf - inf comes up
     .extremes = false,
     .refuses_undefined = false},
    {.name = "multi_dot, of vectors",
     .function = [](const Tensors& in) { return multi_dot(in); },
     .reference =
         [](const Tensors& in) {
           double sum = 0;
           for (std::int64_t i = 0; i < 3; ++i)
             for (std::int64_t j = 0; j < 2; ++j)
               sum += at(in[0], i) * at(in[1], i * 2 + j) * at(in[2], j);
           return build({}, float64, [&](std::int64_t) { return sum; });
         },
     .samples = {{reals({3}), reals({3, 2}), reals({2})}},
     .infinities = false,
     .extremes = false},
    {.name = "trace",
     .function = [](const Tensors& in) { return trace(in[0]); },
     .reference = each_number([](const Plain& a) {
       double sum = 0;
       for (std::int64_t i = 0; i < std::min(a.rows, a.columns); ++i) sum += a(i, i);
       return sum;
     }),
     .samples = {{reals({3, 3})},
                 {reals({2, 3})},
                 {reals({2, 3, 2})},
                 {reals({1, 1})},
                 {reals({0, 0})},
                 {reals({2, 0, 3})},
                 {reals({0, 2, 2})}},
     .errors = {no_matrix("trace", [](const Tensor& x) { trace(x); })},
     .propagates_nan = false},  // off the diagonal nothing is read
    {.name = "tensorsolve",
     .function =
         [](const Tensors& in) {
           return tensorsolve(reshape(regular(in[0]), {2, 3, 6}), in[1]);
         },
     .reference =
         [](const Tensors& in) {
           Plain b{6, 1};
           for (std::int64_t i = 0; i < 6; ++i) b(i, 0) = at(in[1], i);
           const Plain x = solved(regular(matrix_of(in[0], 0)), b);
           return build({6}, float64, [&](std::int64_t i) { return x.x[std::size_t(i)]; });
         },
     .samples = {{reals({6, 6}), reals({2, 3})}},
     .errors =
         {{[] {
             return tensorsolve(ones({2, 3, 5}), ones({2, 3}));
           },
           "tensorsolve: (2, 3, 5) and (2, 3): the first needs the sizes of the second, and "
           "others of the same product"},
          {[] { return tensorsolve(ones({0}), ones({0})); },
           "tensorsolve: (0,) and (0,): the first needs the sizes of the second, and others of "
           "the same product"},
          {[] {
             return tensorsolve(ones({2, 2}), ones({2}));
           },
           "tensorsolve: (2, 2): is singular: pivot 2 is 0"},
          {[] {
             return tensorsolve(ones({2, 2}, int64), ones({2}));
           },
           "tensorsolve: needs floating dtypes, got int64 and float32"}},
     .infinities = false,
     .extremes = false},
});

}  // namespace
