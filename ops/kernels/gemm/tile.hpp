#pragma once
// How large the tiles of our products are. Only for *_simd.cpp files: each instruction set has its
// own.

#include <cinta/ops/kernels/simd/register_transpose.hpp>

namespace cinta::kernels {

/// Rows of a tile of two vectors: as many as the registers allow.
inline constexpr int tile_rows = register_bytes == 64 ? 12 : 6;

/// Columns of a tile.
template <class T>
inline constexpr int tile_columns = 2 * register_lanes<T>;

}  // namespace cinta::kernels
