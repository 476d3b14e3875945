// Random effects are embeddings with L2: categorical columns as tables of width one, decayed by the
// variance of the noise over that of the effects, give the predictions of a linear mixed model.

#include <algorithm>
#include <cinta/io/csv.hpp>
#include <cinta/train/data/features/standard_scaler.hpp>
#include <cinta/train/data/features/vocabulary.hpp>
#include <cinta/train/data/split/split.hpp>
#include <cinta/train/data/table/table.hpp>
#include <cmath>
#include <numeric>

#include "../common/flags.hpp"
#include "../common/text_table.hpp"
#include "../common/training.hpp"
#include "mixed_model.hpp"

namespace {

using namespace cinta;
using example::number;
using mixed::Data;
using mixed::Factor;
using mixed::Solution;

struct Options : example::RunOptions {
  std::string data, target;
  io::CsvOptions csv;
  std::vector<std::string> groups, fixed;
  std::vector<double> lambda, sigma_groups;
  double sigma = 1;

  std::int64_t rows = 20000;
  std::vector<std::int64_t> levels{600, 300};
  std::uint64_t seed = 1;

  mixed::FitOptions fit;
  std::size_t largest_check = 3000;
  double shrinkage = 1;  // of a trial
};

bool parse(Options& o, int argc, char** argv) {
  CLI::App app(
      "Fits a linear mixed model as embeddings of width one with L2, and compares with the best "
      "linear unbiased predictor in closed form. Without --data: generated data.",
      "random_effects");
  app.add_option("--data", o.data, "CSV file with a header line")->option_text("FILE");
  const example::CsvFlags csv(app);
  app.add_option("--target", o.target, "column to predict")->option_text("COLUMN");
  app.add_option("--groups", o.groups, "columns of categories, each a random effect")
      ->delimiter(',')
      ->option_text("A,B,...");
  app.add_option("--fixed", o.fixed, "columns of numbers with fixed effects, beside the intercept")
      ->delimiter(',')
      ->option_text("A,B,...");
  app.add_option("--lambda", o.lambda,
                 "L2 of each group: variance of the noise over that of the group's effects")
      ->delimiter(',')
      ->option_text("X,X,...");
  const auto sigma =
      app.add_option("--sigma", o.sigma, "standard deviation of the noise")->option_text("X [1]");
  app.add_option("--sigma-groups", o.sigma_groups,
                 "standard deviations of the groups' effects, instead of --lambda")
      ->delimiter(',')
      ->option_text("X,X,... [0.7,0.4]");
  app.add_option("--rows", o.rows, "rows of generated data")
      ->check(CLI::Range(2, 100000000))
      ->option_text("N [20000]");
  app.add_option("--levels", o.levels, "levels of its groups")
      ->delimiter(',')
      ->check(CLI::Range(1, 100000000))
      ->option_text("N,N,... [600,300]");
  app.add_option("--seed", o.seed, "of the generated data")
      ->check(example::seed_range())
      ->option_text("N [1]");
  app.add_option("--momentum", o.fit.momentum, "of the gradient steps")->option_text("X [0.95]");
  app.add_option("--tolerance", o.fit.tolerance,
                 "largest change by a step at the end, in standard deviations of the target")
      ->option_text("X [1e-11]");
  app.add_option("--max-steps", o.fit.max_steps, "steps before giving up")
      ->check(CLI::Range(1, 1000000000))
      ->option_text("N [100000]");
  app.add_option("--largest-check", o.largest_check,
                 "unknowns up to which the closed form is computed; its cost grows with their cube")
      ->check(CLI::Range(0, 1 << 30))
      ->option_text("N [3000]");
  o.add_to(app, "the effects and their plot");
  train::Hyperparameters space("random_effects");
  space.add("shrinkage", o.shrinkage, {.low = 0.01, .high = 100, .log = true},
            "of a trial: times the L2 of the groups");
  space.objective("validation_loss", train::Direction::minimize);
  space.add_to(app);
  if (!example::parse(app, argc, argv)) return false;

  o.trial = space.trial_folder();
  using example::require;
  o.csv = csv.options();
  if (o.data.empty()) {
    require(o.target.empty() && o.groups.empty() && o.fixed.empty() && o.lambda.empty(),
            "--target, --groups, --fixed and --lambda need --data");
    if (o.sigma_groups.empty()) o.sigma_groups = {0.7, 0.4};
    require(o.sigma_groups.size() == o.levels.size(), "--sigma-groups: one for each of --levels");
  } else {
    require(!o.target.empty() && !o.groups.empty(), "--data needs --target and --groups");
    require(o.lambda.empty() != o.sigma_groups.empty(),
            "--data needs either --lambda or --sigma and --sigma-groups");
    require(o.sigma_groups.empty() || sigma->count() > 0, "--sigma-groups need --sigma");
    require(std::max(o.lambda.size(), o.sigma_groups.size()) == o.groups.size(),
            "--lambda, --sigma-groups: one for each of --groups");
  }
  const auto once = [&](const char* flag, const std::vector<std::string>& names) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string name = std::string(flag) + ": " + io::quoted(names[i]);
      require(names[i] != o.target, name + " is the target");
      require(std::count(names.begin(), names.end(), names[i]) == 1, name + " is named twice");
    }
  };
  once("--groups", o.groups);
  once("--fixed", o.fixed);
  for (const double x : o.lambda) require(std::isfinite(x) && x > 0, "--lambda: positive numbers");
  for (const double x : o.sigma_groups)
    require(std::isfinite(x) && x > 0, "--sigma-groups: positive numbers");
  require(std::isfinite(o.sigma) && o.sigma > 0, "--sigma: a positive number");
  require(o.fit.momentum >= 0 && o.fit.momentum < 1, "--momentum: at least 0 and below 1");
  require(o.fit.tolerance > 0, "--tolerance: a positive number");
  for (const double x : o.sigma_groups) o.lambda.push_back(o.sigma * o.sigma / (x * x));
  return true;
}

