#pragma once
// Private to ops: what operations on symmetric matrices say of others.

#include <cinta/ops/linalg/detail/matrix.hpp>

namespace cinta::detail {

/// Throws if `stop` is that of a matrix of `a` with an element unlike the one across its diagonal,
/// or of one that is not finite; otherwise returns.
void refuse_asymmetric(const char* op, const Site& site, const Tensor& a,
                       const kernels::Stop& stop);

}  // namespace cinta::detail
