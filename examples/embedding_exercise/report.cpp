#include "report.hpp"

#include <algorithm>
#include <cmath>
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

template <class T, class F>
std::string joined(const std::vector<T>& items, F&& text) {
  std::string out;
  for (const T& item : items) out += (out.empty() ? "" : ", ") + cinta::io::escaped(text(item));
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

void print_report(std::ostream& out, const Dataset& data, const Options& options,
                  const Results& results) {
  const auto names = score_names(data.task);
  out << cinta::io::escaped(data.file) << ": " << thousands(data.rows()) << " rows";
  if (data.dropped) out << " (" << data.dropped << " left out for missing values)";
  out << ", target " << cinta::io::escaped(data.target_name) << "\n";
  out << "numbers:    " << joined(data.numeric, [](const auto& c) { return c.name; }) << "\n";
  out << "categories: " << joined(data.categorical, [](const auto& c) {
    return c.name + " (" + std::to_string(c.categories) + ")";
  }) << "\n\n";

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
