#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/kernels/norm/layer_norm.hpp>
#include <cinta/ops/nn/detail/norm_gradients.hpp>
#include <cinta/ops/nn/normalization.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <limits>

namespace cinta {
namespace {

Tensors composed_gradients(const Grad& g, int inputs, const kernels::LayerNorm& norm) {
  const detail::NormalRows rows(g.in(0), norm.eps, norm.centred);
  Tensors gradients(static_cast<std::size_t>(inputs));
  if (g.needs(0)) gradients[0] = rows.gradient(inputs > 1 ? g.dy * g.in(1) : g.dy);
  if (inputs > 1 && g.needs(1)) gradients[1] = g.dy * rows.normal;
  if (inputs > 2 && g.needs(2)) gradients[2] = g.dy;
  return gradients;
}

// Layer norm, or RMS norm if it is not centred, over the last axis; weight and bias may be
// undefined, but there is no bias without a weight.
Tensor over_last(const char* name, bool centred, const Tensor& x, const Tensor& weight,
                 const Tensor& bias, double eps, const Site& site) {
  Tensors inputs{x};
  if (weight.defined()) inputs.push_back(weight);
  if (bias.defined()) inputs.push_back(bias);
  const int count = int(inputs.size());
  const kernels::LayerNorm norm{eps, centred};
  const std::int64_t n = x.shape().back(), rows = n ? x.numel() / n : 0;
  return apply(
      {name, Save::input(0) | Save::input(1) | Save::output(1), site, {{"eps", eps}}}, inputs,
      {x.spec(), {Spec{{rows, 3}, x.dtype()}, no_gradient}},
      [norm, count](const Inputs& in, const Tensors& y) {
        const Tensor dense = contiguous(in[0]);
        const Tensor w = count > 1 ? contiguous(in[1]) : dense;
        const Tensor b = count > 2 ? contiguous(in[2]) : dense;
        const Array scale = w, shift = b;
        kernels::layer_norm(norm, dense, count > 1 ? &scale : nullptr, count > 2 ? &shift : nullptr,
                            y[0], y[1]);
      },
      [norm, count](const Grad& g) {
        if (g.create_graph()) return composed_gradients(g, count, norm);
        const Op op{norm.centred ? "layer_norm_backward" : "rms_norm_backward",
                    Save::nothing(),
                    {},
                    {{"eps", norm.eps}}};
        return detail::fused_norm_gradients(
            op, g, g.out(1), count,
            [norm](const Array& from, const Array& found, const Array* scale, const Array& dy,
                   const Array* dx, const Array* dweight, const Array* dbias) {
              kernels::layer_norm_backward(norm.centred, from, found, scale, dy,
                                           {dx, dweight, dbias});
            });
      })[0];
}

// What both check; the index of the first axis that is normalised.
int check(const Op& op, const Tensor& x, const Shape& normalized_shape, const Tensor& weight,
          const Tensor& bias) {
  detail::check_defined(op, {x});
  const std::string name = op.name;
  const int first = x.rank() - normalized_shape.rank();
  bool fits = normalized_shape.rank() > 0 && first >= 0;
  for (int i = 0; fits && i < normalized_shape.rank(); ++i)
    fits = normalized_shape[i] == x.shape()[first + i];
  if (!fits) {
    throw ShapeError(name + ": the last sizes of " + x.shape().str() + " must be " +
                         normalized_shape.str() + ", of one axis at least",
                     op.site);
  }
  if (!is_floating(x.dtype()))
    throw DtypeError(name + ": needs a floating dtype, got " + name_of(x.dtype()), op.site);
  for (const Tensor* t : {&weight, &bias}) {
    const char* what = t == &weight ? "weight" : "bias";
    if (!t->defined() || t->spec() == Spec{normalized_shape, x.dtype()}) continue;
    throw ShapeError(name + ": " + what + " must be " + Spec{normalized_shape, x.dtype()}.str() +
                         ", it is " + t->spec().str(),
                     op.site);
  }
  return first;
}

Tensor flat(const Tensor& t) { return t.defined() && t.rank() > 1 ? flatten(t) : t; }

}  // namespace

Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight,
                  const Tensor& bias, double eps, Site site) {
  const Op op{"layer_norm", site};
  const int first = check(op, x, normalized_shape, weight, bias);
  detail::check_eps(op.name, eps, op.site);
  const OpScope scope(op);
  if (bias.defined() && !weight.defined())
    return layer_norm(x, normalized_shape, {}, {}, eps) + bias;
  if (normalized_shape.rank() == 1) return over_last(op.name, true, x, weight, bias, eps, op.site);
  return reshape(
      over_last(op.name, true, flatten(x, first), flat(weight), flat(bias), eps, op.site),
      x.shape());
}

Tensor rms_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight,
                std::optional<double> eps, Site site) {
  const Op op{"rms_norm", site};
  const int first = check(op, x, normalized_shape, weight, {});
  if (eps) detail::check_eps(op.name, *eps, op.site);
  const double least = x.dtype() == float32 ? double(std::numeric_limits<float>::epsilon())
                                            : std::numeric_limits<double>::epsilon();
  const OpScope scope(op);
  if (normalized_shape.rank() == 1)
    return over_last(op.name, false, x, weight, {}, eps.value_or(least), op.site);
  return reshape(
      over_last(op.name, false, flatten(x, first), flat(weight), {}, eps.value_or(least), op.site),
      x.shape());
}

}  // namespace cinta
