#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/creation.hpp>
#include <cmath>
#include <limits>

namespace cinta {
namespace {

// A new tensor whose element i is value(i).
template <class F>
Tensor build(const char* op, const Shape& shape, Dtype dtype, const Site& site, F value) {
  Tensor result = detail::new_tensor(op, shape, dtype, site);
  dispatch(dtype, [&]<class T>() {
    T* data = result.data<T>();
    for (std::int64_t i = 0, n = result.numel(); i < n; ++i) data[i] = element_cast<T>(value(i));
  });
  return result;
}

}  // namespace

Tensor tensor(std::initializer_list<detail::Literal> values, Dtype dtype, Site site) {
  return build("tensor", {std::int64_t(values.size())}, dtype, site,
               [&](std::int64_t i) { return values.begin()[i].value; });
}

Tensor detail::tensor_of(std::initializer_list<double> values, Dtype dtype, const Site& site) {
  return build("tensor", {std::int64_t(values.size())}, dtype, site,
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
  return build("tensor", {std::int64_t(rows.size()), width}, dtype, site,
               [&](std::int64_t i) { return rows.begin()[i / width].begin()[i % width]; });
}

#pragma GCC visibility push(default)  // g++ forgets what the declaration says
template <ElementType T>
Tensor from_data(const std::vector<T>& values, const Shape& shape, Site site) {
  checked_bytes("from_data", shape, dtype_of<T>, site);
  if (shape.numel() != std::int64_t(values.size())) {
    throw ShapeError(
        "from_data: " + std::to_string(values.size()) + " values do not fill " + shape.str(), site);
  }
  Tensor result = detail::new_tensor("from_data", shape, dtype_of<T>, site);
  std::copy(values.begin(), values.end(), result.data<T>());
  return result;
}
template Tensor from_data(const std::vector<bool>&, const Shape&, Site);
template Tensor from_data(const std::vector<std::int64_t>&, const Shape&, Site);
template Tensor from_data(const std::vector<float>&, const Shape&, Site);
template Tensor from_data(const std::vector<double>&, const Shape&, Site);
#pragma GCC visibility pop

namespace {

// How often `step` fits before `stop`, beginning with `start`.
std::int64_t step_count(std::int64_t start, std::int64_t stop, std::int64_t step) {
  if (step > 0 ? start >= stop : start <= stop) return 0;
  // The distance may be beyond int64, not beyond its unsigned.
  const auto size = [](std::int64_t from, std::int64_t to) {
    return to > from ? std::uint64_t(to) - std::uint64_t(from)
                     : std::uint64_t(from) - std::uint64_t(to);
  };
  const std::uint64_t count = (size(start, stop) - 1) / size(0, step) + 1;
  return std::int64_t(std::min<std::uint64_t>(count, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

Tensor arange(Number start, Number stop, Number step, std::optional<Dtype> dtype, Site site) {
  const bool whole = std::max({start.kind(), stop.kind(), step.kind()}) <= int64;
  const Dtype wanted = dtype.value_or(whole ? int64 : float32);
  const double first = start.as<double>(), last = stop.as<double>(), by = step.as<double>();
  if (by == 0) throw ValueError("arange: step must not be 0", site);
  if (whole) {
    const std::int64_t from = start.as<std::int64_t>(), next = step.as<std::int64_t>();
    return build(
        "arange", {step_count(from, stop.as<std::int64_t>(), next)}, wanted, site,
        [=](std::int64_t i) {  // the product may overflow, the sum is an element
          return std::int64_t(std::uint64_t(from) + std::uint64_t(i) * std::uint64_t(next));
        });
  }
  if (!(std::isfinite(first) && std::isfinite(last) && std::isfinite(by)))
    throw ValueError("arange: start, stop and step must be finite", site);
  const double count = std::ceil((last - first) / by);
  if (count > 0x1p62) throw ShapeError("arange: more elements than memory can hold", site);
  return build("arange", {count > 0 ? std::int64_t(count) : 0}, wanted, site,
               [=](std::int64_t i) { return first + double(i) * by; });
}

Tensor arange(Number stop, std::optional<Dtype> dtype, Site site) {
  return arange(0, stop, 1, dtype, site);
}

namespace {

// Number i of `count` that lie evenly, from the nearer end, so that both ends are exact.
auto evenly(double start, double stop, std::int64_t count) {
  const double last = double(std::max<std::int64_t>(count - 1, 1)), step = (stop - start) / last;
  return [=](std::int64_t i) {
    if (std::isinf(step)) return std::lerp(start, stop, double(i) / last);
    return 2 * i < count ? start + double(i) * step : stop - double(count - 1 - i) * step;
  };
}

void check_count(const char* op, std::int64_t count, const Site& site) {
  if (count >= 1) return;
  throw ValueError(std::string(op) + ": count must be positive, got " + std::to_string(count),
                   site);
}

}  // namespace

Tensor linspace(double start, double stop, std::int64_t count, Dtype dtype, Site site) {
  check_count("linspace", count, site);
  if (count == 1) stop = start;
  return build("linspace", {count}, dtype, site, evenly(start, stop, count));
}

Tensor logspace(double start, double stop, std::int64_t count, double base, Dtype dtype,
                Site site) {
  check_count("logspace", count, site);
  if (count == 1) stop = start;
  const auto exponent = evenly(start, stop, count);
  return build("logspace", {count}, dtype, site,
               [=](std::int64_t i) { return std::pow(base, exponent(i)); });
}

Tensor eye(std::int64_t n, Dtype dtype, Site site) { return eye(n, n, dtype, site); }

Tensor eye(std::int64_t n, std::int64_t m, Dtype dtype, Site site) {
  return build("eye", {n, m}, dtype, site, [m](std::int64_t i) { return i / m == i % m; });
}

namespace {

void check_like(const char* op, const Tensor& x, const Site& site) {
  if (!x.defined()) throw ValueError(std::string(op) + ": input 0 is an undefined tensor", site);
}

}  // namespace

Tensor empty_like(const Tensor& x, std::optional<Dtype> dtype, Site site) {
  check_like("empty_like", x, site);
  return detail::new_tensor("empty_like", x.shape(), dtype.value_or(x.dtype()), site);
}

Tensor full_like(const Tensor& x, Number value, std::optional<Dtype> dtype, Site site) {
  check_like("full_like", x, site);
  return full(x.shape(), value, dtype.value_or(x.dtype()), site);
}

Tensor zeros_like(const Tensor& x, std::optional<Dtype> dtype, Site site) {
  check_like("zeros_like", x, site);
  return zeros(x.shape(), dtype.value_or(x.dtype()), site);
}

Tensor ones_like(const Tensor& x, std::optional<Dtype> dtype, Site site) {
  check_like("ones_like", x, site);
  return ones(x.shape(), dtype.value_or(x.dtype()), site);
}

}  // namespace cinta
