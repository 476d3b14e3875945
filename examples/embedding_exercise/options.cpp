#include "options.hpp"

#include <cinta/train/trial/hyperparameters.hpp>
#include <cmath>
#include <set>

#include "../common/flags.hpp"

namespace exercise {
namespace {

/// The settings for diamonds.csv, for what the command line leaves open.
void fill_in_diamonds(Options& o) {
  if (o.numeric.empty()) o.numeric = {"carat", "log:carat", "depth", "table", "x", "y", "z"};
  if (o.categorical.empty()) o.categorical = {"cut", "color", "clarity"};
}

void check(const Options& o) {
  using example::require;
  require(o.dropout >= 0 && o.dropout < 1, "--dropout: at least 0 and below 1");
  require(o.unknown_rate >= 0 && o.unknown_rate < 1, "--unknown-rate: at least 0 and below 1");
  require(std::isfinite(o.l1) && o.l1 >= 0, "--l1: a number that is not negative");
  require(std::isfinite(o.l2) && o.l2 >= 0, "--l2: a number that is not negative");
  require(std::isfinite(o.lr) && o.lr > 0, "--lr: a positive number");
  require(!o.seeds.empty(), "--seeds: at least one");
  require(o.fractions.train > 0 && o.fractions.validation > 0 && o.fractions.test > 0,
          "--fractions: three positive shares");
  require(std::set(o.seeds.begin(), o.seeds.end()).size() == o.seeds.size(),
          "--seeds: each seed once");
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv) {
  Options o;
  o.data = example::data_file("diamonds.csv");
  std::vector<double> fractions;
  std::vector<std::int64_t> seeds(o.seeds.begin(), o.seeds.end());
  std::string missing = "error", keep = "best";

  CLI::App app(
      "Trains a network on the numeric columns of a CSV file, and the same network with an "
      "embedding for each categorical column; tells what the embeddings are worth and whether "
      "they learned something or a leak told them. Without flags: the price of diamonds.",
      "embedding_exercise");
  const auto data = app.add_option("--data", o.data, "CSV file with a header line")
                        ->option_text("FILE [examples/data/diamonds.csv]");
  const auto target = app.add_option("--target", o.target,
                                     "column to predict: price (regression), log:price "
                                     "(regression of its logarithm), 'quality>6' or "
                                     "'cut=Ideal' (classification)")
                          ->option_text("COLUMN|CONDITION [log:price]");
  app.add_option("--numeric", o.numeric,
                 "columns of numbers; log:carat is the logarithm of carat. Left out: every column "
                 "of numbers with a name")
      ->delimiter(',')
      ->option_text("A,B,...");
  app.add_option("--categorical", o.categorical,
                 "columns of categories, one embedding each. Left out: every column of texts")
      ->delimiter(',')
      ->option_text("A,B,...");
  app.add_option("--unseen", o.unseen,
                 "column whose categories are held out for the third control. Left out: the one "
                 "with most categories")
      ->option_text("COLUMN");
  app.add_option("--missing", missing,
                 "cells without a value: stop (error), leave the row out (drop), or put the "
                 "training mean or a category of their own (fill)")
      ->check(CLI::IsMember({"error", "drop", "fill"}))
      ->option_text("error|drop|fill [error]");
  const example::CsvFlags csv(app);
  app.add_option("--fractions", fractions, "shares of training, validation and test rows")
      ->delimiter(',')
      ->expected(3)
      ->option_text("A,B,C [0.7,0.15,0.15]");

  app.add_option("--embedding-dim", o.embedding_dim, "width of the embeddings")
      ->check(CLI::Range(1, 4096))
      ->option_text("N [4]");
  const auto hidden = app.add_option("--hidden", o.hidden, "sizes of the hidden layers")
                          ->delimiter(',')
                          ->check(CLI::Range(1, 1 << 20))
                          ->option_text("N,N,... [128,64]");
  app.add_option("--dropout", o.dropout, "probability of dropping a hidden unit")
      ->option_text("P [0.05]");
  app.add_option("--unknown-rate", o.unknown_rate,
                 "share of categories hidden in training, which teaches the unknown category")
      ->option_text("P [0.02]");
  app.add_option("--l1", o.l1, "L1 penalty on all weights: l1 * sum |w|")->option_text("X [0]");
  app.add_option("--l2", o.l2, "L2 penalty on all weights: l2 / 2 * sum w^2")->option_text("X [0]");
  app.add_option("--epochs", o.epochs, "passes over the training rows")
      ->check(CLI::Range(1, 1000000))
      ->option_text("N [15]");
  app.add_option("--batch", o.batch, "rows in a step")
      ->check(CLI::Range(1, 1 << 30))
      ->option_text("N [256]");
  app.add_option("--lr", o.lr, "learning rate of Adam")->option_text("X [0.003]");
  app.add_option("--patience", o.patience,
                 "stop after so many epochs without a better validation loss; 0 never")
      ->check(CLI::Range(0, 1000000))
      ->option_text("N [0]");
  app.add_option("--keep", keep, "the epoch to keep and to score: best in validation, or last")
      ->check(CLI::IsMember({"best", "last"}))
      ->option_text("best|last [best]");
  app.add_option("--seeds", seeds, "one run each: split, initial weights, order, dropout")
      ->delimiter(',')
      ->check(example::seed_range())
      ->option_text("N,N,... [1,2,3]");

  app.add_option("--out", o.output,
                 "folder for curves, models and results; earlier results there are replaced")
      ->option_text("FOLDER [embedding_exercise_results]");
  app.add_flag_callback(
      "--no-controls", [&] { o.controls = false; }, "leave out the three controls");
  app.add_flag("--quiet", o.quiet, "no progress on standard error");

  app.add_option_function<std::int64_t>(
         "--seed", [&](std::int64_t seed) { seeds = {seed}; }, "one seed, instead of --seeds")
      ->check(example::seed_range())
      ->option_text("N");
  app.add_option("--test-data", o.test_data,
                 "of a trial: rows that no search has seen, for the figures test_...")
      ->option_text("FILE");
  std::int64_t width = 128;
  cinta::train::Hyperparameters space("embedding_exercise");
  space.add("lr", o.lr, {.low = 1e-4, .high = 1e-1, .log = true}, "learning rate of Adam");
  space.add("width", width, {.low = 8, .high = 256, .log = true},
            "of the first hidden layer; the second has half of it");
  space.add("batch", o.batch, {.low = 32, .high = 1024, .log = true}, "rows in a step");
  space.add("dropout", o.dropout, {.low = 0, .high = 0.5}, "probability of dropping a hidden unit");
  space.add("embedding-dim", o.embedding_dim, {.low = 1, .high = 16, .log = true},
            "width of the embeddings");
  space.objective("validation_loss", cinta::train::Direction::minimize);
  space.objective("parameters", cinta::train::Direction::minimize);
  space.steps(o.epochs);
  space.add_to(app);

  if (!example::parse(app, argc, argv)) return std::nullopt;
  if (hidden->count() == 0) o.hidden = {width, (width + 1) / 2};
  o.trial = space.trial_folder();
  example::require(o.test_data.empty() || !o.trial.empty(), "--test-data goes with --trial");
  o.csv = csv.options();
  o.seeds.assign(seeds.begin(), seeds.end());
  o.missing = missing == "drop"   ? MissingRows::drop
              : missing == "fill" ? MissingRows::fill
                                  : MissingRows::error;
  o.keep_best = keep == "best";
  if (fractions.size() == 3) o.fractions = {fractions[0], fractions[1], fractions[2]};
  check(o);
  if (data->count() == 0) {
    fill_in_diamonds(o);
  } else if (target->count() == 0) {
    throw cinta::ValueError("--data needs --target, the column to predict (see --help)");
  }
  return o;
}

}  // namespace exercise
