#include <algorithm>
#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/split/detail/timeline.hpp>
#include <cinta/train/data/split/fold.hpp>
#include <concepts>
#include <map>
#include <string>

namespace cinta::train {
namespace {

template <std::integral Count>
std::string count(Count n, const char* what, const char* plural) {
  return std::to_string(n) + " " + (n == 1 ? what : plural);
}

void check_folds(const char* who, int k) {
  if (k < 2)
    throw ValueError(std::string(who) + ": k is " + std::to_string(k) + ", must be at least 2");
}

[[noreturn]] void throw_too_few(const std::string& what, std::size_t folds) {
  throw ValueError(what + ", too few for " + count(folds, "fold", "folds"));
}

/// The folds in which row i is validated by fold number part[i].
Folds folds_of(const std::vector<std::size_t>& part, std::size_t k) {
  Folds folds(k);
  for (std::size_t row = 0; row < part.size(); ++row)
    for (std::size_t f = 0; f < k; ++f)
      (part[row] == f ? folds[f].validation : folds[f].train).push_back(std::int64_t(row));
  return folds;
}

std::map<std::int64_t, Rows> rows_of(const std::vector<std::int64_t>& labels) {
  std::map<std::int64_t, Rows> rows;
  for (std::size_t i = 0; i < labels.size(); ++i) rows[labels[i]].push_back(std::int64_t(i));
  return rows;
}

}  // namespace

Folds k_fold(std::int64_t n, int k, std::uint64_t seed) {
  check_folds("k_fold", k);
  if (n < k) throw_too_few("k_fold: " + count(n, "row", "rows"), std::size_t(k));
  auto generator = make_generator(seed);
  std::vector<std::size_t> part(static_cast<std::size_t>(n));
  std::size_t next = 0;
  for (const std::int64_t row : permutation(n, generator))
    part[std::size_t(row)] = next++ % std::size_t(k);
  return folds_of(part, std::size_t(k));
}

Folds stratified_k_fold(const std::vector<std::int64_t>& labels, int k, std::uint64_t seed) {
  check_folds("stratified_k_fold", k);
  if (labels.size() < std::size_t(k))
    throw_too_few("stratified_k_fold: " + count(labels.size(), "row", "rows"), std::size_t(k));
  auto generator = make_generator(seed);
  std::vector<std::size_t> part(labels.size());
  // Dealt in turn, class after class: both the folds and a class within them differ by one row.
  std::size_t next = 0;
  for (auto& [label, rows] : rows_of(labels)) {
    if (rows.size() < std::size_t(k))
      throw_too_few("stratified_k_fold: class " + std::to_string(label) + " has " +
                        count(rows.size(), "row", "rows"),
                    std::size_t(k));
    Rows shuffled = rows;
    shuffle(shuffled, generator);
    for (const std::int64_t row : shuffled) part[std::size_t(row)] = next++ % std::size_t(k);
  }
  return folds_of(part, std::size_t(k));
}

Folds group_k_fold(const std::vector<std::int64_t>& groups, int k, std::uint64_t seed) {
  check_folds("group_k_fold", k);
  const auto by_group = rows_of(groups);
  if (by_group.size() < std::size_t(k))
    throw_too_few("group_k_fold: " + count(by_group.size(), "group", "groups"), std::size_t(k));
  std::vector<const Rows*> order;
  for (const auto& [group, rows] : by_group) order.push_back(&rows);
  auto generator = make_generator(seed);
  shuffle(order, generator);
  std::stable_sort(order.begin(), order.end(),
                   [](const Rows* a, const Rows* b) { return a->size() > b->size(); });
  std::vector<std::size_t> part(groups.size()), sizes(static_cast<std::size_t>(k));
  for (const Rows* rows : order) {
    const auto smallest = std::min_element(sizes.begin(), sizes.end());
    *smallest += rows->size();
    for (const std::int64_t row : *rows)
      part[std::size_t(row)] = std::size_t(smallest - sizes.begin());
  }
  return folds_of(part, std::size_t(k));
}

Folds leave_one_out(std::int64_t n) {
  if (n < 2) throw_too_few("leave_one_out: " + count(n, "row", "rows"), 2);
  std::vector<std::size_t> part(static_cast<std::size_t>(n));
  for (std::size_t row = 0; row < part.size(); ++row) part[row] = row;
  return folds_of(part, part.size());
}

Folds leave_one_group_out(const std::vector<std::int64_t>& groups) {
  const auto by_group = rows_of(groups);
  if (by_group.size() < 2)
    throw_too_few("leave_one_group_out: " + count(by_group.size(), "group", "groups"), 2);
  std::vector<std::size_t> part(groups.size());
  std::size_t number = 0;
  for (const auto& [group, rows] : by_group) {
    for (const std::int64_t row : rows) part[std::size_t(row)] = number;
    ++number;
  }
  return folds_of(part, number);
}

Folds time_folds(const std::vector<double>& times, int k) {
  if (k < 1) throw ValueError("time_folds: k is " + std::to_string(k) + ", must be at least 1");
  const detail::Timeline line("time_folds", times);
  const auto blocks = std::size_t(k) + 1;
  if (line.moments() < blocks)
    throw ValueError("time_folds: " + count(line.moments(), "moment", "moments") +
                     ", too few for " + std::to_string(blocks) + " blocks");
  std::vector<std::size_t> borders{0};
  for (std::size_t block = 1; block < blocks; ++block) {
    const auto rows = std::int64_t(times.size() * block / blocks);
    borders.push_back(line.border(rows, borders.back() + 1, blocks - block));
  }
  borders.push_back(line.moments());
  Folds folds;
  for (std::size_t f = 0; f < std::size_t(k); ++f) {
    Fold fold{line.rows(0, borders[f + 1]), line.rows(borders[f + 1], borders[f + 2])};
    std::sort(fold.train.begin(), fold.train.end());
    std::sort(fold.validation.begin(), fold.validation.end());
    folds.push_back(std::move(fold));
  }
  return folds;
}

Folds repeated(int repeats, std::uint64_t seed,
               const std::function<Folds(std::uint64_t seed)>& make) {
  cinta::detail::check_not_empty("repeated", "make", make);
  if (repeats < 1)
    throw ValueError("repeated: repeats is " + std::to_string(repeats) + ", must be at least 1");
  auto seeds = make_generator(seed);
  Folds all;
  for (int i = 0; i < repeats; ++i)
    for (Fold& fold : make(seeds())) all.push_back(std::move(fold));
  return all;
}

}  // namespace cinta::train
