#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/detail/convert.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/kernels/sort/sort.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/reduce/detail/axes_last.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cinta/ops/sort/sort.hpp>
#include <limits>

namespace cinta {
namespace {

using std::to_string;

// The axis, which has to be one that places of 32 bits can count; that of a number is 0.
int sorted_axis(const Op& op, const Tensor& x, int axis) {
  detail::check_defined(op, {x});
  const int at = axis_of_elements(op.name, axis, x.shape(), op.site);
  if (x.rank() > 0 && x.shape()[at] > std::numeric_limits<std::uint32_t>::max()) {
    throw ShapeError(std::string(op.name) + ": axis " + to_string(at) + " of " + x.shape().str() +
                         " has more elements than 32 bits can count",
                     op.site);
  }
  return at;
}

void check_elements(const Op& op, const Tensor& x, std::int64_t size) {
  if (size > 0) return;
  throw ShapeError(std::string(op.name) + ": no elements to choose from in " + x.shape().str(),
                   op.site);
}

// Zeros (rows, size) with dy at distinct indices.
Tensor place(const Tensor& dy, const Tensor& indices, const Shape& shape) {
  return apply(
      {"place_in_rows", Save::input(1), {}}, {dy, indices}, {shape, dy.dtype()},
      [](const Inputs& in, const Tensor& y) {
        kernels::place_in_rows(contiguous(in[0]), contiguous(in[1]), y);
      },
      [](const Grad& g) { return gather(g.dy, -1, g.in(1)); }, no_gradient);
}

// What `kernel(x, values, indices)` finds in each row, `count` elements, with the axis moved to the
// end and back.
template <class Kernel>
ValuesAndIndices find(const Op& op, const Tensor& x, int axis, std::int64_t count,
                      const Kernel& kernel) {
  const OpScope scope(op);
  const Tensor rows = x.rank() ? transpose(x, axis, -1) : reshape(x, {1});
  Shape shape = rows.shape();
  shape[shape.rank() - 1] = count;
  Tensors found = apply(
      op.saving(Save::output(1)), {rows}, {Spec{shape, x.dtype()}, Spec{shape, int64}},
      [kernel](const Inputs& in, const Tensors& y) { kernel(contiguous(in[0]), y[0], y[1]); },
      [](const Grad& g) { return place(g.dy, g.out(1), g.shape(0)); });
  if (x.rank() == 0) return {reshape(found[0], {}), reshape(found[1], {})};
  return {transpose(found[0], axis, -1), transpose(found[1], axis, -1)};
}

// The same of one element for each row.
template <class Kernel>
ValuesAndIndices find_one(const Op& op, const Tensor& x, int axis, bool keepdims,
                          const Kernel& kernel) {
  const ValuesAndIndices found = find(op, x, axis, 1, kernel);
  if (keepdims || x.rank() == 0) return found;
  return {squeeze(found.values, axis, op.site), squeeze(found.indices, axis, op.site)};
}

std::int64_t size_of_axis(const Tensor& x, int axis) { return x.rank() ? x.shape()[axis] : 1; }

// Elements at these places of each row.
Tensor picked(const Tensor& rows, const Tensor& places) {
  return squeeze(gather(rows, 1, unsqueeze(places, 1)), 1);
}

Tensor quantile_of(const char* name, bool skip_nan, const Tensor& x, double q, const Axes& axes,
                   QuantileOptions options, const Site& site) {
  const Op op{
      name, Save::nothing(), site, {{"q", q}, {"axes", axes}, {"keepdims", options.keepdims}}};
  detail::check_defined(op, {x});
  if (!(q >= 0 && q <= 1)) {
    throw ValueError(std::string(name) + ": q must lie in [0, 1], got " + detail::text_of(q),
                     op.site);
  }
  const OpScope scope(op);
  const Shape kept = axes.reduced_keeping(name, x.shape(), op.site);
  const Tensor rows = detail::reduced_last(detail::floating(x, op.site), kept);
  sorted_axis(op, rows, 1);
  if (kept.numel() > 0) check_elements(op, x, rows.shape()[1]);
  const auto between = kernels::Between(int(options.interpolation));
  const Shape shape{kept.numel()};
  const Tensors places = apply(
      {"quantile_places", Save::nothing(), {}, {{"q", q}}}, {rows},
      {Spec{shape, int64}, Spec{shape, int64}, {Spec{shape, rows.dtype()}, no_gradient}},
      [q, between, skip_nan](const Inputs& in, const Tensors& y) {
        kernels::quantile_of_rows(contiguous(in[0]), q, between, skip_nan, y[0], y[1], y[2]);
      },
      no_gradient);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Tensor y = map(
      [](Element a, Element b, Element w) {
        const Element distance = b - a;
        return where(w == 0, a,
                     where(abs(distance) < infinity, a + w * distance, (1 - w) * a + w * b));
      },
      picked(rows, places[0]), picked(rows, places[1]), places[2]);
  return reshape(y, options.keepdims ? kept : axes.reduced(name, x.shape(), op.site));
}

}  // namespace

ValuesAndIndices sort(const Tensor& x, Axis axis, bool descending, Site site) {
  const Op op{"sort", Save::nothing(), site, {{"axis", axis}, {"descending", descending}}};
  const int at = sorted_axis(op, x, axis);
  return find(op, x, at, size_of_axis(x, at),
              [descending](const Array& in, const Array& values, const Array& indices) {
                kernels::sort_rows(in, descending, values, indices);
              });
}

Tensor argsort(const Tensor& x, Axis axis, bool descending, Site site) {
  const Op op{"argsort", Save::nothing(), site, {{"axis", axis}, {"descending", descending}}};
  const int at = sorted_axis(op, x, axis);
  const NoGrad constant;
  return find(op, x, at, size_of_axis(x, at),
              [descending](const Array& in, const Array& values, const Array& indices) {
                kernels::sort_rows(in, descending, values, indices);
              })
      .indices;
}

ValuesAndIndices topk(const Tensor& x, std::int64_t k, Axis axis, TopkOptions options, Site site) {
  const Op op{"topk",
              Save::nothing(),
              site,
              {{"k", k}, {"axis", axis}, {"largest", options.largest}, {"sorted", options.sorted}}};
  const int at = sorted_axis(op, x, axis);
  if (k < 0 || k > size_of_axis(x, at) || (x.rank() == 0 && k == 0)) {
    throw ValueError("topk: k = " + to_string(k) + " of the " + to_string(size_of_axis(x, at)) +
                         " elements along axis " + to_string(at) + " of " + x.shape().str(),
                     op.site);
  }
  return find(op, x, at, k,
              [k, options](const Array& in, const Array& values, const Array& indices) {
                kernels::first_of_rows(in, options.largest, k, options.sorted, values, indices);
              });
}

ValuesAndIndices kthvalue(const Tensor& x, std::int64_t k, Axis axis, bool keepdims, Site site) {
  const Op op{
      "kthvalue", Save::nothing(), site, {{"k", k}, {"axis", axis}, {"keepdims", keepdims}}};
  const int at = sorted_axis(op, x, axis);
  if (k < 1 || k > size_of_axis(x, at)) {
    throw ValueError("kthvalue: k = " + to_string(k) + " of the " + to_string(size_of_axis(x, at)) +
                         " elements along axis " + to_string(at) + " of " + x.shape().str(),
                     op.site);
  }
  return find_one(op, x, at, keepdims,
                  [k](const Array& in, const Array& values, const Array& indices) {
                    kernels::kth_of_rows(in, k - 1, false, values, indices);
                  });
}

ValuesAndIndices median_with_indices(const Tensor& x, Axis axis, bool keepdims, Site site) {
  const Op op{
      "median_with_indices", Save::nothing(), site, {{"axis", axis}, {"keepdims", keepdims}}};
  const int at = sorted_axis(op, x, axis);
  const std::int64_t size = size_of_axis(x, at);
  check_elements(op, x, size);
  return find_one(op, x, at, keepdims,
                  [size](const Array& in, const Array& values, const Array& indices) {
                    kernels::kth_of_rows(in, (size - 1) / 2, true, values, indices);
                  });
}

Tensor median(const Tensor& x, Site site) {
  const Op op{"median", Save::nothing(), site};
  detail::check_defined(op, {x});
  check_elements(op, x, x.numel());
  return median_with_indices(flatten(x, 0, -1, op.site), 0, false, op.site).values;
}

ValuesAndIndices mode(const Tensor& x, Axis axis, bool keepdims, Site site) {
  const Op op{"mode", Save::nothing(), site, {{"axis", axis}, {"keepdims", keepdims}}};
  const int at = sorted_axis(op, x, axis);
  check_elements(op, x, size_of_axis(x, at));
  return find_one(op, x, at, keepdims,
                  [](const Array& in, const Array& values, const Array& indices) {
                    kernels::mode_of_rows(in, values, indices);
                  });
}

Tensor quantile(const Tensor& x, double q, const Axes& axes, QuantileOptions options, Site site) {
  return quantile_of("quantile", false, x, q, axes, options, site);
}

Tensor nanquantile(const Tensor& x, double q, const Axes& axes, QuantileOptions options,
                   Site site) {
  return quantile_of("nanquantile", true, x, q, axes, options, site);
}

}  // namespace cinta
