#pragma once
// How much a compressed file may unpack to.

#include <cstdint>

#pragma GCC visibility push(default)
namespace cinta::io {

/// What protects from files that are made to fill memory. What is merely stored never unpacks to
/// more than the file and is not limited.
struct UnpackLimits {
  /// Bytes that one compressed entry may unpack to.
  std::uint64_t entry_bytes = std::uint64_t{4} << 30;
  /// How many times the file's size all its entries may unpack to. A zip file of zeros reaches
  /// 1000; up to 64 MiB in all nobody asks.
  double ratio = 200;
};

}  // namespace cinta::io
#pragma GCC visibility pop
