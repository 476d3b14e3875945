#pragma once
// Private to losses: what they have in common.

#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/loss/loss.hpp>

namespace cinta::detail {

/// Throws DtypeError unless x is floating.
void check_floating(const Op& op, const char* what, const Tensor& x);
/// Throws ShapeError unless the shapes are one.
void check_same_shape(const Op& op, const char* what_a, const Tensor& a, const char* what_b,
                      const Tensor& b);
/// mean, sum or the losses themselves.
Tensor reduced(const Tensor& losses, Reduction reduction);

}  // namespace cinta::detail
