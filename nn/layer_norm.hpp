#pragma once

#include <cinta/nn/module/module.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

struct LayerNormOptions {
  double eps = 1e-5;
  bool elementwise_affine = true;  ///< with weight and bias
  bool bias = true;                ///< beside the weight
  Dtype dtype = float32;
};

/// layer_norm over the last axes, whose sizes are `normalized_shape`. Weight (ones) and bias
/// (zeros) have that shape, as in PyTorch. Throws ValueError on sizes below 1, no sizes, or eps <
/// 0.
class LayerNorm : public Module {
 public:
  explicit LayerNorm(const Shape& normalized_shape, LayerNormOptions options = {}, Site site = {});

  Tensor operator()(const Tensor& x, Site site = {}) const;

  Tensor weight;  ///< undefined without elementwise_affine
  Tensor bias;    ///< undefined without bias

 private:
  Shape normalized_shape_;
  double eps_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
