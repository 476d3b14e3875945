#pragma once
// Eigenvalues of symmetric matrices (..., n, n), float32 or float64, batched over the leading axes.
//
// As in cholesky, what counts is the symmetric part, the gradient is symmetric, and elements across
// the diagonal that differ by more than rounding are refused, as is what is not finite.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

struct Eigh {
  Tensor values;   ///< (..., n), ascending
  Tensor vectors;  ///< (..., n, n), orthonormal columns in their order
};
/// a = v diag(values) vᵀ.
///
/// Signs of vectors are arbitrary, and of equal values only the space that their vectors span is
/// defined: a loss must not depend on either. Its gradient then has 0 for each pair of equal values
/// (equal to a few roundings of the largest), as it should have where the loss sees their vectors
/// through the space alone; a loss that does depend on them throws ValueError in backward. A loss
/// of the values alone has no such term at all. For functions of a matrix whose values may be
/// equal use matrix_exp, matrix_power or products: v f(values) vᵀ loses the slope of f across
/// pairs.
///
/// Throws ValueError for a matrix that is not symmetric, not finite, or does not converge, and for
/// sizes beyond LAPACK's workspace (some 46,000); ShapeError, DtypeError.
Eigh eigh(const Tensor& a, Site site = {});
/// The eigenvalues alone, which takes half the time unless a gradient is recorded.
Tensor eigvalsh(const Tensor& a, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
