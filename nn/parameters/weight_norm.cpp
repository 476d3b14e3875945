#include <cinta/autograd/core/detail/random_scope.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/nn/parameters/weight_norm.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/random/random.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta::nn {
namespace {

Tensor one_for_zero(const Tensor& x) { return where(eq(x, 0), ones_like(x), x); }

/// x over its length along `axes`, times `length`. Divided by the largest entry first, so that
/// squares neither overflow nor vanish.
Tensor with_length(const Tensor& x, const Axes& axes, const Tensor& length) {
  const Tensor scale = one_for_zero(max(abs(x.detach()), axes, true));
  const Tensor scaled = x / scale;
  const Tensor squares = sum(square(scaled), axes, true);
  return scaled * (length / sqrt(one_for_zero(squares)));
}

Tensor length_of(const Tensor& x, const Axes& axes) {
  const Tensor scale = one_for_zero(max(abs(x), axes, true));
  return scale * sqrt(sum(square(x / scale), axes, true));
}

/// (outputs, everything else).
Tensor as_matrix(const Tensor& weight, int axis) {
  const Tensor first = movedim(weight, axis, 0);
  return reshape(first, {first.size(0), -1});
}

/// Of a matrix and a vector.
Tensor product(const Tensor& matrix, const Tensor& vector) {
  return reshape(matmul(matrix, reshape(vector, {-1, 1})), {-1});
}

struct PowerIteration {
  Tensor u, v;  // (outputs), (everything else)
  double eps;

  void run(const Tensor& matrix, int times) const {
    const NoGrad no_grad;
    for (int i = 0; i < times; ++i) {
      turn(v, product(transpose(matrix), u));
      turn(u, product(matrix, v));
    }
  }
  /// Along x. Of a matrix of zeros there is no x to turn to: a vector of zeros would stay one,
  /// whatever the matrix becomes.
  void turn(const Tensor& vector, const Tensor& x) const {
    const Tensor length = length_of(x, {});
    copy_(vector, where(eq(length, 0), vector, x / maximum(length, eps)));
  }
};

}  // namespace

void weight_norm(const Module& layer, const std::string& name, Axis axis, Site site) {
  const NameScope reported("weight_norm");
  const auto others = [](const Tensor& x, int own) {
    std::vector<int> axes;
    for (int i = 0; i < x.rank(); ++i)
      if (i != own) axes.push_back(i);
    return axes;
  };
  register_parametrization(
      layer, name,
      {.value =
           [=](const Tensors& gv, bool) {
             const int own = normalize_axis("weight_norm", axis, gv[1].shape());
             const auto axes = others(gv[1], own);
             // Of a vector each entry is its own direction.
             return axes.empty() ? gv[0] * sign(gv[1]) : with_length(gv[1], axes, gv[0]);
           },
       .originals =
           [=](const Tensor& w) {
             const auto axes = others(w, normalize_axis("weight_norm", axis, w.shape(), site));
             return Tensors{axes.empty() ? abs(w) : length_of(w, axes), w};
           }},
      site);
}

void spectral_norm(const Module& layer, const SpectralNormOptions& options, Site site) {
  const NameScope name("spectral_norm");
  if (options.n_power_iterations < 1)
    throw ValueError("spectral_norm: n_power_iterations must be positive, got " +
                         std::to_string(options.n_power_iterations),
                     site);
  if (!(options.eps > 0))
    throw ValueError(
        "spectral_norm: eps must be positive, got " + cinta::detail::text_of(options.eps), site);
  const Tensor weight = layer.get_tensor(options.name, site).detach();
  const int axis = normalize_axis("spectral_norm", options.axis, weight.shape(), site);
  const Tensor matrix = as_matrix(weight, axis);
  const PowerIteration power{randn({matrix.size(0)}, matrix.dtype()),
                             zeros({matrix.size(1)}, matrix.dtype()), options.eps};
  power.run(matrix, 15);
  register_parametrization(
      layer, options.name,
      {.value =
           [power, axis, times = options.n_power_iterations](const Tensors& w, bool training) {
             const Tensor now = as_matrix(w[0], axis);
             if (training && !cinta::detail::runs_again()) power.run(now.detach(), times);
             // Copies, since the next call writes to the buffers.
             const Tensor u = clone(power.u), v = clone(power.v);
             return w[0] / one_for_zero(sum(u * product(now, v)));
           },
       .buffers = {{"_u", power.u}, {"_v", power.v}}},
      site);
}

}  // namespace cinta::nn
