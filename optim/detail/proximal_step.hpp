#pragma once
// Proximal steps of one tensor, for optimizers and minimizers.

#include <cinta/optim/wrap/proximal.hpp>

namespace cinta::optim::detail {

/// What the ranges of the options do not say of them together. Throws ValueError in the name of
/// `who`.
void check_proximal(const char* who, const ProximalOptions& options, const Site& site);
/// Throws IndexError if slices are used and the tensor has no such axis.
void check_proximal_axis(const char* who, const ProximalOptions& options, const Tensor& w,
                         const Site& site);

/// Brings dense w to the minimum of ||u - w||^2 / 2 + t * g(u) within the constraints.
void proximal_step(const Tensor& w, const ProximalOptions& options, double t);
/// g(w) of a w within the constraints.
double proximal_penalty(const Tensor& w, const ProximalOptions& options);

}  // namespace cinta::optim::detail