/// Normal numbers by the method of Box and Muller, the same with every library.
class Normal {
 public:
  explicit Normal(std::uint64_t seed) : generator_(train::make_generator(seed)) {}
  double operator()() {
    const double u = double(generator_() >> 11) + 0.5, v = double(generator_() >> 11) + 0.5;
    return std::sqrt(-2 * std::log(u * 0x1p-53)) * std::cos(2 * M_PI * v * 0x1p-53);
  }
  /// Small numbers more often than large ones, so that levels have few rows and many.
  std::int64_t level(std::int64_t count) {
    const double u = double(generator_() >> 11) * 0x1p-53;
    return std::int64_t(double(count) * u * u);
  }

 private:
  std::mt19937_64 generator_;
};

/// y = 2 + 0.5 x + effects + noise. Levels without a row are left out.
Data generate(const Options& o) {
  Normal normal(o.seed);
  const auto n = std::size_t(o.rows);
  Data data{{"intercept", "x"}, {std::vector<double>(n, 1.0), {}}, {}, {}};
  for (std::size_t i = 0; i < n; ++i) data.fixed[1].push_back(normal());
  for (std::size_t k = 0; k < o.levels.size(); ++k) {
    Factor factor{"group " + std::to_string(k + 1), {}, {}, o.lambda[k]};
    std::vector<std::int64_t> number(std::size_t(o.levels[k]), -1);
    for (std::size_t i = 0; i < n; ++i) {
      const std::int64_t drawn = normal.level(o.levels[k]);
      std::int64_t& known = number[std::size_t(drawn)];
      if (known < 0) {
        known = std::int64_t(factor.labels.size());
        factor.labels.push_back(std::to_string(drawn));
        factor.truth.push_back(o.sigma_groups[k] * normal());
      }
      factor.level.push_back(known);
    }
    data.factors.push_back(std::move(factor));
  }
  for (std::size_t i = 0; i < n; ++i) {
    double y = 2 + 0.5 * data.fixed[1][i] + o.sigma * normal();
    for (const Factor& factor : data.factors) y += factor.truth[std::size_t(factor.level[i])];
    data.y.push_back(y);
  }
  return data;
}

