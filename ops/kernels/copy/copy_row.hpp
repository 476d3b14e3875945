#pragma once
// Copying short rows: a call of memcpy would cost more than the copy.

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace cinta::kernels {

/// memcpy. Up to 64 bytes, two copies of a fixed size do, which may overlap in the middle.
inline void copy_row(char* to, const char* from, std::int64_t bytes) {
  const auto ends = [=](auto size) {
    std::memcpy(to, from, size());
    std::memcpy(to + bytes - size(), from + bytes - size(), size());
  };
  if (bytes > 64)
    std::memcpy(to, from, std::size_t(bytes));
  else if (bytes >= 32)
    ends(std::integral_constant<std::int64_t, 32>());
  else if (bytes >= 16)
    ends(std::integral_constant<std::int64_t, 16>());
  else if (bytes >= 8)
    ends(std::integral_constant<std::int64_t, 8>());
  else if (bytes >= 4)
    ends(std::integral_constant<std::int64_t, 4>());
  else
    for (std::int64_t i = 0; i < bytes; ++i) to[i] = from[i];
}

}  // namespace cinta::kernels
