#include <cinta/autograd/core/error.hpp>
#include <cinta/nn/activation.hpp>
#include <cinta/ops/creation.hpp>

namespace cinta::nn {

PReLU::PReLU(std::int64_t count, double init, Dtype dtype, Site site) {
  if (count < 1)
    throw ValueError("PReLU: the count of slopes must be positive, got " + std::to_string(count),
                     site);
  weight = add("weight", full({count}, init, dtype), site);
}

Tensor PReLU::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site, {&weight});
  return call([&](const Tensor& in) { return prelu(in, weight); }, x);
}

}  // namespace cinta::nn
