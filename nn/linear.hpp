#pragma once

#include <cinta/nn/module/module.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

struct LinearOptions {
  bool bias = true;
  Dtype dtype = float32;
};

/// y = x W^T + b for x of shape (..., in), giving (..., out). Weight (out, in) and bias (out) start
/// uniform on [-1/sqrt(in), 1/sqrt(in)], as in PyTorch. Throws ValueError on sizes below 1.
class Linear : public Module {
 public:
  Linear(std::int64_t in, std::int64_t out, LinearOptions options = {}, Site site = {});

  Tensor operator()(const Tensor& x, Site site = {}) const;

  Tensor weight;
  Tensor bias;  ///< undefined without bias
};

}  // namespace cinta::nn
#pragma GCC visibility pop
