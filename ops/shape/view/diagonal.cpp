#include <cinta/autograd/core/checked.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/as_strided.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/copy/triangle.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/detail/range.hpp>
#include <cinta/ops/shape/view/diagonal.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <limits>

namespace cinta {
namespace {

using detail::without;
using std::to_string;

struct Diagonal {
  std::int64_t offset;
  int axis0, axis1;

  // Where it lies in a tensor of this shape and these strides.
  Layout in(const Shape& shape, const Strides& strides) const {
    const std::int64_t rows = shape[axis0], columns = shape[axis1];
    const std::int64_t row = offset < 0 ? -std::max(offset, -rows) : 0;
    const std::int64_t column = offset > 0 ? std::min(offset, columns) : 0;
    const std::int64_t size = std::min(rows - row, columns - column);
    const int first = std::min(axis0, axis1), second = std::max(axis0, axis1) - 1;
    const Shape rest = without(without(shape, first), second);
    const Strides steps = without(without(strides, first), second);
    Layout layout{Shape::filled(rest.rank() + 1, size), Strides::filled(rest.rank() + 1),
                  size > 0 ? row * strides[axis0] + column * strides[axis1] : 0};
    for (int i = 0; i < rest.rank(); ++i) {
      layout.shape[i] = rest[i];
      layout.strides[i] = steps[i];
    }
    layout.strides[rest.rank()] = strides[axis0] + strides[axis1];
    return layout;
  }
};

Diagonal checked_diagonal(const Op& op, std::int64_t offset, int axis0, int axis1,
                          const Shape& shape) {
  const int a = normalize_axis(op.name, axis0, shape, op.site);
  const int b = normalize_axis(op.name, axis1, shape, op.site);
  if (a == b) {
    throw ValueError(std::string(op.name) + ": needs two axes, got " + to_string(axis0) + " and " +
                         to_string(axis1) + " of " + shape.str(),
                     op.site);
  }
  return {offset, a, b};
}

Tensor show(const Op& op, const Tensor& x, const Diagonal& diagonal) {
  const Layout view = diagonal.in(x.shape(), x.strides());
  return apply_view(op, x, view.shape, view.strides, view.offset, [diagonal](const Grad& g) {
    const Shape& whole = g.shape(0);
    return g.part(0, {.values = g.dy, .layout = diagonal.in(whole, contiguous_strides(whole))});
  });
}

Tensor triangle(const Op& op, const Tensor& x, bool lower, std::int64_t offset) {
  if (x.rank() < 2) {
    throw ShapeError(std::string(op.name) + ": needs matrices, got the shape " + x.shape().str(),
                     op.site);
  }
  return apply(
      op, {x}, x.spec(),
      [lower, offset](const Inputs& in, const Tensor& y) {
        kernels::copy_triangle(contiguous(in[0]), lower, offset, y);
      },
      [lower, offset](const Grad& g) { return lower ? tril(g.dy, offset) : triu(g.dy, offset); });
}

}  // namespace

Tensor diagonal(const Tensor& x, std::int64_t offset, Axis axis0, Axis axis1, Site site) {
  const Op op{
      "diagonal", Save::nothing(), site, {{"offset", offset}, {"axis0", axis0}, {"axis1", axis1}}};
  detail::check_defined(op, {x});
  return show(op, x, checked_diagonal(op, offset, axis0, axis1, x.shape()));
}

Tensor diag_embed(const Tensor& x, std::int64_t offset, Axis axis0, Axis axis1, Site site) {
  const Op op{"diag_embed",
              Save::nothing(),
              site,
              {{"offset", offset}, {"axis0", axis0}, {"axis1", axis1}}};
  detail::check_defined(op, {x});
  if (x.rank() == 0) throw ShapeError("diag_embed: needs at least one axis", op.site);
  const Checked size = Checked(x.shape().back()) + std::max(offset, -offset);
  if (!size.fits() || offset == std::numeric_limits<std::int64_t>::min())
    throw ShapeError("diag_embed: more elements than 64 bits can count", op.site);
  Shape shape = Shape::filled(x.rank() + 1, size.value());
  for (const int axis : {int(axis0), int(axis1)})
    normalize_new_axis(op.name, axis, x.shape(), 1, op.site);
  const Diagonal diagonal = checked_diagonal(op, offset, axis0, axis1, shape);
  for (int i = 0, k = 0; i < shape.rank(); ++i)
    if (i != diagonal.axis0 && i != diagonal.axis1) shape[i] = x.shape()[k++];
  return apply(
      op, {x}, {shape, x.dtype()},
      [diagonal](const Inputs& in, const Tensor& y) {
        kernels::fill(y, 0);
        const Layout places = diagonal.in(y.shape(), y.strides());
        kernels::copy(in[0], alias(y, places.shape, places.strides, places.offset));
      },
      [diagonal](const Grad& g) {
        return show({"diagonal", Save::nothing(), {}, {{"offset", diagonal.offset}}}, g.dy,
                    diagonal);
      });
}

Tensor diag(const Tensor& x, std::int64_t offset, Site site) {
  const Op op{"diag", Save::nothing(), site, {{"offset", offset}}};
  detail::check_defined(op, {x});
  if (x.rank() == 1) return diag_embed(x, offset, -2, -1, op.site);
  if (x.rank() == 2) return diagonal(x, offset, 0, 1, op.site);
  throw ShapeError("diag: needs a vector or a matrix, got the shape " + x.shape().str() +
                       "; diagonal() and diag_embed() take more axes",
                   op.site);
}

Tensor tril(const Tensor& x, std::int64_t offset, Site site) {
  const Op op{"tril", Save::nothing(), site, {{"offset", offset}}};
  detail::check_defined(op, {x});
  return triangle(op, x, true, offset);
}

Tensor triu(const Tensor& x, std::int64_t offset, Site site) {
  const Op op{"triu", Save::nothing(), site, {{"offset", offset}}};
  detail::check_defined(op, {x});
  return triangle(op, x, false, offset);
}

Tensor block_diag(const Tensors& matrices, Site site) {
  const Op op{"block_diag", Save::nothing(), site};
  if (matrices.empty()) throw ValueError("block_diag: needs at least one matrix", op.site);
  detail::check_defined(op, matrices);
  Dtype dtype = boolean;
  for (const Tensor& matrix : matrices) dtype = promote(dtype, matrix.dtype());
  Tensors blocks;
  std::vector<Layout> places;  // strides are those of the result, known at the end
  Checked rows = 0, columns = 0;
  for (const Tensor& matrix : matrices) {
    if (matrix.rank() > 2) {
      throw ShapeError(
          "block_diag: a block has the shape " + matrix.shape().str() + ", more than two axes",
          op.site);
    }
    const Tensor block = to(matrix, dtype, op.site);
    blocks.push_back(block.rank() == 2   ? block
                     : block.rank() == 1 ? unsqueeze(block, 0, op.site)
                                         : reshape(block, {1, 1}, op.site));
    places.push_back({blocks.back().shape(), {rows.value(), columns.value()}});
    rows += blocks.back().shape()[0];
    columns += blocks.back().shape()[1];
  }
  const Shape shape{rows.value(), columns.value()};
  for (Layout& place : places) {
    place.offset = place.strides[0] * shape[1] + place.strides[1];
    if (place.shape.numel() == 0) place.offset = 0;
    place.strides = {shape[1], 1};
  }
  if (!rows.fits() || !columns.fits())
    throw ShapeError("block_diag: more elements than 64 bits can count", op.site);
  return apply(
      op, blocks, {shape, dtype},
      [places](const Inputs& in, const Tensor& y) {
        kernels::fill(y, 0);
        for (int i = 0; i < in.size(); ++i) {
          const Layout& place = places[std::size_t(i)];
          kernels::copy(in[i], alias(y, place.shape, place.strides, place.offset));
        }
      },
      [places](const Grad& g) {
        Tensors gradients(places.size());
        const Tensor dy = contiguous(g.dy);
        for (std::size_t i = 0; i < places.size(); ++i) {
          if (g.needs(int(i)))
            gradients[i] = as_strided(dy, places[i].shape, places[i].strides, places[i].offset);
        }
        return gradients;
      });
}

}  // namespace cinta
