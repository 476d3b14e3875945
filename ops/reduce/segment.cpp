#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/index/detail/lookup.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/index/scatter.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/table/segment.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/nn/softmax.hpp>
#include <cinta/ops/reduce/scan.hpp>
#include <cinta/ops/reduce/segment.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cinta/ops/sort/sort.hpp>
#include <limits>

namespace cinta {
namespace {

using std::to_string;

constexpr double infinity = std::numeric_limits<double>::infinity();

// The shape of the result.
Shape check_segments(const Op& op, const Tensor& x, const Tensor& ids, std::int64_t count) {
  detail::check_defined(op, {x, ids});
  if (x.rank() == 0 || ids.rank() != 1 || ids.shape()[0] != x.shape()[0] || count < 0) {
    throw ShapeError(std::string(op.name) + ": ids of " + ids.shape().str() + " do not name " +
                         to_string(count) + " groups of entries of " + x.shape().str(),
                     op.site);
  }
  if (!is_floating(x.dtype())) {
    throw DtypeError(std::string(op.name) + ": needs a floating dtype, got " + name_of(x.dtype()),
                     op.site);
  }
  Shape shape = x.shape();
  shape[0] = count;
  checked_bytes(op.name, shape, x.dtype(), op.site);
  detail::check_ids(op, ids, count, to_string(count) + " groups");
  return shape;
}

Tensor column_of(const Tensor& values, const Tensor& x) {
  Shape column = Shape::filled(x.rank(), 1);
  column[0] = values.numel();
  return reshape(values, column);
}

Tensor extreme(const char* name, bool largest, const Tensor& x, const Tensor& ids,
               std::int64_t count, const Site& site) {
  const Op op{name, Save::inputs() | Save::output(), site, {{"count", count}}};
  const Shape shape = check_segments(op, x, ids, count);
  return apply(
      op, {x, ids}, {shape, x.dtype()},
      [largest](const Inputs& in, const Tensor& y) {
        kernels::segment_extreme(largest, contiguous(in[0]), contiguous(in[1]), y);
      },
      [](const Grad& g) {
        Tensor chosen, shares;
        {
          const NoGrad constants;
          chosen = map([](Element v, Element m) { return where(v == m || v != v, 1, 0); }, g.in(0),
                       index_select(g.out(), 0, g.in(1)));
          shares = index_add(g.out().shape(), g.in(1), chosen);
          shares = index_select(shares, 0, g.in(1));
        }
        return chosen * (index_select(g.dy, 0, g.in(1)) / shares);
      },
      no_gradient);
}

// 1 where sorted ids begin anew.
Tensor beginnings(const Tensor& sorted_ids, Dtype dtype) {
  return apply(
      {"beginnings", Save::nothing(), {}}, {sorted_ids}, {sorted_ids.shape(), dtype},
      [](const Inputs& in, const Tensor& y) {
        const Tensor dense = contiguous(in[0]);
        const std::int64_t* id = dense.data<std::int64_t>();
        dispatch_floating(y.dtype(), [&]<class T>() {
          for (std::int64_t i = 0; i < y.numel(); ++i)
            y.data<T>()[i] = T(i == 0 || id[i] != id[i - 1]);
        });
      },
      no_gradient);
}

}  // namespace

Tensor segment_sum(const Tensor& x, const Tensor& ids, std::int64_t count, Site site) {
  const Op op{"segment_sum", Save::input(1), site, {{"count", count}}};
  return detail::sum_by_id(op, check_segments(op, x, ids, count), ids, x);
}

Tensor segment_mean(const Tensor& x, const Tensor& ids, std::int64_t count, Site site) {
  const Op op{"segment_mean", Save::nothing(), site, {{"count", count}}};
  const Shape shape = check_segments(op, x, ids, count);
  const OpScope scope(op);
  const Tensor counts = index_add({count}, ids, ones({ids.numel()}, x.dtype()));
  return index_add(shape, ids, x) / column_of(counts, x);
}

Tensor segment_max(const Tensor& x, const Tensor& ids, std::int64_t count, Site site) {
  return extreme("segment_max", true, x, ids, count, site);
}

Tensor segment_min(const Tensor& x, const Tensor& ids, std::int64_t count, Site site) {
  return extreme("segment_min", false, x, ids, count, site);
}

Tensor segment_prod(const Tensor& x, const Tensor& ids, std::int64_t count, Site site) {
  const Op op{"segment_prod", Save::nothing(), site, {{"count", count}}};
  const Shape shape = check_segments(op, x, ids, count);
  const OpScope scope(op);
  // Entries sorted by id are multiplied one after another; each id begins anew, and the last
  // product of each is its own.
  const ValuesAndIndices order = sort(ids);
  const Tensor rows = index_select(x, 0, order.indices);
  const Tensor begins = column_of(beginnings(order.values, x.dtype()), x);
  const auto kept = [](Element v, Element begin) { return where(begin == 1, v, 0); };
  const auto passed = [](Element v, Element begin) { return where(begin == 1, 0, v); };
  const auto product_of = [&](const Tensor& factors) {
    const Tensor products = detail::linear_recurrence(map(passed, factors, begins),
                                                      map(kept, factors, begins), 0, false);
    return index_put(ones(shape, x.dtype()), {order.values}, products);
  };
  const Tensor y = product_of(rows);
  Tensor signs;  // of a group's product; NaN where one is not finite
  {
    const NoGrad constants;
    signs = product_of(map([](Element v) { return (v - v) + copysign(1, v); }, rows));
  }
  // The recurrence passes nothing on by a factor of 0, not even its sign or what has no product
  // with it.
  return map(
      [](Element p, Element s) {
        const Element zero = where(s < 0, -(0 - p), 0 + p);
        return where(p == 0, where(s == s, zero, s), p);
      },
      y, signs);
}

Tensor segment_softmax(const Tensor& x, const Tensor& ids, std::int64_t count, Site site) {
  const Op op{"segment_softmax", Save::nothing(), site, {{"count", count}}};
  check_segments(op, x, ids, count);
  const OpScope scope(op);
  Tensor largest;
  {
    const NoGrad constant;  // any constant gives the same
    largest = index_select(segment_max(x, ids, count), 0, ids);
  }
  // Among infinite elements as softmax: these share.
  const auto power = [](Element v, Element m) {
    return where(m == infinity, where(v == infinity, 1, 0), exp(v - m));
  };
  const Tensor powers = map(power, x, largest);
  return powers / index_select(segment_sum(powers, ids, count), 0, ids);
}

Tensor scatter_reduce(const Tensor& x, Axis axis, const Tensor& ids, const Tensor& source,
                      Combine combine, bool include_self, Site site) {
  constexpr const char* names[] = {"sum", "mean", "prod", "amax", "amin"};
  const Op op{"scatter_reduce",
              Save::nothing(),
              site,
              {{"axis", axis}, {"combine", names[int(combine)]}, {"include_self", include_self}}};
  detail::check_defined(op, {x, ids, source});
  if (!is_floating(x.dtype()) || source.dtype() != x.dtype()) {
    throw DtypeError(std::string("scatter_reduce: needs one floating dtype, got ") +
                         name_of(x.dtype()) + " and " + name_of(source.dtype()),
                     op.site);
  }
  if (at_least_1d(source.shape()) != at_least_1d(ids.shape())) {
    throw ShapeError("scatter_reduce: source " + source.shape().str() + " and ids " +
                         ids.shape().str() + " must have the same shape",
                     op.site);
  }
  const OpScope scope(op);
  const std::int64_t n = x.numel();
  Tensor places = flatten(detail::flat_ids(op, ids, x.shape(), axis)), values = flatten(source);
  if (include_self) {
    values = cat({flatten(x), values});
    places = cat({arange(n), places});
  }
  Tensor y;
  switch (combine) {
    case Combine::sum: y = segment_sum(values, places, n); break;
    case Combine::mean: y = segment_mean(values, places, n); break;
    case Combine::prod: y = segment_prod(values, places, n); break;
    case Combine::amax: y = segment_max(values, places, n); break;
    case Combine::amin: y = segment_min(values, places, n); break;
  }
  if (!include_self) {
    const Tensor reached = index_put(zeros({n}, boolean), {places}, true);
    y = where(reached, y, flatten(x));
  }
  return reshape(y, x.shape());
}

Tensor masked_softmax(const Tensor& x, const Tensor& mask, Axis axis, Site site) {
  const Op op{"masked_softmax", Save::nothing(), site, {{"axis", axis}}};
  detail::check_defined(op, {x, mask});
  axis_of_elements(op.name, axis, x.shape(), op.site);
  if (mask.dtype() != boolean) {
    throw DtypeError(
        std::string("masked_softmax: the mask must be bool, it is ") + name_of(mask.dtype()),
        op.site);
  }
  if (!broadcasts_to(mask.shape(), x.shape())) {
    throw ShapeError("masked_softmax: a mask of " + mask.shape().str() + " does not broadcast to " +
                         x.shape().str(),
                     op.site);
  }
  const OpScope scope(op);
  return where(mask, softmax(where(mask, x, -infinity), axis), 0.0);
}

}  // namespace cinta
