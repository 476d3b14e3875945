#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <cstdlib>
#include <string>

namespace cinta::kernels {
namespace {

SimdLevel detect() {
  const char* name = std::getenv("CINTA_SIMD_LEVEL");
  const std::string highest = name ? name : "avx512";
  [[maybe_unused]] const bool avx512 = highest == "avx512", avx2 = avx512 || highest == "avx2";
#ifdef CINTA_SIMD_AVX512
  if (avx512 && __builtin_cpu_supports("x86-64-v4")) return SimdLevel::avx512;
#endif
#ifdef CINTA_SIMD_AVX2
  if (avx2 && __builtin_cpu_supports("x86-64-v3")) return SimdLevel::avx2;
#endif
  return SimdLevel::baseline;
}

// Set before main runs, so that asking costs one load.
const SimdLevel level = detect();

}  // namespace

SimdLevel simd_level() { return level; }

}  // namespace cinta::kernels
