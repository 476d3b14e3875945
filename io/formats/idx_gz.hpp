#pragma once
// IDX files as they are downloaded, gzip'd. Needs the library cinta::formats.

#include <cinta/autograd/tensor.hpp>
#include <cinta/io/formats/limits.hpp>
#include <string>

#pragma GCC visibility push(default)
namespace cinta::io {

/// load_idx of a file that is gzip'd, or not. Throws IoError as that does, for a file that is
/// damaged or cut off (its checksum is verified), and for what unpacks to more than the limits.
///
///     Tensor images = to(load_idx_gz("train-images-idx3-ubyte.gz"), float32) / 255;
Tensor load_idx_gz(const std::string& path, const UnpackLimits& limits = {});

}  // namespace cinta::io
#pragma GCC visibility pop
