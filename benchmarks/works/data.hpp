#pragma once
// The same data for both libraries: a function of counters.

#include <cmath>
#include <cstdint>
#include <vector>

namespace bench {

/// Well mixed bits of (stream, i); the finaliser is that of splitmix64 (Steele, Lea, Flood 2014).
inline std::uint64_t bits(std::uint64_t stream, std::uint64_t i) {
  std::uint64_t z = (stream + 1) * 0xD1342543DE82EF95u + (i + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/// `count` numbers of a stream, uniform on [-scale, scale).
inline std::vector<float> values(std::uint64_t stream, std::int64_t count, double scale = 1) {
  std::vector<float> out(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = float(scale * (double(bits(stream, i) >> 40) * 0x1p-23 - 1));
  return out;
}

/// `count` ids of a stream, uniform below `limit`.
inline std::vector<std::int64_t> ids(std::uint64_t stream, std::int64_t count, std::int64_t limit) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = std::int64_t(bits(stream, i) % std::uint64_t(limit));
  return out;
}

}  // namespace bench
