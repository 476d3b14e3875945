#pragma once
// Where elements are positive or NaN, in a bit each.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// How many int64 hold the bits of n elements.
std::int64_t relu_mask_words(std::int64_t n);

/// words = the bits of a dense floating x; bits of NaN are 1.
void make_relu_mask(const Array& x, const Array& words);

/// y = x where the bit is 1, else 0. Dense, one floating dtype; y may be x.
void apply_relu_mask(const Array& x, const Array& words, const Array& y);

}  // namespace cinta::kernels
