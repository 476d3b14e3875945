#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/apply_in_place.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/detail/convert.hpp>
#include <cinta/ops/index/detail/lookup.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/scatter_add/scatter_add.hpp>
#include <cinta/ops/kernels/table/gather.hpp>
#include <cinta/ops/kernels/table/scatter.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

using namespace detail;
using std::to_string;

Shape joined(const Shape& first, std::int64_t last) {
  Shape shape = Shape::filled(first.rank() + 1, last);
  for (int i = 0; i < first.rank(); ++i) shape[i] = first[i];
  return shape;
}

void check_list(const Op& op, const Tensor& ids) {
  if (ids.rank() <= 1) return;
  throw ShapeError(
      std::string(op.name) + ": ids must have one axis, their shape is " + ids.shape().str(),
      op.site);
}

}  // namespace

Tensor embedding(const Tensor& weight, const Tensor& ids, LookupOptions options, Site site) {
  const Op op{"embedding", Save::input(1), site, {{"padding_idx", options.padding_idx}}};
  detail::check_defined(op, {weight, ids});
  if (weight.rank() != 2) {
    throw ShapeError(
        "embedding: the table must have two axes, its shape is " + weight.shape().str(), op.site);
  }
  const std::int64_t rows = weight.shape()[0];
  check_ids(op, ids, rows, "a table of " + to_string(rows) + " rows");
  check_padding(op, options.padding_idx, rows);
  return lookup(op, weight, ids, joined(ids.shape(), weight.shape()[1]), options.padding_idx,
                options.sparse);
}

Tensor index_select(const Tensor& x, Axis axis, const Tensor& ids, Site site) {
  const Op op{"index_select", Save::input(1), site, {{"axis", axis}}};
  detail::check_defined(op, {x, ids});
  const int at = axis_of_elements("index_select", axis, x.shape(), op.site);
  check_list(op, ids);
  check_ids(op, ids, at_least_1d(x.shape())[at],
            "axis " + to_string(at) + " of " + x.shape().str());
  const OpScope scope(op);
  if (x.rank() == 0) {
    if (ids.numel() != 1) {
      throw ShapeError("index_select: of a tensor without axes one id can be taken, not ids of " +
                           ids.shape().str(),
                       op.site);
    }
    return reshape(index_select(reshape(x, {1}), 0, ids), {});
  }
  if (ids.rank() == 0) return index_select(x, at, reshape(ids, {1}));
  if (at != 0) {
    return transpose(index_select(transpose(x, 0, at), 0, ids), 0, at);
  }
  Shape shape = x.shape();
  shape[0] = ids.numel();
  return lookup(op, x, ids, shape);
}

Tensor gather(const Tensor& x, Axis axis, const Tensor& ids, Site site) {
  const Op op{"gather", Save::input(1), site, {{"axis", axis}}};
  detail::check_defined(op, {x, ids});
  const int at = check_along(op, ids, x.shape(), axis);
  if (x.rank() > 0 && ids.rank() > 0) return take_along(op, x, ids, at);
  const OpScope scope(op);
  const Tensor list = reshape(ids, at_least_1d(ids.shape()));
  return reshape(gather(reshape(x, at_least_1d(x.shape())), 0, list), ids.shape());
}

Tensor index_add(const Shape& shape, const Tensor& ids, const Tensor& x, IndexAddOptions options,
                 Site site) {
  const Op op{
      "index_add", Save::input(1), site, {{"shape", shape}, {"padding_idx", options.padding_idx}}};
  detail::check_defined(op, {x, ids});
  bool fits = shape.rank() > 0 && ids.rank() == 1 && x.rank() == shape.rank() &&
              x.shape()[0] == ids.numel();
  for (int i = 1; fits && i < x.rank(); ++i) fits = x.shape()[i] == shape[i];
  if (!fits) {
    throw ShapeError("index_add: " + ids.shape().str() + " ids and values of " + x.shape().str() +
                         " do not add to " + shape.str(),
                     op.site);
  }
  if (!is_floating(x.dtype()))
    throw DtypeError(std::string("index_add: needs a floating dtype, got ") + name_of(x.dtype()),
                     op.site);
  checked_bytes(op.name, shape, x.dtype(), op.site);
  check_ids(op, ids, shape[0], to_string(shape[0]) + " rows");
  return sum_by_id(op, shape, ids, x, options.padding_idx);
}

namespace {

// The first `count` axes of `shape` as one; the others.
std::int64_t leading(const Shape& shape, int count) {
  std::int64_t n = 1;
  for (int i = 0; i < count; ++i) n *= shape[i];
  return n;
}
template <class Entries>  // sizes or strides
Entries trailing(const Entries& all, int count) {
  Entries rest = Entries::filled(all.rank() - count);
  for (int i = 0; i < rest.rank(); ++i) rest[i] = all[count + i];
  return rest;
}
Shape concatenated(const Shape& a, const Shape& b) {
  Shape both = Shape::filled(a.rank() + b.rank());
  for (int i = 0; i < both.rank(); ++i) both[i] = i < a.rank() ? a[i] : b[i - a.rank()];
  return both;
}

// Writes or adds rows[i] to the entry of x that has number ids[i] when its first `axes` axes are
// counted as one.
void put_rows(const Tensor& x, const Tensor& ids, const Tensor& rows, int axes, bool accumulate) {
  if (!accumulate) return kernels::scatter_rows(rows, ids, axes, x);
  const Tensor sums = contiguous(x);
  const Shape table{leading(x.shape(), axes), trailing(x.shape(), axes).numel()};
  kernels::scatter_add_rows(rows, ids, no_padding, alias(sums, table, contiguous_strides(table)));
  if (!x.is_contiguous()) kernels::copy(sums, x);
}

}  // namespace

