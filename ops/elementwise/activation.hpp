#pragma once
// Activations: elementwise functions that networks put between their layers. relu, sigmoid,
// softplus, tanh and gelu are in elementwise.hpp. They keep the shape, and the dtype of floating
// tensors; int64 and bool become float32. NaN stays NaN. Each is one pass, and so is its gradient.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// x sigmoid(x), also called swish. S. Elfwing et al., Sigmoid-weighted linear units, 2017.
Tensor silu(const Tensor& x, Site site = {});
/// x tanh(softplus(x)). D. Misra, Mish: a self regularized non-monotonic activation function, 2019.
Tensor mish(const Tensor& x, Site site = {});
/// The approximation of gelu by tanh of a polynomial: PyTorch's approximate="tanh".
Tensor gelu_tanh(const Tensor& x, Site site = {});
/// log(sigmoid(x)), no overflow.
Tensor logsigmoid(const Tensor& x, Site site = {});

/// x / (1 + |x|), with the limits -1 and 1.
Tensor softsign(const Tensor& x, Site site = {});
/// x - tanh(x).
Tensor tanhshrink(const Tensor& x, Site site = {});
/// a sigmoid(b) of the two halves of an axis. Throws ShapeError for an odd size. Y. Dauphin et al.,
/// Language modeling with gated convolutional networks, 2017.
Tensor glu(const Tensor& x, Axis axis = -1, Site site = {});

/// x above 0, negative_slope * x elsewhere; at 0 the slope is negative_slope.
Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01, Site site = {});
/// The same with slopes that are learned: one, or one for each entry of axis 1 (channels). Throws
/// ShapeError for other weights, DtypeError unless both are floating.
Tensor prelu(const Tensor& x, const Tensor& weight, Site site = {});
/// x above 0, alpha * (exp(x) - 1) elsewhere. D.-A. Clevert et al., Exponential linear units, 2015.
Tensor elu(const Tensor& x, double alpha = 1, Site site = {});
/// x above 0, alpha * (exp(x / alpha) - 1) elsewhere, whose slope has no step. Throws ValueError
/// for an alpha of 0. J. Barron, Continuously differentiable exponential linear units, 2017.
Tensor celu(const Tensor& x, double alpha = 1, Site site = {});
/// elu with the scale and alpha that keep mean 0 and variance 1 from layer to layer. G. Klambauer
/// et al., Self-normalizing neural networks, 2017.
Tensor selu(const Tensor& x, Site site = {});

// Piecewise linear. At a kink the slope is 0, and 1 at hardswish's 3.

/// x limited to [0, 6].
Tensor relu6(const Tensor& x, Site site = {});
/// x / 6 + 1 / 2 limited to [0, 1].
Tensor hardsigmoid(const Tensor& x, Site site = {});
/// x hardsigmoid(x). A. Howard et al., Searching for MobileNetV3, 2019.
Tensor hardswish(const Tensor& x, Site site = {});
/// x limited to [low, high]. Throws ValueError if low > high.
Tensor hardtanh(const Tensor& x, double low = -1, double high = 1, Site site = {});
/// x beyond -lambda and lambda, 0 between. Throws ValueError for a negative or NaN lambda.
Tensor hardshrink(const Tensor& x, double lambda = 0.5, Site site = {});
/// x moved towards 0 by lambda, at most to 0. Throws as hardshrink.
Tensor softshrink(const Tensor& x, double lambda = 0.5, Site site = {});
/// x above `limit`, `value` elsewhere.
Tensor threshold(const Tensor& x, double limit, double value, Site site = {});

class Element;

/// The same of an element of `map`, found where an argument is one.
struct ElementActivations {
  friend Element silu(Element x);
  friend Element mish(Element x);
  friend Element gelu_tanh(Element x);
  friend Element logsigmoid(Element x);
  friend Element softsign(Element x);
  friend Element tanhshrink(Element x);
  friend Element leaky_relu(Element x, Element negative_slope);
  friend Element prelu(Element x, Element weight);
  friend Element elu(Element x, Element alpha);
  friend Element celu(Element x, Element alpha);
  friend Element selu(Element x);
  friend Element relu6(Element x);
  friend Element hardsigmoid(Element x);
  friend Element hardswish(Element x);
  friend Element hardtanh(Element x, Element low, Element high);
  friend Element hardshrink(Element x, Element lambda);
  friend Element softshrink(Element x, Element lambda);
  friend Element threshold(Element x, Element limit, Element value);
};

}  // namespace cinta
#pragma GCC visibility pop
