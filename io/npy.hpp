#pragma once
// NumPy's .npy files: one tensor a file.

#include <cinta/autograd/tensor.hpp>
#include <string>

#pragma GCC visibility push(default)
namespace cinta::io {

/// How a .npy file is written.
struct NpyOptions {
  /// The elements' type in the file, by NumPy's name: bool, int8 to int64, uint8 to uint64,
  /// float16, float32 or float64; empty: the tensor's own, which NumPy has as well. Floating types
  /// round to the nearest, what is too large becomes infinite; an integer or a bool has to be one
  /// exactly.
  std::string dtype;
};

/// Writes a tensor as .npy (version 1.0, little-endian, C order), all or nothing. Throws IoError;
/// ValueError for a name that is no dtype, an element that it cannot hold, and more than NumPy's 64
/// axes.
void save_npy(const std::string& path, const Tensor& tensor, const NpyOptions& options = {});

/// Reads a .npy file of versions 1 to 3, in C or Fortran order and either order of bytes, into a
/// dense tensor: bool as bool, integers of 8 to 64 bits with and without sign as int64, float16 and
/// float32 as float32, float64 as it is. Complex, text, object, structured and other types are
/// refused, as is an unsigned integer beyond int64. Throws IoError, which names file and byte, for
/// a file that is missing, malformed or of another type, and unless it holds exactly the elements
/// that its header announces.
Tensor load_npy(const std::string& path);

}  // namespace cinta::io
#pragma GCC visibility pop
