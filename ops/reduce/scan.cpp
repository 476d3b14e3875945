#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/detail/convert.hpp>
#include <cinta/ops/index/scatter.hpp>
#include <cinta/ops/kernels/scan/scan.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/reduce/scan.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <limits>

namespace cinta {
namespace {

using detail::linear_recurrence;
using std::to_string;

// The axis; that of a number is 0.
int scanned_axis(const Op& op, const Tensor& x, int axis) {
  detail::check_defined(op, {x});
  return axis_of_elements(op.name, axis, x.shape(), op.site);
}

// scan(x, axis) of numbers too, and of bools as int64.
template <class F>
Tensor along(const Op& op, const Tensor& x, int axis, const F& scan) {
  const int at = scanned_axis(op, x, axis);
  const OpScope scope(op);
  const Tensor in = x.dtype() == boolean ? to(x, int64) : x;
  return in.rank() ? scan(in, at) : reshape(scan(reshape(in, {1}), 0), {});
}

Tensor sums(const Op& op, const Tensor& x, int axis, bool reverse) {
  return apply(
      op, {x}, x.spec(),
      [axis, reverse](const Inputs& in, const Tensor& y) {
        kernels::cumsum(contiguous(in[0]), axis, reverse, y);
      },
      [axis, reverse](const Grad& g) {
        return sums({"cumsum", Save::nothing(), {}, {{"axis", axis}, {"reverse", !reverse}}}, g.dy,
                    axis, !reverse);
      });
}

// x one place further along an axis, `first` in the place that is left; or the other way.
Tensor shifted(const Tensor& x, int axis, bool back, double first) {
  Shape edge = x.shape();
  edge[axis] = std::min<std::int64_t>(1, edge[axis]);
  const Tensor end = full(edge, first, x.dtype());
  const std::int64_t n = x.shape()[axis];
  return back ? cat({slice(x, axis, 1), end}, axis)
              : cat({end, slice(x, axis, 0, std::max<std::int64_t>(n - 1, 0))}, axis);
}

// Element k is a factor of y[k], y[k + 1], ...: the product of those before it, times the gradients
// of y[k] and all behind it with the factors between. No division, which a 0 would spoil.
Tensor cumprod_backward(const Tensor& dy, const Tensor& x, const Tensor& y, int axis) {
  const Tensor behind = linear_recurrence(shifted(x, axis, true, 0), dy, axis, true);
  return shifted(y, axis, false, 1) * behind;
}

// exp(x - y) where x <= y, neither of them NaN for equal infinities.
Tensor share(const Tensor& x, const Tensor& y) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return map(
      [](Element u, Element v) {
        return where(v == -infinity, 0,
                     where(v == infinity, where(u == infinity, 1, 0), exp(u - v)));
      },
      x, y);
}

ValuesAndIndices extrema(const char* name, bool largest, const Tensor& x, int axis,
                         const Site& site) {
  const Op op{name, Save::output(1), site, {{"axis", axis}}};
  const int at = scanned_axis(op, x, axis);
  const OpScope scope(op);
  const Tensor numbers = x.dtype() == boolean ? to(x, int64) : x;
  const Tensor in = numbers.rank() ? numbers : reshape(numbers, {1});
  Tensors found = apply(
      op, {in}, {in.spec(), Spec{in.shape(), int64}},
      [largest, at](const Inputs& inputs, const Tensors& y) {
        kernels::cumulative_extremum(largest, contiguous(inputs[0]), at, y[0], y[1]);
      },
      [at](const Grad& g) {
        return scatter_add(zeros(g.shape(0), g.dy.dtype()), at, g.out(1), g.dy);
      });
  if (x.rank() == 0) return {reshape(found[0], {}), reshape(found[1], {})};
  return {std::move(found[0]), std::move(found[1])};
}

}  // namespace

Tensor detail::linear_recurrence(const Tensor& a, const Tensor& b, int axis, bool reverse,
                                 Site site) {
  return apply(
      {"linear_recurrence",
       Save::input(0) | Save::output(),
       site,
       {{"axis", axis}, {"reverse", reverse}}},
      {a, b}, b.spec(),
      [axis, reverse](const Inputs& in, const Tensor& y) {
        kernels::linear_recurrence(contiguous(in[0]), contiguous(in[1]), axis, reverse, y);
      },
      [axis, reverse](const Grad& g) {
        // A gradient goes on to y[k - 1] by the factor a[k], that is of the next place.
        const Tensor sums =
            linear_recurrence(shifted(g.in(0), axis, !reverse, 0), g.dy, axis, !reverse);
        return Tensors{g.needs(0) ? sums * shifted(g.out(), axis, reverse, 0) : Tensor(), sums};
      });
}

