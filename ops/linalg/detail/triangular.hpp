#pragma once
// Private to ops: solve_triangular under the name of the operation that needs it.

#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/linalg/detail/matrix.hpp>
#include <cinta/ops/linalg/solve.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta::detail {

/// Of matrices of one dtype. Errors name `op`, which says nothing of what is saved.
Tensor solve_triangle(const Op& op, const Tensor& a, const Tensor& b, TriangularOptions options);

/// The same for arguments as users give them: checks sizes, brings both to one dtype, and takes a b
/// with one axis as a vector. `f(a, b)` solves.
template <class F>
Tensor with_right_side(const Op& op, const Tensor& a, const Tensor& b, F f) {
  check_defined(op, {a, b});
  const Dtype dtype = common_dtype(op, a, b);
  check_square(op, a);
  const bool vector = b.rank() == 1;
  if (b.rank() == 0 || b.size(vector ? 0 : -2) != a.size(-1)) {
    throw ShapeError(std::string(op.name) + ": " + a.shape().str() + " and right-hand side " +
                         b.shape().str() + ": needs (" + std::to_string(a.size(-1)) +
                         ",) or (..., " + std::to_string(a.size(-1)) + ", k)",
                     op.site);
  }
  const OpScope scope(op);
  if (!vector) {
    common_leading(op, leading(a.shape()), leading(b.shape()));  // checks them as they were given
    const RightSides sides(a, to(b, dtype));
    return sides.apart(f(to(a, dtype), sides.together()));
  }
  return squeeze(f(to(a, dtype), to(unsqueeze(b, 1), dtype)), -1);
}

}  // namespace cinta::detail
