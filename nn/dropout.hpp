#pragma once

#include <cinta/nn/module.hpp>

namespace cinta::nn {

/// In training mode sets each element to zero with probability p and scales the others by
/// 1 / (1 - p); in evaluation mode the identity. Throws ValueError unless 0 <= p < 1.
class Dropout : public Module {
 public:
  explicit Dropout(double p = 0.5, Site site = {});

  Tensor operator()(const Tensor& x, Site site = {}) const;

  double p() const { return p_; }

 private:
  double p_;
};

}  // namespace cinta::nn
