#include <cinta/ops/kernels/elementwise/relu_mask.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(make_relu_mask, (const Array& x, const Array& words), (x, words))
CINTA_SIMD_FUNCTION(apply_relu_mask, (const Array& x, const Array& words, const Array& y),
                    (x, words, y))

std::int64_t relu_mask_words(std::int64_t n) { return (n + 511) / 512 * 8; }

}  // namespace cinta::kernels
