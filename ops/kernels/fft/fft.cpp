#include <cinta/ops/kernels/fft/fft.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(fft,
                    (const Array& x, const Array& y, std::int64_t n, std::int64_t inner,
                     bool inverse, double scale),
                    (x, y, n, inner, inverse, scale))
CINTA_SIMD_FUNCTION(real_fft,
                    (const Array& x, const Array& y, std::int64_t rows, std::int64_t n,
                     double scale, double interior),
                    (x, y, rows, n, scale, interior))
CINTA_SIMD_FUNCTION(real_fft_adjoint,
                    (const Array& x, const Array& y, std::int64_t rows, std::int64_t n,
                     double scale, double interior),
                    (x, y, rows, n, scale, interior))

}  // namespace cinta::kernels
