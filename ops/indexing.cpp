#include <cinta/autograd/apply.hpp>
#include <cinta/autograd/engine_ops.hpp>
#include <cinta/autograd/error.hpp>
#include <cinta/ops/arithmetic.hpp>
#include <cinta/ops/comparison.hpp>
#include <cinta/ops/indexing.hpp>
#include <cinta/ops/kernels/copy.hpp>
#include <cinta/ops/kernels/gather.hpp>
#include <cinta/ops/shaping.hpp>

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

// `what` is a noun with its article: "a table of 10 rows".
void check_ids(const Op& op, const Tensor& ids, std::int64_t count, const std::string& what) {
  if (ids.dtype() != int64) {
    throw DtypeError(std::string(op.name) + ": ids must be int64, they are " + name_of(ids.dtype()),
                     op.site);
  }
  const Tensor dense = contiguous(ids);
  const std::int64_t bad = kernels::find_out_of_range(dense, count);
  if (bad < 0) return;
  const std::string id = to_string(dense.data<std::int64_t>()[bad]);
  const std::string where = ids.rank() == 0 ? "" : " at position " + position(bad, ids.shape());
  throw IndexError(std::string(op.name) + ": index " + id + where + " is out of range for " + what,
                   op.site);
}

std::int64_t size_after_first(const Shape& shape) {
  std::int64_t n = 1;
  for (int i = 1; i < shape.rank(); ++i) n *= shape[i];
  return n;
}

Shape joined(const Shape& first, std::int64_t last) {
  Shape shape = Shape::filled(first.rank() + 1, last);
  for (int i = 0; i < first.rank(); ++i) shape[i] = first[i];
  return shape;
}

constexpr std::int64_t no_padding = -1;

// weight (rows, ...) looked up with checked ids, all along the first axis.
Tensor lookup(const Op& op, const Tensor& weight, const Tensor& ids, const Shape& shape,
              std::optional<std::int64_t> padding_idx) {
  return apply(
      {op.name, Save::input(1), op.site}, {weight, ids}, {shape, weight.dtype()},
      [](const Inputs& in, const Tensor& y) {
        kernels::gather_rows(contiguous(in[0]), contiguous(in[1]), y);
      },
      [padding_idx](const Grad& g) {
        return index_add(g.shape(0), flatten(g.in(1)), g.dy, padding_idx);
      },
      no_gradient);
}

}  // namespace

Tensor embedding(const Tensor& weight, const Tensor& ids, std::optional<std::int64_t> padding_idx,
                 Site site) {
  const Op op{"embedding", site};
  detail::check_defined(op, {weight, ids});
  if (weight.rank() != 2) {
    throw ShapeError(
        "embedding: the table must have two axes, its shape is " + weight.shape().str(), op.site);
  }
  const std::int64_t rows = weight.shape()[0];
  check_ids(op, ids, rows, "a table of " + to_string(rows) + " rows");
  if (padding_idx && (*padding_idx < 0 || *padding_idx >= rows)) {
    throw IndexError("embedding: padding_idx " + to_string(*padding_idx) +
                         " is out of range for a table of " + to_string(rows) + " rows",
                     op.site);
  }
  return lookup(op, weight, ids, joined(ids.shape(), weight.shape()[1]), padding_idx);
}

Tensor index_select(const Tensor& x, int axis, const Tensor& ids, Site site) {
  const Op op{"index_select", site};
  detail::check_defined(op, {x, ids});
  const int at = normalize_axis("index_select", axis, x.shape(), op.site);
  if (ids.rank() != 1)
    throw ShapeError("index_select: ids must have one axis, their shape is " + ids.shape().str(),
                     op.site);
  check_ids(op, ids, x.shape()[at], "axis " + to_string(at) + " of " + x.shape().str());
  if (at != 0) {
    const SiteScope scope(op.site);
    return transpose(index_select(transpose(x, 0, at), 0, ids), 0, at);
  }
  Shape shape = x.shape();
  shape[0] = ids.numel();
  return lookup(op, x, ids, shape, {});
}

