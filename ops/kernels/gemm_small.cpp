#include <cinta/ops/kernels/gemm_small.hpp>
#include <cinta/ops/kernels/simd_level.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(multiply_small, (const Product<float>& product), (product))
CINTA_SIMD_FUNCTION(multiply_small, (const Product<double>& product), (product))

std::int64_t small_product_limit() {
  // Measured; benchmarks/gemm.cpp shows what the limits give. OpenBLAS has small kernels of its
  // own for AVX-512 only.
  switch (simd_level()) {
    case SimdLevel::avx512: return 16 * 16 * 16;
    case SimdLevel::avx2: return 128 * 128 * 128;
    default:
#if defined(__AVX512F__)
      return 16 * 16 * 16;
#elif defined(__AVX2__)
      return 128 * 128 * 128;
#else
      return 8 * 8 * 8;
#endif
  }
}

}  // namespace cinta::kernels
