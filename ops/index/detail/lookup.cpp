#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/detail/check_values.hpp>
#include <cinta/autograd/tape/detail/leaf.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/index/detail/lookup.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/scatter_add/scatter_add.hpp>
#include <cinta/ops/kernels/table/along.hpp>
#include <cinta/ops/kernels/table/gather.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/detail/range.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

using std::to_string;

// Says where in `shape` the element with row-major number `flat` lies.
std::string position(std::int64_t flat, const Shape& shape) {
  Shape index = shape;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    index[i] = flat % shape[i];
    flat /= shape[i];
  }
  return index.str();
}

}  // namespace

namespace detail {

void check_ids(const Op& op, const Tensor& ids, std::int64_t count, const std::string& what) {
  if (ids.dtype() != int64) {
    throw DtypeError(std::string(op.name) + ": ids must be int64, they are " + name_of(ids.dtype()),
                     op.site);
  }
  check_values(op, ids, [name = op.name, site = op.site, count, what](const Tensor& x) {
    const Tensor dense = contiguous(x);
    const std::int64_t bad = kernels::find_out_of_range(dense, count);
    if (bad < 0) return;
    const std::string id = to_string(dense.data<std::int64_t>()[bad]);
    const std::string where = x.rank() == 0 ? "" : " at position " + position(bad, x.shape());
    throw IndexError(std::string(name) + ": index " + id + where + " is out of range for " + what,
                     site);
  });
}

void check_padding(const Op& op, std::optional<std::int64_t> padding_idx, std::int64_t rows) {
  if (!padding_idx || (*padding_idx >= 0 && *padding_idx < rows)) return;
  throw IndexError(std::string(op.name) + ": padding_idx " + to_string(*padding_idx) +
                       " is out of range for a table of " + to_string(rows) + " rows",
                   op.site);
}

Tensor lookup(const Op& op, const Tensor& weight, const Tensor& ids, const Shape& shape,
              std::optional<std::int64_t> padding_idx, bool sparse) {
  note_lookup(weight, sparse, padding_idx);
  return apply(
      op, {weight, ids}, {shape, weight.dtype()},
      [padding_idx](const Inputs& in, const Tensor& y) {
        const Tensor table = contiguous(in[0]), which = contiguous(in[1]);
        kernels::gather_rows(table_with(table, which), which, padding_idx.value_or(no_padding), y);
      },
      [padding_idx, sparse](const Grad& g) {
        if (sparse && g.is_leaf(0) && !g.create_graph())
          return looked_up_rows({g.shape(0), g.dy.dtype()}, g.in(1), g.dy, padding_idx);
        return g.part(
            0,
            {.values = g.dy, .ids = flatten(g.in(1)), .skip_id = padding_idx.value_or(no_padding)});
      },
      no_gradient);
}

Tensor sum_by_id(const Op& op, const Shape& shape, const Tensor& ids, const Tensor& x,
                 std::optional<std::int64_t> padding_idx) {
  return apply(
      op, {x, ids}, {shape, x.dtype()},
      [padding_idx](const Inputs& in, const Tensor& y) {
        kernels::sum_rows_by_id(contiguous(in[0]), contiguous(in[1]),
                                padding_idx.value_or(no_padding), y);
      },
      [padding_idx](const Grad& g) {
        const Op back{
            "index_select", Save::input(1), {}, {{"axis", 0}, {"padding_idx", padding_idx}}};
        return lookup(back, g.dy, g.in(1), g.shape(0), padding_idx);
      },
      no_gradient);
}

int check_along(const Op& op, const Tensor& ids, const Shape& from, int axis) {
  const int at = axis_of_elements(op.name, axis, from, op.site);
  const Shape all = at_least_1d(from), places = at_least_1d(ids.shape());
  if (!fits_along(places, all, at)) {
    throw ShapeError(std::string(op.name) + ": ids of " + ids.shape().str() + " do not fit " +
                         from.str() + " outside axis " + to_string(at),
                     op.site);
  }
  check_ids(op, ids, all[at], "axis " + to_string(at) + " of " + from.str());
  return at;
}

Tensor flat_ids(const Op& op, const Tensor& ids, const Shape& from, int axis) {
  const int at = check_along(op, ids, from, axis);
  if (ids.rank() == 0) return ids;  // along the only axis
  const Shape all = at_least_1d(from);
  return apply({"flat_ids", Save::nothing(), op.site, {{"shape", all}, {"axis", at}}}, {ids},
               ids.spec(), [all, at](const Inputs& in, const Tensor& y) {
                 kernels::flat_ids(contiguous(in[0]), all, at, y);
               });
}

Tensor last_along(const Tensor& ids, const Shape& from, int axis, Dtype dtype) {
  return apply({"last_along", Save::nothing(), {}, {{"shape", from}, {"axis", axis}}}, {ids},
               {ids.shape(), dtype}, [from, axis](const Inputs& in, const Tensor& y) {
                 kernels::last_along(contiguous(in[0]), from, axis, y);
               });
}

Array table_with(const Tensor& dense_table, const Array& ids) {
  AccessHook* hook = dense_table.storage()->hook();
  const Array table = dense_table.impl()->array();
  if (hook) hook->rows(table, ids.data<std::int64_t>(), ids.numel());
  return table;
}

Tensors rows_at(const Tensor& x, const std::vector<std::span<const std::int64_t>>& lists) {
  const Shape row = without(x.shape(), 0);
  const Strides within = without(x.strides(), 0);
  Tensors out;
  std::int64_t count = 0;
  for (const auto& list : lists) {
    Shape shape = x.shape();
    shape[0] = std::int64_t(list.size());
    count += shape[0];
    out.push_back(empty(shape, x.dtype()));
  }
  const Array all = x;
  const bool dense = is_contiguous(row, within);
  const auto take = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      const auto& rows = lists[std::size_t(k)];
      const Tensor& y = out[std::size_t(k)];
      const Shape size{std::int64_t(rows.size())}, one{1};
      if (dense) {
        const Array ids{const_cast<std::int64_t*>(rows.data()), size, one, int64};
        kernels::gather_rows(all, ids, no_padding, y);
        continue;
      }
      for (std::int64_t i = 0; i < size[0]; ++i)
        kernels::copy(alias(x, row, within, rows[std::size_t(i)] * x.strides()[0]),
                      alias(y, row, contiguous_strides(row), i * row.numel()));
    }
  };
  const auto lists_count = std::int64_t(lists.size());
  kernels::parallel_for(
      lists_count, kernels::grain_of(count * row.numel() / std::max<std::int64_t>(1, lists_count)),
      take);
  return out;
}

Tensor looked_up_rows(const Spec& table, const Tensor& ids, const Tensor& dy,
                      std::optional<std::int64_t> padding_idx) {
  Shape shape = table.shape;
  shape[0] = ids.numel();
  const Tensor which = clone(flatten(ids)), rows = contiguous(reshape(dy, shape));
  if (!padding_idx) return detail::make_row_sparse(table, which, rows);
  const std::int64_t* id = which.data<std::int64_t>();
  std::vector<std::int64_t> kept;
  for (std::int64_t i = 0; i < which.numel(); ++i)
    if (id[i] != *padding_idx) kept.push_back(i);
  if (std::int64_t(kept.size()) == which.numel())
    return detail::make_row_sparse(table, which, rows);
  const Tensor places = from_data(kept, {std::int64_t(kept.size())});
  return detail::make_row_sparse(table, index_select(which, 0, places),
                                 index_select(rows, 0, places));
}

void note_lookup(const Tensor& weight, bool sparse, std::optional<std::int64_t> padding_idx) {
  if (weight.requires_grad() && weight.is_leaf() && (sparse || padding_idx))
    static_cast<Leaf*>(weight.node())->note_lookup(sparse, padding_idx);
}

}  // namespace detail
}  // namespace cinta
