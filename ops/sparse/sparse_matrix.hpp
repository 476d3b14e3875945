#pragma once
// Sparse matrices: float32 or float64 values at places that are constants, rows by rows (CSR) or
// each with its row and column (COO). Names are PyTorch's. They are no Tensors: the functions of
// ops/sparse/ take them, and what those return of their values is part of the graph.

#include <cinta/autograd/tensor.hpp>
#include <memory>

#pragma GCC visibility push(default)
namespace cinta {

namespace detail {
class CooPattern;
class CsrPattern;
}  // namespace detail

/// A matrix (m, n) by rows: those of row i are values[k] in column col_indices[k], for
/// crow_indices[i] <= k < crow_indices[i + 1]. Columns may stand in any order; equal ones add up,
/// in products and gradients alike. A copy is another handle.
class SparseCsr {
 public:
  /// crow_indices (m + 1) and col_indices (nnz) are int64 and copied, values (nnz) are float32 or
  /// float64 and shared: where they require a gradient, products with the matrix are recorded.
  /// Throws ShapeError, DtypeError; IndexError for pointers that do not grow from 0 to nnz, naming
  /// the first, and for a column out of range.
  SparseCsr(const Tensor& crow_indices, const Tensor& col_indices, const Tensor& values,
            const Shape& shape, Site site = {});
  /// Library code only: of checked parts.
  SparseCsr(std::shared_ptr<const detail::CsrPattern> pattern, Tensor values);

  const Shape& shape() const;
  std::int64_t size(Axis axis, Site site = {}) const;
  std::int64_t nnz() const;  ///< how many elements there are, also where they are 0
  Dtype dtype() const;

  const Tensor& crow_indices() const;
  const Tensor& col_indices() const;
  /// (nnz): the row of each element, made at the first use.
  const Tensor& row_indices() const;
  const Tensor& values() const { return values_; }
  /// Other values (nnz) at the same places, which share all that is known of them. Throws
  /// ShapeError, DtypeError.
  SparseCsr with_values(const Tensor& values, Site site = {}) const;

  const std::shared_ptr<const detail::CsrPattern>& pattern() const { return pattern_; }

 private:
  std::shared_ptr<const detail::CsrPattern> pattern_;
  Tensor values_;
};

/// A matrix (m, n) by its elements: values[k] in row indices[0, k] and column indices[1, k], in any
/// order. Equal places add up. A copy is another handle.
class SparseCoo {
 public:
  /// indices (2, nnz) are int64 and copied, values (nnz) as those of SparseCsr. Throws ShapeError,
  /// DtypeError, IndexError for an index out of range.
  SparseCoo(const Tensor& indices, const Tensor& values, const Shape& shape, Site site = {});
  /// Library code only: of checked parts.
  SparseCoo(std::shared_ptr<const detail::CooPattern> pattern, Tensor values);

  const Shape& shape() const;
  std::int64_t size(Axis axis, Site site = {}) const;
  std::int64_t nnz() const;
  Dtype dtype() const;

  const Tensor& indices() const;
  const Tensor& values() const { return values_; }
  /// Whether it is known that places grow, row by row, and none comes twice: coalesce() makes that.
  bool is_coalesced() const;
  SparseCoo with_values(const Tensor& values, Site site = {}) const;

  const std::shared_ptr<const detail::CooPattern>& pattern() const { return pattern_; }

 private:
  std::shared_ptr<const detail::CooPattern> pattern_;
  Tensor values_;
};

}  // namespace cinta
#pragma GCC visibility pop
