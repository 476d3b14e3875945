#include <algorithm>
#include <array>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/split/detail/timeline.hpp>
#include <cinta/train/data/split/split.hpp>
#include <cinta/train/detail/row_index.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

namespace cinta::train {
namespace {

using detail::index_of;

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

[[noreturn]] void throw_too_few(const std::string& what, std::int64_t n, std::size_t parts) {
  throw ValueError(what + " " + std::to_string(n) + (n == 1 ? " row" : " rows") + ", too few for " +
                   std::to_string(parts) + " parts");
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
    throw_too_few(std::string(function) + ": " + what, n, std::size_t(parts));
  }
  return c;
}

/// Appends the next rows of an order to the parts.
void deal(const Rows& order, const Counts& c, Split& out) {
  const auto first = order.begin();
  out.train.insert(out.train.end(), first, first + c.train);
  out.validation.insert(out.validation.end(), first + c.train, first + c.train + c.validation);
  out.test.insert(out.test.end(), first + c.train + c.validation, order.end());
}

/// How many rows of a class go into each part.
using Cells = std::array<std::int64_t, 3>;

/// Places rows one by one where neither their class nor the part has all it may have. Where that
/// needs room, a row of another class moves on: an augmenting path, at most three parts long.
class Placing {
 public:
  Placing(const std::vector<Cells>& least, const std::vector<Cells>& most, const Cells& free)
      : least_(least), most_(most), counts_(least), free_(free) {}

  bool place(std::size_t line) {
    for (const std::size_t to : {0, 1, 2})
      if (counts_[line][to] < most_[line][to] && make_room(to, {})) {
        ++counts_[line][to], --free_[to];
        return true;
      }
    return false;
  }
  /// Lets a class have any number of rows in the parts that have some of it.
  void allow(std::size_t line) {
    for (std::int64_t& most : most_[line])
      if (most > 0) most = std::numeric_limits<std::int64_t>::max();
  }
  const std::vector<Cells>& counts() const { return counts_; }

 private:
  bool make_room(std::size_t part, std::array<bool, 3> seen) {
    if (free_[part] > 0) return true;
    seen[part] = true;
    for (const std::size_t other : {0, 1, 2}) {
      if (seen[other]) continue;
      for (std::size_t i = 0; i < counts_.size(); ++i) {
        if (counts_[i][part] <= least_[i][part] || counts_[i][other] >= most_[i][other]) continue;
        if (!make_room(other, seen)) break;
        --counts_[i][part], ++free_[part];
        ++counts_[i][other], --free_[other];
        return true;
      }
    }
    return false;
  }

