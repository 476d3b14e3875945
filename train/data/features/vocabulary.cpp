#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/features/vocabulary.hpp>
#include <cinta/train/detail/row_index.hpp>

namespace cinta::train {

Vocabulary::Vocabulary(const std::vector<std::string>& cells, const Rows& training,
                       VocabularyOptions options, Site site) {
  if (options.min_frequency < 1) {
    throw ValueError("Vocabulary: min_frequency must be at least 1, got " +
                         std::to_string(options.min_frequency),
                     site);
  }
  for (const std::int64_t row : training)
    ++ids_[cells[detail::index_of("Vocabulary", row, cells.size())]];
  for (auto entry = ids_.begin(); entry != ids_.end();) {
    auto& [category, id] = *entry;
    const std::int64_t count = id;
    if (count < options.min_frequency) {
      counts_[unknown] += count;
      entry = ids_.erase(entry);
      continue;
    }
    id = size();
    labels_.push_back(category);
    counts_.push_back(count);
    ++entry;
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
