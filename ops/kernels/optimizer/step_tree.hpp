#pragma once
// Any run of consecutive steps as one map, in logarithmic time.

#include <cstdint>
#include <vector>

namespace cinta::kernels {

/// Makes room for one more.
template <class T>
void reserve_one(std::vector<T>& list) {
  if (list.size() == list.capacity()) list.reserve(2 * list.size() + 1);
}

/// Steps are maps that compose: `Map then(Map a, Map b)` is a followed by b, and Map() the
/// identity. Level l of the tree holds the composition of each whole block of 2^l steps. Unlike
/// quotients of prefix products it neither underflows nor cancels: each run is composed of its own
/// steps.
template <class Map>
class StepTree {
 public:
  std::int64_t size() const { return levels_.empty() ? 0 : std::int64_t(levels_[0].size()); }
  void clear() { levels_.clear(); }

  void append(const Map& step) {
    Map block = step;
    for (std::size_t level = 0;; ++level) {
      if (level == levels_.size()) levels_.emplace_back();
      std::vector<Map>& blocks = levels_[level];
      blocks.push_back(block);
      if (blocks.size() % 2) return;
      block = then(blocks[blocks.size() - 2], block);
    }
  }

  /// Makes room, so that the next append does not throw.
  void reserve() {
    for (std::size_t level = 0;; ++level) {
      if (level == levels_.size()) levels_.emplace_back();
      std::vector<Map>& blocks = levels_[level];
      reserve_one(blocks);
      if (blocks.size() % 2 == 0) return;
    }
  }

  /// All steps from number `first` on.
  Map since(std::int64_t first) const {
    Map all;
    const std::int64_t end = size();
    int level = 0;
    while (first < end) {
      while ((first >> level & 1) == 0 && first + (std::int64_t{2} << level) <= end) ++level;
      while (first + (std::int64_t{1} << level) > end) --level;
      all = then(all, levels_[std::size_t(level)][std::size_t(first >> level)]);
      first += std::int64_t{1} << level;
    }
    return all;
  }

 private:
  std::vector<std::vector<Map>> levels_;
};

}  // namespace cinta::kernels
