#include <algorithm>
#include <cinta/autograd/check/detail/values.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cstdio>
#include <cstring>

namespace cinta::detail {

Tensor dense_copy(const Tensor& x, Dtype dtype) {
  Tensor copy = empty(x.shape(), dtype);
  dispatch(x.dtype(), [&]<class From>() {
    const std::vector<From> values = to_dense(x).to_vector<From>();
    dispatch(dtype, [&]<class To>() {
      std::transform(values.begin(), values.end(), copy.data<To>(), &element_cast<To, From>);
    });
  });
  return copy;
}

std::vector<double> values_of(const Tensor& x) {
  return dispatch(x.dtype(), [&]<class T>() {
    const std::vector<T> values = to_dense(x).to_vector<T>();
    return std::vector<double>(values.begin(), values.end());
  });
}

Tensor from_values(const Spec& spec, const std::vector<double>& values) {
  Tensor x = empty(spec.shape, spec.dtype);
  dispatch(spec.dtype, [&]<class T>() {
    std::transform(values.begin(), values.end(), x.data<T>(), &element_cast<T, double>);
  });
  return x;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.spec() == b.spec() && std::memcmp(Array(a).memory, Array(b).memory,
                                             std::size_t(a.numel()) * size_of(a.dtype())) == 0;
}

Shape unravel(std::int64_t flat, const Shape& shape) {
  Shape index = Shape::filled(shape.rank());
  for (int i = shape.rank() - 1; i >= 0; --i) {
    index[i] = flat % shape[i];
    flat /= shape[i];
  }
  return index;
}

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

}  // namespace cinta::detail
