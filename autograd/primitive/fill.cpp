#include <cinta/autograd/primitive/fill.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>

namespace cinta {
namespace {

Tensor filled(const char* op, const Shape& shape, const Number& value, Dtype dtype,
              const Site& site) {
  Tensor result = detail::new_tensor(op, shape, dtype, site);
  kernels::fill(result, value);
  return result;
}

}  // namespace

Tensor full(const Shape& shape, Number value, Dtype dtype, Site site) {
  return filled("full", shape, value, dtype, site);
}
Tensor zeros(const Shape& shape, Dtype dtype, Site site) {
  return filled("zeros", shape, 0, dtype, site);
}
Tensor ones(const Shape& shape, Dtype dtype, Site site) {
  return filled("ones", shape, 1, dtype, site);
}

}  // namespace cinta