Data load(const Options& o) {
  const io::CsvTable table = io::read_csv(o.data, o.csv);
  example::require(table.rows() >= 2, o.data + ": needs at least two rows");
  train::Rows all(table.rows());
  std::iota(all.begin(), all.end(), 0);
  Data data{{"intercept"}, {std::vector<double>(table.rows(), 1.0)}, {}, {}};
  data.y = train::numeric_column(table, o.target);
  // Without its mean, which the intercept gets back in the end: a large one would leave the steps
  // nothing but its rounding.
  data.center = train::StandardScaler(data.y, all).mean();
  for (double& value : data.y) value -= data.center;
  if (std::all_of(data.y.begin(), data.y.end(), [&](double v) { return v == data.y[0]; }))
    throw ValueError(o.data + ": column " + io::quoted(o.target) + " is the same in every row");
  for (const std::string& name : o.fixed) {
    std::vector<double> column = train::numeric_column(table, name);
    const train::StandardScaler scaler(column, all);
    if (std::all_of(column.begin(), column.end(), [&](double v) { return v == column[0]; }))
      throw ValueError(o.data + ": column " + io::quoted(name) + " is the same in every row");
    for (double& value : column) value = scaler.transform(value);
    data.fixed_names.push_back(name + " (standardised)");
    data.fixed.push_back(std::move(column));
  }
  for (std::size_t k = 0; k < o.groups.size(); ++k) {
    const std::vector<std::string> cells = table[o.groups[k]].strings();
    for (std::size_t row = 0; row < cells.size(); ++row) {
      if (train::is_missing(table[o.groups[k]][row], table.options.missing))
        throw IoError(table.where(row, table.index(o.groups[k])) + ": no value");
    }
    const train::Vocabulary vocabulary(cells, all);
    Factor factor{o.groups[k], vocabulary.encode(cells), vocabulary.labels(), o.lambda[k]};
    factor.labels.erase(factor.labels.begin());  // "unknown", which no row is
    for (std::int64_t& level : factor.level) --level;
    data.factors.push_back(std::move(factor));
  }
  return data;
}

/// With the target's own mean in the intercept.
double fixed_effect(const Data& data, const Solution& fitted, std::size_t j) {
  return fitted.beta[j] + (j == 0 ? data.center : 0);
}

double rms_error(const std::vector<double>& a, const std::vector<double>& truth) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - truth[i]) * (a[i] - truth[i]);
  return std::sqrt(sum / double(a.size()));
}

void print(const Data& data, const Solution& fitted, const std::optional<Solution>& closed,
           int steps) {
  example::TextTable fixed;
  fixed.add({"fixed effect", "estimate"});
  for (std::size_t j = 0; j < fitted.beta.size(); ++j)
    fixed.add({data.fixed_names[j], number(fixed_effect(data, fitted, j), 6)});
  fixed.print(std::cout);
  std::cout << '\n';

  example::TextTable groups;
  groups.add({"random effect", "levels", "lambda", "rows of a level", "kept of raw mean",
              "error of raw means", "error of effects"});
  for (std::size_t k = 0; k < data.factors.size(); ++k) {
    const Factor& factor = data.factors[k];
    const std::vector<double> rows = factor.rows_of_levels();
    const auto [least, most] = std::minmax_element(rows.begin(), rows.end());
    const auto kept = [&](double n) { return number(n / (n + factor.lambda), 3); };
    const bool known = !factor.truth.empty();
    groups.add(
        {factor.name, std::to_string(factor.levels()), number(factor.lambda, 4),
         number(*least, 0) + " to " + number(*most, 0), kept(*least) + " to " + kept(*most),
         number(known ? rms_error(raw_means(data, fitted, k), factor.truth) : std::nan(""), 4),
         number(known ? rms_error(fitted.effects[k], factor.truth) : std::nan(""), 4)});
  }
  groups.print(std::cout);
  std::cout << '\n' << steps << " steps; ";
  if (closed) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1e", mixed::difference(fitted, *closed));
    std::cout << "largest difference to the closed form: " << text << '\n';
  } else {
    std::cout << mixed::unknowns(data)
              << " unknowns are too many for the closed form (--largest-check)\n";
  }
}

