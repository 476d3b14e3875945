#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/detail/convert.hpp>
#include <cinta/ops/index/detail/lookup.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/index/scatter.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/scatter_add/scatter_add.hpp>
#include <cinta/ops/kernels/table/along.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

using std::to_string;

// x with values in the elements that checked row-major numbers name.
Tensor put_flat(const Op& op, const Tensor& x, const Tensor& ids, const Operand& values,
                bool accumulate) {
  const OpScope scope(op);
  const Tensor y = clone(flatten(x));
  detail::put(op, y, {ids}, values, accumulate);
  return reshape(y, x.shape());
}

// x with values of the shape of checked ids written or added along an axis.
Tensor write_along(const Op& op, const Tensor& x, int axis, const Tensor& ids, const Tensor& values,
                   bool accumulate) {
  return apply(
      op, {x, ids, values}, x.spec(),
      [axis, accumulate](const Inputs& in, const Tensor& y) {
        kernels::copy(in[0], y);
        const Tensor which = contiguous(in[1]),
                     from = contiguous(broadcast_to(in[2], which.shape()));
        accumulate ? kernels::scatter_add_along(from, which, axis, y)
                   : kernels::scatter_along(from, which, axis, y);
      },
      [axis, accumulate](const Grad& g) {
        if (accumulate) return g.dy;
        const Op back{"scatter", Save::input(1), {}, {{"axis", axis}}};
        return write_along(back, g.dy, axis, g.in(1), full({}, 0, g.dy.dtype()), false);
      },
      no_gradient,
      [axis, accumulate](const Grad& g) {
        const Op back{"gather", Save::input(1), {}, {{"axis", axis}}};
        const Tensor dy = detail::take_along(back, g.dy, g.in(1), axis);
        return accumulate ? dy : dy * detail::last_along(g.in(1), g.dy.shape(), axis, dy.dtype());
      });
}

Tensor scattered(const Op& op, const Tensor& x, int axis, const Tensor& ids, const Operand& source,
                 bool accumulate) {
  detail::check_defined(op, {x, ids});
  const int at = detail::check_along(op, ids, x.shape(), axis);
  if (x.rank() == 0 || ids.rank() == 0) {
    const OpScope scope(op);
    const Tensor list = reshape(ids, at_least_1d(ids.shape()));
    const Tensor elements = reshape(x, at_least_1d(x.shape()));
    return reshape(scattered(op, elements, 0, list, source, accumulate), x.shape());
  }
  // Values are held against what is written, not against the whole of x.
  const Tensor written = alias(x, ids.shape(), Strides::filled(ids.rank()));
  return write_along(op, x, at, ids,
                     detail::fitting(op, written, source, accumulate ? int64 : boolean),
                     accumulate);
}

std::string elements_of(const Tensor& x) {
  return "the " + to_string(x.numel()) + " elements of x";
}

}  // namespace

Tensor take(const Tensor& x, const Tensor& ids, Site site) {
  const Op op{"take", Save::input(1), site};
  detail::check_defined(op, {x, ids});
  detail::check_ids(op, ids, x.numel(), elements_of(x));
  return detail::lookup(op, flatten(x, 0, -1, op.site), ids, ids.shape());
}

Tensor take_along_axis(const Tensor& x, const Tensor& ids, Axis axis, Site site) {
  const Op op{"take_along_axis", Save::nothing(), site, {{"axis", axis}}};
  detail::check_defined(op, {x, ids});
  const int at = normalize_axis(op.name, axis, x.shape(), op.site);
  if (ids.rank() != x.rank()) {
    throw ShapeError("take_along_axis: ids of " + ids.shape().str() + " and x of " +
                         x.shape().str() + " differ in their number of axes",
                     op.site);
  }
  detail::check_ids(op, ids, x.shape()[at], "axis " + to_string(at) + " of " + x.shape().str());
  Shape of_x = x.shape(), of_ids = ids.shape();
  of_x[at] = of_ids[at] = 1;
  const Shape outside = broadcast_shapes(op.name, of_x, of_ids, op.site);
  of_x = of_ids = outside;
  of_x[at] = x.shape()[at];
  of_ids[at] = ids.shape()[at];
  return gather(broadcast_to(x, of_x, op.site), at, broadcast_to(ids, of_ids, op.site), op.site);
}

Tensor scatter(const Tensor& x, Axis axis, const Tensor& ids, const Operand& source) {
  return scattered({"scatter", Save::input(1), source.site(), {{"axis", axis}}}, x, axis, ids,
                   source, false);
}

Tensor scatter_add(const Tensor& x, Axis axis, const Tensor& ids, const Operand& source) {
  return scattered({"scatter_add", Save::input(1), source.site(), {{"axis", axis}}}, x, axis, ids,
                   source, true);
}

Tensor put(const Tensor& x, const Tensor& ids, const Operand& source, bool accumulate) {
  const Op op{"put", Save::input(1), source.site(), {{"accumulate", accumulate}}};
  detail::check_defined(op, {x, ids});
  detail::check_ids(op, ids, x.numel(), elements_of(x));
  return put_flat(op, x, ids, source, accumulate);
}

Tensor index_put(const Tensor& x, const Tensors& indices, const Operand& values, bool accumulate) {
  const Op op{"index_put", Save::input(1), values.site(), {{"accumulate", accumulate}}};
  detail::check_defined(op, {x});
  const Tensor y = clone(x, op.site);
  return detail::put(op, y, indices, values, accumulate);
}

Tensor index_add(const Tensor& x, Axis axis, const Tensor& ids, const Tensor& source, double alpha,
                 Site site) {
  const Op op{"index_add", Save::input(1), site, {{"axis", axis}, {"alpha", alpha}}};
  detail::check_defined(op, {x, ids, source});
  const int at = axis_of_elements(op.name, axis, x.shape(), op.site);
  Shape expected = x.shape();
  if (x.rank() > 0) expected[at] = ids.numel();
  const bool one_by_one = x.rank() > 0 || ids.numel() == 1;
  if (ids.rank() > 1 || source.shape() != expected || !one_by_one) {
    throw ShapeError("index_add: ids of " + ids.shape().str() + " and source of " +
                         source.shape().str() + " do not fit axis " + to_string(at) + " of " +
                         x.shape().str(),
                     op.site);
  }
  for (const Tensor* tensor : {&x, &source}) {
    if (!is_floating(tensor->dtype())) {
      throw DtypeError(std::string("index_add: needs floating dtypes, got ") + name_of(x.dtype()) +
                           " and " + name_of(source.dtype()),
                       op.site);
    }
  }
  detail::check_ids(op, ids, at_least_1d(x.shape())[at],
                    "axis " + to_string(at) + " of " + x.shape().str());
  const OpScope scope(op);
  const auto first = [at](const Tensor& t) {
    return t.rank() == 0 ? reshape(t, {1}) : transpose(t, 0, at);
  };
  const Tensor y = clone(first(x));
  const Tensor scaled = alpha == 1 ? source : source * alpha;
  detail::put(op, y, {flatten(ids)}, first(scaled), true);
  return x.rank() == 0 ? reshape(y, {}) : transpose(y, 0, at);
}

}  // namespace cinta
