#include "options.hpp"

#include <cmath>

#include "../common/flags.hpp"

namespace tool {
namespace {

std::string typed(int argc, char** argv) {
  std::string line;
  for (int i = 0; i < argc; ++i) {
    std::string word = argv[i];
    const bool plain = !word.empty() && word.find_first_not_of(
                                            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789-_./=,:") == word.npos;
    // A quote within quotes ends them, stands for itself, and begins them again.
    for (std::size_t at = 0; !plain && (at = word.find('\'', at)) != word.npos; at += 4)
      word.replace(at, 1, "'\\''");
    line += (i ? " " : "") + (plain ? word : "'" + word + "'");
  }
  return line;
}

void add_data(CLI::App& command, Options& o) {
  command.add_option("data", o.data, "CSV file with a header line")
      ->required()
      ->option_text("FILE");
}

void add_tolerances(CLI::App& command, Options& o) {
  command.add_option("--ideal", o.ideal, "score that one could hope for, for the diagnosis")
      ->option_text("X [1]");
  command.add_option("--tolerance", o.tolerance, "gaps up to here are small")
      ->option_text("X [0.05]");
}

/// What every training takes.
void add_settings(CLI::App& command, Options& o, std::string& task) {
  add_data(command, o);
  command
      .add_option("--target", o.target,
                  "column to predict: price, log:price (its logarithm), or 'quality>6'")
      ->required()
      ->option_text("COLUMN|CONDITION");
  command.add_option("--task", task, "regression or classes; auto: by what is in the column")
      ->check(CLI::IsMember({"auto", "regression", "classes"}));
  command.add_option("--epochs", o.epochs, "passes over the training rows")
      ->check(CLI::Range(1, 100000))
      ->option_text("N [30]");
  command.add_option("--hidden", o.hidden, "sizes of the hidden layers")
      ->delimiter(',')
      ->check(CLI::Range(1, 10000))
      ->option_text("N,N,... [64,64]");
  command.add_option("--batch", o.batch, "rows to a step")
      ->check(CLI::Range(1, 1000000))
      ->option_text("N [128]");
  command.add_option("--lr", o.lr, "learning rate of Adam")->option_text("X [0.001]");
  command.add_option("--l1", o.l1, "L1 penalty on the weights: l1 * sum |w|")->option_text("X [0]");
  command.add_option("--l2", o.l2, "L2 penalty on the weights: l2 / 2 * sum w^2")
      ->option_text("X [0]");
  command.add_option("--dropout", o.dropout, "share of hidden units")
      ->check(CLI::Range(0., 0.99))
      ->option_text("X [0.1]");
  command.add_option("--seed", o.seed, "of splits, weights and orders")
      ->check(example::seed_range())
      ->option_text("N [1]");
  add_tolerances(command, o);
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv) {
  Options o;
  std::string task = "auto";
  CLI::App app("Networks with embeddings for the rows of a table, without a program.", "cinta");
  app.fallthrough();
  app.require_subcommand(1);
  app.add_option("--out", o.output, "folder or file for the results")
      ->option_text("PATH [cinta_results]");
  app.add_flag("--quiet", o.quiet, "no progress on standard error");
  const example::CsvFlags csv(app);

  CLI::App& train =
      *app.add_subcommand("train", "trains, and writes model and report into a folder");
  add_settings(train, o, task);
  train
      .add_option("--patience", o.patience, "epochs without improvement before it stops; 0: never")
      ->check(CLI::Range(0, 100000))
      ->option_text("N [6]");
  auto* group =
      train.add_option("--group", o.group, "column whose rows of one value stay together")
          ->option_text("COLUMN");
  train.add_option("--time", o.time, "column of numbers: train on what came first")
      ->excludes(group)
      ->option_text("COLUMN");
  CLI::App& curve =
      *app.add_subcommand("curve", "learning curve by cross-validation, and a diagnosis");
  add_settings(curve, o, task);
  curve.add_option("--folds", o.folds, "of cross-validation")
      ->check(CLI::Range(2, 100))
      ->option_text("N [4]");
  add_settings(
      *app.add_subcommand("path", "scores over the strength of an L2 penalty, with warm starts"), o,
      task);
  const auto of_model = [&](const char* name, const char* what) -> CLI::App& {
    CLI::App& command = *app.add_subcommand(name, what);
    command.add_option("model", o.model, "folder that train has written")
        ->required()
        ->option_text("FOLDER");
    add_data(command, o);
    return command;
  };
  of_model("evaluate", "scores of a trained model on a table");
  of_model("predict", "predictions of a trained model, as a CSV file");
  add_tolerances(of_model("report", "report of a trained model on a table, as an HTML file"), o);

  if (!example::parse(app, argc, argv)) return std::nullopt;
  // CLI's own checks of numbers let NaN through, and name their limits in 309 digits.
  example::require(std::isfinite(o.lr) && o.lr > 0, "--lr: a positive number");
  example::require(std::isfinite(o.l1) && o.l1 >= 0, "--l1: a number that is not negative");
  example::require(std::isfinite(o.l2) && o.l2 >= 0, "--l2: a number that is not negative");
  example::require(std::isfinite(o.ideal), "--ideal: a number");
  example::require(std::isfinite(o.tolerance) && o.tolerance > 0, "--tolerance: a positive number");
  o.task = task == "classes"      ? tabular::TargetKind::classes
           : task == "regression" ? tabular::TargetKind::numbers
                                  : tabular::TargetKind::automatic;
  o.csv = csv.options();
  o.command = typed(argc, argv);
  o.chosen = app.get_subcommands()[0]->get_name();
  return o;
}

}  // namespace tool
