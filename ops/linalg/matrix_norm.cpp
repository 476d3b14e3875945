#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/linalg/detail/matrix.hpp>
#include <cinta/ops/linalg/factor/svd.hpp>
#include <cinta/ops/linalg/matrix_norm.hpp>
#include <cinta/ops/linalg/solve.hpp>
#include <cinta/ops/reduce/norm.hpp>
#include <cinta/ops/reduce/reduce.hpp>

namespace cinta {

Tensor matrix_norm(const Tensor& x, MatrixNorm kind, Site site) {
  const Op op{"matrix_norm", site};
  detail::check_matrix(op, x);
  const SiteScope scope(op.site);
  if (kind == MatrixNorm::fro) return norm(x, 2, {-2, -1});
  if (kind == MatrixNorm::nuc) return sum(svdvals(x), -1);
  if (x.size(-1) == 0 || x.size(-2) == 0) {
    throw ShapeError("matrix_norm: " + x.shape().str() + " has no elements to take the extreme of",
                     op.site);
  }
  switch (kind) {
    case MatrixNorm::spectral: return max(svdvals(x), -1);
    case MatrixNorm::smallest: return min(svdvals(x), -1);
    case MatrixNorm::columns: return max(sum(abs(x), -2), -1);
    case MatrixNorm::rows: return max(sum(abs(x), -1), -1);
    case MatrixNorm::columns_min: return min(sum(abs(x), -2), -1);
    default: return min(sum(abs(x), -1), -1);
  }
}

Tensor cond(const Tensor& a, MatrixNorm kind, Site site) {
  const Op op{"cond", site};
  const NameScope name("cond");
  const bool by_values = kind == MatrixNorm::spectral || kind == MatrixNorm::smallest;
  by_values ? detail::check_matrix(op, a) : detail::check_square(op, a);
  const SiteScope scope(op.site);
  if (!by_values) return matrix_norm(a, kind) * matrix_norm(inv(a), kind);
  const Tensor s = svdvals(a);
  if (s.size(-1) == 0)
    throw ShapeError("cond: " + a.shape().str() + " has no singular values", op.site);
  const Tensor largest = max(s, -1), smallest = min(s, -1);
  return kind == MatrixNorm::spectral ? largest / smallest : smallest / largest;
}

}  // namespace cinta
