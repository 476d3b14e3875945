#include "controls.hpp"

#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <numeric>

namespace exercise {

using namespace cinta;

namespace {

/// The categories of the rows in another order.
Dataset shuffled(Dataset data, std::uint64_t seed) {
  auto generator = train::make_generator(seed, 2);  // other numbers than the split's
  const Rows order = train::permutation(data.rows(), generator);
  for (auto& column : data.categorical) {
    std::vector<std::string> cells;
    cells.reserve(order.size());
    for (const std::int64_t row : order) cells.push_back(std::move(column.cells[row]));
    column.cells = std::move(cells);
  }
  return data;
}

/// Whole categories of a column as test part; the other rows split at random into training and
/// validation part, in the proportion asked for.
Split split_by_category(const Dataset& data, std::size_t column, const Options& options,
                        std::uint64_t seed) {
  Rows all(data.rows());
  std::iota(all.begin(), all.end(), 0);
  const auto& cells = data.categorical[column].cells;
  const std::vector<std::int64_t> groups = train::Vocabulary(cells, all).encode(cells);
  const auto& f = options.fractions;
  const Split outer =
      train::group_split(groups, seed, {.train = 1 - f.test, .validation = 0, .test = f.test});
  const double rest = f.train + f.validation;
  const Split inner =
      train::random_split(static_cast<std::int64_t>(outer.train.size()), seed,
                          {.train = f.train / rest, .validation = f.validation / rest, .test = 0});
  Split split{{}, {}, outer.test};
  for (const std::int64_t i : inner.train) split.train.push_back(outer.train[i]);
  for (const std::int64_t i : inner.validation) split.validation.push_back(outer.train[i]);
  return split;
}

}  // namespace

std::vector<Run> table_control(const Dataset& data, const Split& split, std::uint64_t seed) {
  std::vector<Run> runs;
  std::vector<std::size_t> all;
  for (std::size_t c = 0; c < data.categorical.size(); ++c) {
    runs.push_back(table_run("table of " + data.categorical[c].name, data, split, {c}, seed));
    all.push_back(c);
  }
  if (all.size() > 1) runs.push_back(table_run("table of all columns", data, split, all, seed));
  return runs;
}

Run shuffled_control(const Dataset& data, const Split& split, std::uint64_t seed,
                     Session& session) {
  const Dataset other = shuffled(data, seed);
  return train_model("categories shuffled", other, make_features(other, split), true, seed,
                     session);
}

std::optional<std::size_t> unseen_column(const Dataset& data, const Options& options) {
  std::size_t column = 0;
  for (std::size_t c = 0; c < data.categorical.size(); ++c) {
    if (data.categorical[c].name == options.unseen) {
      column = c;
      break;
    }
    if (data.categorical[c].categories > data.categorical[column].categories) column = c;
  }
  if (data.categorical[column].categories < 3) return std::nullopt;
  return column;
}

std::vector<Run> unseen_control(const Dataset& data, std::size_t column, std::uint64_t seed,
                                Session& session) {
  const Split split = split_by_category(data, column, session.options(), seed);
  const Features features = make_features(data, split);
  const std::string what = "unseen " + data.categorical[column].name + ": ";
  return {table_run(what + baseline_name(data), data, split, {}, seed),
          train_model(what + without_embeddings, data, features, false, seed, session),
          train_model(what + with_embeddings, data, features, true, seed, session)};
}

}  // namespace exercise
