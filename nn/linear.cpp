#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/nn/linear.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/random/random.hpp>
#include <cmath>

namespace cinta::nn {

Linear::Linear(std::int64_t in, std::int64_t out, LinearOptions options, Site site) {
  if (in < 1 || out < 1) {
    throw ValueError("Linear: sizes must be positive, got in " + std::to_string(in) + ", out " +
                         std::to_string(out),
                     site);
  }
  const NameScope name("Linear");
  const double bound = 1 / std::sqrt(double(in));
  weight = add("weight", uniform({out, in}, -bound, bound, options.dtype, site), site);
  if (options.bias) bias = add("bias", uniform({out}, -bound, bound, options.dtype, site), site);
}

Tensor Linear::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site, {&weight, &bias});
  return call([&](const Tensor& in) { return linear(in, weight, bias); }, x);
}

}  // namespace cinta::nn
