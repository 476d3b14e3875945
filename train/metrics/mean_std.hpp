#pragma once
// A figure over several runs.

#include <span>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Mean and sample standard deviation (n - 1; 0 for a single value and for equal ones).
struct MeanStd {
  double mean = 0;
  double std = 0;
};

/// Throws ValueError for no values, a NaN or an infinite value.
MeanStd mean_std(std::span<const double> values);

}  // namespace cinta::train
#pragma GCC visibility pop
