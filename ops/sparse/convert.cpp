#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/index/detail/lookup.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/index/nonzero.hpp>
#include <cinta/ops/kernels/sparse/pattern.hpp>
#include <cinta/ops/reduce/scan.hpp>
#include <cinta/ops/reduce/segment.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cinta/ops/sort/sort.hpp>
#include <cinta/ops/sparse/convert.hpp>
#include <cinta/ops/sparse/detail/pattern.hpp>

namespace cinta {
namespace {

// A matrix of known places; `site` is in force.
SparseCoo coo_of(const Shape& shape, const Tensor& rows, const Tensor& columns, Tensor values,
                 bool coalesced) {
  return {std::make_shared<detail::CooPattern>(shape, stack({rows, columns}), coalesced),
          std::move(values)};
}

Tensor dense(const Op& op, const Shape& shape, const Tensor& rows, const Tensor& columns,
             const Tensor& values) {
  checked_bytes(op.name, shape, values.dtype(), op.site);
  return reshape(segment_sum(values, rows * shape[1] + columns, shape.numel()), shape);
}

// The places of `ids` below `count` in increasing order, of equals the first first. Counting takes
// memory for each id that there could be, which a matrix of few elements need not have.
Tensor sorted_places(const Tensor& ids, std::int64_t count) {
  return count / 4 <= ids.numel() ? detail::group_ids(ids, count).places : argsort(ids);
}

}  // namespace

SparseCoo to_sparse_coo(const Tensor& x, Site site) {
  const Op op{"to_sparse_coo", site};
  const OpScope scope(op);
  detail::check_defined(op, {x});
  if (!is_floating(x.dtype())) {
    throw DtypeError(
        std::string("to_sparse_coo: needs a floating dtype, got ") + name_of(x.dtype()), op.site);
  }
  if (x.rank() != 2)
    throw ShapeError("to_sparse_coo: " + x.shape().str() + " is no matrix", op.site);
  const Tensor places = nonzero(x);
  const Tensor rows = select(places, 1, 0), columns = select(places, 1, 1);
  return coo_of(x.shape(), rows, columns,
                index_select(flatten(x), 0, rows * x.shape()[1] + columns), true);
}

SparseCsr to_sparse_csr(const Tensor& x, Site site) {
  const Op op{"to_sparse_csr", site};
  const OpScope scope(op);
  return to_sparse_csr(to_sparse_coo(x));
}

SparseCoo to_sparse_coo(const SparseCsr& a, Site site) {
  const Op op{"to_sparse_coo", site};
  const OpScope scope(op);
  a.pattern()->check_unchanged(op);
  return coo_of(a.shape(), a.row_indices(), a.col_indices(), a.values(), false);
}

SparseCsr to_sparse_csr(const SparseCoo& a, Site site) {
  const Op op{"to_sparse_csr", site};
  const OpScope scope(op);
  const SparseCoo sorted = coalesce(a);
  const detail::CooPattern& pattern = *sorted.pattern();
  return {std::make_shared<detail::CsrPattern>(
              a.shape(), detail::group_ids(pattern.rows(), a.shape()[0]).pointers,
              contiguous(pattern.columns())),
          sorted.values()};
}

SparseCoo coalesce(const SparseCoo& a, Site site) {
  const Op op{"coalesce", site};
  const OpScope scope(op);
  a.pattern()->check_unchanged(op);
  if (a.is_coalesced()) return a;
  // By columns first: places of one row stay in that order.
  const Tensor by_column = sorted_places(a.pattern()->columns(), a.shape()[1]);
  const Tensor by_row =
      sorted_places(index_select(a.pattern()->rows(), 0, by_column), a.shape()[0]);
  const Tensor order = index_select(by_column, 0, by_row);
  const Tensor rows = index_select(a.pattern()->rows(), 0, order);
  const Tensor columns = index_select(a.pattern()->columns(), 0, order);
  const Tensor starts = apply(
      {"find_starts", Save::nothing(), {}}, {rows, columns}, {rows.shape(), boolean},
      [](const Inputs& in, const Tensor& y) { kernels::find_starts(in[0], in[1], y); }, no_gradient,
      no_gradient);
  const Tensor firsts = detail::nonzero_places(starts), values = index_select(a.values(), 0, order);
  if (firsts.numel() == rows.numel()) return coo_of(a.shape(), rows, columns, values, true);
  const Tensor number = cumsum(to(starts, int64), 0) - 1;
  return coo_of(a.shape(), index_select(rows, 0, firsts), index_select(columns, 0, firsts),
                segment_sum(values, number, firsts.numel()), true);
}

SparseCsr transpose(const SparseCsr& a, Site site) {
  const Op op{"transpose", site};
  const OpScope scope(op);
  a.pattern()->check_unchanged(op);
  const detail::CsrPattern::Columns& by_columns = a.pattern()->columns();
  return {std::make_shared<detail::CsrPattern>(Shape{a.shape()[1], a.shape()[0]},
                                               by_columns.pointers, by_columns.rows),
          index_select(a.values(), 0, by_columns.places)};
}

Tensor to_dense(const SparseCoo& a, Site site) {
  const Op op{"to_dense", site};
  const OpScope scope(op);
  a.pattern()->check_unchanged(op);
  return dense(op, a.shape(), a.pattern()->rows(), a.pattern()->columns(), a.values());
}

Tensor to_dense(const SparseCsr& a, Site site) {
  const Op op{"to_dense", site};
  const OpScope scope(op);
  a.pattern()->check_unchanged(op);
  return dense(op, a.shape(), a.row_indices(), a.col_indices(), a.values());
}

}  // namespace cinta
