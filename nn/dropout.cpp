#include <cinta/autograd/error.hpp>
#include <cinta/nn/dropout.hpp>
#include <cinta/ops/dropout.hpp>

namespace cinta::nn {

Dropout::Dropout(double p, Site site) : p_(p) {
  if (!(p >= 0 && p < 1))
    throw ValueError("Dropout: p must lie in [0, 1), got " + std::to_string(p), site);
}

Tensor Dropout::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return dropout(x, p_, is_training());
}

}  // namespace cinta::nn
