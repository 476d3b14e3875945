#pragma once
// Which instruction set the kernels in *_simd.cpp files run with, chosen once per process.
//
// Such a file is compiled once per level, each time with CINTA_SIMD as the level's name, and
// defines its functions in namespace cinta::kernels::CINTA_SIMD. The plain .cpp file beside it
// picks one of them with CINTA_SIMD_FUNCTION.

namespace cinta::kernels {

enum class SimdLevel { baseline, avx2, avx512 };

/// The best level that was built and that this processor has. The environment variable
/// CINTA_SIMD_LEVEL (baseline, avx2, avx512) can lower it, for tests and comparisons.
SimdLevel simd_level();

}  // namespace cinta::kernels

#ifdef CINTA_SIMD_AVX2
#define CINTA_IF_AVX2(...) __VA_ARGS__
#else
#define CINTA_IF_AVX2(...)
#endif
#ifdef CINTA_SIMD_AVX512
#define CINTA_IF_AVX512(...) __VA_ARGS__
#else
#define CINTA_IF_AVX512(...)
#endif

/// Defines `void name parameters`, in namespace cinta::kernels, as the function of that name of
/// the best level: CINTA_SIMD_FUNCTION(copy, (const Array& x, const Array& y), (x, y))
#define CINTA_SIMD_FUNCTION(name, parameters, arguments)                                   \
  namespace baseline {                                                                     \
  void name parameters;                                                                    \
  }                                                                                        \
  CINTA_IF_AVX2(namespace avx2 { void name parameters; })                                  \
  CINTA_IF_AVX512(namespace avx512 { void name parameters; })                              \
  void name parameters {                                                                   \
    CINTA_IF_AVX512(if (simd_level() == SimdLevel::avx512) return avx512::name arguments;) \
    CINTA_IF_AVX2(if (simd_level() == SimdLevel::avx2) return avx2::name arguments;)       \
    baseline::name arguments;                                                              \
  }
