#include <algorithm>
#include <cinta/ops/kernels/gemm/gemm_tiled.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(multiply_tiled, (const Product<float>& product), (product))
CINTA_SIMD_FUNCTION(multiply_tiled, (const Product<double>& product), (product))

namespace {

// What the kernels are compiled for: without levels, what the whole library is.
SimdLevel level_of_kernels() {
#if defined(__AVX512F__)
  return SimdLevel::avx512;
#elif defined(__AVX2__)
  return std::max(SimdLevel::avx2, simd_level());
#else
  return simd_level();
#endif
}

constexpr double cube(double n) { return n * n * n; }

}  // namespace

// Measured; benchmarks/gemm.cpp shows what it gives.
template <class T>
bool beats_blas(const Product<T>& p) {
  static const SimdLevel level = level_of_kernels();
  const double work = double(p.m) * double(p.n) * double(p.k);
  if (level != SimdLevel::avx512) return work <= cube(level == SimdLevel::avx2 ? 128 : 8);
  if (work <= cube(16)) return true;
  // Vectors must be full, and rows of a must not compete for the same places of the first cache.
  constexpr std::int64_t lanes = 64 / std::int64_t(sizeof(T));
  const std::int64_t columns = (p.n + lanes - 1) / lanes * lanes;
  if (10 * p.n < 9 * columns || p.k < 16) return false;
  const bool arranged = arranges_left(p);
  if (!arranged && p.a_col == 1 && lies_apart_by(4096, p)) return false;
  // OpenBLAS has small kernels for AVX-512, which are slow where b is transposed.
  const bool transposed = p.b_row == 1 && p.b_col != 1;
  if (transposed && p.m < 16) return false;
  if (work <= cube(100)) return transposed;
  if (sizeof(T) != 4) return work <= cube(256);
  return work <= cube(!arranged && lies_apart_by(2048, p) ? 512 : 896);
}
template bool beats_blas(const Product<float>&);
template bool beats_blas(const Product<double>&);

}  // namespace cinta::kernels
