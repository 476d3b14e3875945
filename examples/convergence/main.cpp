// How fast every optimizer and every minimizer comes to the minimum of standard problems.

#include <cinta/cinta.hpp>
#include <cinta/io/csv.hpp>
#include <cinta/io/file.hpp>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "../common/flags.hpp"
#include "../common/text_table.hpp"
#include "methods.hpp"

namespace {

using namespace cinta;
using convergence::Problem;
using convergence::Way;
using Json = nlohmann::ordered_json;

struct Options {
  std::string digits = example::data_file("digits.csv");
  std::string diabetes = example::data_file("diabetes.csv");
  std::vector<std::string> problems;
  std::string output = "convergence_results";
  int steps = 300;
  std::int64_t rows = 400;
  double gap = 1e-3;
  bool quiet = false;
};

bool parse(Options& o, int argc, char** argv) {
  CLI::App app(
      "Runs every optimizer, each with the best of thirteen learning rates, and every minimizer on "
      "four problems, and shows how many passes over the problem they take.",
      "convergence");
  app.add_option("--problems", o.problems, "which: quadratic, rosenbrock, logistic, net")
      ->delimiter(',')
      ->check(CLI::IsMember({"quadratic", "rosenbrock", "logistic", "net"}))
      ->option_text("NAME,... [all]");
  app.add_option("--steps", o.steps, "steps of each optimizer")
      ->check(CLI::Range(2, 1000000))
      ->option_text("N [300]");
  app.add_option("--rows", o.rows, "digits for the logistic regression")
      ->check(CLI::Range(20, 1 << 30))
      ->option_text("N [400]");
  app.add_option("--gap", o.gap,
                 "how near to the minimum counts as there: the share of the start's distance from "
                 "it, in the value, that is left")
      ->option_text("X [0.001]");
  app.add_option("--digits", o.digits, "CSV file of images with a column digit")
      ->option_text("FILE [examples/data/digits.csv]");
  app.add_option("--diabetes", o.diabetes, "CSV file of numbers with a column progression")
      ->option_text("FILE [examples/data/diabetes.csv]");
  app.add_option("--out", o.output, "folder for curves and plots")
      ->option_text("FOLDER [convergence_results]");
  app.add_flag("--quiet", o.quiet, "no progress on standard error");
  if (!example::parse(app, argc, argv)) return false;
  example::require(o.gap > 0 && o.gap < 1, "--gap: above 0 and below 1");
  return true;
}

/// What all methods made of a problem.
struct Outcome {
  Problem problem;
  std::vector<Way> ways;
  double minimum;  // the lowest value that any of them has found

