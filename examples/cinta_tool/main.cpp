// cinta: networks for tables from the command line.

#include <cinta/train/curves/cross_validation.hpp>
#include <cinta/train/curves/diagnosis.hpp>
#include <cinta/train/curves/path.hpp>
#include <cinta/train/data/split/fold.hpp>
#include <cinta/train/data/split/split.hpp>
#include <cinta/train/data/table/table.hpp>
#include <cinta/train/report/curve_plot.hpp>
#include <cinta/train/report/fit_progress.hpp>
#include <map>
#include <numeric>

#include "../common/program.hpp"
#include "../common/text_table.hpp"
#include "report.hpp"

namespace {

using namespace tool;
using namespace cinta;
using tabular::Learned;
using tabular::Model;
using tabular::Part;
using tabular::Rows;
using tabular::Target;
using train::Scores;

constexpr const char* model_file = "model.safetensors";

Rows all_rows(const io::CsvTable& table) {
  Rows rows(table.rows());
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

std::vector<std::int64_t> labels_of(const Target& target) {
  return {target.values.begin(), target.values.end()};
}

Target target_to_learn(const io::CsvTable& table, const Options& o) {
  Target target = tabular::parse_target(o.target, table);
  tabular::read_target(target, table, o.task);
  tabular::check_varies(target, table);
  return target;
}

/// The target as a trained model knows it.
Target target_of(const io::CsvTable& table, const Model& model) {
  const Learned& learned = model.learned();
  Target target = tabular::parse_target(learned.target, table);
  tabular::read_target(
      target, table,
      learned.labels.empty() ? tabular::TargetKind::numbers : tabular::TargetKind::classes,
      learned.labels);
  return target;
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

void run_train(const Options& o, const io::CsvTable& table) {
  train::OutputFolder out(o.output, model_file);
  const Target target = target_to_learn(table, o);
  const train::Split split = split_of(table, target, o);
  const Learned learned =
      tabular::learn(table, target, tabular::recipe_for(table, target), split.train);
  const Part training = learned.training(target, split.train),
             validation = learned.part(table, target, split.validation),
             test = learned.part(table, target, split.test);
  const bool terminal = !o.quiet && isatty(STDERR_FILENO);
  // The loader is to keep the trainer busy.
  double seconds = 0, waiting = 0;
  const train::Callback watch{
      .after_step = [](train::FitStatus&) { example::check_interrupt(); },
      .on_end = [&](train::FitStatus& now) { seconds = now.seconds, waiting = now.waiting; }};
  Model model(learned, o);
  try {  // what cannot be saved is said before the training
    model.save(out.file(model_file), {o.command, {}, {}});
  } catch (const ValueError& error) {
    throw ValueError(o.data + ": cannot be saved with the model: " + error.what() +
                     "; iconv makes UTF-8 of it");
  }
  const auto result = model.fit(training, &validation,
                                {.callbacks = {train::fit_progress(std::cerr, terminal), watch}});
  if (!o.quiet)
    std::cerr << "trained in " << example::number(seconds, 2) << " s, "
              << example::number(100 * waiting / seconds, 1) << " % of them waiting for rows\n";

  const Figures parts[] = {figures_of(model, target, split.train, training),
                           figures_of(model, target, split.validation, validation),
                           figures_of(model, target, split.test, test)};
  tabular::Record record{o.command, result.history, {}};
  for (const Figures& part : parts)
    for (const auto& [name, figure] : part) record.figures.push_back(figure);
  const std::vector<std::string> header{"", "training", "validation", "test"};
  const auto cells = cells_of(parts[0], record.figures);
  example::TextTable shown;
  shown.add(header);
  for (const auto& row : cells) shown.add(row);
  const train::Diagnosis diagnosis = train::diagnose(
      std::vector<Scores>{{parts[0][0].second, parts[1][0].second}}, diagnosis_of(o));
  shown.print(std::cout);
  std::cout << '\n' << diagnosis.text << '\n';

  train::HtmlReport report("cinta: " + o.target);
  add_settings(report, o, o.target, o.command);
  report.table("Figures", header, cells);
  report.diagnosis(diagnosis);
  add_model(report, model, result.history, target, split.test, test);
  report.save(out.file("report.html"));
  model.save(out.file(model_file), record);
  out.commit();
}

void run_curve(const Options& o, const io::CsvTable& table) {
  train::OutputFolder out(o.output, "report.html");
  const Target target = target_to_learn(table, o);
  const train::Preparation recipe = tabular::recipe_for(table, target);
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
        Options own = o;
        own.seed = seed >> 1;
        const Learned learned = tabular::learn(table, target, recipe, rows);
        const Part training = learned.training(target, rows);
        Model model(learned, own);
        model.fit(training, nullptr);  // nothing watches the validation rows: all epochs are run
        return Scores{headline(model, target, rows, training),
                      headline(model, target, validation, learned.part(table, target, validation))};
      },
      options);
  const train::Diagnosis diagnosis = train::diagnose(curve, diagnosis_of(o));
  std::cout << diagnosis.text << '\n';
  train::HtmlReport report("cinta: learning curve of " + o.target);
  add_settings(report, o, o.target, o.command);
  report.curve("Learning curve", curve, o.ideal);
  report.diagnosis(diagnosis);
  report.save(out.file("report.html"));
  out.commit();
}

void run_path(const Options& o, const io::CsvTable& table) {
  train::OutputFolder out(o.output, "report.html");
  const Target target = target_to_learn(table, o);
  const train::Split split = split_of(table, target, o);
  const std::vector<double> strengths = train::log_spaced(1, 1e-5, 11);
  example::Steps progress(o.quiet, std::int64_t(strengths.size()));
  const Learned learned =
      tabular::learn(table, target, tabular::recipe_for(table, target), split.train);
  const Part training = learned.training(target, split.train),
             validation = learned.part(table, target, split.validation);
  Model model(learned, o);
  const auto path = train::regularization_path(model.net(), strengths, [&](double l2) {
    model.settings().l2 = l2;
    model.fit(training, nullptr);
    progress.advance();
    return Scores{headline(model, target, split.train, training),
                  headline(model, target, split.validation, validation)};
  });
  example::TextTable shown;
  shown.add({"l2", "training", "validation"});
  std::vector<std::vector<std::string>> cells;
  train::Curve of_training{.name = "training", .color = 1},
      of_validation{.name = "validation", .color = 2};
  for (const auto& point : path) {
    char strength[32];
    std::snprintf(strength, sizeof strength, "%.3g", point.strength);
    cells.push_back({strength, example::number(point.scores.train, 4),
                     example::number(point.scores.validation, 4)});
    shown.add(cells.back());
    of_training.x.push_back(point.strength), of_training.y.push_back(point.scores.train);
    of_validation.x.push_back(point.strength), of_validation.y.push_back(point.scores.validation);
  }
  shown.print(std::cout);
  train::HtmlReport report("cinta: path of " + o.target);
  add_settings(report, o, o.target, o.command);
  report.lines(
      "Scores", {of_training, of_validation},
      {.title = "score over the L2 penalty", .x_label = "l2", .y_label = "score", .log_x = true});
  report.table("Points", {"l2", "training", "validation"}, cells);
  report.save(out.file("report.html"));
  out.commit();
}

void run_evaluate(const io::CsvTable& table, const Model& model) {
  const Target target = target_of(table, model);
  const Rows rows = all_rows(table);
  example::TextTable shown;
  for (const auto& [name, figure] :
       figures_of(model, target, rows, model.learned().part(table, target, rows)))
    shown.add({name, example::number(figure, 6)});
  shown.print(std::cout);
}

void run_predict(const Options& o, const io::CsvTable& table, const Model& model) {
  const auto said = in_units(model, model.predict(model.learned().columns.transform(table)));
  const std::vector<std::string>& labels = model.learned().labels;
  const std::string& target = model.learned().target;
  io::CsvTable out{"", {model.learned().log ? target.substr(4) : target}, {{}}, {}};
  for (const std::string& label : labels) {
    out.header.push_back("p(" + label + ")");
    out.columns.emplace_back();
  }
  char text[64];
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (labels.empty()) {
      std::snprintf(text, sizeof text, "%.9g", said[row]);
      out.columns[0].push_back(text);
      continue;
    }
    const auto begin = said.begin() + std::ptrdiff_t(row * labels.size());
    const std::string& label =
        labels[std::size_t(std::max_element(begin, begin + std::ptrdiff_t(labels.size())) - begin)];
    out.columns[0].push_back(label, train::is_missing(label));  // a class "NA" stays one
    for (std::size_t c = 0; c < labels.size(); ++c) {
      std::snprintf(text, sizeof text, "%.9g", begin[std::ptrdiff_t(c)]);
      out.columns[c + 1].push_back(text);
    }
  }
  io::write_csv(o.output, out);
}

