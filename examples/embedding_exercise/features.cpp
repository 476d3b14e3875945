#include "features.hpp"

#include <algorithm>
#include <cinta/cinta.hpp>
#include <cmath>

namespace exercise {

using cinta::train::StandardScaler;

namespace {

std::int64_t count(const Rows& rows) { return static_cast<std::int64_t>(rows.size()); }

/// Missing categories are stored as empty cells and must not become a category of their own.
Rows rows_with_category(const Dataset::Categorical& column, const Rows& rows) {
  Rows out;
  for (const std::int64_t row : rows)
    if (!column.cells[row].empty()) out.push_back(row);
  return out;
}

}  // namespace

Part make_part(const Dataset& data, const Preprocessing& learned, const Rows& rows) {
  const auto numbers = static_cast<std::int64_t>(data.numeric.size());
  const auto categories = static_cast<std::int64_t>(data.categorical.size());
  Part part{rows, cinta::empty({count(rows), numbers}),
            cinta::empty({count(rows), categories}, cinta::int64), cinta::empty({count(rows), 1})};
  float* numeric = part.numeric.data<float>();
  std::int64_t* ids = part.ids.data<std::int64_t>();
  float* target = part.target.data<float>();
  for (const std::int64_t row : rows) {
    for (std::size_t c = 0; c < data.numeric.size(); ++c) {
      const double value = learned.scalers[c].transform(data.numeric[c].values[row]);
      *numeric++ = std::isnan(value) ? 0.0f : static_cast<float>(value);  // 0 is the mean
    }
    for (std::size_t c = 0; c < data.categorical.size(); ++c)
      *ids++ = learned.vocabularies[c].id(data.categorical[c].cells[row]);
    *target++ = static_cast<float>(learned.target_scaler.transform(data.target[row]));
  }
  return part;
}

Features make_features(const Dataset& data, const Split& split) {
  Features features;
  for (const auto& column : data.numeric)
    features.learned.scalers.emplace_back(column.values, split.train);
  for (const auto& column : data.categorical) {
    features.learned.vocabularies.emplace_back(column.cells,
                                               rows_with_category(column, split.train));
  }
  if (!data.classifies()) features.learned.target_scaler = StandardScaler(data.target, split.train);
  const auto less = [&](auto a, auto b) { return data.target[a] < data.target[b]; };
  const auto [low, high] = std::minmax_element(split.train.begin(), split.train.end(), less);
  features.learned.target_low = data.target[*low];
  features.learned.target_high = data.target[*high];
  features.train = make_part(data, features.learned, split.train);
  features.validation = make_part(data, features.learned, split.validation);
  features.test = make_part(data, features.learned, split.test);
  return features;
}

}  // namespace exercise
