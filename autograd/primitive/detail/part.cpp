#include <algorithm>
#include <cinta/autograd/primitive/as_strided.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/detail/strided.hpp>
#include <cinta/autograd/tape/apply_in_place.hpp>
#include <cinta/autograd/tape/part.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/scatter_add/scatter_add.hpp>
#include <cinta/ops/kernels/table/along.hpp>
#include <cinta/ops/kernels/table/gather.hpp>

namespace cinta::detail {
namespace {

void add_strided(const Tensor& whole, const Tensor& values, const Layout& layout) {
  apply_in_place(
      {"add_part_",
       Save::nothing(),
       {},
       {{"shape", layout.shape}, {"strides", layout.strides}, {"offset", layout.offset}}},
      whole, {whole, values},
      [layout](const Inputs& in, const Tensor& y) {
        const Tensor places = alias(y, layout.shape, layout.strides, layout.offset);
        if (may_overlap(layout.shape, layout.strides))
          kernels::accumulate_overlapping(in[1], places);
        else
          kernels::accumulate(in[1], places);
      },
      [](const Grad& g) { return contiguous(g.dy); },
      [layout](const Grad& g) {
        return as_strided(contiguous(g.dy), layout.shape, layout.strides, layout.offset);
      });
}

// The adjoint of adding rows: x[ids[i], ...], zeros where that is skipped.
Tensor take_rows(const Tensor& x, const Tensor& ids, std::int64_t skip_id, const Shape& shape) {
  return apply(
      {"take_rows", Save::input(1), {}, {{"skip_id", skip_id}}}, {x, ids}, {shape, x.dtype()},
      [skip_id](const Inputs& in, const Tensor& y) {
        kernels::gather_rows(contiguous(in[0]), in[1], skip_id, y);
      },
      [skip_id](const Grad& g) {
        return g.part(0, {.values = g.dy, .ids = g.in(1), .skip_id = skip_id});
      },
      no_gradient);
}

void add_along(const Tensor& whole, const Tensor& values, const Tensor& ids, int axis) {
  apply_in_place(
      {"add_along_", Save::input(2), {}, {{"axis", axis}}}, whole, {whole, values, contiguous(ids)},
      [axis](const Inputs& in, const Tensor& y) {
        kernels::scatter_add_along(contiguous(in[1]), in[2], axis, y);
      },
      [](const Grad& g) { return contiguous(g.dy); },
      [axis](const Grad& g) {
        const Op back{"take_along_axis", Save::input(1), {}, {{"axis", axis}}};
        return take_along(back, g.dy, g.in(2), axis);
      },
      no_gradient);
}

void add_rows(const Tensor& whole, const Tensor& values, const Tensor& ids, std::int64_t skip_id) {
  apply_in_place(
      {"add_rows_", Save::input(2), {}, {{"skip_id", skip_id}}}, whole,
      {whole, values, contiguous(ids)},
      [skip_id](const Inputs& in, const Tensor& y) {
        kernels::scatter_add_rows(contiguous(in[1]), in[2], skip_id, y);
      },
      [](const Grad& g) { return contiguous(g.dy); },
      [skip_id](const Grad& g) { return take_rows(g.dy, g.in(2), skip_id, g.shape(1)); },
      no_gradient);
}

}  // namespace

Tensor take_along(const Op& op, const Tensor& x, const Tensor& ids, int axis) {
  return apply(
      op, {x, ids}, {ids.shape(), x.dtype()},
      [axis](const Inputs& in, const Tensor& y) {
        kernels::gather_along(contiguous(in[0]), contiguous(in[1]), axis, y);
      },
      [axis](const Grad& g) { return g.part(0, {.values = g.dy, .ids = g.in(1), .along = axis}); },
      no_gradient);
}

bool fits_along(const Shape& ids, const Shape& whole, int axis) {
  bool fits = ids.rank() == whole.rank() && axis >= 0 && axis < whole.rank();
  for (int i = 0; fits && i < ids.rank(); ++i) fits = i == axis || ids[i] <= whole[i];
  return fits;
}

bool lies_within(const Part& part, const Shape& whole) {
  if (part.ids.defined()) {
    if (part.ids.dtype() != int64) return false;
    if (part.along && !fits_along(part.ids.shape(), whole, *part.along)) return false;
    const Tensor dense = contiguous(part.ids);
    const std::int64_t first = kernels::find_out_of_range(dense, whole[part.along.value_or(0)]);
    if (first < 0) return true;
    const std::int64_t* const id = dense.data<std::int64_t>();
    return !part.along && std::all_of(id + first, id + dense.numel(), [&](std::int64_t row) {
      return (row >= 0 && row < whole[0]) || row == part.skip_id;
    });
  }
  const Extent extent(part.layout.shape, part.layout.strides, part.layout.offset);
  return extent.fits && extent.low >= 0 && extent.high < whole.numel();
}

void add_part(const Tensor& whole, const Part& part) {
  if (!part.ids.defined())
    add_strided(whole, part.values, part.layout);
  else if (part.along)
    add_along(whole, part.values, part.ids, *part.along);
  else
    add_rows(whole, part.values, part.ids, part.skip_id);
}

}  // namespace cinta::detail
