#pragma once
// The first control: no network, only a table from categories to the mean target in training.

#include <map>
#include <vector>

#include "dataset.hpp"

namespace exercise {

/// Predicts the mean target of the training rows with the same categories. The overall mean counts
/// as one more row of each, so that a category seen once does not give certainty; it is the answer
/// for a category never seen. With no columns at all it is the answer for every row.
class TableModel {
 public:
  /// `columns` are positions in data.categorical; several are looked up as one combination.
  TableModel(const Dataset& data, const Rows& training, std::vector<std::size_t> columns);

  std::vector<double> predict(const Dataset& data, const Rows& rows) const;

 private:
  using Key = std::vector<std::string_view>;  // cells of the data set that it was made from
  Key key(const Dataset& data, std::int64_t row) const;

  std::vector<std::size_t> columns_;
  std::map<Key, double> means_;
  double mean_ = 0;
};

}  // namespace exercise
