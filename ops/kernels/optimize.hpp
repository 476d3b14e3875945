#pragma once
// One pass over a parameter, its gradient and the optimizer's state. All arrays are dense, of one
// floating dtype and one size.

#include <cinta/autograd/storage.hpp>

namespace cinta::kernels {

struct SgdStep {
  double lr, momentum, dampening, weight_decay;
  bool nesterov;
  bool first;  // the buffer holds nothing yet and starts as the gradient itself
};

/// `buffer` is null without momentum.
void sgd_step(const Array& parameter, const Array& gradient, const Array* buffer,
              const SgdStep& step);

struct AdamStep {
  double lr, beta1, beta2, eps;
  double weight_decay;
  bool decoupled;      // AdamW: the parameter shrinks by itself instead of through the gradient
  std::int64_t count;  // this step's number, from 1
};

void adam_step(const Array& parameter, const Array& gradient, const Array& mean,
               const Array& square, const AdamStep& step);

}  // namespace cinta::kernels
