#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/sparse/pattern.hpp>
#include <cinta/ops/kernels/table/gather.hpp>
#include <cinta/ops/sparse/detail/pattern.hpp>
#include <cinta/ops/sparse/sparse_matrix.hpp>

namespace cinta {
namespace {

using std::to_string;

void check_sizes(const Op& op, const Shape& shape) {
  if (shape.rank() == 2 && shape[0] >= 0 && shape[1] >= 0) return;
  throw ShapeError(std::string(op.name) + ": " + shape.str() + " is no shape of a matrix", op.site);
}

void check_dtypes(const Op& op, const std::string& names, bool whole, const Tensor& values,
                  const std::string& dtypes) {
  if (whole && is_floating(values.dtype())) return;
  throw DtypeError(std::string(op.name) + ": " + names +
                       " must be int64 and values floating, they are " + dtypes + " and " +
                       name_of(values.dtype()),
                   op.site);
}

// Throws unless values (nnz) are as many as there are places.
void check_values(const Op& op, const Tensor& values, std::int64_t nnz) {
  if (!is_floating(values.dtype())) {
    throw DtypeError(
        std::string(op.name) + ": values must be floating, they are " + name_of(values.dtype()),
        op.site);
  }
  if (values.shape() == Shape{nnz}) return;
  throw ShapeError(std::string(op.name) + ": values of " + values.shape().str() + " for " +
                       to_string(nnz) + " elements",
                   op.site);
}

// Throws for one of `ids` outside of [0, count).
void check_range(const char* op, const Site& site, const Tensor& ids, std::int64_t count,
                 const char* one, const char* many) {
  const std::int64_t bad = kernels::find_out_of_range(ids, count);
  if (bad < 0) return;
  throw IndexError(std::string(op) + ": " + one + " " + to_string(ids.data<std::int64_t>()[bad]) +
                       " of element " + to_string(bad) + " is out of range for " +
                       to_string(count) + " " + many,
                   site);
}

void check_pointers(const char* op, const Site& site, const Tensor& pointers, std::int64_t nnz) {
  const std::int64_t bad = kernels::find_bad_pointer(pointers, nnz);
  if (bad < 0) return;
  const std::int64_t* const pointer = pointers.data<std::int64_t>();
  const std::string name =
      std::string(op) + ": crow_indices[" + to_string(bad) + "] is " + to_string(pointer[bad]);
  if (bad == 0) throw IndexError(name + ", it must be 0", site);
  if (pointer[bad] < pointer[bad - 1]) {
    throw IndexError(name + ", less than the " + to_string(pointer[bad - 1]) + " before it", site);
  }
  throw IndexError(name + ", it must be the number of elements, " + to_string(nnz), site);
}

std::shared_ptr<const detail::CsrPattern> checked_csr(const Tensor& crow, const Tensor& col,
                                                      const Tensor& values, const Shape& shape,
                                                      const Site& site) {
  const Op op{"SparseCsr", Save::nothing(), site, {{"shape", shape}}};
  detail::check_defined(op, {crow, col, values});
  check_dtypes(op, "indices", crow.dtype() == int64 && col.dtype() == int64, values,
               std::string(name_of(crow.dtype())) + ", " + name_of(col.dtype()));
  check_sizes(op, shape);
  checked_bytes(op.name, {shape[0]}, int64, op.site);  // so that one more is a number, too
  if (crow.shape() != Shape{shape[0] + 1} || col.rank() != 1) {
    throw ShapeError("SparseCsr: crow_indices of " + crow.shape().str() + " and col_indices of " +
                         col.shape().str() + " do not fit " + shape.str() + ": needs (" +
                         to_string(shape[0] + 1) + ",) and (nnz,)",
                     op.site);
  }
  check_values(op, values, col.numel());
  const Tensors both = apply(
      op, {crow, col}, OutputSpecs{{crow.spec(), no_gradient}, {col.spec(), no_gradient}},
      [columns = shape[1], name = op.name, site = op.site](const Inputs& in, const Tensors& out) {
        for (int i : {0, 1}) kernels::copy(in[i], out[std::size_t(i)]);
        check_pointers(name, site, out[0], out[1].numel());
        check_range(name, site, out[1], columns, "column", "columns");
      },
      no_gradient, no_gradient);
  return std::make_shared<detail::CsrPattern>(shape, both[0], both[1]);
}

std::shared_ptr<const detail::CooPattern> checked_coo(const Tensor& indices, const Tensor& values,
                                                      const Shape& shape, const Site& site) {
  const Op op{"SparseCoo", Save::nothing(), site, {{"shape", shape}}};
  detail::check_defined(op, {indices, values});
  check_dtypes(op, "indices", indices.dtype() == int64, values, name_of(indices.dtype()));
  check_sizes(op, shape);
  if (indices.rank() != 2 || indices.shape()[0] != 2) {
    throw ShapeError("SparseCoo: indices of " + indices.shape().str() + ": needs (2, nnz)",
                     op.site);
  }
  check_values(op, values, indices.shape()[1]);
  const Tensor copy = apply(
      op, {indices}, indices.spec(),
      [shape, name = op.name, site = op.site](const Inputs& in, const Tensor& y) {
        kernels::copy(in[0], y);
        const Shape one{y.shape()[1]};
        check_range(name, site, alias(y, one, {1}), shape[0], "row", "rows");
        check_range(name, site, alias(y, one, {1}, one[0]), shape[1], "column", "columns");
      },
      no_gradient);
  return std::make_shared<detail::CooPattern>(shape, copy, false);
}

}  // namespace

SparseCsr::SparseCsr(const Tensor& crow_indices, const Tensor& col_indices, const Tensor& values,
                     const Shape& shape, Site site)
    : SparseCsr(checked_csr(crow_indices, col_indices, values, shape, site), values) {}

SparseCsr::SparseCsr(std::shared_ptr<const detail::CsrPattern> pattern, Tensor values)
    : pattern_(std::move(pattern)), values_(std::move(values)) {}

const Shape& SparseCsr::shape() const { return pattern_->shape; }
std::int64_t SparseCsr::size(Axis axis, Site site) const {
  return shape()[normalize_axis("size", axis, shape(), site)];
}
std::int64_t SparseCsr::nnz() const { return col_indices().numel(); }
Dtype SparseCsr::dtype() const { return values_.dtype(); }
const Tensor& SparseCsr::crow_indices() const { return pattern_->crow_indices; }
const Tensor& SparseCsr::col_indices() const { return pattern_->col_indices; }
const Tensor& SparseCsr::row_indices() const { return pattern_->row_indices(); }

SparseCsr SparseCsr::with_values(const Tensor& values, Site site) const {
  const Op op{"with_values", site};
  detail::check_defined(op, {values});
  check_values(op, values, nnz());
  return {pattern_, values};
}

SparseCoo::SparseCoo(const Tensor& indices, const Tensor& values, const Shape& shape, Site site)
    : SparseCoo(checked_coo(indices, values, shape, site), values) {}

SparseCoo::SparseCoo(std::shared_ptr<const detail::CooPattern> pattern, Tensor values)
    : pattern_(std::move(pattern)), values_(std::move(values)) {}

const Shape& SparseCoo::shape() const { return pattern_->shape; }
std::int64_t SparseCoo::size(Axis axis, Site site) const {
  return shape()[normalize_axis("size", axis, shape(), site)];
}
std::int64_t SparseCoo::nnz() const { return indices().shape()[1]; }
Dtype SparseCoo::dtype() const { return values_.dtype(); }
const Tensor& SparseCoo::indices() const { return pattern_->indices; }
bool SparseCoo::is_coalesced() const { return pattern_->coalesced; }

SparseCoo SparseCoo::with_values(const Tensor& values, Site site) const {
  const Op op{"with_values", site};
  detail::check_defined(op, {values});
  check_values(op, values, nnz());
  return {pattern_, values};
}

}  // namespace cinta
