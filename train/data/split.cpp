#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/split.hpp>
#include <cmath>
#include <map>

namespace cinta::train {
namespace {

struct Counts {
  std::int64_t train, validation, test;
};

void check_fractions(const char* function, const SplitFractions& f) {
  const bool shares = f.train > 0 && f.validation >= 0 && f.test >= 0;
  if (!shares || !(std::abs(f.train + f.validation + f.test - 1) < 1e-9))
    throw ValueError(std::string(function) + ": fractions " + std::to_string(f.train) + ", " +
                     std::to_string(f.validation) + ", " + std::to_string(f.test) +
                     " are not shares that add up to 1 with some for training");
}

/// How many of n rows go where, or a throw if a part that has a share stays empty.
Counts counts_of(const char* function, const std::string& what, std::int64_t n,
                 const SplitFractions& f) {
  Counts c;
  c.validation = std::llround(f.validation * static_cast<double>(n));
  c.test = std::llround(f.test * static_cast<double>(n));
  // A part that was asked for gets at least one row where there are enough.
  if (f.validation > 0) c.validation = std::max<std::int64_t>(c.validation, 1);
  if (f.test > 0) c.test = std::max<std::int64_t>(c.test, 1);
  c.train = n - c.validation - c.test;
  if (c.train < 1) {
    const int parts = 1 + (f.validation > 0) + (f.test > 0);
    throw ValueError(std::string(function) + ": " + what + " " + std::to_string(n) +
                     (n == 1 ? " row" : " rows") + ", too few for " + std::to_string(parts) +
                     " parts");
  }
  return c;
}

void deal(const Rows& order, const Counts& c, Split& out) {
  const auto first = order.begin();
  out.train.insert(out.train.end(), first, first + c.train);
  out.validation.insert(out.validation.end(), first + c.train, first + c.train + c.validation);
  out.test.insert(out.test.end(), first + c.train + c.validation, order.end());
}

Split sorted(Split split) {
  for (Rows* rows : {&split.train, &split.validation, &split.test})
    std::sort(rows->begin(), rows->end());
  return split;
}

std::map<std::int64_t, Rows> rows_by_label(const std::vector<std::int64_t>& labels) {
  std::map<std::int64_t, Rows> rows;
  for (std::size_t i = 0; i < labels.size(); ++i)
    rows[labels[i]].push_back(static_cast<std::int64_t>(i));
  return rows;
}

}  // namespace

Split random_split(std::int64_t n, std::uint64_t seed, const SplitFractions& fractions) {
  check_fractions("random_split", fractions);
  const Counts counts = counts_of("random_split", "the data has", n, fractions);
  auto generator = make_generator(seed);
  Split split;
  deal(permutation(n, generator), counts, split);
  return sorted(std::move(split));
}

Split stratified_split(const std::vector<std::int64_t>& labels, std::uint64_t seed,
                       const SplitFractions& fractions) {
  check_fractions("stratified_split", fractions);
  if (labels.empty()) counts_of("stratified_split", "the data has", 0, fractions);
  auto generator = make_generator(seed);
  Split split;
  for (auto& [label, rows] : rows_by_label(labels)) {
    const Counts counts = counts_of("stratified_split", "class " + std::to_string(label) + " has",
                                    static_cast<std::int64_t>(rows.size()), fractions);
    shuffle(rows, generator);
    deal(rows, counts, split);
  }
  return sorted(std::move(split));
}

Split group_split(const std::vector<std::int64_t>& groups, std::uint64_t seed,
                  const SplitFractions& fractions) {
  check_fractions("group_split", fractions);
  const auto n = static_cast<std::int64_t>(groups.size());
  const Counts counts = counts_of("group_split", "the data has", n, fractions);
  const auto by_group = rows_by_label(groups);
  std::vector<const Rows*> order;
  for (const auto& [group, rows] : by_group) order.push_back(&rows);
  const int parts = 1 + (counts.validation > 0) + (counts.test > 0);
  if (static_cast<int>(order.size()) < parts)
    throw ValueError("group_split: " + std::to_string(order.size()) +
                     (order.size() == 1 ? " group" : " groups") + ", too few for " +
                     std::to_string(parts) + " parts");
  auto generator = make_generator(seed);
  shuffle(order, generator);

  // Parts still waiting for their first group must each find one left.
  Split split;
  std::size_t next = 0;
  const auto fill = [&](Rows& part, std::int64_t wanted, std::size_t keep) {
    if (wanted == 0) return;
    do part.insert(part.end(), order[next]->begin(), order[next]->end()), ++next;
    while (static_cast<std::int64_t>(part.size()) < wanted && order.size() - next > keep);
  };
  fill(split.test, counts.test, 1 + (counts.validation > 0));
  fill(split.validation, counts.validation, 1);
  for (; next < order.size(); ++next)
    split.train.insert(split.train.end(), order[next]->begin(), order[next]->end());
  return sorted(std::move(split));
}

}  // namespace cinta::train
