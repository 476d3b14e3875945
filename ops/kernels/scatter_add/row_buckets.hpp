#pragma once
// Private to sums by id: ids sorted by the part of a large table that they name. What is done to a
// part stays in a cache, and threads have parts of their own.

#include <algorithm>
#include <bit>
#include <cinta/autograd/core/memory/storage.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/simd/streaming.hpp>
#include <vector>

namespace cinta::kernels {

class RowBuckets {
 public:
  /// Of n ids of `rows` rows of `row_bytes` each, without those that are `skip`.
  RowBuckets(const std::int64_t* ids, std::int64_t n, std::int64_t skip, std::int64_t rows,
             std::int64_t row_bytes)
      : bits_(bits_for(rows, row_bytes)),
        first_(std::size_t((rows - 1) >> bits_) + 2),
        memory_(Storage::create(std::size_t(n) * sizeof(std::uint64_t))) {
    const std::int64_t buckets = size(), ranges = n < 4 * grain ? 1 : thread_count();
    const std::int64_t range = (n + ranges - 1) / ranges;
    std::vector<std::int64_t> counts(std::size_t(ranges * buckets));
    const auto for_ranges = [&](const auto& f) {
      parallel_for(ranges, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r)
          f(&counts[std::size_t(r * buckets)], r * range, std::min(n, (r + 1) * range));
      });
    };
    const int bits = bits_;
    for_ranges([=](std::int64_t* count, std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        if (ids[i] != skip) ++count[ids[i] >> bits];
    });
    std::int64_t before = 0;
    for (std::int64_t b = 0; b < buckets; ++b) {
      first_[std::size_t(b)] = before;
      for (std::int64_t r = 0; r < ranges; ++r)
        before += std::exchange(counts[std::size_t(r * buckets + b)], before);
    }
    first_.back() = before;
    auto* const items = static_cast<std::uint64_t*>(memory_->data());
    const std::int64_t mask = (std::int64_t{1} << bits) - 1;
    for_ranges([=](std::int64_t* place, std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        __builtin_prefetch(reinterpret_cast<const char*>(ids + i) + fetch_ahead);
        if (ids[i] != skip)
          items[place[ids[i] >> bits]++] =
              std::uint64_t(i) << most_bits | std::uint64_t(ids[i] & mask);
      }
    });
  }

  /// Of an item: the place of its id among all, and the row of its part.
  [[gnu::always_inline]] static std::int64_t place(std::uint64_t item) {
    return std::int64_t(item >> most_bits);
  }
  [[gnu::always_inline]] static std::int64_t row(std::uint64_t item) {
    return std::int64_t(item & ((std::uint64_t{1} << most_bits) - 1));
  }

  /// Ids of one part, in the order in which they came.
  struct Bucket {
    const std::uint64_t* item;
    std::int64_t count, following;  // its own, and with those of all parts behind it
    std::int64_t begin, end;        // rows of the table
  };

  std::int64_t size() const { return std::int64_t(first_.size()) - 1; }
  std::int64_t rows_of_part() const { return std::int64_t{1} << bits_; }

  /// Calls f(next) in several threads, where next(bucket) is false after the last of a thread's:
  /// threads have about as many ids.
  template <class F>
  void for_each_thread(std::int64_t rows, std::int64_t width, const F& f) const {
    parallel_for(first_.back() + size(), grain_of(width),
                 [&](std::int64_t begin, std::int64_t end) {
                   std::int64_t b = 0;
                   const auto work_before = [&] { return first_[std::size_t(b)] + b; };
                   while (b < size() && work_before() < begin) ++b;
                   f([&](Bucket& bucket) {
                     if (b == size() || work_before() >= end) return false;
                     const std::int64_t first = first_[std::size_t(b)], row = b << bits_;
                     bucket = {static_cast<const std::uint64_t*>(memory_->data()) + first,
                               first_[std::size_t(b) + 1] - first, first_.back() - first, row,
                               std::min(rows, row + rows_of_part())};
                     ++b;
                     return true;
                   });
                 });
  }

 private:
  static constexpr int most_bits = 20;  // of a row in its part; the others are a place's

  // Parts of half a second cache at most, many for each thread, but not so many that sorting ids
  // leaves the first cache.
  static int bits_for(std::int64_t rows, std::int64_t row_bytes) {
    constexpr std::int64_t part_bytes = 128 * 1024, most_buckets = 2048, least_buckets = 64;
    const auto log2 = [](std::int64_t n) {
      return int(std::bit_width(std::uint64_t(std::max<std::int64_t>(1, n)))) - 1;
    };
    const int fitting = std::min(log2(part_bytes / row_bytes), log2(rows / least_buckets));
    return std::min(most_bits, std::max(fitting, log2(rows / most_buckets)));
  }

  int bits_;
  std::vector<std::int64_t> first_;
  Ref<Storage> memory_;
};

}  // namespace cinta::kernels
