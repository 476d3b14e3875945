// Prints all cases. `./dev oracle` runs it beside oracle.py.

#include "cases.hpp"

#include <cmath>
#include <cstdio>

namespace oracle {
namespace {

std::vector<void (*)()>& all() {
  static std::vector<void (*)()> list;
  return list;
}

void print(const Tensor& x) {
  std::printf("{\"shape\":[");
  for (int i = 0; i < x.rank(); ++i) std::printf(i ? ",%lld" : "%lld", (long long)(x.shape()[i]));
  std::printf("],\"dtype\":\"%s\",\"values\":[", name_of(x.dtype()));
  const std::vector<double> values = to(x.detach(), float64).to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i)
    std::printf(std::isfinite(values[i]) ? (i ? ",%.17g" : "%.17g") : (i ? ",\"%g\"" : "\"%g\""),
                values[i]);
  std::printf("]}");
}

void print(const char* name, const Tensors& tensors) {
  std::printf(",\"%s\":[", name);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (i) std::printf(",");
    tensors[i].defined() ? print(tensors[i]) : (void)std::printf("null");
  }
  std::printf("]");
}

// Fixed weights, so that both sides differentiate the same sum.
Tensor weights(const Shape& shape) {
  Tensor w = empty(shape, float64);
  for (std::int64_t i = 0; i < w.numel(); ++i) w.data<double>()[i] = 0.5 + 0.25 * double(i % 5);
  return w;
}

Tensor weighted_sum(const Tensors& tensors) {
  Tensor total;
  for (const Tensor& x : tensors) {
    if (!x.defined() || !x.requires_grad()) continue;
    const Tensor part = sum(x * weights(x.shape()));
    total = total.defined() ? total + part : part;
  }
  return total;
}

}  // namespace

Cases::Cases(void (*make)()) { all().push_back(make); }

void compare(const char* kind, const std::string& python, const Function& f,
             const Tensors& inputs) {
  Tensors leaves, wanted;
  for (const Tensor& x : inputs) {
    leaves.push_back(clone(x.detach()));
    if (is_floating(x.dtype())) wanted.push_back(leaves.back().requires_grad_());
  }
  std::printf("{\"kind\":\"%s\",\"python\":\"%s\"", kind, python.c_str());
  print("inputs", leaves);
  Tensor y;
  try {
    y = f(leaves);
  } catch (const Error&) {  // which the oracle has to refuse as well
    std::printf(",\"value\":null}\n");
    return;
  }
  std::printf(",\"value\":");
  print(y);
  Tensors first, second;
  if (const Tensor total = weighted_sum({y}); total.defined())
    first = grad({total}, wanted, {.create_graph = true, .allow_unused = true});
  if (const Tensor total = weighted_sum(first); total.defined())
    second = grad({total}, wanted, {.allow_unused = true});
  print("first", first);
  print("second", second);
  std::printf("}\n");
}

void random_and_empty(const std::string& python, const Function& f, const Tensors& inputs) {
  random(python, f, inputs);
  Tensors none;
  for (const Tensor& x : inputs) {
    Shape shape = x.shape();
    shape[0] = 0;
    none.push_back(zeros(shape, x.dtype()));
  }
  compare("empty", python, f, none);
}

Tensor draw(const Shape& shape, double low, double high) {
  return uniform(shape, low, high, float64);
}
Tensor definite(std::int64_t n) {
  const Tensor a = draw({n, n});
  return matmul(a, transpose(a)) + eye(n, float64);
}
Tensor integers(const std::vector<std::int64_t>& values, const Shape& shape) {
  return from_data(values, shape);
}
Tensor flags(const std::vector<std::int64_t>& values, const Shape& shape) {
  return to(from_data(values, shape), boolean);
}
Tensor edges() {
  const Values values = {0,      -0.0,    1,     -1, 0.5, inf, -inf, not_a_number,
                         1e-300, -1e-300, 1e300, 40, -40, 3};
  return from_data(values, {std::int64_t(values.size())});
}
Tensor edge_rows() {
  return from_data(
      Values{1,     inf,   2, not_a_number, 0,   3,  -inf,         -inf,         -inf,
             0,     0,     0, inf,          inf, -1, not_a_number, not_a_number, not_a_number,
             1e300, 1e300, 1},
      {7, 3});
}

}  // namespace oracle

int main() {
  cinta::manual_seed(1);
  for (const auto& make : oracle::all()) make();
}
