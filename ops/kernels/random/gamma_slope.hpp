#pragma once
// How the quantiles of a gamma distribution move with its concentration.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// Of F(a, l), the share of a gamma distribution of concentration a below x = exp(l), and its
/// density f in l: y = (d^k F / da^k) / f, k = 1, 2, ..., 8; so -y for k = 1 is dl / da of a
/// sample. Dense float64 arrays of one size. To a relative 1e-12 for k = 1; higher ones change
/// their sign, and are near that as exact as their largest part.
void gamma_slope(int k, const Array& a, const Array& l, const Array& y);

}  // namespace cinta::kernels
