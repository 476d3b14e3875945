// The files of the output folder.

#include <cinta/autograd/core/error.hpp>
#include <cinta/io/csv.hpp>
#include <cinta/io/file.hpp>
#include <cinta/io/npy.hpp>
#include <cinta/train/report/plot.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "report.hpp"

namespace exercise {

using Json = nlohmann::ordered_json;

namespace {

Json or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

void write_json(const std::string& path, const Json& json) {
  cinta::io::OutputFile file(path);
  // Cells need not be UTF-8; what is not is replaced, for JSON has to be.
  file.write(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  file.commit();
}

Json request(const Dataset& data, const Options& o) {
  Json categorical = Json::array();
  for (std::size_t c = 0; c < data.categorical.size(); ++c)
    categorical.push_back({{"name", data.categorical[c]}, {"categories", data.categories[c]}});
  return {{"data", data.table.file},
          {"rows", data.rows()},
          {"rows_left_out", data.dropped},
          {"target", data.target.text},
          {"numeric", data.numeric},
          {"categorical", categorical},
          {"embedding_dim", o.embedding_dim},
          {"hidden", o.hidden},
          {"dropout", o.dropout},
          {"unknown_rate", o.unknown_rate},
          {"l1", o.l1},
          {"l2", o.l2},
          {"epochs", o.epochs},
          {"batch", o.batch},
          {"lr", o.lr},
          {"patience", o.patience},
          {"keep", o.keep_best ? "best" : "last"},
          {"seeds", o.seeds},
          {"fractions", {o.fractions.train, o.fractions.validation, o.fractions.test}}};
}

Json runs_json(const std::vector<Run>& runs, const std::vector<std::string>& names) {
  Json out = Json::array();
  for (const Summary& summary : summarize(runs)) {
    Json entry{{"model", summary.model}};
    for (std::size_t i = 0; i < names.size(); ++i)
      entry["mean"][names[i]] = or_null(summary.scores[i].mean);
    for (std::size_t i = 0; i < names.size(); ++i)
      entry["std"][names[i]] = or_null(summary.scores[i].std);
    for (const Run& run : runs) {
      if (run.model != summary.model) continue;
      Json one{{"seed", run.seed}};
      for (std::size_t i = 0; i < names.size(); ++i) one[names[i]] = or_null(run.scores[i]);
      if (run.best_epoch) one["best_epoch"] = run.best_epoch;
      entry["runs"].push_back(one);
    }
    out.push_back(entry);
  }
  return out;
}

std::string text(double value) { return Json(value).dump(); }

/// All runs that were trained, as one row an epoch.
cinta::io::CsvTable curve_table(const Results& results) {
  cinta::io::CsvTable table;
  table.header = {"model", "seed", "epoch", "train_loss", "validation_loss"};
  table.columns.resize(table.header.size());
  for (const auto* runs : {&results.models, &results.shuffled, &results.unseen})
    for (const Run& run : *runs)
      for (const auto& record : run.history) {
        const std::string cells[] = {run.model, std::to_string(run.seed),
                                     std::to_string(record.epoch), text(record.train_loss),
                                     text(record.validation_loss)};
        for (std::size_t c = 0; c < table.columns.size(); ++c) table.columns[c].push_back(cells[c]);
      }
  return table;
}

void plot_curves(const std::string& path, const Dataset& data, const Options& options,
                 const Results& results) {
  std::vector<cinta::train::Curve> curves;
  for (const Run& run : results.models) {
    if (run.history.empty()) continue;
    cinta::train::Curve train, validation;
    train.color = validation.color = run.model == with_embeddings ? 1 : 2;
    train.dashed = true;
    if (run.seed == options.seeds.front()) {
      train.name = run.model + ", training";
      validation.name = run.model + ", validation";
    }
    for (const auto& record : run.history) {
      train.y.push_back(record.train_loss);
      validation.y.push_back(record.validation_loss);
    }
    curves.push_back(std::move(train));
    curves.push_back(std::move(validation));
  }
  cinta::train::plot_png(
      path, curves,
      {.title = "Learning curves: " + data.target.text,
       .x_label = "epoch",
       .y_label = data.classifies() ? "log loss" : "mean squared error, standardised",
       .log_y = true});
}

Json preprocessing_json(const Dataset& data, const tabular::Learned& learned) {
  Json out;
  for (const std::string& column : data.numeric) {
    const auto scaler = learned.columns.scaler(column);
    out["numeric"][column] = {{"mean", scaler.shift()}, {"scale", scaler.scale()}};
  }
  for (const std::string& column : data.categorical)
    out["categorical"][column] = learned.columns.labels(column);
  if (!data.classifies())
    out["target"][data.target.text] = {{"mean", learned.shift},
                                       {"scale", learned.scale},
                                       {"low", learned.low},
                                       {"high", learned.high}};
  return out;
}

std::string folder_name(std::string model) {
  for (char& c : model)
    if (c == ' ') c = '_';
  return model;
}

}  // namespace

std::string write_results(cinta::train::OutputFolder& folder, const Dataset& data,
                          const Options& options, const Results& results) {
  const auto names = score_names(data);
  write_json(folder.file("results.json"), {{"request", request(data, options)},
                                           {"models", runs_json(results.models, names)},
                                           {"controls",
                                            {{"tables", runs_json(results.tables, names)},
                                             {"shuffled", runs_json(results.shuffled, names)},
                                             {"unseen", runs_json(results.unseen, names)}}},
                                           {"conclusions", verdicts(data, results)}});
  cinta::io::write_csv(folder.file("learning_curves.csv"), curve_table(results));
  for (std::size_t i = 0; i < options.seeds.size(); ++i)
    write_json(folder.file("seed" + std::to_string(options.seeds[i]) + "/preprocessing.json"),
               preprocessing_json(data, results.learned[i]));
  for (const Run& run : results.models)
    for (const auto& [name, tensor] : run.state)
      cinta::io::save_npy(folder.file("seed" + std::to_string(run.seed) + "/" +
                                      folder_name(run.model) + "/" + name + ".npy"),
                          tensor);
  try {
    plot_curves(folder.file("learning_curves.png"), data, options, results);
  } catch (const cinta::IoError& error) {
    return std::string(error.what()).substr(folder.file("").size());
  }
  return "";
}

}  // namespace exercise
