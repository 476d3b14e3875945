#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/creation.hpp>
#include <cmath>

namespace cinta {
namespace {

// A new tensor whose element i is value(i).
template <class F>
Tensor build(const Shape& shape, Dtype dtype, F value) {
  Tensor result = empty(shape, dtype);
  dispatch(dtype, [&]<class T>() {
    T* data = result.data<T>();
    for (std::int64_t i = 0, n = result.numel(); i < n; ++i) data[i] = T(value(i));
  });
  return result;
}

}  // namespace

Tensor tensor(std::initializer_list<double> values, Dtype dtype) {
  return build({std::int64_t(values.size())}, dtype,
               [&](std::int64_t i) { return values.begin()[i]; });
}

Tensor tensor(std::initializer_list<std::initializer_list<double>> rows, Dtype dtype, Site site) {
  const std::int64_t width = rows.size() ? std::int64_t(rows.begin()->size()) : 0;
  for (const auto& row : rows) {
    if (std::int64_t(row.size()) != width) {
      throw ShapeError("tensor: rows of " + std::to_string(width) + " and " +
                           std::to_string(row.size()) + " values",
                       site);
    }
  }
  return build({std::int64_t(rows.size()), width}, dtype,
               [&](std::int64_t i) { return rows.begin()[i / width].begin()[i % width]; });
}

template <class T>
Tensor from_data(const std::vector<T>& values, const Shape& shape, Site site) {
  checked_bytes("from_data", shape, dtype_of<T>, site);
  if (shape.numel() != std::int64_t(values.size())) {
    throw ShapeError(
        "from_data: " + std::to_string(values.size()) + " values do not fill " + shape.str(), site);
  }
  Tensor result = empty(shape, dtype_of<T>);
  std::copy(values.begin(), values.end(), result.data<T>());
  return result;
}
template Tensor from_data(const std::vector<bool>&, const Shape&, Site);
template Tensor from_data(const std::vector<std::int64_t>&, const Shape&, Site);
template Tensor from_data(const std::vector<float>&, const Shape&, Site);
template Tensor from_data(const std::vector<double>&, const Shape&, Site);

Tensor arange(double start, double stop, double step, Dtype dtype, Site site) {
  if (step == 0) throw ValueError("arange: step must not be 0", site);
  const double count = std::ceil((stop - start) / step);
  return build({count > 0 ? std::int64_t(count) : 0}, dtype,
               [=](std::int64_t i) { return start + double(i) * step; });
}

Tensor arange(double stop, Dtype dtype, Site site) { return arange(0, stop, 1, dtype, site); }

Tensor linspace(double start, double stop, std::int64_t count, Dtype dtype, Site site) {
  if (count < 1)
    throw ValueError("linspace: count must be positive, got " + std::to_string(count), site);
  // From the nearer end, so that both ends are exact.
  const double step = count > 1 ? (stop - start) / double(count - 1) : 0;
  return build({count}, dtype, [=](std::int64_t i) {
    return 2 * i < count ? start + double(i) * step : stop - double(count - 1 - i) * step;
  });
}

Tensor eye(std::int64_t n, Dtype dtype) {
  return build({n, n}, dtype, [n](std::int64_t i) { return i / n == i % n; });
}

}  // namespace cinta
