#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/nn/layer_norm.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/nn/normalization.hpp>

namespace cinta::nn {

LayerNorm::LayerNorm(const Shape& normalized_shape, LayerNormOptions options, Site site)
    : normalized_shape_(normalized_shape), eps_(options.eps) {
  const bool positive = std::all_of(normalized_shape.begin(), normalized_shape.end(),
                                    [](std::int64_t size) { return size > 0; });
  if (normalized_shape.rank() == 0 || !positive)
    throw ValueError("LayerNorm: sizes must be positive, got " + normalized_shape.str(), site);
  if (!(options.eps >= 0))
    throw ValueError(
        "LayerNorm: eps must not be negative, got " + cinta::detail::text_of(options.eps), site);
  if (!options.elementwise_affine) return;
  weight = add("weight", ones(normalized_shape, options.dtype), site);
  if (options.bias) bias = add("bias", zeros(normalized_shape, options.dtype), site);
}

Tensor LayerNorm::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site, {&weight, &bias});
  return call(
      [&](const Tensor& in) { return layer_norm(in, normalized_shape_, weight, bias, eps_); }, x);
}

}  // namespace cinta::nn
