#pragma once
// Rows in the order of time, those of one moment together.

#include <cinta/train/random.hpp>

namespace cinta::train::detail {

class Timeline {
 public:
  /// Throws ValueError, "who: ...", for a time that is NaN.
  Timeline(const char* who, const std::vector<double>& times);

  /// Different times.
  std::size_t moments() const { return starts_.size() - 1; }
  /// The border between two moments, counted in moments before it, with the number of rows before
  /// it nearest to `rows`; at least `low`, and `keep` moments come after it.
  std::size_t border(std::int64_t rows, std::size_t low, std::size_t keep) const;
  /// The rows of moments from ... to-1, in order of time.
  Rows rows(std::size_t from, std::size_t to) const;

 private:
  Rows order_;
  Rows starts_;  // where in the order moment i begins, and at last the end
};

}  // namespace cinta::train::detail
