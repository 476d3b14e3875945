#include "table_model.hpp"

namespace exercise {

TableModel::TableModel(const Dataset& data, const Rows& training, std::vector<std::size_t> columns)
    : columns_(std::move(columns)) {
  for (const std::int64_t row : training) mean_ += data.target[row];
  mean_ /= static_cast<double>(training.size());
  if (columns_.empty()) return;
  std::map<Key, double> counts;
  for (const std::int64_t row : training) {
    const Key k = key(data, row);
    means_[k] += data.target[row];
    counts[k] += 1;
  }
  for (auto& [k, sum] : means_) sum = (sum + mean_) / (counts[k] + 1);
}

std::vector<double> TableModel::predict(const Dataset& data, const Rows& rows) const {
  std::vector<double> out;
  out.reserve(rows.size());
  for (const std::int64_t row : rows) {
    const auto found = columns_.empty() ? means_.end() : means_.find(key(data, row));
    out.push_back(found == means_.end() ? mean_ : found->second);
  }
  return out;
}

TableModel::Key TableModel::key(const Dataset& data, std::int64_t row) const {
  Key k;
  for (const std::size_t c : columns_) k.emplace_back(data.categorical[c].cells[row]);
  return k;
}

}  // namespace exercise
