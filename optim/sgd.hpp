#pragma once

#include <cinta/optim/optimizer.hpp>

namespace cinta::optim {

struct SGDOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;  ///< coupled: added to the gradient as weight_decay * w
  bool nesterov = false;
};

/// Stochastic gradient descent as PyTorch defines it: d = g + weight_decay * w,
/// b = momentum * b + (1 - dampening) * d (b = d at first), w -= lr * b, or with Nesterov
/// w -= lr * (d + momentum * b). Throws ValueError on negative options and on Nesterov without
/// momentum or with dampening.
class SGD : public GroupedOptimizer<SGDOptions> {
 public:
  explicit SGD(const Tensors& parameters, SGDOptions options = {}, Site site = {});
  void add_group(const Tensors& parameters, SGDOptions options, Site site = {});
  void step(Site site = {}) override;
  /// lr * (1 - dampening) / (1 - momentum): what the buffer makes of a steady gradient.
  double step_size(std::size_t i) const override;

 private:
  Tensors buffers_;  // undefined until a parameter's first step with momentum
};

}  // namespace cinta::optim
