// The conclusions that the figures allow, in sentences.

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "report.hpp"

namespace exercise {

using cinta::train::MeanStd;

namespace {

/// A table that closes this share of the gap between baseline and perfection "nearly solves" it.
constexpr double nearly_solved = 0.9;

MeanStd figure_of(const std::vector<Run>& runs, const std::string& model) {
  for (const Summary& summary : summarize(runs))
    if (summary.model.ends_with(model)) return summary.scores[headline];
  return {std::nan(""), std::nan("")};
}
double mean_of(const std::vector<Run>& runs, const std::string& model) {
  return figure_of(runs, model).mean;
}

struct Sentences {
  std::string name;  // of the figure that sums up
  std::vector<std::string> out;

  std::string figure(double value) const {
    char text[64];
    std::snprintf(text, sizeof text, "%s %.3f", name.c_str(), value);
    return text;
  }
};

void on_tables(Sentences& s, const Dataset& data, const Results& results, double baseline) {
  Summary best;
  double score = -HUGE_VAL;
  for (Summary& table : summarize(results.tables)) {
    // The first that is as good: a column by itself says more than all together.
    if (!(table.scores[headline].mean > score + 0.001)) continue;
    score = table.scores[headline].mean;
    best = std::move(table);
  }
  const double solved = (score - baseline) / (1 - baseline);
  const std::string reach =
      "the " + best.model + " alone, a mean per category and no model, reaches " + s.figure(score);
  if (solved >= nearly_solved)
    s.out.push_back("LEAK: " + reach + " (" + baseline_name(data) + ": " + s.figure(baseline) +
                    "). That table nearly solves the task: the categories give the target away, "
                    "and what the embeddings score is no sign of learning.");
  else
    s.out.push_back("No leak in the categories: " + reach + ", which does not solve the task.");
}

void on_shuffled(Sentences& s, const Results& results, double without, double with, bool gain) {
  const double shuffled = mean_of(results.shuffled, "shuffled");
  const double kept = (shuffled - without) / (with - without);
  const std::string reach =
      "With the categories shuffled over the rows: " + s.figure(shuffled) + ". ";
  if (!gain)
    s.out.push_back(reach + "There was no gain to lose.");
  else if (kept < 0.25)
    s.out.push_back(reach + "The gain is gone: it came from what the categories say.");
  else
    s.out.push_back(reach +
                    "A gain remains although the categories say nothing now: something "
                    "else than the categories makes it.");
}

void on_unseen(Sentences& s, const Dataset& data, const Results& results) {
  const double baseline = mean_of(results.unseen, baseline_name(data));
  const double without = mean_of(results.unseen, without_embeddings);
  const double with = mean_of(results.unseen, with_embeddings);
  if (std::isnan(baseline) || std::isnan(without) || std::isnan(with)) {
    s.out.push_back("No control with unseen " + data.categorical[*results.unseen_column].name +
                    ": the target is the same in all of its test rows, so that " + s.name +
                    " is not defined.");
    return;
  }
  const std::string reach = "On rows whose " + data.categorical[*results.unseen_column].name +
                            " was never seen in training: " + s.figure(with) + " with, " +
                            s.figure(without) + " without embeddings, " + s.figure(baseline) + " " +
                            baseline_name(data) + ". ";
  if (with - baseline < 0.1 * (1 - baseline))
    s.out.push_back(reach + "There the model with embeddings falls to about the " +
                    baseline_name(data) + ".");
  else if (with >= without - 0.005)
    s.out.push_back(reach + "The unknown row does no harm.");
  else
    s.out.push_back(reach + "For new categories the model without embeddings is the better one.");
}

}  // namespace

std::vector<std::string> verdicts(const Dataset& data, const Results& results) {
  Sentences s{score_names(data.task)[headline], {}};
  const double baseline = mean_of(results.models, baseline_name(data));
  const MeanStd without = figure_of(results.models, without_embeddings);
  const MeanStd with = figure_of(results.models, with_embeddings);
  const bool gain = with.mean - without.mean > std::max(with.std, without.std);
  s.out.push_back((gain ? "Embeddings raise the figures" : "Embeddings do not help") +
                  std::string(" on the test rows: ") + s.figure(with.mean) + " with, " +
                  s.figure(without.mean) + " without" +
                  (gain ? "." : "; no more than the seeds alone make a difference."));
  if (results.tables.empty()) {
    s.out.push_back("Without the controls this does not tell learning from a leak.");
    return s.out;
  }
  on_tables(s, data, results, baseline);
  on_shuffled(s, results, without.mean, with.mean, gain);
  if (results.unseen_column)
    on_unseen(s, data, results);
  else
    s.out.push_back("No control with unseen categories: no column has three or more.");
  return s.out;
}

}  // namespace exercise
