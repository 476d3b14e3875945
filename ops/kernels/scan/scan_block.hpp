#pragma once
// Private to scans: running sums of float32 in float64.

#include <cstdint>

namespace cinta::kernels {

/// Elements x[0], x[1], ..., or with `reverse` x[0], x[-1], ..., and where their running sums go in
/// the same way. What is added in which order depends on nothing else.
struct ScanBlock {
  const float* x;
  std::int64_t count;
  bool reverse;
  double before;   // is added to all of them
  float* y;        // null: only the block's own sum is asked for
  bool streaming;  // y is larger than a cache; finish_streaming() is the caller's
};

/// `sum` becomes the sum of the block alone.
void scan_block(const ScanBlock& block, double& sum);

}  // namespace cinta::kernels
