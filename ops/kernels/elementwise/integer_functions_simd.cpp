// Compiled once per instruction set; see simd/dispatch.hpp. Integers are counted modulo 2^64 here
// (CintaSimd.cmake), for which loops over anything else would pay: a compiler that lets indices
// overflow makes worse ones.

#include <cinta/ops/kernels/elementwise/function_rows.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void fill_integer_rows(Rows& rows);

void fill_integer_rows(Rows& rows) { fill_numbers<std::int64_t>(rows.same[int(int64)]); }

}  // namespace cinta::kernels::CINTA_SIMD
