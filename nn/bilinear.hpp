#pragma once

#include <cinta/nn/linear.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

/// bilinear(x1, x2, weight, bias). Weight (out, in1, in2) and bias (out) start uniform on
/// [-1/sqrt(in1), 1/sqrt(in1)], as in PyTorch. Throws ValueError on sizes below 1.
class Bilinear : public Module {
 public:
  Bilinear(std::int64_t in1, std::int64_t in2, std::int64_t out, LinearOptions options = {},
           Site site = {});

  Tensor operator()(const Tensor& x1, const Tensor& x2, Site site = {}) const;

  Tensor weight;
  Tensor bias;  ///< undefined without bias
};

}  // namespace cinta::nn
#pragma GCC visibility pop
