#pragma once
// Private to ops/sparse: the places of a sparse matrix's elements, shared by all matrices that have
// them there, and what is made of them at the first use. Everything is made by operations, so that
// it is made again where those were recorded.

#include <cinta/autograd/tape/apply.hpp>
#include <memory>
#include <mutex>

namespace cinta::detail {

/// A value that is made once, by whichever thread needs it first.
template <class T>
class Late {
 public:
  template <class F>
  const T& get(const F& make) const {
    std::call_once(once_, [&] { value_ = make(); });
    return value_;
  }

 private:
  mutable std::once_flag once_;
  mutable T value_;
};

/// Places by ids: those of id i are places[pointers[i]], ..., places[pointers[i + 1] - 1], in
/// order.
struct Groups {
  Tensor pointers, places;
};
Groups group_ids(const Tensor& ids, std::int64_t count);

class CsrPattern {
 public:
  CsrPattern(Shape sizes, Tensor pointers, Tensor columns);

  const Shape shape;
  const Tensor crow_indices, col_indices;

  const Tensor& row_indices() const;
  /// The same elements by columns: of column j they are in rows rows[k], and have the values
  /// values[places[k]], for pointers[j] <= k < pointers[j + 1].
  struct Columns {
    Tensor pointers, rows, places;
  };
  const Columns& columns() const;

  /// Throws GraphError if somebody has written to the indices, which were checked before.
  void check_unchanged(const Op& op) const;

 private:
  std::uint32_t version() const;

  std::uint32_t version_;
  Late<Tensor> row_indices_;
  Late<Columns> columns_;
};

class CooPattern {
 public:
  CooPattern(Shape sizes, Tensor places, bool sorted);

  const Shape shape;
  const Tensor indices;
  const bool coalesced;

  Tensor rows() const;
  Tensor columns() const;
  /// The same elements by rows, and the place of each.
  struct Csr {
    std::shared_ptr<const CsrPattern> pattern;
    Tensor places;
  };
  const Csr& csr() const;

  void check_unchanged(const Op& op) const;

 private:
  std::uint32_t version_;
  Late<Csr> csr_;
};

}  // namespace cinta::detail
