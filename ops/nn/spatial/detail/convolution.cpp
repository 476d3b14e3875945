#include <cinta/ops/nn/spatial/detail/convolution.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <numeric>
#include <optional>

namespace cinta::detail {
namespace {

using kernels::ConvGeometry;

Tensors with_bias(const Tensor& a, const Tensor& b, const Tensor& bias) {
  Tensors inputs{a, b};
  if (bias.defined()) inputs.push_back(bias);
  return inputs;
}

// All axes but that of the channels.
Tensor bias_gradient(const Tensor& dy) {
  std::vector<int> axes(std::size_t(dy.rank() - 1));
  std::iota(axes.begin(), axes.end(), 1);
  axes[0] = 0;
  return sum(dy, axes);
}

// Only what the gradients that are wanted read.
Op saving(const Op& op, const Tensor& a, const Tensor& b) {
  return op.saving(Save::input(0, b.requires_grad()) | Save::input(1, a.requires_grad()));
}

// Runs f(a, b, bias or null, result) on dense arrays.
template <class F>
auto on_dense(F f) {
  return [f](const Inputs& in, const Tensor& result) {
    const Tensor a = contiguous(in[0]), b = contiguous(in[1]);
    const Tensor bias = in.size() > 2 ? contiguous(in[2]) : Tensor();
    const std::optional<Array> shift = bias.defined() ? std::optional<Array>(bias) : std::nullopt;
    f(Array(a), Array(b), shift ? &*shift : nullptr, Array(result));
  };
}

// The gradient of w, of x and the gradient of y.
Tensor convolve_weight(const Tensor& x, const Tensor& dy, const ConvGeometry& geometry,
                       const Shape& w_shape) {
  const Op op{"conv_weight_gradient", Save::nothing(), {}};
  return apply(
      saving(op, x, dy), {x, dy}, Spec{w_shape, x.dtype()},
      on_dense([geometry](const Array& from, const Array& slope, const Array*, const Array& dw) {
        kernels::conv_weight(geometry, from, slope, dw);
      }),
      [geometry](const Grad& g) {
        return convolve_transposed({"conv_input_gradient"}, g.in(1), g.dy, {}, geometry,
                                   g.shape(0));
      },
      [geometry](const Grad& g) {
        return convolve({"conv"}, g.in(0), g.dy, {}, geometry, g.shape(1));
      });
}

}  // namespace

Tensor convolve(const Op& op, const Tensor& x, const Tensor& w, const Tensor& bias,
                const ConvGeometry& geometry, const Shape& y_shape) {
  return apply(
      saving(op, x, w), with_bias(x, w, bias), Spec{y_shape, x.dtype()},
      on_dense([geometry](const Array& from, const Array& by, const Array* shift, const Array& y) {
        kernels::conv(geometry, from, by, shift, y);
      }),
      [geometry, biased = bias.defined()](const Grad& g) {
        Tensors gradients(biased ? 3 : 2);
        if (biased && g.needs(2)) gradients[2] = bias_gradient(g.dy);
        if (g.needs(1)) gradients[1] = convolve_weight(g.in(0), g.dy, geometry, g.shape(1));
        if (g.needs(0)) {
          gradients[0] =
              convolve_transposed({"conv_input_gradient"}, g.dy, g.in(1), {}, geometry, g.shape(0));
        }
        return gradients;
      });
}

Tensor convolve_transposed(const Op& op, const Tensor& y, const Tensor& w, const Tensor& bias,
                           const ConvGeometry& geometry, const Shape& x_shape) {
  return apply(
      saving(op, y, w), with_bias(y, w, bias), Spec{x_shape, y.dtype()},
      on_dense([geometry](const Array& from, const Array& by, const Array* shift, const Array& x) {
        kernels::conv_transpose(geometry, from, by, shift, x);
      }),
      [geometry, biased = bias.defined()](const Grad& g) {
        Tensors gradients(biased ? 3 : 2);
        if (biased && g.needs(2)) gradients[2] = bias_gradient(g.dy);
        if (g.needs(1)) gradients[1] = convolve_weight(g.dy, g.in(0), geometry, g.shape(1));
        if (g.needs(0)) gradients[0] = convolve({"conv"}, g.dy, g.in(1), {}, geometry, g.shape(0));
        return gradients;
      });
}

}  // namespace cinta::detail
