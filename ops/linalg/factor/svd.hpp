#pragma once
// Singular values of (..., m, n), float32 or float64, batched over the leading axes, and what is
// made of them. Below, k = min(m, n), and a singular value counts as 0 up to rtol times the
// largest; rtol is the dtype's epsilon times max(m, n) unless given.

#include <cinta/autograd/tensor.hpp>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

struct Svd {
  Tensor u;   ///< (..., m, k), orthonormal columns
  Tensor s;   ///< (..., k), descending
  Tensor vh;  ///< (..., k, n), orthonormal rows
};
/// a = u diag(s) vh.
///
/// A pair of vectors may have its sign changed, and of equal values only the spaces that their
/// vectors span are defined: what eigh says of losses holds. Where m and n differ, a loss of the
/// vectors of a value 0 has no gradient either. Throws ValueError for what is not finite or does
/// not converge, and for sizes beyond LAPACK's workspace (some 26,000); ShapeError, DtypeError.
Svd svd(const Tensor& a, Site site = {});
/// The singular values alone, which takes a fraction of the time unless a gradient is recorded.
Tensor svdvals(const Tensor& a, Site site = {});

struct RankOptions {
  std::optional<double> rtol = {};
};
/// (..., n, m): the pseudoinverse. Its gradient is right where the rank is the same around a (Golub
/// and Pereyra 1973). Throws like svd.
Tensor pinv(const Tensor& a, RankOptions options = {}, Site site = {});
/// x (..., n, k) that makes |a x - b| smallest, of several the shortest, for b (..., m, k) or (m).
/// Leading axes broadcast. Gradient and errors are those of pinv.
Tensor lstsq(const Tensor& a, const Tensor& b, RankOptions options = {}, Site site = {});
/// (...), int64: the number of singular values that do not count as 0. Throws like svd.
Tensor matrix_rank(const Tensor& a, RankOptions options = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
