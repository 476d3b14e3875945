#pragma once
// Determinants of (..., n, n), float32 or float64, batched over the leading axes.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// (...): the determinant; of (0, 0) it is 1. Its gradient, the matrix of cofactors, is right for
/// singular matrices too; a gradient of that gradient throws ValueError there. Throws ShapeError,
/// DtypeError.
Tensor det(const Tensor& a, Site site = {});

struct SignAndLog {
  Tensor sign;       ///< (...): 1, -1, or 0 if singular; has no gradient
  Tensor logabsdet;  ///< (...): -inf if singular
};
/// The determinant as its sign and the logarithm of its size, which do not overflow. The gradient
/// of a singular matrix throws ValueError, since there is none. Throws ShapeError, DtypeError.
SignAndLog slogdet(const Tensor& a, Site site = {});

/// (...): the logarithm of the determinant: -inf if that is 0, NaN if it is negative. Gradient and
/// errors are slogdet's; of a positive definite matrix, 2 * sum(log(diagonal of its Cholesky
/// factor)) takes half the time.
Tensor logdet(const Tensor& a, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
