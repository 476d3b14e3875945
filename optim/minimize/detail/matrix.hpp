#pragma once
// Small dense matrices.

#include <cinta/optim/minimize/detail/vector.hpp>

namespace cinta::optim::minimize {

/// Row-major.
struct Matrix {
  std::size_t rows = 0, columns = 0;
  Vector elements = {};

  Matrix() = default;
  Matrix(std::size_t r, std::size_t c) : rows(r), columns(c), elements(r * c) {}
  double& operator()(std::size_t i, std::size_t j) { return elements[i * columns + j]; }
  double operator()(std::size_t i, std::size_t j) const { return elements[i * columns + j]; }
};

Vector product(const Matrix& a, const Vector& x);
Vector transposed_product(const Matrix& a, const Vector& x);

/// Solves a x = b by Gaussian elimination with row exchanges. Returns false for a singular matrix.
bool solve(Matrix a, Vector& b);

/// Turns min |a x - b| into one with an upper triangular matrix of at most as many rows as columns,
/// by Householder's reflections. With a unit for each column, the columns are put in the order in
/// which most of them is left in these units, so that what is not determined comes last. Returns
/// which column stands at each place.
std::vector<std::size_t> triangularize(Matrix& a, Vector& b, Vector units = {});
/// Solves it. What a matrix of lower rank does not determine is 0; how far rounding hides that
/// depends on the rows that it had before.
Vector back_substitute(const Matrix& a, const Vector& b, std::size_t rows);

}  // namespace cinta::optim::minimize
