#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/detail/sum.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/detail/convert.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/reduce/centre.hpp>
#include <cinta/ops/kernels/reduce/reduce.hpp>
#include <cinta/ops/kernels/reduce/softmax.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/nn/softmax.hpp>
#include <cinta/ops/reduce/detail/axes_last.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>

namespace cinta {
namespace {

using detail::reduced_count, detail::reduced_last, detail::with_axes;

Tensor extremum(const char* name, kernels::Reduce how, const Tensor& x, const Axes& axes,
                bool keepdims, const Site& site) {
  const Op op{
      name, Save::inputs() | Save::output(), site, {{"axes", axes}, {"keepdims", keepdims}}};
  detail::check_defined(op, {x});
  const Shape kept = axes.reduced_keeping(name, x.shape(), op.site);
  if (x.numel() == 0 && kept.numel() != 0)
    throw ShapeError(std::string(name) + ": no elements to choose from in " + x.shape().str(),
                     op.site);
  if (x.dtype() == boolean)
    return to(extremum(name, how, to(x, int64, op.site), axes, keepdims, op.site), boolean,
              op.site);
  return apply(
      op, {x}, {keepdims ? kept : axes.reduced(name, x.shape(), op.site), x.dtype()},
      [how, kept](const Inputs& inputs, const Tensor& y) {
        kernels::reduce(how, inputs[0], alias(y, kept, contiguous_strides(kept)));
      },
      [kept](const Grad& g) {
        Tensor chosen, count;
        {
          const NoGrad constants;
          const auto extreme = [](auto a, auto b) { return where(a == b || a != a, 1, 0); };
          chosen = map(extreme, g.in(0), with_axes(g.out(), kept));
          count = sum_to(chosen, kept);
        }
        return chosen * (with_axes(g.dy, kept) / count);
      });
}

void check_choice(const Op& op, const Tensor& x, std::int64_t elements) {
  if (elements > 0) return;
  throw ShapeError(std::string(op.name) + ": no elements to choose from in " + x.shape().str(),
                   op.site);
}

// The axis of an operation that looks for one of its elements.
int axis_to_choose_along(const Op& op, const Tensor& x, int axis) {
  detail::check_defined(op, {x});
  const int at = axis_of_elements(op.name, axis, x.shape(), op.site);
  check_choice(op, x, at_least_1d(x.shape())[at]);
  return at;
}

// Zeros of a shape with dy at the positions found along an axis.
Tensor extremum_backward(const Tensor& dy, const Tensor& indices, int axis, const Shape& shape) {
  return apply(
      {"extremum_backward", Save::input(1), {}, {{"axis", axis}}}, {dy, indices},
      {shape, dy.dtype()},
      [axis](const Inputs& in, const Tensor& y) {
        kernels::put_along_axis(contiguous(in[0]), in[1], axis, y);
      },
      [axis](const Grad& g) { return gather(g.dy, axis, g.in(1)); }, no_gradient);
}

ValuesAndIndices extremum_with_indices(const char* name, const Tensor& x, int axis, bool keepdims,
                                       const Site& site,
                                       void (*kernel)(const Array&, int, const Array&,
                                                      const Array&)) {
  const Op op{name, Save::output(1), site, {{"axis", axis}, {"keepdims", keepdims}}};
  const int at = axis_to_choose_along(op, x, axis);
  if (x.rank() == 0)
    return extremum_with_indices(name, reshape(x, {1}, op.site), 0, false, op.site, kernel);
  const Shape kept = Axes(at).reduced_keeping(name, x.shape(), op.site);
  const Shape shape = keepdims ? kept : Axes(at).reduced(name, x.shape(), op.site);
  Tensors found = apply(
      op, {x}, {Spec{shape, x.dtype()}, Spec{shape, int64}},
      [at, kernel](const Inputs& in, const Tensors& y) { kernel(in[0], at, y[0], y[1]); },
      [at, kept](const Grad& g) {
        return extremum_backward(with_axes(g.dy, kept), with_axes(g.out(1), kept), at, g.shape(0));
      });
  return {std::move(found[0]), std::move(found[1])};
}

Tensor arg_extremum(const char* name, const Tensor& x, std::optional<Axis> axis, bool keepdims,
                    const Site& site, void (*kernel)(const Array&, int, const Array&)) {
  const Op op{name, Save::nothing(), site, {{"axis", axis}, {"keepdims", keepdims}}};
  detail::check_defined(op, {x});
  if (!axis) check_choice(op, x, x.numel());
  const int at = axis ? axis_to_choose_along(op, x, *axis) : 0;
  if (!axis || x.rank() == 0) {
    const Tensor found =
        arg_extremum(name, flatten(x, 0, -1, op.site), Axis(0), false, op.site, kernel);
    return keepdims ? reshape(found, Shape::filled(x.rank(), 1), op.site) : found;
  }
  const Shape kept = Axes(at).reduced_keeping(name, x.shape(), op.site);
  return apply(
      op, {x}, {keepdims ? kept : Axes(at).reduced(name, x.shape(), op.site), int64},
      [at, kernel](const Inputs& in, const Tensor& y) { kernel(in[0], at, y); }, no_gradient);
}

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdims, Site site) {
  const Op op{"sum", Save::nothing(), site, {{"axes", axes}, {"keepdims", keepdims}}};
  detail::check_defined(op, {x});
  const Shape kept = axes.reduced_keeping("sum", x.shape(), op.site);
  return detail::sum_keeping(op, x, kept,
                             keepdims ? kept : axes.reduced("sum", x.shape(), op.site));
}

Tensor mean(const Tensor& x, const Axes& axes, bool keepdims, Site site) {
  const Op op{"mean", Save::nothing(), site, {{"axes", axes}, {"keepdims", keepdims}}};
  detail::check_defined(op, {x});
  const OpScope scope(op);
  const Shape kept = axes.reduced_keeping("mean", x.shape(), op.site);
  const Tensor in = detail::floating(x, op.site);
  const double count = double(reduced_count(x.shape(), kept));
  return apply(
      op, {in}, {keepdims ? kept : axes.reduced("mean", x.shape(), op.site), in.dtype()},
      [kept, count](const Inputs& inputs, const Tensor& y) {
        kernels::reduce(kernels::Reduce::sum, inputs[0], alias(y, kept, contiguous_strides(kept)));
        kernels::elementwise(kernels::Function::div, y, y, detail::scalar(count, y.dtype()));
      },
      [kept, count](const Grad& g) {
        return broadcast_to(with_axes(g.dy / count, kept), g.shape(0));
      });
}

Tensor var(const Tensor& x, const Axes& axes, VarOptions options, Site site) {
  const Op op{"var", Save::nothing(), site};
  detail::check_defined(op, {x});
  const OpScope scope(op);
  const Shape kept = axes.reduced_keeping("var", x.shape(), op.site);
  const Tensor rows = reduced_last(detail::floating(x, op.site), kept);
  const Tensor squares = sum(square(detail::centred(rows)), -1);
  return reshape(squares, options.keepdims ? kept : axes.reduced("var", x.shape(), op.site)) /
         std::max(0.0, double(rows.shape()[1]) - options.correction);
}

Tensor detail::centred(const Tensor& x) {
  return apply(
      {"centred", Save::nothing(), Site(), {{"axis", -1}}}, {x}, x.spec(),
      [](const Inputs& in, const Tensor& y) { kernels::centre_rows(contiguous(in[0]), y); },
      [](const Grad& g) { return centred(g.dy); });
}

Tensor max(const Tensor& x, const Axes& axes, bool keepdims, Site site) {
  return extremum("max", kernels::Reduce::max, x, axes, keepdims, site);
}

Tensor min(const Tensor& x, const Axes& axes, bool keepdims, Site site) {
  return extremum("min", kernels::Reduce::min, x, axes, keepdims, site);
}

Tensor amax(const Tensor& x, const Axes& axes, bool keepdims, Site site) {
  return extremum("amax", kernels::Reduce::max, x, axes, keepdims, site);
}

Tensor amin(const Tensor& x, const Axes& axes, bool keepdims, Site site) {
  return extremum("amin", kernels::Reduce::min, x, axes, keepdims, site);
}

ValuesAndIndices max_with_indices(const Tensor& x, int axis, bool keepdims, Site site) {
  return extremum_with_indices("max_with_indices", x, axis, keepdims, site,
                               &kernels::max_with_indices);
}

ValuesAndIndices min_with_indices(const Tensor& x, int axis, bool keepdims, Site site) {
  return extremum_with_indices("min_with_indices", x, axis, keepdims, site,
                               &kernels::min_with_indices);
}

Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdims, Site site) {
  const Op op{"logsumexp", Save::inputs(), site, {{"axes", axes}, {"keepdims", keepdims}}};
  detail::check_defined(op, {x});
  const OpScope scope(op);
  const Shape kept = axes.reduced_keeping("logsumexp", x.shape(), op.site);
  const Tensor rows = reduced_last(detail::floating(x, op.site), kept);
  const Tensor y = apply(
      op, {rows}, {{rows.shape()[0]}, rows.dtype()},
      [](const Inputs& in, const Tensor& out) { kernels::logsumexp(contiguous(in[0]), out); },
      [](const Grad& g) { return unsqueeze(g.dy, -1) * detail::shares(g.in(0)); });
  return reshape(y, keepdims ? kept : axes.reduced("logsumexp", x.shape(), op.site));
}

Tensor argmax(const Tensor& x, std::optional<Axis> axis, bool keepdims, Site site) {
  return arg_extremum("argmax", x, axis, keepdims, site, &kernels::argmax);
}

Tensor argmin(const Tensor& x, std::optional<Axis> axis, bool keepdims, Site site) {
  return arg_extremum("argmin", x, axis, keepdims, site, &kernels::argmin);
}

}  // namespace cinta
