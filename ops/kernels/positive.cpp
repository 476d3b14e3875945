#include <cinta/ops/kernels/positive.hpp>
#include <cinta/ops/kernels/simd_level.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(find_positive, (const Array& x, const Array& words), (x, words))
CINTA_SIMD_FUNCTION(keep_positive, (const Array& x, const Array& words, const Array& y),
                    (x, words, y))

std::int64_t positive_words(std::int64_t n) { return (n + 511) / 512 * 8; }

}  // namespace cinta::kernels
