#include <cinta/autograd/primitive/fill.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>

namespace cinta {

Tensor full(const Shape& shape, double value, Dtype dtype) {
  Tensor result = empty(shape, dtype);
  kernels::fill(result, value);
  return result;
}

Tensor zeros(const Shape& shape, Dtype dtype) { return full(shape, 0, dtype); }
Tensor ones(const Shape& shape, Dtype dtype) { return full(shape, 1, dtype); }

}  // namespace cinta
