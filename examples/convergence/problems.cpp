#include "problems.hpp"

#include <cinta/cinta.hpp>
#include <cmath>

#include "../common/regression.hpp"

namespace convergence {

using namespace cinta;

namespace {

using Function = std::function<Tensor(const Tensor&)>;

Instance instance(const Tensor& start, const Function& loss, const Function& residuals = {}) {
  Tensor x = start;
  x.requires_grad_();
  Instance made{{{"x", x}}, [x, loss] { return loss(x); }};
  if (residuals) made.residuals = [x, residuals] { return residuals(x); };
  return made;
}

// |R (x - m)|^2 / 2 with curvatures from 1 to 1000, in directions that are not those of the axes: a
// reflection of them.
Instance quadratic() {
  constexpr int count = 20;
  std::vector<double> roots, middle, normal;
  for (int i = 0; i < count; ++i) {
    roots.push_back(std::pow(1e3, i / double(count - 1) / 2));
    middle.push_back(std::sin(i + 1));
    normal.push_back(std::cos(3 * i) + 1.5);
  }
  const Tensor v = from_data(normal, {count}), m = from_data(middle, {count});
  const Tensor reflection =
      eye(count, float64) - 2 / sum(square(v)) * reshape(v, {-1, 1}) * reshape(v, {1, -1});
  const Tensor r = reshape(from_data(roots, {count}), {-1, 1}) * reflection;
  const Function residuals = [r, m](const Tensor& x) { return matmul(r, x - m); };
  return instance(
      zeros({count}, float64),
      [residuals](const Tensor& x) { return sum(square(residuals(x))) / 2; }, residuals);
}

Instance rosenbrock() {
  return instance(
      tensor({-1.2, 1}, float64),
      [](const Tensor& x) { return 100 * square(x(1) - square(x(0))) + square(1 - x(0)); },
      [](const Tensor& x) {
        return std::sqrt(2) * stack({10 * (x(1) - square(x(0))), 1 - x(0)});
      });
}

struct Digits {
  Tensor pixels, labels;  // float64 (rows, 64) up to 1, int64 (rows,)
};

Digits load_digits(const std::string& path, std::int64_t rows) {
  const io::CsvTable table = io::read_csv(path);
  const std::size_t target = table.index("digit");
  rows = std::min(rows, std::int64_t(table.rows()));
  std::vector<std::int64_t> labels;
  for (const double v : train::numeric_column(table, "digit")) {
    if (!(v >= 0 && v <= 9 && v == std::floor(v)))
      throw IoError(path + ": column 'digit' has " + std::to_string(v) + ", which is no digit");
    labels.push_back(std::int64_t(v));
  }
  std::vector<Tensor> columns;
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    if (c == target) continue;
    const std::vector<double> values = train::numeric_column(table, table.header[c]);
    columns.push_back(from_data(values, {std::int64_t(values.size())}) / 16);
  }
  return {contiguous(slice(stack(columns, 1), 0, 0, rows)),
          slice(from_data(labels, {std::int64_t(labels.size())}), 0, 0, rows)};
}

// Softmax regression with a little L2, which makes the minimum one point.
Instance logistic(const Digits& digits) {
  return instance(zeros({digits.pixels.size(1), 10}, float64), [digits](const Tensor& w) {
    return cross_entropy(matmul(digits.pixels, w), digits.labels) + l2_penalty(w, 1e-3);
  });
}

struct Net : nn::Module {
  explicit Net(std::int64_t features)
      : hidden(add("hidden", nn::Linear(features, 8, {.dtype = float64}))),
        out(add("out", nn::Linear(8, 1, {.dtype = float64}))) {}
  nn::Linear hidden, out;
  Tensor forward(const Tensor& x) const { return out(tanh(hidden(x))); }
};

Instance net(const example::Regression& data) {
  manual_seed(1);
  Net model(data.features());
  const Tensor y = reshape(data.y / std::sqrt(mean(square(data.y)).item()), {-1, 1});
  constexpr double l2 = 1e-2;
  const auto loss = [model, x = data.x, y] {
    return mse_loss(model.forward(x), y) + nn::l2_penalty(model.parameters(), l2);
  };
  const auto residuals = [model, x = data.x, y] {
    Tensors all = {reshape(model.forward(x) - y, {-1}) * std::sqrt(2.0 / double(y.numel()))};
    for (const Tensor& p : model.parameters()) all.push_back(reshape(p, {-1}) * std::sqrt(l2));
    return cat(all);
  };
  return {model.named_parameters(), loss, residuals};
}

}  // namespace

std::vector<Problem> problems(const std::string& digits, const std::string& diabetes,
                              std::int64_t rows) {
  const Digits images = load_digits(digits, rows);
  const example::Regression patients = example::load_regression(diabetes, "progression", {});
  return {{"quadratic", "Quadratic, condition 1000", quadratic},
          {"rosenbrock", "Rosenbrock", rosenbrock},
          {"logistic", "Logistic regression, digits", [images] { return logistic(images); }},
          {"net", "Net 10-8-1, diabetes", [patients] { return net(patients); }, 1e-4}};
}

}  // namespace convergence
