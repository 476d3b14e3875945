#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/linalg/detail/factor.hpp>
#include <cinta/ops/linalg/factor/svd.hpp>
#include <cinta/ops/linalg/matrix_norm.hpp>
#include <cinta/ops/linalg/solve.hpp>
#include <cinta/ops/reduce/logical.hpp>
#include <cinta/ops/reduce/norm.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/view/diagonal.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <limits>

namespace cinta {
namespace {

// Singular values, of which those that are 0, and their vectors any, have the slope 0.
Tensor values_of(const Tensor& x) {
  const Tensor s = svdvals(x);
  return where(eq(s, 0), 0, s);
}

}  // namespace

Tensor matrix_norm(const Tensor& x, MatrixNorm kind, Site site) {
  const Op op{"matrix_norm", site};
  detail::check_matrix(op, x);
  const OpScope scope(op);
  if (kind == MatrixNorm::fro) return norm(x, 2, {-2, -1});
  if (kind == MatrixNorm::nuc) return sum(values_of(x), -1);
  if (x.size(-1) == 0 || x.size(-2) == 0) {
    throw ShapeError("matrix_norm: " + x.shape().str() + " has no elements to take the extreme of",
                     op.site);
  }
  switch (kind) {
    case MatrixNorm::spectral: return max(values_of(x), -1);
    case MatrixNorm::smallest: return min(values_of(x), -1);
    case MatrixNorm::columns: return max(sum(abs(x), -2), -1);
    case MatrixNorm::rows: return max(sum(abs(x), -1), -1);
    case MatrixNorm::columns_min: return min(sum(abs(x), -2), -1);
    default: return min(sum(abs(x), -1), -1);
  }
}

Tensor cond(const Tensor& a, MatrixNorm kind, Site site) {
  const Op op{"cond", site};
  const OpScope scope(op);
  const bool by_values = kind == MatrixNorm::spectral || kind == MatrixNorm::smallest;
  by_values ? detail::check_matrix(op, a) : detail::check_square(op, a);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (!by_values) {
    Tensor singular;
    {
      const NoGrad constant;
      singular = any(eq(diagonal(detail::factored(a).factors, 0, -2, -1), 0), -1);
    }
    const Tensor regular = where(unsqueeze(singular, {-2, -1}), eye(a.size(-1), a.dtype()), a);
    return where(singular, infinity, matrix_norm(regular, kind) * matrix_norm(inv(regular), kind));
  }
  const Tensor s = svdvals(a);
  if (s.size(-1) == 0)
    throw ShapeError("cond: " + a.shape().str() + " has no singular values", op.site);
  const Tensor largest = max(s, -1), smallest = min(s, -1);
  const Tensor zero = eq(largest, 0);  // the matrix is, whose quotient would be 0 / 0
  return where(zero, infinity,
               kind == MatrixNorm::spectral ? largest / where(zero, 1, smallest)
                                            : smallest / where(zero, 1, largest));
}

}  // namespace cinta
