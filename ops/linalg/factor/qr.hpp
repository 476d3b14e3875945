#pragma once
// QR factorizations of (..., m, n), float32 or float64, batched over the leading axes.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

struct Qr {
  Tensor q;  ///< (..., m, k), orthonormal columns, k = min(m, n)
  Tensor r;  ///< (..., k, n), upper triangular; its diagonal may be negative
};
/// a = q r, by Householder's reflections. The gradient (Walter and Lehmann, arXiv:1009.6112, for
/// tall a; for wide a by its left square part) needs that square part of r to be regular, and
/// throws ValueError where it is not. Throws ShapeError, DtypeError.
Qr qr(const Tensor& a, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
