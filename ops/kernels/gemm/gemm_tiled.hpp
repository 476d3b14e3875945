#pragma once
// Products of matrices, a tile of the result at a time in registers. Only panels of the right
// operand are arranged beforehand: up to some size a BLAS spends more on that than it gains.

#include <cstdint>

namespace cinta::kernels {

/// y (m, n) = a (m, k) x b (k, n), or += with `accumulate`. Strides are in elements and may be
/// anything; those of the columns of y are 1. y overlaps neither a nor b.
template <class T>
struct Product {
  std::int64_t m, n, k;
  const T* a;
  std::int64_t a_row, a_col;
  const T* b;
  std::int64_t b_row, b_col;
  T* y;
  std::int64_t y_row;
  bool accumulate;
};

/// Runs on the calling thread, with the best instruction set that the processor has. Correct for
/// every size, fast for small ones.
void multiply_tiled(const Product<float>& product);
void multiply_tiled(const Product<double>& product);

/// Whether that is faster than OpenBLAS on one thread; by sizes and strides alone.
template <class T>
bool beats_blas(const Product<T>& product);

}  // namespace cinta::kernels
