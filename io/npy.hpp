#pragma once
// NumPy's .npy files: one tensor a file.

#include <cinta/autograd/tensor.hpp>
#include <string>

#pragma GCC visibility push(default)
namespace cinta::io {

/// Writes a tensor as .npy (version 1.0, little-endian, C order), all or nothing. Every dtype of
/// cinta has its NumPy counterpart. Throws IoError, also for more than NumPy's 64 axes.
void save_npy(const std::string& path, const Tensor& tensor);

/// Reads a .npy file of versions 1 to 3, in C or Fortran order and either order of bytes, into a
/// dense tensor: bool as bool, integers of 8 to 64 bits with and without sign as int64, float32 and
/// float64 as what they are. float16, complex, structured and other types are refused, as is an
/// unsigned integer beyond int64. Throws IoError for a file that is missing, malformed or of
/// another type, and unless it holds exactly the elements that its header announces.
Tensor load_npy(const std::string& path);

}  // namespace cinta::io
#pragma GCC visibility pop
