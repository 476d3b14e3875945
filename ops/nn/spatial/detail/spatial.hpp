#pragma once
// What operations on spatial axes check of their inputs and options.

#include <cinta/autograd/core/checked.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tensor.hpp>
#include <cinta/ops/nn/spatial/per_axis.hpp>
#include <string>

namespace cinta::detail {

/// Throws ValueError unless there is one number or one for each axis.
inline void check_fits(const std::string& name, const char* what, const PerAxis& values, int axes,
                       const Site& site) {
  if (values.fits(axes)) return;
  throw ValueError(name + ": " + what + " must be one number or " + std::to_string(axes) +
                       ", got " + values.str(),
                   site);
}

/// The same, and none below `least`.
inline void check_per_axis(const std::string& name, const char* what, const PerAxis& values,
                           int axes, std::int64_t least, const Site& site) {
  check_fits(name, what, values, axes, site);
  for (int i = 0; i < axes; ++i) {
    if (values[i] >= least) continue;
    throw ValueError(
        name + ": " + what + " must be at least " + std::to_string(least) + ", got " + values.str(),
        site);
  }
}

/// The places that a kernel covers.
inline Checked reach_of(std::int64_t kernel, std::int64_t dilation) {
  return Checked(kernel - 1) * Checked(dilation) + Checked(1);
}

}  // namespace cinta::detail
