#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/memory/pool.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/detail/add.hpp>
#include <cinta/autograd/primitive/detail/rows.hpp>
#include <cinta/autograd/primitive/fill.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/scatter_add/row_groups.hpp>
#include <cinta/ops/kernels/scatter_add/scatter_add.hpp>
#include <cinta/ops/kernels/table/gather.hpp>
#include <new>

namespace cinta {
namespace {

// For code that goes to the elements without apply, which names the operation.
class Refusal final : public AccessHook {
  [[noreturn]] void all() override {
    throw ValueError("a row-sparse tensor has no elements in memory; use to_dense(t)", Site());
  }
  [[noreturn]] void rows(const Array&, const std::int64_t*, std::int64_t) override { all(); }
  [[noreturn]] std::optional<double> sum_of_squares(const Array&) override { all(); }
};
constinit Refusal refusal;

const RowSparse& sparse_of(const char* what, const Tensor& x, const Site& site) {
  if (!x.defined()) throw ValueError(std::string(what) + ": the tensor is undefined", site);
  if (!x.is_row_sparse()) {
    throw ValueError(std::string(what) + ": " + x.spec().str() + " is not row-sparse", site);
  }
  return *x.impl()->sparse;
}

// x with the multiple of a table that `from` has besides its rows.
Tensor with_decay_of(Tensor x, const Tensor& from, double factor = 1) {
  const RowSparse& source = *from.impl()->sparse;
  RowSparse& target = *x.impl()->sparse;
  if (source.decay == 0) return x;
  if (target.decay != 0 && target.version != source.version) detail::refuse_stale_table();
  target.decay += source.decay * factor;
  target.table = source.table;
  target.version = source.version;
  return x;
}

Tensor rows_only(const Tensor& x) {
  return detail::make_row_sparse(x.spec(), row_ids(x), row_values(x), x.impl()->sparse->coalesced);
}

// x times a number, outside the graph.
Tensor scaled(const Tensor& x, double factor) {
  const Tensor y = empty(x.shape(), x.dtype());
  kernels::elementwise(kernels::Function::mul, y, x, full({}, factor, x.dtype()));
  return y;
}

// a's first axis continued by b's.
Tensor joined(const Tensor& a, const Tensor& b) {
  Shape shape = a.shape();
  shape[0] += b.shape()[0];
  return detail::join({a, b}, shape);
}

}  // namespace

void RowSparse::destroy(RowSparse* sparse) noexcept {
  sparse->~RowSparse();
  pool::deallocate(sparse, sizeof(RowSparse));
}

const Tensor& row_ids(const Tensor& x, Site site) { return sparse_of("row_ids", x, site).ids; }
double row_decay(const Tensor& x, Site site) { return sparse_of("row_decay", x, site).decay; }
const Tensor& row_values(const Tensor& x, Site site) { return sparse_of("rows", x, site).rows; }

Tensor row_sparse(const Shape& shape, const Tensor& ids, const Tensor& rows, Site site) {
  const Site here = SiteScope::resolve(site);
  if (!ids.defined() || !rows.defined())
    throw ValueError("row_sparse: ids or rows are an undefined tensor", here);
  if (ids.dtype() != int64 || !is_floating(rows.dtype())) {
    throw DtypeError(std::string("row_sparse: needs int64 ids and floating rows, got ") +
                         name_of(ids.dtype()) + " and " + name_of(rows.dtype()),
                     here);
  }
  bool fits = shape.rank() > 0 && ids.rank() == 1 && rows.rank() == shape.rank() &&
              rows.shape()[0] == ids.numel();
  for (int i = 1; fits && i < shape.rank(); ++i) fits = rows.shape()[i] == shape[i];
  if (!fits) {
    throw ShapeError("row_sparse: ids of " + ids.shape().str() + " and rows of " +
                         rows.shape().str() + " do not fit a table of " + shape.str(),
                     here);
  }
  const Tensor dense = contiguous(ids.detach());
  const std::int64_t bad = kernels::find_out_of_range(dense, shape[0]);
  if (bad >= 0) {
    throw IndexError("row_sparse: index " + std::to_string(dense.data<std::int64_t>()[bad]) +
                         " at position (" + std::to_string(bad) +
                         ",) is out of range for a table of " + std::to_string(shape[0]) + " rows",
                     here);
  }
  return detail::make_row_sparse({shape, rows.dtype()}, dense, contiguous(rows.detach()));
}

Tensor coalesce(const Tensor& x, Site site) {
  const Tensor &ids = row_ids(x, site), &given = row_values(x, site);
  if (x.impl()->sparse->coalesced) return x;
  const kernels::RowGroups groups =
      kernels::by_ids(kernels::group_rows(ids.data<std::int64_t>(), ids.numel()));
  const Tensor unique = empty({groups.size()}, int64);
  std::copy(groups.ids.begin(), groups.ids.end(), unique.data<std::int64_t>());
  if (groups.size() == ids.numel() &&
      std::equal(groups.ids.begin(), groups.ids.end(), ids.data<std::int64_t>()))
    return with_decay_of(detail::make_row_sparse(x.spec(), ids, given, true), x);
  Shape shape = x.shape();
  shape[0] = groups.size();
  const Tensor sums = empty(shape, x.dtype());
  kernels::sum_groups(given, groups, sums);
  return with_decay_of(detail::make_row_sparse(x.spec(), unique, sums, true), x);
}

Tensor scale_rows(const Tensor& x, double factor, Site site) {
  const Tensor& rows = row_values(x, site);
  return with_decay_of(detail::make_row_sparse(x.spec(), row_ids(x), scaled(rows, factor),
                                               x.impl()->sparse->coalesced),
                       x, factor);
}

Tensor to_dense(const Tensor& x, Site site) {
  if (!x.defined()) throw ValueError("to_dense: the tensor is undefined", site);
  if (!x.is_row_sparse()) return x;
  const SiteScope scope(SiteScope::resolve(site));
  const Tensor y = zeros(x.shape(), x.dtype());
  detail::add_rows_in_place(y, x);
  return y;
}

namespace detail {

Tensor make_row_sparse(const Spec& spec, Tensor ids, Tensor rows, bool coalesced) {
  // A storage of its own, for the version and the hook.
  const Tensor none = empty({0}, spec.dtype);
  Tensor x = alias(none, spec.shape, Strides::filled(spec.shape.rank()));
  x.storage()->set_hook(&refusal);
  x.impl()->dense = false;
  void* block = pool::allocate(sizeof(RowSparse));
  x.impl()->sparse =
      Ref<RowSparse>::adopt(new (block) RowSparse(std::move(ids), std::move(rows), coalesced));
  return x;
}

Tensor times_table(const Tensor& table, double decay) {
  Tensor x = no_rows(table.spec());
  RowSparse& sparse = *x.impl()->sparse;
  sparse.decay = decay;
  sparse.table = table.detach();
  sparse.version = table.storage()->version();
  return x;
}

Tensor no_rows(const Spec& spec) {
  Shape none = spec.shape;
  none[0] = 0;
  return make_row_sparse(spec, empty({0}, int64), empty(none, spec.dtype), true);
}

void refuse_stale_table() {
  throw GraphError(
      "a row-sparse gradient holds a multiple of its table, as l2_penalty gives it, and "
      "the table was written to since; call zero_grad() after each step, or to_dense(t) "
      "before it",
      SiteScope::resolve({}));
}

void check_table(const Tensor& x) {
  const RowSparse& sparse = *x.impl()->sparse;
  if (sparse.decay != 0 && sparse.table.storage()->version() != sparse.version)
    refuse_stale_table();
}

Tensor with_own_rows(Tensor x) {
  RowSparse& sparse = *x.impl()->sparse;
  if (x.impl()->unique() && sparse.unique() && sparse.rows.is_unique()) return x;
  return with_decay_of(make_row_sparse(x.spec(), sparse.ids, clone(sparse.rows), sparse.coalesced),
                       x);
}

Tensor add_row_sparse(const Tensor& a, const Tensor& b) {
  if (a.is_row_sparse() && b.is_row_sparse()) {
    const NoGrad no_grad;
    // One without ids gives way to the other, which may be coalesced.
    if (row_ids(a).numel() == 0) return with_decay_of(with_decay_of(rows_only(b), a), b);
    if (row_ids(b).numel() == 0) return with_decay_of(with_decay_of(rows_only(a), a), b);
    const Tensor sum = make_row_sparse(a.spec(), joined(row_ids(a), row_ids(b)),
                                       joined(row_values(a), row_values(b)));
    return with_decay_of(with_decay_of(sum, a), b);
  }
  const Tensor &dense = a.is_row_sparse() ? b : a, &sparse = a.is_row_sparse() ? a : b;
  if (GradMode::enabled() && dense.requires_grad()) return add_gradients(dense, to_dense(sparse));
  Tensor sum = clone(dense.detach());
  add_rows_in_place(sum, sparse);
  return sum;
}

void add_rows_in_place(const Tensor& into, const Tensor& x) {
  kernels::scatter_add_rows(row_values(x), row_ids(x), kernels::no_padding, into);
  const RowSparse& sparse = *x.impl()->sparse;
  if (sparse.decay == 0) return;
  check_table(x);
  kernels::accumulate(scaled(sparse.table, sparse.decay), into);
}

}  // namespace detail
}  // namespace cinta