Tensor gather(const Tensor& x, int axis, const Tensor& ids, Site site) {
  const Op op{"gather", site};
  detail::check_defined(op, {x, ids});
  const int at = normalize_axis("gather", axis, x.shape(), op.site);
  bool fits = ids.rank() == x.rank();
  for (int i = 0; fits && i < x.rank(); ++i) fits = i == at || ids.shape()[i] <= x.shape()[i];
  if (!fits) {
    throw ShapeError("gather: ids of " + ids.shape().str() + " do not fit " + x.shape().str() +
                         " outside axis " + to_string(at),
                     op.site);
  }
  check_ids(op, ids, x.shape()[at], "axis " + to_string(at) + " of " + x.shape().str());
  // Each id becomes the row-major number of its element, so that x can be looked up as one axis.
  const Strides strides = contiguous_strides(x.shape());
  const Tensor flat = clone(ids);
  std::int64_t* id = flat.data<std::int64_t>();
  Shape index = Shape::filled(x.rank());
  for (std::int64_t i = 0, n = flat.numel(); i < n; ++i) {
    id[i] *= strides[at];
    for (int k = 0; k < x.rank(); ++k)
      if (k != at) id[i] += index[k] * strides[k];
    for (int k = x.rank() - 1; k >= 0 && ++index[k] == ids.shape()[k]; --k) index[k] = 0;
  }
  return lookup(op, flatten(x, 0, -1, op.site), flat, ids.shape(), {});
}

Tensor index_add(const Shape& shape, const Tensor& ids, const Tensor& x,
                 std::optional<std::int64_t> padding_idx, Site site) {
  const Op op{"index_add", site};
  detail::check_defined(op, {x, ids});
  if (shape.rank() == 0 || ids.rank() != 1 || x.numel() != ids.numel() * size_after_first(shape)) {
    throw ShapeError("index_add: " + ids.shape().str() + " ids and values of " + x.shape().str() +
                         " do not add to " + shape.str(),
                     op.site);
  }
  if (!is_floating(x.dtype()))
    throw DtypeError(std::string("index_add: needs a floating dtype, got ") + name_of(x.dtype()),
                     op.site);
  check_ids(op, ids, shape[0], to_string(shape[0]) + " rows");
  return apply(
      {"index_add", Save::input(1), op.site}, {x, ids}, {shape, x.dtype()},
      [padding_idx](const Inputs& in, const Tensor& y) {
        kernels::fill(y, 0);
        kernels::scatter_add_rows(contiguous(in[0]), contiguous(in[1]),
                                  padding_idx.value_or(no_padding), y);
      },
      [padding_idx](const Grad& g) {
        const Tensor& rows = g.in(1);
        Tensor dx = reshape(index_select(g.dy, 0, rows), g.shape(0));
        if (!padding_idx) return dx;
        // What was not added has no influence.
        const Tensor kept = to(ne(rows, *padding_idx), dx.dtype());
        Shape column = Shape::filled(g.dy.rank(), 1);
        column[0] = rows.numel();
        Shape flat = g.dy.shape();
        flat[0] = rows.numel();
        return reshape(reshape(dx, flat) * reshape(kept, column), g.shape(0));
      },
      no_gradient);
}

Tensor one_hot(const Tensor& ids, std::int64_t classes, Dtype dtype, Site site) {
  const Op op{"one_hot", site};
  detail::check_defined(op, {ids});
  check_ids(op, ids, classes, to_string(classes) + " classes");
  return apply(
      op, {ids}, {joined(ids.shape(), classes), dtype},
      [classes](const Inputs& in, const Tensor& y) {
        const Tensor dense = contiguous(in[0]);
        const std::int64_t* id = dense.data<std::int64_t>();
        kernels::fill(y, 0);
        dispatch(y.dtype(), [&]<class T>() {
          T* data = y.data<T>();
          for (std::int64_t i = 0, n = dense.numel(); i < n; ++i) data[i * classes + id[i]] = T(1);
        });
      },
      no_gradient);
}

}  // namespace cinta
