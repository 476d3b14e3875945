#pragma once
// Lanes that are one number in the end, in the translation unit of one instruction set.

namespace cinta::kernels::CINTA_SIMD {
namespace {

/// What `lanes` lanes hold, joined by halves in place: each a loop of a fixed length, which is few
/// instructions.
template <int lanes, class A, class Join>
A join_lanes(A* all, const Join& join) {
  if constexpr (lanes == 1) {
    return all[0];
  } else {
    constexpr int half = lanes / 2;
#pragma omp simd
    for (int k = 0; k < half; ++k) all[k] = join(all[k], all[k + half]);
    return join_lanes<half>(all, join);
  }
}

}  // namespace
}  // namespace cinta::kernels::CINTA_SIMD
