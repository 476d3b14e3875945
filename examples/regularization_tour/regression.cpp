// Pages 3 and 4: L2 and L1 in linear regression.

#include "../common/regression.hpp"

#include <cinta/cinta.hpp>
#include <cinta/train/data/split/split.hpp>
#include <cinta/train/ensemble/bagging.hpp>
#include <cmath>
#include <numbers>

#include "../common/text_table.hpp"
#include "pages.hpp"

namespace tour {

using namespace cinta;
using example::number;

namespace {

using Doubles = std::vector<double>;

Doubles closed_form(const Tensor& x, const Tensor& y, double lambda) {
  const Tensor xt = transpose(x);
  const Tensor a = matmul(xt, x) + lambda * eye(x.shape()[1], float64);
  try {
    const Tensor factor = cholesky(a);
    // What is left of a feature beside those before it.
    if (min(square(diagonal(factor)) / diagonal(a)).item() > 1e-12)
      return cholesky_solve(factor, matmul(xt, y)).to_vector<double>();
  } catch (const ValueError&) {  // a pivot of 0 or less
  }
  throw ValueError("the features are linearly dependent");
}

/// The minimum of ||y - X w||^2 / 2 + lambda / 2 ||w||^2 by gradient steps on a penalty node; stops
/// when the gradient is nothing but rounding.
Doubles descend(const Tensor& x, const Tensor& y, double lambda, int& steps) {
  // The trace bounds the curvature from above.
  const double curvature = sum(square(x)).item() + lambda;
  Tensor w = zeros({x.shape()[1]}, float64).requires_grad_();
  optim::SGD optimizer({w}, {.lr = 1 / curvature, .momentum = 0.95, .nesterov = true});
  for (steps = 0; steps < 200000; ++steps) {
    optimizer.zero_grad();
    const Tensor loss = sum(square(y - matmul(x, w))) / 2 + nn::l2_penalty(w, lambda);
    loss.backward();
    if (max(abs(w.grad())).item() < 1e-14 * curvature * (1 + max(abs(w.detach())).item())) break;
    optimizer.step();
    if (steps % 1000 == 0) example::check_interrupt();
  }
  return w.detach().to_vector<double>();
}

/// The lasso's minimum of ||y - X w||^2 / (2 n) + lambda ||w||_1, from `w` on.
void lasso(const Tensor& x, const Tensor& y, double lambda, Tensor& w) {
  const double n = double(x.shape()[0]);
  optim::SGD sgd({w}, {.lr = n / sum(square(x)).item()});
  optim::Proximal optimizer(sgd);
  optimizer.add_group({w}, {.l1 = lambda});
  for (int step = 0; step < 3000; ++step) {
    optimizer.zero_grad();
    (sum(square(y - matmul(x, w))) / (2 * n)).backward();
    optimizer.step();
  }
}

void write_columns(Context& context, const std::string& file,
                   const std::vector<std::pair<std::string, Doubles>>& columns) {
  io::CsvTable csv;
  for (const auto& [name, values] : columns) {
    csv.header.push_back(name);
    csv.columns.emplace_back();
    for (const double value : values) csv.columns.back().push_back(Json(value).dump());
  }
  io::write_csv(context.folder.file(file), csv);
}

}  // namespace

void validate_ridge(const Options& o) {
  const example::Regression data = example::load_regression(o.data, o.target, o.csv);
  const train::Split split =
      train::random_split(data.rows(), 1, {.train = 0.8, .validation = 0.2, .test = 0});
  int steps = 0;
  const Doubles w =
      descend(train::take(data.x, split.train), train::take(data.y, split.train), o.ridge, steps);
  const Tensor answer =
      matmul(train::take(data.x, split.validation), from_data(w, {data.features()}));
  example::Reports reports(o);
  reports.step(
      {{"validation_loss", mse_loss(answer, train::take(data.y, split.validation)).item()}});
  reports.finish();
}

Json ridge(Context& context) {
  const Options& o = context.options;
  const example::Regression data = example::load_regression(o.data, o.target, o.csv);
  int steps = 0;
  const Doubles least_squares = closed_form(data.x, data.y, 0);
  const Doubles closed = closed_form(data.x, data.y, o.ridge);
  const Doubles descended = descend(data.x, data.y, o.ridge, steps);

  context.out << "3. Ridge: (X'X + " << number(o.ridge, 2)
              << " I)^-1 X'y, and gradient descent\n\n";
  example::TextTable table;
  table.add({"feature", "least squares", "closed form", "descent", "difference"});
  double worst = 0, size = 0, size_before = 0;
  for (std::size_t i = 0; i < closed.size(); ++i) {
    const double difference = std::abs(descended[i] - closed[i]);
    worst = std::max(worst, difference);
    size += closed[i] * closed[i];
    size_before += least_squares[i] * least_squares[i];
    char text[32];
    std::snprintf(text, sizeof text, "%.1e", difference);
    table.add({data.names[i], number(least_squares[i], 6), number(closed[i], 6),
               number(descended[i], 6), text});
  }
  table.print(context.out);
  context.out << "\n"
              << steps << " steps; ||w|| falls from " << number(std::sqrt(size_before), 2) << " to "
              << number(std::sqrt(size), 2) << "\n\n";

  io::CsvTable csv;
  csv.header = {"feature", "least_squares", "closed_form", "descent"};
  csv.columns = {data.names, {}, {}, {}};
  for (std::size_t i = 0; i < closed.size(); ++i) {
    csv.columns[1].push_back(Json(least_squares[i]).dump());
    csv.columns[2].push_back(Json(closed[i]).dump());
    csv.columns[3].push_back(Json(descended[i]).dump());
  }
  io::write_csv(context.folder.file("3_ridge.csv"), csv);

  std::vector<train::Curve> curves(data.names.size());
  for (double exponent = -1; exponent <= 5; exponent += 0.05) {
    const Doubles w = closed_form(data.x, data.y, std::pow(10, exponent));
    for (std::size_t i = 0; i < w.size(); ++i) {
      curves[i].x.push_back(exponent);
      curves[i].y.push_back(w[i]);
    }
  }
  for (std::size_t i = 0; i < curves.size(); ++i) {
    curves[i].name = data.names[i];
    curves[i].color = int(i) + 1;
    curves[i].dashed = i >= 6;
  }
  example::plot(context.folder, "3_ridge.png", curves,
                {.title = "Ridge: all coefficients shrink, none becomes zero",
                 .x_label = "log10(lambda)",
                 .y_label = "coefficient",
                 .legend_outside = true});
  return {{"lambda", o.ridge}, {"steps", steps}, {"largest_difference", worst}};
}

Json covariance(Context& context) {
  // Two features that vary together: along (1, 1) much, along (1, -1) little.
  const Options& o = context.options;
  manual_seed(o.seed);
  const std::int64_t n = 200;
  const Tensor common = randn({n, 1}, float64), own = randn({n, 2}, float64);
  Tensor x = common + 0.4 * own;
  x = x - mean(x, 0, keepdims);
  const Tensor truth = tensor({1.6, 0.4}, float64);
  Tensor y = matmul(x, truth) + 0.5 * randn({n}, float64);
  y = y - mean(y);
  const Tensor c = matmul(transpose(x), x) / double(n);
  const Doubles m = c.to_vector<double>(), best = closed_form(x, y, 0);

  // Principal axes of a symmetric 2 x 2 matrix.
  const double angle = std::atan2(2 * m[1], m[0] - m[3]) / 2;
  const double axes[2][2] = {{std::cos(angle), std::sin(angle)},
                             {-std::sin(angle), std::cos(angle)}};
  double variance[2];
  for (int k = 0; k < 2; ++k) {
    const double* a = axes[k];
    variance[k] = a[0] * (m[0] * a[0] + m[1] * a[1]) + a[1] * (m[2] * a[0] + m[3] * a[1]);
  }

  context.out << "4. The covariance picture: L2 shrinks by variance / (variance + lambda)\n\n";
  example::TextTable table;
  table.add({"lambda", "along", "variance", "expected", "ridge / least squares"});
  Json figures;
  double worst = 0;
  for (const double lambda : {0.02, 0.2, 2.0}) {
    const Doubles w = closed_form(x, y, lambda * double(n));
    for (int k = 0; k < 2; ++k) {
      const auto along = [&](const Doubles& v) { return v[0] * axes[k][0] + v[1] * axes[k][1]; };
      const double expected = variance[k] / (variance[k] + lambda), got = along(w) / along(best);
      worst = std::max(worst, std::abs(got - expected));
      table.add({number(lambda, 2),
                 "(" + number(axes[k][0], 2) + ", " + number(axes[k][1], 2) + ")",
                 number(variance[k], 4), number(expected, 6), number(got, 6)});
    }
  }
  table.print(context.out);

  // The paths from least squares to zero, and one level of the loss around least squares.
  std::vector<train::Curve> curves(2);
  curves[0].name = "path of L2";
  curves[1].name = "path of L1";
  curves[1].color = 2;
  for (double exponent = -4; exponent <= 4; exponent += 0.02) {
    const Doubles w = closed_form(x, y, std::pow(10, exponent) * double(n));
    curves[0].x.push_back(w[0]);
    curves[0].y.push_back(w[1]);
  }
  Tensor w = from_data(best, {2}).requires_grad_();
  const double largest = max(abs(matmul(transpose(x), y))).item() / double(n);
  bool on_axis = false;
  for (int k = 0; k <= 40; ++k) {
    lasso(x, y, largest * k / 40, w);
    const Doubles v = w.detach().to_vector<double>();
    curves[1].x.push_back(v[0]);
    curves[1].y.push_back(v[1]);
    on_axis |= v[1] == 0 && v[0] != 0;
    example::check_interrupt();
  }
  // A solution of each, its ball, and the level of the loss that touches the ball there.
  const auto contour = [&](const train::Curve& path, std::size_t at, const std::string& name) {
    const double d[2] = {path.x[at] - best[0], path.y[at] - best[1]};
    const double level = d[0] * (m[0] * d[0] + m[1] * d[1]) + d[1] * (m[2] * d[0] + m[3] * d[1]);
    train::Curve curve{.name = name, .color = 3, .dashed = true};
    for (int k = 0; k <= 200; ++k) {
      const double t = 2 * std::numbers::pi * k / 200;
      const double u = std::sqrt(level / variance[0]) * std::cos(t),
                   v = std::sqrt(level / variance[1]) * std::sin(t);
      curve.x.push_back(best[0] + u * axes[0][0] + v * axes[1][0]);
      curve.y.push_back(best[1] + u * axes[0][1] + v * axes[1][1]);
    }
    return curve;
  };
  constexpr std::size_t ridge_at = 170, lasso_at = 24;
  const train::Curve around_ridge = contour(curves[0], ridge_at, "equal loss");
  const train::Curve around_lasso = contour(curves[1], lasso_at, "");
  const double radius = std::hypot(curves[0].x[ridge_at], curves[0].y[ridge_at]);
  train::Curve circle{.name = "equal L2", .color = 4};
  for (int k = 0; k <= 200; ++k) {
    circle.x.push_back(radius * std::cos(2 * std::numbers::pi * k / 200));
    circle.y.push_back(radius * std::sin(2 * std::numbers::pi * k / 200));
  }
  const double side = std::abs(curves[1].x[lasso_at]) + std::abs(curves[1].y[lasso_at]);
  const train::Curve diamond{
      .name = "equal L1", .x = {side, 0, -side, 0, side}, .y = {0, side, 0, -side, 0}, .color = 5};
  curves.insert(curves.end(), {around_ridge, around_lasso, circle, diamond});
  write_columns(context, "4_ridge_path.csv", {{"w0", curves[0].x}, {"w1", curves[0].y}});
  write_columns(context, "4_lasso_path.csv", {{"w0", curves[1].x}, {"w1", curves[1].y}});
  example::plot(context.folder, "4_covariance.png", curves,
                {.title = "Two correlated features: paths from least squares to zero",
                 .x_label = "first weight",
                 .y_label = "second weight",
                 .equal_axes = true,
                 .legend_outside = true});
  context.out << "\nThe path of L1 " << (on_axis ? "reaches" : "does not reach")
              << " the axis on which the second weight is exactly zero.\n\n";
  return {{"largest_difference", worst}, {"lasso_reaches_axis", on_axis}};
}

}  // namespace tour