  std::vector<Cells> least_, most_, counts_;
  Cells free_;  // places left in each part
};

/// Rows of each class for each part: `sizes` in all, of every class its share rounded down or up,
/// but at least one row in every part.
std::vector<Cells> stratify(const std::map<std::int64_t, Rows>& classes, const Cells& sizes) {
  const auto n = static_cast<double>(std::accumulate(sizes.begin(), sizes.end(), std::int64_t(0)));
  std::vector<Cells> least, most;
  Cells free = sizes;
  std::vector<std::int64_t> left;
  for (const auto& [label, rows] : classes) {
    const auto count = static_cast<std::int64_t>(rows.size());
    Cells low{}, high{};
    std::int64_t rest = count;
    for (std::size_t part = 0; part < 3; ++part) {
      if (sizes[part] == 0) continue;
      const double share = static_cast<double>(count) * static_cast<double>(sizes[part]) / n;
      low[part] = std::max<std::int64_t>(1, std::int64_t(share));
      high[part] = std::max<std::int64_t>(1, std::int64_t(std::ceil(share)));
      rest -= low[part];
    }
    for (; rest < 0; ++rest)
      --*std::max_element(low.begin(), low.end());  // one row each came first
    for (std::size_t part = 0; part < 3; ++part) free[part] -= low[part];
    least.push_back(low), most.push_back(high), left.push_back(rest);
  }
  const char* const names[] = {"training", "validation", "test"};
  for (std::size_t part = 0; part < 3; ++part) {
    if (sizes[part] > 0 && sizes[part] < std::int64_t(classes.size()))
      throw ValueError("stratified_split: the " + std::string(names[part]) + " part has " +
                       std::to_string(sizes[part]) + " rows, too few for " +
                       std::to_string(classes.size()) + " classes");
    for (; free[part] < 0; ++free[part]) {  // the largest classes make room for those lifted to one
      const auto largest =
          std::max_element(least.begin(), least.end(),
                           [part](const Cells& a, const Cells& b) { return a[part] < b[part]; });
      --(*largest)[part];
      ++left[std::size_t(largest - least.begin())];
    }
  }
  Placing placing(least, most, free);
  for (std::size_t i = 0; i < left.size(); ++i)
    for (; left[i] > 0; --left[i])
      if (!placing.place(i)) {
        placing.allow(i);
        placing.place(i);
      }
  return placing.counts();
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
  const auto n = static_cast<std::int64_t>(labels.size());
  const Counts sizes = counts_of("stratified_split", "the data has", n, fractions);
  auto classes = rows_by_label(labels);
  const std::size_t parts = 1 + (sizes.validation > 0) + (sizes.test > 0);
  for (const auto& [label, rows] : classes)
    if (rows.size() < parts)
      throw_too_few("stratified_split: class " + std::to_string(label) + " has",
                    std::int64_t(rows.size()), parts);
  const auto cells = stratify(classes, {sizes.train, sizes.validation, sizes.test});
  auto generator = make_generator(seed);
  Split split;
  std::size_t line = 0;
  for (auto& [label, rows] : classes) {
    shuffle(rows, generator);
    deal(rows, {cells[line][0], cells[line][1], cells[line][2]}, split);
    ++line;
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

Split time_split(const std::vector<double>& times, const SplitFractions& fractions) {
  check_fractions("time_split", fractions);
  const auto n = static_cast<std::int64_t>(times.size());
  const Counts counts = counts_of("time_split", "the data has", n, fractions);
  const detail::Timeline line("time_split", times);
  const std::size_t parts = 1 + (counts.validation > 0) + (counts.test > 0);
  if (line.moments() < parts)
    throw ValueError("time_split: " + std::to_string(line.moments()) +
                     (line.moments() == 1 ? " moment" : " moments") + ", too few for " +
                     std::to_string(parts) + " parts");
  // Borders count moments; each part keeps one, whatever the borders round to.
  const std::size_t test = counts.test > 0 ? line.border(n - counts.test, parts - 1, 1) : 0;
  const std::size_t end = counts.test > 0 ? test : line.moments();
  std::size_t validation = end;
  if (counts.validation > 0) validation = std::min(line.border(counts.train, 1, 1), end - 1);
  Split split;
  split.train = line.rows(0, validation);
  split.validation = line.rows(validation, end);
  split.test = line.rows(end, line.moments());
  return sorted(std::move(split));
}

void check_disjoint(const std::vector<Rows>& parts, std::int64_t n) {
  constexpr auto nobody = std::size_t(-1);
  std::vector<std::size_t> owner(std::size_t(std::max<std::int64_t>(n, 0)), nobody);
  for (std::size_t part = 0; part < parts.size(); ++part)
    for (const std::int64_t row : parts[part]) {
      std::size_t& mine = owner[index_of("check_disjoint", row, owner.size())];
      if (mine != nobody)
        throw ValueError("check_disjoint: row " + std::to_string(row) + " is in " +
                         (mine == part
                              ? "part " + std::to_string(part) + " twice"
                              : "parts " + std::to_string(mine) + " and " + std::to_string(part)));
      mine = part;
    }
}

void check_groups_apart(const std::vector<Rows>& parts, const std::vector<std::int64_t>& groups) {
  std::map<std::int64_t, std::size_t> owner;
  for (std::size_t part = 0; part < parts.size(); ++part)
    for (const std::int64_t row : parts[part]) {
      const std::int64_t group = groups[index_of("check_groups_apart", row, groups.size())];
      const std::size_t other = owner.emplace(group, part).first->second;
      if (other != part)
        throw ValueError("check_groups_apart: group " + std::to_string(group) +
                         " has rows in parts " + std::to_string(other) + " and " +
                         std::to_string(part));
    }
}

void check_classes_present(const std::vector<Rows>& parts,
                           const std::vector<std::int64_t>& labels) {
  const auto classes = rows_by_label(labels);
  for (std::size_t part = 0; part < parts.size(); ++part) {
    std::set<std::int64_t> there;
    for (const std::int64_t row : parts[part])
      there.insert(labels[index_of("check_classes_present", row, labels.size())]);
    for (const auto& [label, rows] : classes)
      if (!there.contains(label))
        throw ValueError("check_classes_present: part " + std::to_string(part) + " of " +
                         std::to_string(parts[part].size()) + " rows has none of class " +
                         std::to_string(label) + "; a stratified split has");
  }
}

}  // namespace cinta::train
