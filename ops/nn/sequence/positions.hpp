#pragma once
// Where an element of a sequence stands, for what does not see order by itself.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// (length, width), a constant (Vaswani et al. 2017): columns 2i and 2i + 1 of row p are the sine
/// and the cosine of p / 10000^(2i / width). Throws ValueError on negative sizes, DtypeError unless
/// floating.
Tensor sinusoidal_positions(std::int64_t length, std::int64_t width, Dtype dtype = float32,
                            Site site = {});

struct RotaryOptions {
  double base = 10000;
  std::int64_t offset = 0;  ///< the position of the first row, when keys before it are kept
  /// Pairs are columns (2i, 2i + 1), as in the paper; otherwise (i, i + D/2), as in GPT-NeoX and
  /// LLaMA.
  bool interleaved = false;
};

/// Rotary positions of queries or keys x (..., L, D) (Su et al. 2021): pair i of row p is turned by
/// the angle (p + offset) / base^(2i / D), so that products depend on distances alone. Throws
/// ShapeError unless D is even and x has two axes, DtypeError unless floating, ValueError unless
/// base > 0.
Tensor rotary_positions(const Tensor& x, const RotaryOptions& options = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
