#pragma once
// IDX files, in which MNIST and its relatives come: one tensor a file.

#include <cinta/autograd/tensor.hpp>
#include <string>

#pragma GCC visibility push(default)
namespace cinta::io {

/// Reads an IDX file: integers as int64, float32 and float64 as what they are, with the file's
/// shape: (60000, 28, 28) for MNIST's images, values 0 to 255. Throws IoError, which names file and
/// byte, for a file that is missing, malformed, of an unknown type or gzip'd (load_idx_gz reads
/// it), and unless it holds exactly the elements that its header announces.
Tensor load_idx(const std::string& path);

/// How an IDX file is written.
struct IdxOptions {
  /// The elements' type in the file: uint8, int8, int16, int32, float32 or float64; empty: the
  /// tensor's own, int32 for int64, uint8 for bool. An integer has to be one exactly.
  std::string dtype;
};

/// Writes a tensor as IDX, all or nothing. Throws IoError; ValueError for a name that is no dtype
/// of the format, an element that it cannot hold, more than 255 axes and a size beyond 32 bits.
void save_idx(const std::string& path, const Tensor& tensor, const IdxOptions& options = {});

}  // namespace cinta::io
#pragma GCC visibility pop
