#include <cinta/train/data/features/vocabulary.hpp>

namespace cinta::train {

Vocabulary::Vocabulary(const std::vector<std::string>& cells, const Rows& training) {
  for (std::int64_t row : training) ids_.emplace(cells.at(row), 0);
  for (auto& [category, id] : ids_) {
    id = size();
    labels_.push_back(category);
  }
}

std::int64_t Vocabulary::id(const std::string& category) const {
  const auto found = ids_.find(category);
  return found == ids_.end() ? unknown : found->second;
}

std::vector<std::int64_t> Vocabulary::encode(const std::vector<std::string>& cells) const {
  std::vector<std::int64_t> ids;
  ids.reserve(cells.size());
  for (const std::string& cell : cells) ids.push_back(id(cell));
  return ids;
}

}  // namespace cinta::train
