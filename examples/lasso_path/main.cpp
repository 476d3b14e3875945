// The lasso's whole coefficient path by proximal steps: from the penalty that keeps every
// coefficient at zero down to one that hardly matters, each solution the start of the next.

#include <cinta/cinta.hpp>
#include <cinta/io/csv.hpp>
#include <cinta/train/data/split/split.hpp>
#include <cinta/train/ensemble/bagging.hpp>
#include <cmath>

#include "../common/flags.hpp"
#include "../common/regression.hpp"
#include "../common/text_table.hpp"
#include "../common/training.hpp"

namespace {

using namespace cinta;
using example::Json;

struct Options : example::RunOptions {
  std::string data = example::data_file("diabetes.csv");
  std::string target = "progression";
  io::CsvOptions csv;
  int points = 100;
  double ratio = 1e-3;  // smallest penalty as a share of the largest
  double momentum = 0.9;
  double tolerance = 1e-11;  // of the conditions for a minimum, as a share of the largest penalty
  int max_steps = 100000;    // for one penalty
};

bool parse(Options& o, int argc, char** argv) {
  CLI::App app(
      "Draws the coefficients of a linear regression over the strength of its L1 penalty: "
      "minimises "
      "||y - X w||^2 / (2 rows) + lambda * ||w||_1 for falling lambda by proximal gradient steps.",
      "lasso_path");
  app.add_option("--data", o.data, "CSV file of numbers with a header line")
      ->option_text("FILE [examples/data/diabetes.csv]");
  app.add_option("--target", o.target, "column to predict; all others are features")
      ->option_text("COLUMN [progression]");
  const example::CsvFlags csv(app);
  app.add_option("--points", o.points, "penalties, evenly spaced in their logarithm")
      ->check(CLI::Range(2, 100000))
      ->option_text("N [100]");
  app.add_option("--ratio", o.ratio, "smallest penalty as a share of the largest")
      ->option_text("X [0.001]");
  app.add_option("--momentum", o.momentum, "of the gradient steps")->option_text("X [0.9]");
  app.add_option("--tolerance", o.tolerance,
                 "how far the conditions for a minimum may be missed, as a share of the largest "
                 "penalty")
      ->option_text("X [1e-11]");
  app.add_option("--max-steps", o.max_steps, "steps for one penalty before giving up")
      ->check(CLI::Range(1, 1000000000))
      ->option_text("N [100000]");
  o.add_to(app, "the path and its plot");
  train::Hyperparameters space("lasso_path");
  space.add("ratio", o.ratio, {.low = 1e-4, .high = 0.9, .log = true}, "where the path ends");
  space.objective("validation_loss", train::Direction::minimize);
  space.steps(o.points);
  space.add_to(app);
  if (!example::parse(app, argc, argv)) return false;
  o.trial = space.trial_folder();
  o.csv = csv.options();
  example::require(o.ratio > 0 && o.ratio < 1, "--ratio: above 0 and below 1");
  example::require(o.momentum >= 0 && o.momentum < 1, "--momentum: at least 0 and below 1");
  example::require(o.tolerance > 0, "--tolerance: a positive number");
  return true;
}

struct Point {
  double lambda;
  std::vector<double> w;
  int steps;
  double r2;
  int active() const { return int(w.size() - std::size_t(std::count(w.begin(), w.end(), 0.0))); }
};

/// Largest eigenvalue of X'X / rows, from which the steepest loss and the safe step follow.
double curvature(const example::Regression& data) {
  Tensor v = full({data.features()}, 1 / std::sqrt(double(data.features())), float64);
  double eigenvalue = 0;
  for (int i = 0; i < 1000; ++i) {
    const Tensor next = matmul(transpose(data.x), matmul(data.x, v)) / double(data.rows());
    eigenvalue = std::sqrt(sum(square(next)).item());
    v = next / eigenvalue;
  }
  return eigenvalue;
}

/// By how much w misses the conditions for a minimum: |gradient| <= lambda where w is zero,
/// gradient = -lambda * sign(w) elsewhere.
double violation(const Tensor& gradient, const Tensor& w, double lambda) {
  const std::vector<double> g = gradient.to_vector<double>(), v = w.to_vector<double>();
  double worst = 0;
  for (std::size_t i = 0; i < g.size(); ++i)
    worst = std::max(
        worst, v[i] == 0 ? std::abs(g[i]) - lambda : std::abs(g[i] + std::copysign(lambda, v[i])));
  return worst;
}

std::vector<Point> solve_path(const example::Regression& data, const Options& o) {
  const auto rows = double(data.rows());
  const double largest = max(abs(matmul(transpose(data.x), data.y))).item() / rows;
  const double spread = mean(square(data.y)).item();
  if (!(largest > 0))
    throw ValueError(o.data + ": no feature goes along with the target: all coefficients are 0");
  Tensor w = zeros({data.features()}, float64).requires_grad_();
  optim::SGD sgd({w}, {.lr = 1 / (1.01 * curvature(data)), .momentum = o.momentum});
  optim::Proximal optimizer(sgd);
  optimizer.add_group({w}, {});

  example::Steps progress(o.quiet, o.points);
  std::vector<Point> path;
  for (int k = 0; k < o.points; ++k) {
    const double lambda = largest * std::pow(o.ratio, double(k) / (o.points - 1));
    optimizer.options().l1 = lambda;
    for (int step = 0;; ++step) {
      optimizer.zero_grad();
      const Tensor error = matmul(data.x, w) - data.y;
      (sum(square(error)) / (2 * rows)).backward();
      if (violation(w.grad(), w.detach(), lambda) <= o.tolerance * largest) {
        path.push_back({lambda, w.detach().to_vector<double>(), step,
                        1 - mean(square(error)).item() / spread});
        break;
      }
      if (step == o.max_steps) {
        throw ValueError("lambda " + std::to_string(lambda) + ": no minimum after " +
                         std::to_string(step) +
                         " steps; more --max-steps, --momentum or --tolerance may help");
      }
      optimizer.step();
      if (step % 1000 == 0) example::check_interrupt();
    }
    progress.advance();
  }
  return path;
}

/// A trial of a search: how well the path's coefficients do on rows that it has not seen.
void validate(const example::Regression& data, const Options& o) {
  const train::Split split =
      train::random_split(data.rows(), 1, {.train = 0.8, .validation = 0.2, .test = 0});
  const auto part = [&](const train::Rows& rows) {
    return example::Regression{data.names, train::take(data.x, rows), train::take(data.y, rows)};
  };
  const example::Regression held_out = part(split.validation);
  example::Reports reports(o);
  for (const Point& point : solve_path(part(split.train), o)) {
    const Tensor w = from_data(point.w, {held_out.features()});
    reports.step({{"validation_loss", mse_loss(matmul(held_out.x, w), held_out.y).item()}});
  }
  reports.finish();
}

/// Which features enter (+) and leave (-) from one penalty to the next.
std::string changes(const std::vector<std::string>& names, const std::vector<double>& before,
                    const std::vector<double>& now) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    if ((before[i] != 0) != (now[i] != 0))
      text += (text.empty() ? "" : " ") + std::string(now[i] != 0 ? "+" : "-") + names[i];
  return text;
}

