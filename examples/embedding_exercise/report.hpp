#pragma once
// What the user is told, and what is kept in files.

#include <cinta/train/metrics/mean_std.hpp>
#include <cinta/train/report/output_folder.hpp>
#include <iosfwd>

#include "runs.hpp"

namespace exercise {

/// All runs of one model, over the seeds.
struct Summary {
  std::string model;
  std::vector<cinta::train::MeanStd> scores;  ///< over the seeds in which they are defined
};

/// One summary a model, in order of first appearance.
std::vector<Summary> summarize(const std::vector<Run>& runs);

/// The conclusions, in sentences: what the embeddings gain, and what each control says.
std::vector<std::string> verdicts(const Dataset& data, const Results& results);

/// The table and the conclusions.
void print_report(std::ostream& out, const Dataset& data, const Options& options,
                  const Results& results);

/// results.json, learning_curves.csv, learning_curves.png, and for each seed the preprocessing and
/// the parameters of both models. Returns what could not be done: without gnuplot, the PNG.
std::string write_results(cinta::train::OutputFolder& folder, const Dataset& data,
                          const Options& options, const Results& results);

}  // namespace exercise
