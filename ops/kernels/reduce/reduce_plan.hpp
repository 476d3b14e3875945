#pragma once
// Private to reduce: the axes of a reduction in the order in which memory is best read.

#include <cinta/autograd/core/memory/storage.hpp>
#include <cinta/ops/kernels/reduce/reduce.hpp>

namespace cinta::kernels {

/// Axes sorted by their step in x, the smallest innermost, and merged where they continue each
/// other. Steps are in bytes; those in x are not negative.
struct ReducePlan {
  const char* x;
  char* y;
  Dtype dtype;  // of x
  // The innermost axis.
  std::int64_t size, step_x, step_y;
  bool inner_reduced;
  // The others: those that y has, and those that are reduced.
  Shape kept;
  Strides kept_x, kept_y;
  Shape reduced;
  Strides reduced_x;
};

/// Counts through the axes of `sizes`, last axis fastest, keeping the offset by `steps`. Both must
/// outlive it.
class StridedIndex {
 public:
  StridedIndex(const Shape& sizes, const Strides& steps, std::int64_t start)
      : sizes_(sizes), steps_(steps), index_(Shape::filled(sizes.rank())) {
    for (int i = sizes.rank() - 1; i >= 0; --i) {
      if (sizes[i] == 0) continue;  // nothing to count
      index_[i] = start % sizes[i];
      start /= sizes[i];
      offset_ += index_[i] * steps[i];
    }
    if (sizes.rank() == 0) return;
    left_ = sizes.back() - index_.back();
    step_ = steps.back();
  }

  std::int64_t offset() const { return offset_; }
  /// Inline along the last axis: loops over rows call it for each.
  [[gnu::always_inline]] void next() {
    offset_ += step_;
    if (--left_ <= 0) carry();
  }

 private:
  [[gnu::noinline]] void carry() {
    const int last = sizes_.rank() - 1;
    if (last < 0) return;
    left_ = sizes_[last];
    offset_ -= left_ * step_;
    for (int i = last - 1; i >= 0; --i) {
      offset_ += steps_[i];
      if (++index_[i] < sizes_[i]) return;
      offset_ -= sizes_[i] * steps_[i];
      index_[i] = 0;
    }
  }

  const Shape& sizes_;
  const Strides& steps_;
  Shape index_;                       // but for the last axis,
  std::int64_t left_ = 0, step_ = 0;  // of which these are kept
  std::int64_t offset_ = 0;
};

}  // namespace cinta::kernels
