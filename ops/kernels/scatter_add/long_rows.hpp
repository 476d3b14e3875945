#pragma once
// Private to sums by id: rows that get many.

#include <cinta/ops/kernels/loop/long_sums.hpp>
#include <cstdint>
#include <vector>

namespace cinta::kernels {

// Rows of a table that get many: what each has after a block is moved here.
template <class T>
class LongRows {
 public:
  /// Of ids from `begin` to before `end`, as parts of `width` elements.
  LongRows(std::int64_t begin, std::int64_t end, std::int64_t width)
      : begin_(begin), width_(width), counts_(std::size_t(end - begin)) {}

  [[gnu::always_inline]] void prefetch_count(std::int64_t id) const {
    __builtin_prefetch(&counts_[std::size_t(id - begin_)], 1);
  }

  std::uint8_t* counts() { return counts_.data(); }

  /// After so many were added to a row.
  void added(std::int64_t id, std::int64_t count, T* row) {
    std::uint8_t& counted = counts_[std::size_t(id - begin_)];
    counted = std::uint8_t(counted + count);
    if (counted < sum_block) return;
    counted = 0;
    take(id, row);
  }

  /// Puts the sums back, to where row_of(id) points.
  template <class F>
  void finish(const F& row_of) {
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      T* row = row_of(ids_[i]);
      take(ids_[i], row);
      const T *sum = &sums_[2 * i * std::size_t(width_)], *error = sum + width_;
      for (std::int64_t k = 0; k < width_; ++k) row[k] = compensated(sum[k], error[k]);
    }
  }

 private:
  // Leaves zeros.
  void take(std::int64_t id, T* row) {
    if (places_.empty()) places_.resize(counts_.size());
    std::int32_t& place = places_[std::size_t(id - begin_)];  // from 1
    if (place == 0) {
      ids_.push_back(id);
      place = std::int32_t(ids_.size());
      sums_.resize(2 * ids_.size() * std::size_t(width_));
    }
    T* const sum = &sums_[2 * std::size_t(place - 1) * std::size_t(width_)];
    for (std::int64_t k = 0; k < width_; ++k) {
      add_compensated(sum[k], sum[width_ + k], row[k]);
      row[k] = 0;
    }
  }

  std::int64_t begin_, width_;
  std::vector<std::uint8_t> counts_;
  std::vector<std::int32_t> places_;
  std::vector<std::int64_t> ids_;
  std::vector<T> sums_;  // and their errors
};

}  // namespace cinta::kernels
