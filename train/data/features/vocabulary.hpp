#pragma once
// Numbers for categories, learned from the training rows only.

#include <cinta/train/random.hpp>
#include <map>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Maps the texts of a categorical column to ids for an embedding. Ids 1, 2, ... go to the
/// categories of the training rows in alphabetical order; 0 stands for every other text.
class Vocabulary {
 public:
  static constexpr std::int64_t unknown = 0;

  Vocabulary() = default;

  /// Learns the categories that occur in `cells` at the positions `training`.
  Vocabulary(const std::vector<std::string>& cells, const Rows& training);

  /// Number of ids including 0: the rows that an embedding needs.
  std::int64_t size() const { return static_cast<std::int64_t>(labels_.size()); }

  /// Id of a category, or 0.
  std::int64_t id(const std::string& category) const;

  /// Ids of all cells.
  std::vector<std::int64_t> encode(const std::vector<std::string>& cells) const;

  /// Texts by id; "<unknown>" comes first.
  const std::vector<std::string>& labels() const { return labels_; }

 private:
  std::map<std::string, std::int64_t, std::less<>> ids_;
  std::vector<std::string> labels_{"<unknown>"};
};

}  // namespace cinta::train
#pragma GCC visibility pop
