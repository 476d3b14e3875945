#pragma once
// The elementwise functions of each instruction set that this machine has, up to CINTA_SIMD_LEVEL:
// of the baseline first.

#include <cinta/ops/kernels/elementwise/functions.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <vector>

namespace cinta::kernels {

namespace baseline {
void fill_rows(Rows& rows);
}
#ifdef CINTA_SIMD_AVX2
namespace avx2 {
void fill_rows(Rows& rows);
}
#endif
#ifdef CINTA_SIMD_AVX512
namespace avx512 {
void fill_rows(Rows& rows);
}
#endif

struct InstructionSet {
  const char* name;
  Rows rows;
};

inline std::vector<InstructionSet> instruction_sets() {
  std::vector<InstructionSet> sets;
  const auto add = [&](const char* name, void (*fill)(Rows&)) {
    fill(sets.emplace_back(InstructionSet{name, {}}).rows);
  };
  add("baseline", baseline::fill_rows);
#ifdef CINTA_SIMD_AVX2
  if (simd_level() >= SimdLevel::avx2) add("AVX2", avx2::fill_rows);
#endif
#ifdef CINTA_SIMD_AVX512
  if (simd_level() >= SimdLevel::avx512) add("AVX-512", avx512::fill_rows);
#endif
  return sets;
}

}  // namespace cinta::kernels
