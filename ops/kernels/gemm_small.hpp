#pragma once
// Products of matrices that fit into the cache. Below some size a BLAS spends more on arranging
// its operands than on multiplying them.

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
void multiply_small(const Product<float>& product);
void multiply_small(const Product<double>& product);

/// Whether that is faster than OpenBLAS on one thread; by sizes and strides alone.
template <class T>
bool beats_blas(const Product<T>& product);

}  // namespace cinta::kernels
