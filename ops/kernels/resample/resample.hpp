#pragma once
// Sums of weighted elements along one axis: interpolation. Dense arrays.

#include <cinta/autograd/core/memory/storage.hpp>
#include <vector>

namespace cinta::kernels {

/// Element o of the result is the sum of weights[k] * element indices[k] over its `taps` terms, k
/// from o * taps on. Terms of weight 0 are left out, whatever their element is.
struct ResampleTable {
  std::int64_t in, out, taps;
  std::vector<std::int64_t> indices;
  std::vector<double> weights;
};

/// x is (outer, in, inner), y (outer, out, inner).
void resample(const ResampleTable& table, std::int64_t outer, std::int64_t inner, const Array& x,
              const Array& y);
/// The adjoint.
void resample_adjoint(const ResampleTable& table, std::int64_t outer, std::int64_t inner,
                      const Array& dy, const Array& dx);

}  // namespace cinta::kernels
