#pragma once
// Sums and products over many arrays in one parallel loop, as clipping and averaging need them.

#include <cinta/autograd/core/memory/storage.hpp>
#include <span>
#include <vector>

namespace cinta::kernels {

/// Dense elements of a floating dtype.
struct DenseArray {
  Dtype dtype;
  void* memory;
  std::int64_t count;
};

/// sums[i] = the sum of the squares of array i, in double. In blocks of fixed size: the same bits
/// for any number of threads. A square beyond double is infinite.
void squares_of_arrays(std::span<const DenseArray> arrays, std::span<double> sums);

/// Multiplies all elements by a number. Takes no memory.
void scale_arrays(std::span<const DenseArray> arrays, double factor);

/// y[i] += share * (x[i] - y[i]), of pairs with the same dtype and count; with a share of 1, y[i] =
/// x[i]. Takes no memory.
void blend_arrays(std::span<const DenseArray> y, std::span<const DenseArray> x, double share);

}  // namespace cinta::kernels