  /// What is left of the start's distance from the minimum.
  double gap(const Way& way, std::size_t i) const {
    return (way.values[i] - minimum) / (way.values[0] - minimum);
  }
  /// The passes to that gap, NaN if it is not reached.
  double passes_to(const Way& way, double gap_wanted) const {
    for (std::size_t i = 0; i < way.values.size(); ++i)
      if (gap(way, i) <= gap_wanted) return way.passes[i];
    return std::nan("");
  }
};

Outcome run(const Problem& problem, const Options& o, example::Steps& progress) {
  Outcome outcome{problem, {}, std::numeric_limits<double>::infinity()};
  const auto add = [&](Way way) {
    if (way.ran()) outcome.minimum = std::min(outcome.minimum, way.lowest());
    outcome.ways.push_back(std::move(way));
    progress.advance();
  };
  for (const std::string& name : convergence::optimizers())
    add(convergence::optimize(name, problem, o.steps));
  for (const std::string& name : convergence::minimizers())
    add(convergence::minimize(name, problem));
  return outcome;
}

/// "57" where the gap is reached, "(2e-02)" with what is left where it is not.
std::string cell(const Outcome& outcome, const Way& way, double gap) {
  if (!way.ran()) return "-";
  char text[64];
  const double passes = outcome.passes_to(way, gap);
  if (std::isnan(passes))
    std::snprintf(text, sizeof text, "(%.0e)", outcome.gap(way, way.values.size() - 1));
  else
    std::snprintf(text, sizeof text, "%.0f", passes);
  std::string line = text;
  if (!way.minimizer) {
    std::snprintf(text, sizeof text, "  lr %.2g", way.lr);
    line += text;
  }
  return line;
}

void print(const std::vector<Outcome>& outcomes, const Options& o) {
  example::TextTable table;
  char first[64];
  std::snprintf(first, sizeof first, "passes to a gap of %g", o.gap);
  std::vector<std::string> header{first};
  for (const Outcome& outcome : outcomes) header.push_back(outcome.problem.title);
  table.add(header);
  for (std::size_t k = 0; k < outcomes[0].ways.size(); ++k) {
    std::vector<std::string> cells{outcomes[0].ways[k].method};
    for (const Outcome& outcome : outcomes) cells.push_back(cell(outcome, outcome.ways[k], o.gap));
    table.add(cells);
  }
  table.print(std::cout);
  std::cout << "in brackets: the gap that is left at the end, where it is larger\n";
}

void draw(train::OutputFolder& folder, const Outcome& outcome) {
  // Those that one would try first: a plot of all 25 shows none.
  const std::vector<std::string> shown = {"SGD",   "SGD, Nesterov",      "Adam",     "Rprop",
                                          "lbfgs", "conjugate_gradient", "newton_cg"};
  std::vector<train::Curve> curves;
  int solid = 0, dashed = 0;
  for (const Way& way : outcome.ways) {
    if (std::find(shown.begin(), shown.end(), way.method) == shown.end() || !way.ran()) continue;
    train::Curve curve{.name = way.method,
                       .x = way.passes,
                       .color = way.minimizer ? ++solid : ++dashed,
                       .dashed = !way.minimizer};
    for (std::size_t i = 0; i < way.values.size(); ++i)
      curve.y.push_back(std::max(outcome.gap(way, i), outcome.problem.least_gap));
    curves.push_back(std::move(curve));
  }
  example::plot(folder, outcome.problem.name + ".png", curves,
                {.title = outcome.problem.title,
                 .x_label = "passes over the problem",
                 .y_label = "distance from the minimum, as a share of the start's",
                 .log_x = true,
                 .log_y = true,
                 .legend_outside = true,
                 .width = 1000});
}

void write(train::OutputFolder& folder, const Options& o, const std::vector<Outcome>& outcomes) {
  io::CsvTable csv;
  csv.header = {"problem", "method", "lr", "passes", "value"};
  csv.columns.resize(csv.header.size());
  Json results{{"steps", o.steps}, {"rows", o.rows}, {"gap", o.gap}};
  for (const Outcome& outcome : outcomes) {
    Json& of_problem = results["problems"][outcome.problem.name];
    of_problem["minimum"] = outcome.minimum;
    for (const Way& way : outcome.ways) {
      const std::string lr = way.minimizer ? "" : Json(way.lr).dump();
      for (std::size_t i = 0; i < way.values.size(); ++i) {
        const std::string cells[] = {outcome.problem.name, way.method, lr,
                                     Json(way.passes[i]).dump(), Json(way.values[i]).dump()};
        for (std::size_t c = 0; c < csv.columns.size(); ++c) csv.columns[c].push_back(cells[c]);
      }
      if (!way.ran()) continue;
      Json figures{{"value", way.values.back()}, {"gap", outcome.gap(way, way.values.size() - 1)}};
      if (way.minimizer) figures["end"] = way.end;
      const double passes = outcome.passes_to(way, o.gap);
      if (!std::isnan(passes)) figures["passes"] = passes;
      of_problem["methods"][way.method] = figures;
    }
    draw(folder, outcome);
  }
  io::write_csv(folder.file("ways.csv"), csv);
  io::OutputFile file(folder.file("results.json"));
  file.write(results.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  file.commit();
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("convergence", [&] {
    Options options;
    if (!parse(options, argc, argv)) return;
    train::OutputFolder folder(options.output, "results.json");
    std::vector<Problem> chosen;
    for (Problem& p : convergence::problems(options.digits, options.diabetes, options.rows)) {
      const auto& wanted = options.problems;
      if (wanted.empty() || std::find(wanted.begin(), wanted.end(), p.name) != wanted.end())
        chosen.push_back(std::move(p));
    }
    const auto methods = convergence::optimizers().size() + convergence::minimizers().size();
    example::Steps progress(options.quiet, std::int64_t(chosen.size() * methods));
    std::vector<Outcome> outcomes;
    for (const Problem& problem : chosen) {
      progress.note(problem.title);
      outcomes.push_back(run(problem, options, progress));
    }
    print(outcomes, options);
    write(folder, options, outcomes);
    example::check_interrupt();
    folder.commit();
    std::cout << "curves and plots are in " << folder.path() << '\n';
  });
}
