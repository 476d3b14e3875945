#include <atomic>
#include <cinta/autograd/core/warning.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <cstdlib>
#include <string>

namespace cinta::kernels {
namespace {

SimdLevel detect() {
  const char* name = std::getenv("CINTA_SIMD_LEVEL");
  std::string highest = name ? name : "avx512";
  if (highest != "baseline" && highest != "avx2" && highest != "avx512") {
    warn("CINTA_SIMD_LEVEL is '" + highest +
             "', which is none of baseline, avx2 and avx512: the best is used",
         {});
    highest = "avx512";
  }
  [[maybe_unused]] const bool avx512 = highest == "avx512", avx2 = avx512 || highest == "avx2";
  // x86-64-v3 and x86-64-v4 by features of theirs that no processor without the others has:
  // compilers before clang 18 do not know the levels' names here.
#ifdef CINTA_SIMD_AVX512
  if (avx512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    return SimdLevel::avx512;
#endif
#ifdef CINTA_SIMD_AVX2
  if (avx2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2"))
    return SimdLevel::avx2;
#endif
  return SimdLevel::baseline;
}

// 0 until somebody asks, which may be the constructor of a global before main runs.
constinit std::atomic<int> known{0};

}  // namespace

SimdLevel simd_level() {
  int level = known.load(std::memory_order_relaxed);
  if (level == 0) [[unlikely]] {
    level = 1 + int(detect());
    known.store(level, std::memory_order_relaxed);
  }
  return SimdLevel(level - 1);
}

}  // namespace cinta::kernels
