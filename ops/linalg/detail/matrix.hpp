#pragma once
// Private to ops: what operations on batches of matrices check, and how their errors name a matrix.

#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/linalg/matrices.hpp>
#include <vector>

namespace cinta::detail {

/// Throws unless x is defined, floating and has at least two axes.
void check_matrix(const Op& op, const Tensor& x);
/// The same, and that its last two sizes agree.
void check_square(const Op& op, const Tensor& x);
/// Throws DtypeError unless both are floating; they come to the larger of their dtypes.
Dtype common_dtype(const Op& op, const Tensor& a, const Tensor& b);

/// The leading axes of x, but for its last `axes`.
Shape leading(const Shape& shape, int axes = 2);
/// `batch` with more sizes behind it.
Shape with_sizes(Shape batch, std::initializer_list<std::int64_t> sizes);
/// Both leading shapes broadcast.
Shape common_leading(const Op& op, const Shape& a, const Shape& b);

/// "cholesky: (5, 5): " or "cholesky: matrix (3, 1) of (4, 2, 5, 5): ".
std::string name_matrix(const char* op, const Shape& shape, std::int64_t matrix);
/// "cholesky: (5, 5): has a NaN or an infinity at (0, 3)", or nothing if that matrix is finite.
std::string not_finite(const char* op, const Tensor& x, std::int64_t matrix);

/// Right-hand sides b (..., n, k) of matrices a (..., n, n): along the axes of a batch in which a
/// is one matrix they are its further columns, so that none of what is computed is as large as a
/// copy of a for each of them.
class RightSides {
 public:
  RightSides(const Tensor& a, const Tensor& b);
  /// b, of any number of columns.
  const Tensor& together() const { return together_; }
  /// What was made of it with a, as it would be of b.
  Tensor apart(const Tensor& x) const;

 private:
  Shape given_;
  std::vector<int> shared_;  // axes of b
  Tensor together_;
};

/// The transpose of a matrix as LAPACK's work by columns asks for it: dense.
Tensor dense_transpose(const Tensor& x);

/// y with zeros outside of a triangle, its diagonal multiplied by `diagonal`. Its own adjoint.
struct TriangleOptions {
  bool upper = false;
  double diagonal = 1;
};
Tensor triangle(const Tensor& x, TriangleOptions options = {});

/// The sum of two gradients of which either may be undefined, as 0.
Tensor sum_of_defined(const Tensor& a, const Tensor& b);

/// x (..., n, n) + its transpose, halved. Its own adjoint.
Tensor symmetrized(const Tensor& x);

/// A power of two near the norm of each matrix, (..., 1, 1); 1 where that is 0 or not finite.
Tensor magnitudes(const Tensor& x);

}  // namespace cinta::detail
