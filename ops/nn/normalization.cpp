#include <array>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/reduce/layer_norm.hpp>
#include <cinta/ops/nn/normalization.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view.hpp>
#include <optional>

namespace cinta {
namespace {

// The gradients of x and, where they are inputs, of weight and bias.
Tensors fused_gradients(const Grad& g, int inputs, double eps) {
  Tensors given{g.dy, g.in(0)};
  if (inputs > 1) given.push_back(g.in(1));
  OutputSpecs specs;
  std::array<int, 3> place = {-1, -1, -1};  // of each one among the outputs
  for (int i = 0; i < inputs; ++i) {
    if (!g.needs(i)) continue;
    place[std::size_t(i)] = int(specs.size());
    specs.push_back(Spec{g.shape(i), g.dy.dtype()});
  }
  Tensors found =
      apply({"layer_norm_backward", Save::nothing(), {}, {{"eps", eps}}}, given, specs,
            [place, eps](const Inputs& in, const Tensors& y) {
              const Tensor dy = contiguous(in[0]), x = contiguous(in[1]);
              const Tensor weight = in.size() > 2 ? contiguous(in[2]) : Tensor();
              const auto wanted = [&](std::size_t i) -> std::optional<Array> {
                if (place[i] < 0) return std::nullopt;
                return y[std::size_t(place[i])];
              };
              const auto dx = wanted(0), dweight = wanted(1), dbias = wanted(2);
              const auto scale = weight.defined() ? std::optional<Array>(weight) : std::nullopt;
              const auto pointer = [](const std::optional<Array>& array) {
                return array ? &*array : nullptr;
              };
              kernels::layer_norm_backward(x, pointer(scale), eps, dy,
                                           {pointer(dx), pointer(dweight), pointer(dbias)});
            });
  Tensors gradients(static_cast<std::size_t>(inputs));
  for (std::size_t i = 0; i < gradients.size(); ++i)
    if (place[i] >= 0) gradients[i] = std::move(found[std::size_t(place[i])]);
  return gradients;
}

Tensors composed_gradients(const Grad& g, int inputs, double eps) {
  const auto average = [](const Tensor& t) { return mean(t, -1, keepdims); };
  Tensor centred = detail::centred(g.in(0)), unit;
  {
    // Squares of parts of the largest do not overflow; the result does not depend on the unit.
    const NoGrad constants;
    const Tensor largest = max(abs(centred), -1, keepdims);
    unit = where(gt(largest, 1e15), largest, 1.0);
  }
  centred = centred / unit;
  const Tensor scale = pow(average(square(centred)) + eps / square(unit), -0.5);
  const Tensor normal = centred * scale;
  const Tensor slope = inputs > 1 ? g.dy * g.in(1) : g.dy;
  Tensors gradients(static_cast<std::size_t>(inputs));
  if (g.needs(0))
    gradients[0] = scale / unit * (slope - average(slope) - normal * average(slope * normal));
  if (inputs > 1 && g.needs(1)) gradients[1] = g.dy * normal;
  if (inputs > 2 && g.needs(2)) gradients[2] = g.dy;
  return gradients;
}

// Over the last axis; weight and bias may be undefined, but there is no bias without a weight.
Tensor over_last(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps,
                 const Site& site) {
  Tensors inputs{x};
  if (weight.defined()) inputs.push_back(weight);
  if (bias.defined()) inputs.push_back(bias);
  const int count = int(inputs.size());
  return apply(
      {"layer_norm", Save::input(0) | Save::input(1), site, {{"eps", eps}}}, inputs, x.spec(),
      [eps, count](const Inputs& in, const Tensor& y) {
        const Tensor dense = contiguous(in[0]);
        const Tensor w = count > 1 ? contiguous(in[1]) : dense;
        const Tensor b = count > 2 ? contiguous(in[2]) : dense;
        const Array scale = w, shift = b;
        kernels::layer_norm(dense, count > 1 ? &scale : nullptr, count > 2 ? &shift : nullptr, eps,
                            y);
      },
      [eps, count](const Grad& g) {
        return g.create_graph() ? composed_gradients(g, count, eps)
                                : fused_gradients(g, count, eps);
      });
}

}  // namespace

Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight,
                  const Tensor& bias, double eps, Site site) {
  const Op op{"layer_norm", site};
  detail::check_defined(op, {x});
  const int first = x.rank() - normalized_shape.rank();
  bool fits = normalized_shape.rank() > 0 && first >= 0;
  for (int i = 0; fits && i < normalized_shape.rank(); ++i)
    fits = normalized_shape[i] == x.shape()[first + i];
  if (!fits) {
    throw ShapeError("layer_norm: the last sizes of " + x.shape().str() + " must be " +
                         normalized_shape.str() + ", of one axis at least",
                     op.site);
  }
  if (!is_floating(x.dtype()))
    throw DtypeError(std::string("layer_norm: needs a floating dtype, got ") + name_of(x.dtype()),
                     op.site);
  for (const Tensor* t : {&weight, &bias}) {
    const char* what = t == &weight ? "weight" : "bias";
    if (!t->defined() || t->spec() == Spec{normalized_shape, x.dtype()}) continue;
    throw ShapeError(std::string("layer_norm: ") + what + " must be " +
                         Spec{normalized_shape, x.dtype()}.str() + ", it is " + t->spec().str(),
                     op.site);
  }
  if (!(eps >= 0))
    throw ValueError("layer_norm: eps must not be negative, got " + detail::text_of(eps), op.site);

  const SiteScope scope(op.site);
  if (bias.defined() && !weight.defined())
    return layer_norm(x, normalized_shape, {}, {}, eps) + bias;
  if (normalized_shape.rank() == 1) return over_last(x, weight, bias, eps, op.site);
  const auto flat = [](const Tensor& t) { return t.defined() ? flatten(t) : t; };
  return reshape(over_last(flatten(x, first), flat(weight), flat(bias), eps, op.site), x.shape());
}

}  // namespace cinta
