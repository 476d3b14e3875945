#include <cinta/autograd/error.hpp>
#include <cinta/ops/inplace.hpp>
#include <cinta/ops/kernels/copy.hpp>

namespace cinta {

const Tensor& copy_(const Tensor& x, const Tensor& source, Site site) {
  if (!broadcasts_to(source.shape(), x.shape())) {
    throw ShapeError("copy_: " + source.shape().str() + " does not broadcast to " + x.shape().str(),
                     site);
  }
  kernels::copy(source, x);
  x.storage()->bump_version();
  return x;
}

const Tensor& fill_(const Tensor& x, double value) {
  kernels::fill(x, value);
  x.storage()->bump_version();
  return x;
}

}  // namespace cinta
