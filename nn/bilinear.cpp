#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/nn/bilinear.hpp>
#include <cinta/ops/nn/bilinear.hpp>
#include <cinta/ops/random/random.hpp>
#include <cmath>

namespace cinta::nn {

Bilinear::Bilinear(std::int64_t in1, std::int64_t in2, std::int64_t out, LinearOptions options,
                   Site site) {
  if (std::min({in1, in2, out}) < 1) {
    throw ValueError("Bilinear: sizes must be positive, got in1 " + std::to_string(in1) + ", in2 " +
                         std::to_string(in2) + ", out " + std::to_string(out),
                     site);
  }
  const NameScope name("Bilinear");
  const double bound = 1 / std::sqrt(double(in1));
  weight = add("weight", uniform({out, in1, in2}, -bound, bound, options.dtype, site), site);
  if (options.bias) bias = add("bias", uniform({out}, -bound, bound, options.dtype, site), site);
}

Tensor Bilinear::operator()(const Tensor& x1, const Tensor& x2, Site site) const {
  const Call call(*this, site, {&weight, &bias});
  return call([&](const Tensor& a, const Tensor& b) { return bilinear(a, b, weight, bias); }, x1,
              x2);
}

}  // namespace cinta::nn