const Tensor& detail::put(const Op& op, const Tensor& x, const Tensors& given,
                          const Operand& operand, bool accumulate) {
  detail::check_defined(op, {x});
  detail::check_defined(op, given);
  Tensors indices;
  for (const Tensor& ids : given) {
    if (ids.dtype() != boolean) {
      indices.push_back(ids);
      continue;
    }
    for (Tensor& column : mask_ids(op, ids, x, int(indices.size()))) indices.push_back(column);
  }
  const int axes = int(indices.size());
  if (axes == 0 || axes > x.rank()) {
    throw ShapeError(std::string(op.name) + ": " + to_string(axes) + " tensors of ids for the " +
                         to_string(x.rank()) + " axes of " + x.shape().str(),
                     op.site);
  }
  Shape places;
  for (const Tensor& ids : indices)
    places = broadcast_shapes(op.name, places, ids.shape(), op.site);
  for (int k = 0; k < axes; ++k) {
    check_ids(op, indices[std::size_t(k)], x.shape()[k],
              "axis " + to_string(k) + " of " + x.shape().str());
  }
  // Row-major numbers over the leading axes.
  Tensor flat;
  {
    const NoGrad no_grad;
    for (int k = 0; k < axes; ++k) {
      const Tensor& ids = indices[std::size_t(k)];
      flat = k == 0 ? ids : flat * x.shape()[k] + ids;
    }
    flat = unaliased(flatten(contiguous(broadcast_to(flat, places))), x, op.site);
  }
  const Shape shape = concatenated(places, trailing(x.shape(), axes));
  // Values are held against what is written, not against the whole of x.
  const Tensor written = alias(x, shape, Strides::filled(shape.rank()));
  const Tensor values = detail::fitting(op, written, operand, accumulate ? int64 : boolean);
  Op flat_op = op;
  flat_op.attributes.push_back({"counted_axes", axes});
  return apply_in_place(
      flat_op, x, {x, flat, values},
      [shape, axes, accumulate](const Inputs& in, const Tensor& y) {
        put_rows(y, in[1], contiguous(broadcast_to(in[2], shape)), axes, accumulate);
      },
      [axes, accumulate](const Grad& g) {
        if (accumulate) return g.dy;
        Tensor dx = clone(g.dy);
        const Shape rows = concatenated({leading(dx.shape(), axes)}, trailing(dx.shape(), axes));
        index_put_(reshape(dx, rows), {g.in(1)}, 0);
        return dx;
      },
      no_gradient,
      [shape, axes, accumulate](const Grad& g) {
        const Shape rest = trailing(g.dy.shape(), axes), count{leading(g.dy.shape(), axes)};
        const Tensor rows = reshape(g.dy, concatenated(count, rest));
        Tensor taken = index_select(rows, 0, g.in(1));
        if (!accumulate) {
          Shape column = Shape::filled(taken.rank(), 1);
          column[0] = taken.shape()[0];
          taken = taken * reshape(last_along(g.in(1), count, 0, taken.dtype()), column);
        }
        return reshape(taken, shape);
      });
}

const Tensor& index_put_(const Tensor& x, const Tensors& indices, const Operand& values,
                         bool accumulate) {
  return put({"index_put_", Save::input(1), values.site(), {{"accumulate", accumulate}}}, x,
             indices, values, accumulate);
}

const Tensor& index_fill_(const Tensor& x, Axis axis, const Tensor& ids, const Operand& value) {
  const Op op{"index_fill_", Save::input(1), value.site(), {{"axis", axis}}};
  detail::check_defined(op, {x, ids});
  const int at = axis_of_elements(op.name, axis, x.shape(), op.site);
  check_list(op, ids);
  check_ids(op, ids, at_least_1d(x.shape())[at],
            "axis " + to_string(at) + " of " + x.shape().str());
  if (!value.is_number() && value.tensor().defined() && value.tensor().rank() != 0) {
    throw ShapeError(
        "index_fill_: the value must be 0-dim, its shape is " + value.tensor().shape().str(),
        op.site);
  }
  const OpScope scope(op);
  put(op, x.rank() == 0 ? reshape(x, {1}) : at == 0 ? x : transpose(x, 0, at), {ids}, value, false);
  return x;
}

Tensor one_hot(const Tensor& ids, std::int64_t classes, Dtype dtype, Site site) {
  const Op op{"one_hot", Save::nothing(), site, {{"classes", classes}, {"dtype", dtype}}};
  detail::check_defined(op, {ids});
  checked_bytes(op.name, joined(ids.shape(), classes), dtype, op.site);
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
