#pragma once
// Numbers for categories, learned from the training rows only.

#include <cinta/autograd/core/site.hpp>
#include <cinta/train/random.hpp>
#include <map>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::train {

struct VocabularyOptions {
  /// Categories that the training rows hold less often are unknown, so that the unknown row is
  /// trained and a rare category's is not guessed from a few rows.
  std::int64_t min_frequency = 1;
};

/// Maps the texts of a categorical column to ids for an embedding. Ids 1, 2, ... go to the
/// categories of the training rows in alphabetical order; 0 stands for every other text.
class Vocabulary {
 public:
  static constexpr std::int64_t unknown = 0;

  Vocabulary() = default;

  /// Learns the categories that occur in `cells` at the positions `training`. Throws ValueError for
  /// a min_frequency below 1 and for a row that there is not.
  Vocabulary(const std::vector<std::string>& cells, const Rows& training,
             VocabularyOptions options = {}, Site site = {});

  /// Number of ids including 0: the rows that an embedding needs.
  std::int64_t size() const { return static_cast<std::int64_t>(labels_.size()); }

  /// Id of a category, or 0.
  std::int64_t id(const std::string& category) const;

  /// Ids of all cells.
  std::vector<std::int64_t> encode(const std::vector<std::string>& cells) const;

  /// How many training rows hold each id, 0 those of rare categories.
  const std::vector<std::int64_t>& counts() const { return counts_; }

  /// Texts by id; "<unknown>" comes first.
  const std::vector<std::string>& labels() const { return labels_; }

 private:
  std::map<std::string, std::int64_t, std::less<>> ids_;
  std::vector<std::string> labels_{"<unknown>"};
  std::vector<std::int64_t> counts_{0};
};

}  // namespace cinta::train
#pragma GCC visibility pop
