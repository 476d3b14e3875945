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

/// The first zero on the diagonals of a (..., n, n): its number from 1.
Stop zero_on_diagonal(const Array& a);

/// y = the triangle of x (..., m, n), zeros elsewhere; its diagonal is multiplied by `diagonal`.
void keep_triangle(const Array& x, bool upper, double diagonal, const Array& y);

/// y = (x + xᵀ)/2 for x (..., n, n).
void mean_with_transpose(const Array& x, const Array& y);

}  // namespace cinta::kernels
