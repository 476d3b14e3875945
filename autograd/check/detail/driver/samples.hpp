#pragma once
// Private to the checks: the tensors that a sample of the op table stands for.

#include <cinta/autograd/check/op.hpp>

namespace cinta::check {

/// The tensors of a sample, floating ones in float64: the same for the same seed.
Tensors draw(const Sample& sample, std::uint64_t seed);

/// Dense copies, floating ones in `dtype`.
Tensors converted(const Tensors& tensors, Dtype dtype);

/// What elementwise operations get beside their samples: no axes, no elements, more elements than
/// a SIMD register holds, and for several inputs shapes that broadcast.
std::vector<Sample> elementwise_samples(const Sample& pattern);

enum class Layout { transposed, gaps, reversed, expanded };
inline constexpr Layout layouts[] = {Layout::transposed, Layout::gaps, Layout::reversed,
                                     Layout::expanded};
const char* name_of(Layout layout);

/// The values of `x` in another layout. What lies between them is NaN, or an index out of any
/// range. `expanded` repeats the first entry of the last long axis, with stride 0.
Tensor laid_out(const Tensor& x, Layout layout);

}  // namespace cinta::check