void run_report(const Options& o, const io::CsvTable& table, const Model& model) {
  const Target target = target_of(table, model);
  const Rows rows = all_rows(table);
  const Part part = model.learned().part(table, target, rows);
  const Figures here = figures_of(model, target, rows, part);
  std::vector<double> figures = model.record().figures;
  if (figures.size() != 3 * here.size()) throw IoError(o.model + ": no figures of the training");
  const train::Diagnosis diagnosis =
      train::diagnose(std::vector<Scores>{{figures[0], figures[here.size()]}}, diagnosis_of(o));
  for (const auto& [name, figure] : here) figures.push_back(figure);
  train::HtmlReport report("cinta: " + target.text + " of " + o.data);
  add_settings(report, model.settings(), target.text, model.record().command + "\n" + o.command);
  report.table("Figures", {"", "training", "validation", "test", "this table"},
               cells_of(here, figures));
  report.diagnosis(diagnosis);
  add_model(report, model, model.record().history, target, rows, part);
  report.save(o.output);
}

void run(const Options& o) {
  const io::CsvTable table = io::read_csv(o.data, o.csv);
  const std::string& command = o.chosen;
  if (command == "train") return run_train(o, table);
  if (command == "curve") return run_curve(o, table);
  if (command == "path") return run_path(o, table);
  const Model model(o.model + "/" + model_file);
  if (command == "evaluate") return run_evaluate(table, model);
  if (command == "report") return run_report(o, table, model);
  run_predict(o, table, model);
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("cinta", [&] {
    if (const auto options = parse_options(argc, argv)) run(*options);
  });
}