Tensor cumsum(const Tensor& x, Axis axis, Site site) {
  const Op op{"cumsum", Save::nothing(), site, {{"axis", axis}}};
  return along(op, x, axis, [&](const Tensor& in, int at) { return sums(op, in, at, false); });
}

Tensor cumprod(const Tensor& x, Axis axis, Site site) {
  const Op op{"cumprod", Save::inputs() | Save::output(), site, {{"axis", axis}}};
  return along(op, x, axis, [&](const Tensor& in, int at) {
    return apply(
        op, {in}, in.spec(),
        [at](const Inputs& inputs, const Tensor& y) {
          kernels::cumprod(contiguous(inputs[0]), at, y);
        },
        [at](const Grad& g) { return cumprod_backward(g.dy, g.in(0), g.out(), at); });
  });
}

ValuesAndIndices cummax(const Tensor& x, Axis axis, Site site) {
  return extrema("cummax", true, x, axis, site);
}

ValuesAndIndices cummin(const Tensor& x, Axis axis, Site site) {
  return extrema("cummin", false, x, axis, site);
}

Tensor logcumsumexp(const Tensor& x, Axis axis, Site site) {
  const Op op{"logcumsumexp", Save::inputs() | Save::output(), site, {{"axis", axis}}};
  return along(op, x, axis, [&](const Tensor& in, int at) {
    const Tensor floats = detail::floating(in, op.site);
    return apply(
        op, {floats}, floats.spec(),
        [at](const Inputs& inputs, const Tensor& y) {
          kernels::logcumsumexp(contiguous(inputs[0]), at, y);
        },
        [at](const Grad& g) {
          // A gradient goes from y[k + 1] on to y[k] by the share of that, which is at most 1.
          const Tensor y = g.out(), next = shifted(y, at, true, 0);
          const Tensor sums = linear_recurrence(share(y, next), g.dy, at, true);
          return sums * share(g.in(0), y);
        });
  });
}

Tensor diff(const Tensor& x, std::int64_t times, Axis axis, Site site) {
  const Op op{"diff", Save::nothing(), site, {{"times", times}, {"axis", axis}}};
  detail::check_defined(op, {x});
  const int at = normalize_axis("diff", axis, x.shape(), op.site);
  if (times < 0)
    throw ValueError("diff: the number of times must not be negative, got " + to_string(times),
                     op.site);
  if (x.dtype() == boolean)
    throw DtypeError("diff: of bools there are no differences; convert with to() first", op.site);
  const OpScope scope(op);
  Tensor y = times == 0 ? clone(x) : x;
  for (std::int64_t i = 0; i < times && (i == 0 || y.shape()[at] > 0); ++i)
    y = slice(y, at, 1) - slice(y, at, 0, std::max<std::int64_t>(y.shape()[at] - 1, 0));
  return y;
}

Tensor trapezoid(const Tensor& y, double dx, Axis axis, Site site) {
  const Op op{"trapezoid", Save::nothing(), site, {{"dx", dx}, {"axis", axis}}};
  detail::check_defined(op, {y});
  const int at = normalize_axis("trapezoid", axis, y.shape(), op.site);
  const OpScope scope(op);
  const Tensor heights = detail::floating(y, op.site);
  const std::int64_t last = std::max<std::int64_t>(y.shape()[at] - 1, 0);
  return sum(map([](Element a, Element b, Element width) { return 0.5 * width * (a + b); },
                 slice(heights, at, 1), slice(heights, at, 0, last), dx),
             at);
}

Tensor trapezoid(const Tensor& y, const Tensor& x, Axis axis, Site site) {
  const Op op{"trapezoid", Save::nothing(), site, {{"axis", axis}}};
  detail::check_defined(op, {y, x});
  const int at = normalize_axis("trapezoid", axis, y.shape(), op.site);
  if (!broadcasts_to(x.shape(), y.shape())) {
    throw ShapeError(
        "trapezoid: places of " + x.shape().str() + " do not broadcast to " + y.shape().str(),
        op.site);
  }
  const OpScope scope(op);
  const Dtype dtype = promote(promote(y.dtype(), x.dtype()), float32);
  const Tensor heights = to(y, dtype), places = broadcast_to(to(x, dtype), y.shape());
  const std::int64_t last = std::max<std::int64_t>(y.shape()[at] - 1, 0);
  return sum(map([](Element a, Element b, Element u, Element v) { return 0.5 * (u - v) * (a + b); },
                 slice(heights, at, 1), slice(heights, at, 0, last), slice(places, at, 1),
                 slice(places, at, 0, last)),
             at);
}

}  // namespace cinta
