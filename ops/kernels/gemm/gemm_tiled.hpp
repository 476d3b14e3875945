#pragma once
// Products of matrices, a tile of the result at a time in registers. Of the right operand panels
// are arranged beforehand, of the left one only what lies badly: a BLAS arranges all of both.

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

/// Whether rows or columns of a lie a multiple of so many bytes apart: those of a page push each
/// other out of the first cache, those of half a page in long products.
template <class T>
bool lies_apart_by(std::int64_t bytes, const Product<T>& p) {
  const auto far = [=](std::int64_t step) {
    return step != 0 && step * std::int64_t(sizeof(T)) % bytes == 0;
  };
  return (far(p.a_row) && p.m > 8) || (far(p.a_col) && p.k > 8);
}
/// Whether a is arranged beforehand: it has to be, and enough columns are multiplied with it.
template <class T>
bool arranges_left(const Product<T>& p) {
  return lies_apart_by(4096, p) && p.n * std::int64_t(sizeof(T)) >= 1024;
}

/// Runs on the calling thread, with the best instruction set that the processor has. Correct for
/// every size, fast for small ones.
void multiply_tiled(const Product<float>& product);
void multiply_tiled(const Product<double>& product);

/// Whether that is faster than OpenBLAS on one thread; by sizes and strides alone.
template <class T>
bool beats_blas(const Product<T>& product);

}  // namespace cinta::kernels
