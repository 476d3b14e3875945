#pragma once
// NumPy's .npy files: one tensor a file.

#include <cinta/autograd/tensor.hpp>
#include <string>

#pragma GCC visibility push(default)
namespace cinta::io {

/// Writes a tensor as .npy (version 1.0, little-endian, C order), all or nothing. Every dtype of
/// cinta has its NumPy counterpart. Throws IoError.
void save_npy(const std::string& path, const Tensor& tensor);

/// Reads a .npy file of float32, float64, int64 or bool, in C or Fortran order, into a dense
/// tensor. Throws IoError for a file that is missing, malformed or of another type, and unless it
/// holds exactly the elements that its header announces.
Tensor load_npy(const std::string& path);

}  // namespace cinta::io
#pragma GCC visibility pop
