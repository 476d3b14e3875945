#pragma once

#include <cinta/ops/kernels/linalg/matrices.hpp>

namespace cinta::kernels {

/// Which triangle of a matrix counts: the other one is not read, with `unit` nor is the diagonal,
/// which counts as ones. `transposed`: what is meant is the transpose of that triangle.
struct Triangle {
  bool upper = false, transposed = false, unit = false;
};

/// x (..., n, k) solves t x = b for the triangle t of a (..., n, n) and b (..., n, k), which
/// broadcast to x. All are dense and of one floating dtype. Nothing looks for zeros on the
/// diagonal.
void solve_triangular(const Array& a, Triangle triangle, const Array& b, const Array& x);

/// Each of the rows b (n), `stride` apart, becomes the x with t x = b, several at once. The element
/// (i, j) of t (n, n), lower triangular, is a[i * down + j * across]; `unit` as above. For small n:
/// t has to stay in a cache.
void solve_rows_in_lanes(Dtype dtype, const void* a, std::int64_t down, std::int64_t across,
                         bool unit, std::int64_t n, void* b, std::int64_t stride,
                         std::int64_t rows);

/// The first zero on the diagonals of a (..., n, n): its number from 1.
Stop zero_on_diagonal(const Array& a);

/// y = the triangle of x (..., m, n), zeros elsewhere; its diagonal is multiplied by `diagonal`.
void keep_triangle(const Array& x, bool upper, double diagonal, const Array& y);

}  // namespace cinta::kernels
