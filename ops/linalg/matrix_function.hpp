#pragma once
// Powers, exponentials, products and traces of matrices, float32 or float64, batched over the
// leading axes.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// The exponential of a (..., n, n), by scaling, a Padé approximation and squaring (Higham 2005),
/// scaled for each matrix by itself. The gradient is the exponential of a matrix twice as large
/// (Mathias 1996). Throws ShapeError, DtypeError.
Tensor matrix_exp(const Tensor& a, Site site = {});

/// a (..., n, n) to a whole power, by repeated squaring; 0 gives the identity, negative powers are
/// those of the inverse. Throws like inv.
Tensor matrix_power(const Tensor& a, std::int64_t power, Site site = {});

/// The product of two or more matrices, in the order that takes the fewest multiplications. The
/// first may be a vector that counts as a row, the last one that counts as a column, as in matmul.
/// Throws ValueError for fewer than two, ShapeError, DtypeError.
Tensor multi_dot(const Tensors& matrices, Site site = {});

/// (...): the sum of the diagonal of each matrix of x (..., m, n). Throws ShapeError, DtypeError.
Tensor trace(const Tensor& x, Site site = {});

/// x with the sum over its axes of a * x = b: a has the shape b.shape + x.shape, of as many
/// elements either way. Throws ShapeError, and like solve.
Tensor tensorsolve(const Tensor& a, const Tensor& b, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
