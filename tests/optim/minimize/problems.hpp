#pragma once
// The standard problems of minima.py.

#include <cinta/cinta.hpp>
#include <cmath>
#include <functional>
#include <map>
#include <string>

namespace problems {

using namespace cinta;
using Function = std::function<Tensor(const Tensor&)>;

/// sin(start + i^2), as in minima.py.
inline Tensor numbers(const Shape& shape, double start) {
  std::vector<double> list;
  for (std::int64_t i = 0; i < shape.numel(); ++i) list.push_back(std::sin(start + double(i * i)));
  return from_data(list, shape);
}

inline Tensor head(const Tensor& x) { return slice(x, 0, 0, x.shape()[0] - 1); }
inline Tensor tail(const Tensor& x) { return slice(x, 0, 1, x.shape()[0]); }

inline Tensor rosenbrock(const Tensor& x) {
  return sum(100 * square(tail(x) - square(head(x))) + square(1 - head(x)));
}

/// Functions of residuals, of which the sum of squares is minimized.
inline std::map<std::string, Function> residuals() {
  const auto cube = [](const Tensor& v) { return v * v * v; };
  return {
      {"Rosenbrock",
       [](const Tensor& x) {
         return stack({10 * (x(1) - square(x(0))), 1 - x(0)});
       }},
      {"Beale",
       [=](const Tensor& x) {
         return stack({1.5 - x(0) * (1 - x(1)), 2.25 - x(0) * (1 - square(x(1))),
                       2.625 - x(0) * (1 - cube(x(1)))});
       }},
      {"Powell",
       [](const Tensor& x) {
         return stack({x(0) + 10 * x(1), std::sqrt(5) * (x(2) - x(3)), square(x(1) - 2 * x(2)),
                       std::sqrt(10) * square(x(0) - x(3))});
       }},
      {"Wood",
       [](const Tensor& x) {
         return stack({10 * (x(1) - square(x(0))), 1 - x(0), std::sqrt(90) * (x(3) - square(x(2))),
                       1 - x(2), std::sqrt(10) * (x(1) + x(3) - 2), (x(1) - x(3)) / std::sqrt(10)});
       }},
      {"Brown",
       [](const Tensor& x) {
         return stack({x(0) - 1e6, x(1) - 2e-6, x(0) * x(1) - 2});
       }},
      {"Freudenstein",
       [](const Tensor& x) {
         return stack({-13 + x(0) + ((5 - x(1)) * x(1) - 2) * x(1),
                       -29 + x(0) + ((x(1) + 1) * x(1) - 14) * x(1)});
       }},
      {"Broyden",
       [](const Tensor& x) {
         const Tensor zero = zeros({1}, float64);
         return (3 - 2 * x) * x - cat({zero, head(x)}) - 2 * cat({tail(x), zero}) + 1;
       }},
      {"Exponential",
       [](const Tensor& p) {
         const Tensor t = to(arange(30), float64) / 10;
         const Tensor y = 2.5 * exp(-1.3 * t) + 0.5 + 0.05 * numbers({30}, 3);
         return p(0) * exp(p(1) * t) + p(2) - y;
       }},
  };
}

inline Tensor logistic(const Tensor& w) {
  const Tensor x = numbers({60, 5}, 7);
  const Tensor side = matmul(x, tensor({2, -1, 0, 1, 0.5}, float64)) + numbers({60}, 8);
  const Tensor y = where(side > 0, 1.0, -1.0);
  return mean(log(1 + exp(-to(y, float64) * matmul(x, w)))) + 0.005 * sum(square(w));
}

inline Tensor bounded_quadratic(const Tensor& x) {
  std::vector<double> scales;
  for (int i = 0; i < 20; ++i) scales.push_back(std::pow(10, 3 * i / 19.0));
  return sum(from_data(scales, {20}) * square(x - numbers({20}, 1))) / 2 + square(sum(x)) / 4;
}

/// The smooth part of the lasso.
inline Tensor lasso(const Tensor& w) {
  const Tensor x = numbers({40, 8}, 7);
  const Tensor y =
      matmul(x, tensor({1.5, 0, 0, -2, 0, 0, 0.5, 0}, float64)) + 0.3 * numbers({40}, 9);
  return sum(square(matmul(x, w) - y)) / 80;
}

inline Function value_of(const std::string& name) {
  if (name.starts_with("Rosenbrock") || name == "BoundedRosenbrock") return rosenbrock;
  if (name == "Logistic") return logistic;
  if (name == "BoundedQuadratic") return bounded_quadratic;
  if (name == "Lasso") return lasso;
  return [r = residuals().at(name)](const Tensor& x) { return sum(square(r(x))); };
}

inline Tensor start_of(const std::string& name) {
  const auto repeated = [](int times) {
    std::vector<double> list;
    for (int i = 0; i < times; ++i) list.insert(list.end(), {-1.2, 1.0});
    return from_data(list, {2 * times});
  };
  if (name == "Rosenbrock") return repeated(1);
  if (name == "Rosenbrock20") return repeated(10);
  if (name == "BoundedRosenbrock") return repeated(5);
  if (name == "Beale" || name == "Brown") return ones({2}, float64);
  if (name == "Powell") return tensor({3, -1, 0, 1}, float64);
  if (name == "Wood") return tensor({-3, -1, -3, -1}, float64);
  if (name == "Freudenstein") return tensor({0.5, -2}, float64);
  if (name == "Broyden") return full({10}, -1, float64);
  if (name == "Exponential") return tensor({1, -1, 0}, float64);
  return zeros({name == "Logistic" ? 5 : name == "Lasso" ? 8 : 20}, float64);
}

}  // namespace problems