void print(const example::Regression& data, const std::vector<Point>& path) {
  example::TextTable table;
  table.add({"lambda", "features", "R2", "steps", "changes"});
  std::vector<double> before(data.names.size(), 0.0);
  int steps = 0;
  for (std::size_t k = 0; k < path.size(); ++k) {
    steps += path[k].steps;
    const std::string what = changes(data.names, before, path[k].w);
    if (what.empty() && k > 0 && k + 1 < path.size()) continue;
    table.add({example::number(path[k].lambda, 4), std::to_string(path[k].active()),
               example::number(path[k].r2, 4), std::to_string(path[k].steps), what});
    before = path[k].w;
  }
  table.print(std::cout);
  std::cout << steps << " steps in all for " << path.size() << " penalties\n";
}

void write(train::OutputFolder& folder, const Options& o, const example::Regression& data,
           const std::vector<Point>& path) {
  io::CsvTable csv;
  csv.header = {"lambda", "steps", "r2"};
  csv.header.insert(csv.header.end(), data.names.begin(), data.names.end());
  csv.columns.resize(csv.header.size());
  std::vector<train::Curve> curves(data.names.size());
  for (const Point& point : path) {
    std::vector<std::string> cells{Json(point.lambda).dump(), std::to_string(point.steps),
                                   Json(point.r2).dump()};
    for (std::size_t i = 0; i < point.w.size(); ++i) {
      cells.push_back(Json(point.w[i]).dump());
      curves[i].x.push_back(-std::log10(point.lambda / path.front().lambda));
      curves[i].y.push_back(point.w[i]);
    }
    for (std::size_t c = 0; c < cells.size(); ++c) csv.columns[c].push_back(cells[c]);
  }
  io::write_csv(folder.file("path.csv"), csv);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    curves[i].name = data.names[i];
    curves[i].color = int(i) + 1;
    curves[i].dashed = i >= 6;  // the colours come round
  }
  example::plot(folder, "path.png", curves,
                {.title = "Lasso path of " + o.target,
                 .x_label = "-log10(lambda / largest lambda)",
                 .y_label = "coefficient of the standardised feature",
                 .legend_outside = true});
  example::write_json(folder, {{"data", o.data},
                               {"target", o.target},
                               {"rows", data.rows()},
                               {"points", o.points},
                               {"ratio", o.ratio},
                               {"momentum", o.momentum},
                               {"tolerance", o.tolerance}});
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("lasso_path", [&] {
    Options options;
    options.output = "lasso_path_results";
    if (!parse(options, argc, argv)) return;
    auto folder = example::output_folder(options, "results.json");
    const example::Regression data =
        example::load_regression(options.data, options.target, options.csv);
    if (options.is_trial()) return validate(data, options);
    const std::vector<Point> path = solve_path(data, options);
    print(data, path);
    write(*folder, options, data, path);
    example::commit(*folder, "the path and its plot");
  });
}
