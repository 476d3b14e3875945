// A tour of regularization: what L2, L1 and dropout do, each page with its figures and a picture.

#include <cmath>
#include <iostream>
#include <sstream>

#include "../common/flags.hpp"
#include "pages.hpp"

namespace {

using tour::Json;
using tour::Options;

bool parse(Options& o, int argc, char** argv) {
  CLI::App app("Shows what L2, L1 and dropout do to weights, and checks it against closed forms.",
               "regularization_tour");
  app.add_option("--lr", o.lr, "learning rate of pages 1 and 2")->option_text("X [0.1]");
  app.add_option("--lambda", o.lambda, "penalty of pages 1 and 2")->option_text("X [0.5]");
  app.add_option("--data", o.data, "CSV file of numbers for page 3")
      ->option_text("FILE [examples/data/diabetes.csv]");
  app.add_option("--target", o.target, "column to predict; all others are features")
      ->option_text("COLUMN [progression]");
  const example::CsvFlags csv(app);
  app.add_option("--ridge", o.ridge, "penalty of page 3")->option_text("X [44.2]");
  app.add_option("-p,--dropout", o.p, "probability of page 5")->option_text("P [0.3]");
  app.add_option("--seed", o.seed, "of the random numbers of pages 4 and 5")
      ->check(example::seed_range())
      ->option_text("N [1]");
  o.add_to(app, "figures and plots");
  cinta::train::Hyperparameters space("regularization_tour");
  space.add("ridge", o.ridge, {.low = 1e-2, .high = 1e4, .log = true}, "penalty of page 3");
  space.objective("validation_loss", cinta::train::Direction::minimize);
  space.add_to(app);
  if (!example::parse(app, argc, argv)) return false;
  o.trial = space.trial_folder();
  o.csv = csv.options();
  example::require(std::isfinite(o.lr) && o.lr > 0, "--lr: a positive number");
  example::require(std::isfinite(o.lambda) && o.lambda > 0, "--lambda: a positive number");
  example::require(o.lr * o.lambda < 1, "--lr, --lambda: their product must be below 1");
  example::require(std::isfinite(o.ridge) && o.ridge > 0, "--ridge: a positive number");
  example::require(o.p > 0 && o.p < 1, "--dropout: above 0 and below 1");
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("regularization_tour", [&] {
    Options options;
    options.output = "regularization_tour_results";
    if (!parse(options, argc, argv)) return;
    if (options.is_trial()) return tour::validate_ridge(options);
    cinta::train::OutputFolder folder(options.output, "results.json");
    std::ostringstream text;  // shown when all pages are done: a tour is complete or not at all
    const struct {
      const char* name;
      Json (*page)(tour::Context&);
    } pages[] = {{"shrink_factor", tour::shrink_factor},
                 {"constant_step", tour::constant_step},
                 {"ridge", tour::ridge},
                 {"covariance", tour::covariance},
                 {"dropout", tour::dropout_on_and_off}};
    example::Steps progress(options.quiet, std::ssize(pages));
    tour::Context context{options, folder, progress, text};
    Json results;
    for (const auto& [name, page] : pages) {
      progress.note(name);
      results[name] = page(context);
      progress.advance();
    }
    example::write_json(folder, results);
    example::commit(folder, text.str() + "figures and plots");
  });
}
