#pragma once
// Products of vectors, matrices and tensors, made of matmul. Floating dtypes, which promote; all
// throw ShapeError and, where matmul does, DtypeError.

#include <cinta/ops/linalg/product/matmul.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// (m, n) times (n,): (m,).
Tensor mv(const Tensor& matrix, const Tensor& vector, Site site = {});
/// (n,) times (n,): a 0-dim tensor.
Tensor dot(const Tensor& a, const Tensor& b, Site site = {});
/// All products of an element of the vector a (m,) and one of b (n,): (m, n). Any dtype.
Tensor outer(const Tensor& a, const Tensor& b, Site site = {});
/// Sums over the last axes of both, which are equal: a.shape[:-1] + b.shape[:-1].
Tensor inner(const Tensor& a, const Tensor& b, Site site = {});
/// Sums over axes_a of a and axes_b of b, pair by pair; the other axes of a, then those of b, are
/// left. Throws ValueError if the lists differ in length or name an axis twice.
Tensor tensordot(const Tensor& a, const Tensor& b, const Shape& axes_a, const Shape& axes_b,
                 Site site = {});
/// The same over the last `axes` axes of a and the first of b. Throws ValueError for a negative
/// number or more axes than there are.
Tensor tensordot(const Tensor& a, const Tensor& b, std::int64_t axes = 2, Site site = {});
/// Matrix by matrix: (batch, m, k) times (batch, k, n). matmul broadcasts.
Tensor bmm(const Tensor& a, const Tensor& b, Site site = {});

struct AddProductOptions {
  double beta = 1, alpha = 1;
};
/// beta * x + alpha * (a times b) of matrices (addmm) or of as many in batches (baddbmm); x
/// broadcasts to the product, and is not looked at if beta is 0.
Tensor addmm(const Tensor& x, const Tensor& a, const Tensor& b, AddProductOptions options = {},
             Site site = {});
Tensor baddbmm(const Tensor& x, const Tensor& a, const Tensor& b, AddProductOptions options = {},
               Site site = {});

/// The vector product along an axis of size 3; shapes broadcast.
Tensor cross(const Tensor& a, const Tensor& b, Axis axis = -1, Site site = {});
/// The Kronecker product: each element of a times all of b, in blocks. A shape with fewer axes gets
/// more in front. Any dtype.
Tensor kron(const Tensor& a, const Tensor& b, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
