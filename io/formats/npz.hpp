#pragma once
// NumPy's .npz files: many arrays by name. Needs the library cinta::formats.

#include <cinta/autograd/tensor.hpp>
#include <cinta/io/formats/limits.hpp>
#include <string>

#pragma GCC visibility push(default)
namespace cinta::io {

/// How a .npz file is written.
struct NpzOptions {
  bool compress = false;  ///< as numpy.savez_compressed does, instead of numpy.savez
};

/// Writes tensors as .npz, each in its own dtype, all or nothing. Throws IoError, also for a pipe,
/// in which nothing can be gone back to; ValueError for a name that is empty, absolute, not UTF-8,
/// there twice or longer than 65531 bytes, and a tensor with more than NumPy's 64 axes.
///
///     save_npz("net.npz", net.state_dict());
void save_npz(const std::string& path, const NamedTensors& tensors, const NpzOptions& options = {});

/// Reads what numpy.savez and numpy.savez_compressed write, in the order of the file; the dtypes
/// are those of load_npy. Throws IoError, which names file, entry and byte, for a file that is no
/// archive or damaged (checksums are verified), for an entry that is no .npy, encrypted, there
/// twice or has an absolute path, and for what unpacks to more than the limits.
NamedTensors load_npz(const std::string& path, const UnpackLimits& limits = {});

}  // namespace cinta::io
#pragma GCC visibility pop
