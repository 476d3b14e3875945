#pragma once
// Private to ops: the factorization that solve, inv and determinants share, and what they make of
// it.

#include <cinta/ops/linalg/detail/matrix.hpp>

namespace cinta::detail {

/// a = l u pᵀ as kernels/linalg/lu.hpp has it. The factors count as constants: operations take
/// them beside `a`, which their gradients go to.
struct Factored {
  Tensor factors, pivots;
};
Factored factored(const Tensor& a);

/// x with a x = b or aᵀ x = b, of matrices of one dtype whose leading axes broadcast. Errors name
/// `op`.
Tensor solve_factored(const Op& op, const Tensor& a, const Factored& f, const Tensor& b,
                      bool transposed);
/// The inverse of a. Errors name `op`.
Tensor inverse_factored(const Op& op, const Tensor& a, const Factored& f);

}  // namespace cinta::detail
