#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/kernels/sparse/pattern.hpp>
#include <cinta/ops/kernels/table/bags.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/sparse/detail/pattern.hpp>

namespace cinta::detail {
namespace {

[[noreturn]] void refuse_written(const Op& op) {
  throw GraphError(std::string(op.name) +
                       ": the indices of the sparse matrix were written to since it was made; make "
                       "it of a copy",
                   op.site);
}

}  // namespace

Groups group_ids(const Tensor& ids, std::int64_t count) {
  checked_bytes("group_ids", {count}, Dtype::int64, Site());  // so that one more is a number, too
  const Tensors both = apply(
      {"group_ids", Save::nothing(), {}, {{"count", count}}}, {ids},
      OutputSpecs{{{{count + 1}, Dtype::int64}, no_gradient}, {ids.spec(), no_gradient}},
      [](const Inputs& in, const Tensors& out) {
        kernels::group_ids(contiguous(in[0]), out[0], out[1]);
      },
      no_gradient);
  return {both[0], both[1]};
}

CsrPattern::CsrPattern(Shape sizes, Tensor pointers, Tensor columns)
    : shape(std::move(sizes)),
      crow_indices(std::move(pointers)),
      col_indices(std::move(columns)),
      version_(version()) {}

std::uint32_t CsrPattern::version() const { return crow_indices.version() + col_indices.version(); }

const Tensor& CsrPattern::row_indices() const {
  return row_indices_.get([this] {
    return apply(
        {"row_indices", Save::nothing(), {}}, {crow_indices}, col_indices.spec(),
        [](const Inputs& in, const Tensor& y) { kernels::bag_numbers(in[0], y); }, no_gradient);
  });
}

const CsrPattern::Columns& CsrPattern::columns() const {
  return columns_.get([this] {
    const Groups groups = group_ids(col_indices, shape[1]);
    return Columns{groups.pointers, index_select(row_indices(), 0, groups.places), groups.places};
  });
}

void CsrPattern::check_unchanged(const Op& op) const {
  if (version() != version_) refuse_written(op);
}

CooPattern::CooPattern(Shape sizes, Tensor places, bool sorted)
    : shape(std::move(sizes)),
      indices(std::move(places)),
      coalesced(sorted),
      version_(indices.version()) {}

Tensor CooPattern::rows() const { return select(indices, 0, 0); }
Tensor CooPattern::columns() const { return select(indices, 0, 1); }

const CooPattern::Csr& CooPattern::csr() const {
  return csr_.get([this] {
    const Groups groups = group_ids(rows(), shape[0]);
    return Csr{std::make_shared<CsrPattern>(shape, groups.pointers,
                                            index_select(columns(), 0, groups.places)),
               groups.places};
  });
}

void CooPattern::check_unchanged(const Op& op) const {
  if (indices.version() != version_) refuse_written(op);
}

}  // namespace cinta::detail
