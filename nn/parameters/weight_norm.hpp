#pragma once
// Weights as length times direction, and weights of largest singular value 1.

#include <cinta/nn/parameters/parametrize.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

/// w = g v / |v|, a length g for each entry of `axis` (Salimans & Kingma 2016). Trained are g,
/// "original0", of size 1 along the other axes, and v, "original1"; at first w is what it was. A
/// part of v that is zero gives zeros, with a gradient that can move it. Throws as
/// register_parametrization, IndexError for the axis.
///
///     weight_norm(layer);  // its "weight", a length for each output
void weight_norm(const Module& layer, const std::string& name = "weight", Axis axis = 0,
                 Site site = {});

struct SpectralNormOptions {
  std::string name = "weight";
  int n_power_iterations = 1;  ///< at each call in training mode; none in evaluation mode
  double eps = 1e-12;          ///< of the vectors' lengths
  Axis axis = 0;               ///< of the outputs: the others are one axis of the matrix
};

/// w = v / sigma, the largest singular value of v as a matrix, found by power iteration (Miyato et
/// al. 2018). Its two vectors are buffers, and constants for differentiation. 15 iterations are
/// done at once. Throws as register_parametrization, ValueError for options out of range.
void spectral_norm(const Module& layer, const SpectralNormOptions& options = {}, Site site = {});

}  // namespace cinta::nn
#pragma GCC visibility pop
