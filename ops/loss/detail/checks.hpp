#pragma once
// Private to losses: what they have in common.

#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/loss/loss.hpp>
#include <cinta/ops/map/map.hpp>

namespace cinta::detail {

/// Throws DtypeError unless x is floating.
void check_floating(const Op& op, const char* what, const Tensor& x);
/// Throws ShapeError unless the shapes are one.
void check_same_shape(const Op& op, const char* what_a, const Tensor& a, const char* what_b,
                      const Tensor& b);
/// mean, sum or the losses themselves.
Tensor reduced(const Tensor& losses, Reduction reduction);
/// share * loss; 0 where the share is 0 and the loss is not finite. A share of 0 has its slope, the
/// loss, as any other: who learns the targets begins there.
Element weighted_share(Element share, Element loss);

}  // namespace cinta::detail
