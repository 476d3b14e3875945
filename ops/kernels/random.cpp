#include <cinta/ops/kernels/random.hpp>
#include <cinta/ops/kernels/simd_level.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(uniform, (const Array& y, double low, double high, const RandomKey& key),
                    (y, low, high, key))
CINTA_SIMD_FUNCTION(normal, (const Array& y, double mean, double deviation, const RandomKey& key),
                    (y, mean, deviation, key))
CINTA_SIMD_FUNCTION(integers,
                    (const Array& y, std::int64_t low, std::uint64_t span, const RandomKey& key),
                    (y, low, span, key))
CINTA_SIMD_FUNCTION(bernoulli, (const Array& y, double p, const RandomKey& key), (y, p, key))
CINTA_SIMD_FUNCTION(dropout, (const Array& x, const Array& y, double p, const RandomKey& key),
                    (x, y, p, key))

}  // namespace cinta::kernels