std::string exact(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

void write(train::OutputFolder& folder, const Data& data, const Solution& fitted,
           const std::optional<Solution>& closed) {
  io::CsvTable fixed;
  fixed.header = {"name", "estimate"};
  fixed.columns.resize(2);
  for (std::size_t j = 0; j < fitted.beta.size(); ++j) {
    fixed.columns[0].push_back(data.fixed_names[j]);
    fixed.columns[1].push_back(exact(fixed_effect(data, fitted, j)));
  }
  io::write_csv(folder.file("fixed.csv"), fixed);

  io::CsvTable csv;
  csv.header = {"group", "level", "rows", "raw_mean", "effect", "closed_form", "truth"};
  csv.columns.resize(csv.header.size());
  std::vector<train::Curve> curves;
  for (std::size_t k = 0; k < data.factors.size(); ++k) {
    const Factor& factor = data.factors[k];
    const std::vector<double> rows = factor.rows_of_levels(), raw = raw_means(data, fitted, k);
    std::vector<std::size_t> order(factor.levels());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return raw[a] < raw[b]; });
    train::Curve mean{.name = factor.name + ", raw means", .color = int(k) + 1, .dashed = true};
    train::Curve effect{.name = factor.name + ", effects", .color = int(k) + 1};
    for (const std::size_t l : order) {
      const std::string cells[] = {factor.name,
                                   factor.labels[l],
                                   exact(rows[l]),
                                   exact(raw[l]),
                                   exact(fitted.effects[k][l]),
                                   closed ? exact(closed->effects[k][l]) : "",
                                   factor.truth.empty() ? "" : exact(factor.truth[l])};
      // A level that is called NA is a text.
      for (std::size_t c = 0; c < csv.columns.size(); ++c)
        csv.columns[c].push_back(cells[c], c < 2 && train::is_missing(cells[c]));
      for (train::Curve* curve : {&mean, &effect})
        curve->x.push_back(double(curve->x.size()) / double(factor.levels()));
      mean.y.push_back(raw[l]);
      effect.y.push_back(fitted.effects[k][l]);
    }
    curves.push_back(std::move(mean));
    curves.push_back(std::move(effect));
  }
  io::write_csv(folder.file("effects.csv"), csv);
  example::plot(folder, "shrinkage.png", curves,
                {.title = "L2 draws the effects of levels with few rows towards zero",
                 .x_label = "share of the levels, by their raw mean",
                 .y_label = "effect"});
}

Data part_of(const Data& data, const train::Rows& rows) {
  Data part = data;
  const auto take = [&](auto& column) {
    auto taken = column;
    taken.clear();
    for (const std::int64_t row : rows) taken.push_back(column[std::size_t(row)]);
    column = std::move(taken);
  };
  for (auto& column : part.fixed) take(column);
  for (Factor& factor : part.factors) take(factor.level);
  take(part.y);
  return part;
}

/// A trial of a search: the error on rows that were not fitted.
void validate(const Data& data, const Options& o) {
  const train::Split split = train::random_split(std::int64_t(data.y.size()), 1,
                                                 {.train = 0.8, .validation = 0.2, .test = 0});
  Data training = part_of(data, split.train);
  for (Factor& factor : training.factors) factor.lambda *= o.shrinkage;
  int steps = 0;
  const Solution fitted = mixed::fit_embeddings(
      training, o.fit, [](double) { example::check_interrupt(); }, &steps);
  const Data held_out = part_of(data, split.validation);
  double total = 0;
  for (std::size_t row = 0; row < held_out.y.size(); ++row) {
    double error = held_out.y[row];
    for (std::size_t j = 0; j < fitted.beta.size(); ++j)
      error -= fitted.beta[j] * held_out.fixed[j][row];
    for (std::size_t k = 0; k < fitted.effects.size(); ++k)
      error -= fitted.effects[k][std::size_t(held_out.factors[k].level[row])];
    total += error * error;
  }
  example::Reports reports(o);
  reports.step({{"validation_loss", total / double(held_out.y.size())}});
  reports.finish();
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("random_effects", [&] {
    Options options;
    options.output = "random_effects_results";
    if (!parse(options, argc, argv)) return;
    auto folder = example::output_folder(options, "effects.csv");
    const Data data = options.data.empty() ? generate(options) : load(options);
    if (options.is_trial()) return validate(data, options);
    int steps = 0;
    Solution fitted;
    {
      example::Steps progress(options.quiet, 100);
      progress.note("of the way to the tolerance");
      std::int64_t shown = 0;
      fitted = mixed::fit_embeddings(
          data, options.fit,
          [&](double share) {
            const auto percent = std::clamp<std::int64_t>(std::int64_t(100 * share), shown, 100);
            progress.advance(percent - shown);
            shown = percent;
          },
          &steps);
    }
    std::optional<Solution> closed;
    if (mixed::unknowns(data) <= options.largest_check) closed = mixed::henderson(data);
    print(data, fitted, closed, steps);
    write(*folder, data, fitted, closed);
    example::commit(*folder, "effects and their plot");
  });
}
