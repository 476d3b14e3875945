#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>
#include <sstream>

#include "../common/text_table.hpp"

namespace exercise {

using cinta::train::MeanStd;
using example::number;
using example::TextTable;
using example::width_of;

namespace {

int digits_of(const std::string& score) {
  return score == "loss" || score == "R2" ? 4 : score == "error %" ? 2 : 3;
}

void add_runs(TextTable& table, const std::vector<Run>& runs, const std::vector<std::string>& names,
              std::size_t seeds) {
  for (const Summary& summary : summarize(runs)) {
    std::vector<std::string> cells{"  " + summary.model};
    for (std::size_t i = 0; i < names.size(); ++i) {
      const int digits = digits_of(names[i]);
      const MeanStd& s = summary.scores[i];
      const bool several = seeds > 1 && !std::isnan(s.mean);
      cells.push_back(number(s.mean, digits) + (several ? " ± " + number(s.std, digits) : ""));
    }
    table.add(std::move(cells));
  }
}

/// A list item, its lines broken between words.
void print_item(std::ostream& out, const std::string& sentence) {
  constexpr std::size_t columns = 96;
  std::istringstream words(cinta::io::escaped(sentence));
  std::string line = "-", word;
  while (words >> word) {
    if (width_of(line) + 1 + width_of(word) > columns) {
      out << line << '\n';
      line = " ";
    }
    line += " " + word;
  }
  out << line << '\n';
}

std::string thousands(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) digits.insert(i, ",");
  return digits;
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + cinta::io::escaped(item);
  return out;
}

}  // namespace

std::vector<Summary> summarize(const std::vector<Run>& runs) {
  std::vector<Summary> out;
  for (const Run& run : runs) {
    const auto same = [&](const auto& other) { return other.model == run.model; };
    if (std::any_of(out.begin(), out.end(), same)) continue;
    Summary& summary = out.emplace_back(Summary{run.model, {}});
    for (std::size_t i = 0; i < run.scores.size(); ++i) {
      std::vector<double> values;
      for (const Run& other : runs)
        if (same(other)) values.push_back(other.scores[i]);
      // A mean of the other seeds would be one of something else.
      const bool defined =
          std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
      summary.scores.push_back(defined ? cinta::train::mean_std(values)
                                       : MeanStd{std::nan(""), std::nan("")});
    }
  }
  return out;
}

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
    s.out.push_back("No control with unseen " + data.categorical[*results.unseen_column] +
                    ": the target is the same in all of its test rows, so that " + s.name +
                    " is not defined.");
    return;
  }
  const std::string reach = "On rows whose " + data.categorical[*results.unseen_column] +
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
  Sentences s{score_names(data)[headline], {}};
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

void print_report(std::ostream& out, const Dataset& data, const Options& options,
                  const Results& results) {
  const auto names = score_names(data);
  out << cinta::io::escaped(data.table.file) << ": " << thousands(data.rows()) << " rows";
  if (data.dropped) out << " (" << data.dropped << " left out for missing values)";
  out << ", target " << cinta::io::escaped(data.target.text) << "\n";
  out << "numbers:    " << joined(data.numeric) << "\n";
  std::vector<std::string> categories;
  for (std::size_t c = 0; c < data.categorical.size(); ++c)
    categories.push_back(data.categorical[c] + " (" + std::to_string(data.categories[c]) + ")");
  out << "categories: " << joined(categories) << "\n\n";

  TextTable table;
  const std::size_t seeds = options.seeds.size();
  std::vector<std::string> header{"test rows, " + std::to_string(seeds) +
                                  (seeds == 1 ? " seed" : " seeds, mean ± std")};
  header.insert(header.end(), names.begin(), names.end());
  table.add(std::move(header));
  add_runs(table, results.models, names, seeds);
  if (!results.tables.empty()) {
    table.add({"controls"});
    for (const auto* runs : {&results.tables, &results.shuffled, &results.unseen})
      add_runs(table, *runs, names, seeds);
  }
  table.print(out);
  out << '\n';
  for (const std::string& sentence : verdicts(data, results)) print_item(out, sentence);
}

}  // namespace exercise
