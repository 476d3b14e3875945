#include "report.hpp"

#include <cinta/train/metrics/regression.hpp>
#include <cinta/train/metrics/two_classes.hpp>
#include <cmath>

#include "../common/text_table.hpp"

namespace tool {

using namespace cinta;
using tabular::Model;
using tabular::Part;
using tabular::Rows;
using tabular::Target;

namespace {

std::vector<std::int64_t> classes_of(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

train::ConfusionMatrix confusion_of(const std::vector<std::int64_t>& truth,
                                    const std::vector<double>& said, std::size_t classes) {
  train::ConfusionMatrix matrix{std::int64_t(classes)};
  const auto n = std::int64_t(truth.size());
  matrix.update(from_data(truth, {n}), from_data(said, {n, matrix.classes()}));
  return matrix;
}

}  // namespace

std::vector<double> in_units(const Model& model, std::vector<double> said) {
  if (model.learned().log)
    for (double& value : said) value = std::exp(value);
  return said;
}

Figures figures_of(const Model& model, const Target& target, const Rows& rows, const Part& part) {
  const auto said = model.predict(part.inputs), truth = target.of(rows);
  if (!target.classes()) {
    const auto values = in_units(model, said), true_values = in_units(model, truth);
    return {{"R2", train::r2_score(truth, said)},
            {"RMSE", train::root_mean_squared_error(true_values, values)},
            {"MAE", train::mean_absolute_error(true_values, values)},
            {"median error", train::median_absolute_error(true_values, values)}};
  }
  const auto classes = classes_of(truth);
  const auto matrix = confusion_of(classes, said, target.labels.size());
  return {{"accuracy", matrix.accuracy()},
          {"balanced accuracy", matrix.balanced_accuracy()},
          {"F1 (macro)", matrix.f1(train::Averaging::macro)},
          {"log loss", train::log_loss(train::Labels(classes), said)}};
}

double headline(const Model& model, const Target& target, const Rows& rows, const Part& part) {
  return figures_of(model, target, rows, part)[0].second;
}

std::vector<std::vector<std::string>> cells_of(const Figures& names,
                                               const std::vector<double>& figures) {
  std::vector<std::vector<std::string>> cells;
  for (std::size_t i = 0; i < names.size(); ++i) {
    cells.push_back({names[i].first});
    for (std::size_t at = i; at < figures.size(); at += names.size())
      cells.back().push_back(example::number(figures[at], 4));
  }
  return cells;
}

train::DiagnosisOptions diagnosis_of(const Options& o) {
  return {.ideal = o.ideal, .ideal_tolerance = o.tolerance, .validation_tolerance = o.tolerance};
}

void add_settings(train::HtmlReport& report, const tabular::Settings& settings,
                  const std::string& target, const std::string& command) {
  const auto number = [](double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return std::string(text);
  };
  std::string hidden;
  for (const std::int64_t size : settings.hidden)
    hidden += (hidden.empty() ? "" : ", ") + std::to_string(size);
  report.settings({{"target", target},
                   {"hidden layers", hidden},
                   {"dropout", number(settings.dropout)},
                   {"epochs", std::to_string(settings.epochs)},
                   {"patience", std::to_string(settings.patience)},
                   {"batch", std::to_string(settings.batch)},
                   {"lr", number(settings.lr)},
                   {"l1", number(settings.l1)},
                   {"l2", number(settings.l2)},
                   {"seed", std::to_string(settings.seed)}},
                  command);
}

void add_model(train::HtmlReport& report, const Model& model,
               const std::vector<train::EpochRecord>& history, const Target& target,
               const Rows& rows, const Part& part) {
  report.history(history);
  const auto said = model.predict(part.inputs), truth = target.of(rows);
  if (!target.classes()) {
    report.residuals(in_units(model, truth), in_units(model, said));
  } else {
    const auto matrix = confusion_of(classes_of(truth), said, target.labels.size());
    report.confusion(matrix, target.labels);
    if (matrix.classes() == 2) {
      std::vector<double> second;
      for (std::size_t i = 1; i < said.size(); i += 2) second.push_back(said[i]);
      report.calibration(truth, second);
    }
  }
  const auto& columns = model.learned().columns;
  const auto categories = columns.categories();
  for (std::size_t i = 0; i < categories.size(); ++i)
    if (const Tensor& table = model.net().tables()[i].weight;
        table.shape()[0] > 2 && table.shape()[1] > 1)
      report.embedding(categories[i].first, table, columns.labels(categories[i].first));
  report.weights(model.net().named_parameters());
}

}  // namespace tool
