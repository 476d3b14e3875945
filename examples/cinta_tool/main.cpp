// cinta: networks for tables from the command line.

#include <cinta/train/curves/cross_validation.hpp>
#include <cinta/train/curves/diagnosis.hpp>
#include <cinta/train/curves/path.hpp>
#include <cinta/train/data/table/table.hpp>
#include <cinta/train/metrics/classes.hpp>
#include <cinta/train/metrics/two_classes.hpp>
#include <cinta/train/report/curve_plot.hpp>
#include <cinta/train/report/fit_progress.hpp>
#include <cinta/train/report/html_report.hpp>
#include <map>
#include <numeric>

#include "../common/program.hpp"
#include "../common/text_table.hpp"
#include "model.hpp"

namespace {

using namespace tool;
using train::Scores;

struct Options : Settings {
  std::string data, model, output = "cinta_results", group, time, command, chosen;
  double ideal = 1, tolerance = 0.05;
  int folds = 4;
  bool quiet = false;
  io::CsvOptions csv;
};

/// The command line, to be typed again.
std::string typed(int argc, char** argv) {
  std::string line;
  for (int i = 0; i < argc; ++i) {
    const std::string word = argv[i];
    const bool plain = !word.empty() && word.find_first_not_of(
                                            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789-_./=,") == word.npos;
    line += (i ? " " : "") + (plain ? word : "'" + word + "'");
  }
  return line;
}

bool parse(Options& o, int argc, char** argv) {
  CLI::App app("Networks with embeddings for the rows of a table, without a program.", "cinta");
  app.fallthrough();
  app.require_subcommand(1);
  app.add_option("--out", o.output, "folder or file for the results")
      ->option_text("PATH [cinta_results]");
  app.add_flag("--quiet", o.quiet, "no progress on standard error");
  const example::CsvFlags csv(app);
  const auto data = [&](CLI::App* command) {
    command->add_option("data", o.data, "CSV file with a header line")
        ->required()
        ->option_text("FILE");
  };
  const auto settings = [&](CLI::App* command) {
    data(command);
    command->add_option("--target", o.target, "column to predict")
        ->required()
        ->option_text("COLUMN");
    command->add_option("--task", o.task, "regression or classes; auto: by what is in the column")
        ->check(CLI::IsMember({"auto", "regression", "classes"}));
    command->add_option("--epochs", o.epochs, "passes over the training rows")
        ->check(CLI::Range(1, 100000))
        ->option_text("N [30]");
    command->add_option("--hidden", o.hidden, "width of the two hidden layers")
        ->check(CLI::Range(1, 10000))
        ->option_text("N [64]");
    command->add_option("--batch", o.batch, "rows to a step")
        ->check(CLI::Range(1, 1000000))
        ->option_text("N [128]");
    command->add_option("--lr", o.lr, "learning rate of Adam")
        ->check(CLI::PositiveNumber)
        ->option_text("X [0.001]");
    command->add_option("--l2", o.l2, "penalty on the weights")
        ->check(CLI::NonNegativeNumber)
        ->option_text("X [0]");
    command->add_option("--dropout", o.dropout, "share of hidden units")
        ->check(CLI::Range(0., 0.99))
        ->option_text("X [0.1]");
    command->add_option("--seed", o.seed, "of splits, weights and orders")
        ->check(example::seed_range())
        ->option_text("N [1]");
    command->add_option("--ideal", o.ideal, "score that one could hope for, for the diagnosis")
        ->option_text("X [1]");
    command->add_option("--tolerance", o.tolerance, "gaps up to here are small")
        ->check(CLI::PositiveNumber)
        ->option_text("X [0.05]");
  };
  CLI::App* train =
      app.add_subcommand("train", "trains, and writes model and report into a folder");
  settings(train);
  train
      ->add_option("--patience", o.patience, "epochs without improvement before it stops; 0: never")
      ->check(CLI::Range(0, 100000))
      ->option_text("N [6]");
  auto* group =
      train->add_option("--group", o.group, "column whose rows of one value stay together")
          ->option_text("COLUMN");
  train->add_option("--time", o.time, "column of numbers: train on what came first")
      ->excludes(group)
      ->option_text("COLUMN");
  CLI::App* curve =
      app.add_subcommand("curve", "learning curve by cross-validation, and a diagnosis");
  settings(curve);
  curve->add_option("--folds", o.folds, "of cross-validation")
      ->check(CLI::Range(2, 100))
      ->option_text("N [4]");
  settings(
      app.add_subcommand("path", "scores over the strength of an L2 penalty, with warm starts"));
  for (const auto& [name, what] :
       {std::pair("evaluate", "scores of a trained model on a table"),
        std::pair("predict", "predictions of a trained model, as a CSV file")}) {
    CLI::App* command = app.add_subcommand(name, what);
    command->add_option("model", o.model, "folder that train has written")
        ->required()
        ->option_text("FOLDER");
    data(command);
  }
  if (!example::parse(app, argc, argv)) return false;
  o.csv = csv.options();
  o.command = typed(argc, argv);
  o.chosen = app.get_subcommands()[0]->get_name();
  return true;
}

Rows all_rows(const io::CsvTable& table) {
  Rows rows(table.rows());
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

std::vector<std::int64_t> labels_of(const Target& target) {
  return {target.values.begin(), target.values.end()};
}

train::Split split_of(const io::CsvTable& table, const Target& target, const Options& o) {
  if (!o.group.empty()) {
    std::map<std::string, std::int64_t> numbers;
    std::vector<std::int64_t> groups;
    for (const io::CsvCell cell : table[o.group].strings())
      groups.push_back(numbers.emplace(cell, std::int64_t(numbers.size())).first->second);
    return train::group_split(groups, o.seed);
  }
  if (!o.time.empty()) return train::time_split(train::numeric_column(table, o.time));
  if (target.classes()) return train::stratified_split(labels_of(target), o.seed);
  return train::random_split(std::int64_t(table.rows()), o.seed);
}

/// Names and figures of predictions.
using Figures = std::vector<std::pair<std::string, double>>;
Figures figures_of(const Model& model, const io::CsvTable& table, const Target& target,
                   const Rows& rows) {
  const auto said = model.predict(table, rows);
  std::vector<double> truth;
  for (const auto row : rows) truth.push_back(target.values[std::size_t(row)]);
  if (!target.classes())
    return {{"R2", train::r2_score(truth, said)},
            {"RMSE", train::root_mean_squared_error(truth, said)},
            {"MAE", train::mean_absolute_error(truth, said)},
            {"median error", train::median_absolute_error(truth, said)}};
  const std::vector<std::int64_t> classes(truth.begin(), truth.end());
  train::ConfusionMatrix matrix(std::int64_t(target.labels.size()));
  matrix.update(from_data(classes, {std::int64_t(classes.size())}),
                from_data(said, {std::int64_t(classes.size()), matrix.classes()}));
  return {{"accuracy", matrix.accuracy()},
          {"balanced accuracy", matrix.balanced_accuracy()},
          {"F1 (macro)", matrix.f1(train::Averaging::macro)},
          {"log loss", train::log_loss(train::Labels(classes), said)}};
}

void add_predictions(train::HtmlReport& report, const Model& model, const io::CsvTable& table,
                     const Target& target, const Rows& rows) {
  const auto said = model.predict(table, rows);
  std::vector<double> truth;
  for (const auto row : rows) truth.push_back(target.values[std::size_t(row)]);
  if (!target.classes()) return report.residuals(truth, said);
  const std::vector<std::int64_t> classes(truth.begin(), truth.end());
  train::ConfusionMatrix matrix(std::int64_t(target.labels.size()));
  matrix.update(from_data(classes, {std::int64_t(classes.size())}),
                from_data(said, {std::int64_t(classes.size()), matrix.classes()}));
  report.confusion(matrix, target.labels);
  if (matrix.classes() != 2) return;
  std::vector<double> second;
  for (std::size_t i = 1; i < said.size(); i += 2) second.push_back(said[i]);
  report.calibration(truth, second);
}

std::vector<std::pair<std::string, std::string>> settings_of(const Options& o) {
  const auto number = [](double value) { return example::number(value, 6); };
  return {{"data", o.data},
          {"target", o.target},
          {"epochs", std::to_string(o.epochs)},
          {"hidden", std::to_string(o.hidden)},
          {"batch", std::to_string(o.batch)},
          {"lr", number(o.lr)},
          {"l2", number(o.l2)},
          {"dropout", number(o.dropout)},
          {"seed", std::to_string(o.seed)}};
}

train::DiagnosisOptions diagnosis_of(const Options& o) {
  return {.ideal = o.ideal, .ideal_tolerance = o.tolerance, .validation_tolerance = o.tolerance};
}

void run_train(const Options& o, const io::CsvTable& table) {
  train::OutputFolder out(o.output, "model.safetensors");
  const Target target = read_target(table, o.target, o.task);
  const train::Split split = split_of(table, target, o);
  const bool terminal = !o.quiet && isatty(STDERR_FILENO);
  const train::Callback stop{.after_step = [](train::FitStatus&) { example::check_interrupt(); }};
  const Model model(table, target, split.train, split.validation, o,
                    {train::fit_progress(std::cerr, terminal), stop});
  example::TextTable shown;
  shown.add({"", "training", "validation", "test"});
  std::vector<std::vector<std::string>> cells;
  const Figures parts[] = {figures_of(model, table, target, split.train),
                           figures_of(model, table, target, split.validation),
                           figures_of(model, table, target, split.test)};
  for (std::size_t i = 0; i < parts[0].size(); ++i) {
    cells.push_back({parts[0][i].first});
    for (const Figures& part : parts) cells.back().push_back(example::number(part[i].second, 4));
    shown.add(cells.back());
  }
  const train::Diagnosis diagnosis = train::diagnose(
      std::vector<Scores>{{parts[0][0].second, parts[1][0].second}}, diagnosis_of(o));
  shown.print(std::cout);
  std::cout << '\n' << diagnosis.text << '\n';

  train::HtmlReport report("cinta: " + o.target);
  report.settings(settings_of(o), o.command);
  report.table("Figures", {"", "training", "validation", "test"}, cells);
  report.diagnosis(diagnosis);
  report.history(model.history());
  add_predictions(report, model, table, target, split.test);
  const auto categories = model.prepared().categories();
  for (std::size_t i = 0; i < categories.size(); ++i)
    if (const Tensor rows = model.net().tables[i].weight;
        rows.shape()[0] > 2 && rows.shape()[1] > 1)
      report.embedding(categories[i].first, rows, model.prepared().labels(categories[i].first));
  report.weights(model.net().named_parameters());
  report.save(out.file("report.html"));
  model.save(out.file("model.safetensors"));
  out.commit();
}

void run_curve(const Options& o, const io::CsvTable& table) {
  train::OutputFolder out(o.output, "report.html");
  const Target target = read_target(table, o.target, o.task);
  train::LearningCurveOptions options;
  options.seed = o.seed;
  if (target.classes()) options.labels = labels_of(target);
  const train::Folds folds = target.classes()
                                 ? train::stratified_k_fold(options.labels, o.folds, o.seed)
                                 : train::k_fold(std::int64_t(table.rows()), o.folds, o.seed);
  example::Steps progress(o.quiet, std::int64_t(folds.size() * options.shares.size()));
  options.on_run = [&](int) { progress.advance(); };
  const train::ScoreCurve curve = train::learning_curve(
      folds,
      [&](const Rows& rows, const Rows& validation, std::uint64_t seed) {
        Settings own = o;
        own.seed = seed >> 1;
        // Nothing watches the validation rows: all epochs are run.
        const Model model(table, target, rows, {}, own);
        return Scores{model.score(table, target, rows), model.score(table, target, validation)};
      },
      options);
  const train::Diagnosis diagnosis = train::diagnose(curve, diagnosis_of(o));
  std::cout << diagnosis.text << '\n';
  train::HtmlReport report("cinta: learning curve of " + o.target);
  report.settings(settings_of(o), o.command);
  report.curve("Learning curve", curve, o.ideal);
  report.diagnosis(diagnosis);
  report.save(out.file("report.html"));
  out.commit();
}

void run_path(const Options& o, const io::CsvTable& table) {
  train::OutputFolder out(o.output, "report.html");
  const Target target = read_target(table, o.target, o.task);
  const train::Split split = split_of(table, target, o);
  const std::vector<double> strengths = train::log_spaced(1, 1e-5, 11);
  example::Steps progress(o.quiet, std::int64_t(strengths.size()) + 1);
  Settings first = o;
  first.l2 = strengths[0];
  Model model(table, target, split.train, {}, first);
  progress.advance();
  const auto path = train::regularization_path(model.net(), strengths, [&](double l2) {
    model.train_more(l2, o.epochs);
    progress.advance();
    return Scores{model.score(table, target, split.train),
                  model.score(table, target, split.validation)};
  });
  example::TextTable shown;
  shown.add({"l2", "training", "validation"});
  std::vector<std::vector<std::string>> cells;
  train::Curve training{.name = "training", .color = 1},
      validation{.name = "validation", .color = 2};
  for (const auto& point : path) {
    char strength[32];
    std::snprintf(strength, sizeof strength, "%.3g", point.strength);
    cells.push_back({strength, example::number(point.scores.train, 4),
                     example::number(point.scores.validation, 4)});
    shown.add(cells.back());
    training.x.push_back(point.strength), training.y.push_back(point.scores.train);
    validation.x.push_back(point.strength), validation.y.push_back(point.scores.validation);
  }
  shown.print(std::cout);
  train::HtmlReport report("cinta: path of " + o.target);
  report.settings(settings_of(o), o.command);
  report.lines(
      "Scores", {training, validation},
      {.title = "score over the L2 penalty", .x_label = "l2", .y_label = "score", .log_x = true});
  report.table("Points", {"l2", "training", "validation"}, cells);
  report.save(out.file("report.html"));
  out.commit();
}

void run_evaluate(const io::CsvTable& table, const Model& model) {
  const Target target = read_target(
      table, model.target(), model.labels().empty() ? "regression" : "classes", model.labels());
  example::TextTable shown;
  for (const auto& [name, figure] : figures_of(model, table, target, all_rows(table)))
    shown.add({name, example::number(figure, 6)});
  shown.print(std::cout);
}

void run_predict(const Options& o, const io::CsvTable& table, const Model& model) {
  const auto said = model.predict(table, all_rows(table));
  io::CsvTable out{"", {model.target()}, {{}}, {}};
  const std::size_t classes = model.labels().size();
  for (const std::string& label : model.labels()) {
    out.header.push_back("p(" + label + ")");
    out.columns.emplace_back();
  }
  char text[64];
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (classes == 0) {
      std::snprintf(text, sizeof text, "%.9g", said[row]);
      out.columns[0].push_back(text);
      continue;
    }
    const auto begin = said.begin() + std::ptrdiff_t(row * classes);
    out.columns[0].push_back(model.labels()[std::size_t(
        std::max_element(begin, begin + std::ptrdiff_t(classes)) - begin)]);
    for (std::size_t c = 0; c < classes; ++c) {
      std::snprintf(text, sizeof text, "%.9g", begin[std::ptrdiff_t(c)]);
      out.columns[c + 1].push_back(text);
    }
  }
  io::write_csv(o.output, out);
}

void run(const Options& o) {
  const io::CsvTable table = io::read_csv(o.data, o.csv);
  const std::string& command = o.chosen;
  if (command == "train") return run_train(o, table);
  if (command == "curve") return run_curve(o, table);
  if (command == "path") return run_path(o, table);
  const Model model(o.model + "/model.safetensors");
  if (command == "evaluate") return run_evaluate(table, model);
  run_predict(o, table, model);
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("cinta", [&] {
    Options o;
    if (parse(o, argc, argv)) run(o);
  });
}
