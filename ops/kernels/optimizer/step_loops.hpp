#pragma once
// Private to steps and pending steps: a step's loop over elements, and the walk over rows.

#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/optimizer/steps.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>
#include <cstring>
#include <type_traits>

namespace cinta::kernels {

/// A step made ready for elements of one dtype: its numbers, rounded to that, and the loop of the
/// best instruction set. One loop for a rule and a dtype serves whole parameters, rows, and the
/// steps that rows have missed.
class ElementStep {
 public:
  /// Steps n elements from p on, whose gradients and states begin there.
  using Loop = void (*)(const void* numbers, std::int64_t n, const void* gradient, void* p,
                        const StepStates& states);

  ElementStep() = default;
  ElementStep(const StepRule& rule, Dtype dtype);

  template <class Numbers>
  void set(const Numbers& numbers, Loop loop) {
    static_assert(sizeof numbers <= sizeof numbers_ && std::is_trivially_copyable_v<Numbers>);
    std::memcpy(numbers_, &numbers, sizeof numbers);
    loop_ = loop;
  }

  void operator()(std::int64_t n, const void* gradient, void* p, const StepStates& states) const {
    loop_(numbers_, n, gradient, p, states);
  }

 private:
  Loop loop_ = nullptr;
  alignas(double) std::byte numbers_[10 * sizeof(double)];
};

/// The tables whose rows are stepped: a parameter, and what a rule keeps for its elements or for
/// its rows.
class StepTables {
 public:
  StepTables(const StepRule& rule, const Array& parameter, const StepStates& states,
             std::int64_t width)
      : parameter_(static_cast<char*>(parameter.memory)),
        states_(states),
        count_(rule.states()),
        rowwise_(rule.rowwise()),
        unit_(std::int64_t(size_of(parameter.dtype))),
        width_(std::max<std::int64_t>(width, 1)) {}

  void* parameter_at(std::int64_t element) const { return parameter_ + element * unit_; }
  /// Where the states of an element begin, or those of the row that begins with it.
  StepStates states_at(std::int64_t element) const {
    const std::int64_t offset = (rowwise_ ? element / width_ : element) * unit_;
    StepStates at{};
    for (std::size_t k = 0; k < count_; ++k) at[k] = static_cast<char*>(states_[k]) + offset;
    return at;
  }

  // Inline: g++ drops calls of functions that do nothing but ask for memory.
  [[gnu::always_inline]] void prefetch_row(std::int64_t row) const {
    const std::int64_t bytes = width_ * unit_;
    prefetch(parameter_ + row * bytes, bytes);
    for (std::size_t k = 0; k < count_ && !rowwise_; ++k)
      prefetch(static_cast<char*>(states_[k]) + row * bytes, bytes);
  }

 private:
  char* parameter_;
  StepStates states_;
  std::size_t count_;
  bool rowwise_;
  std::int64_t unit_, width_;
};

/// Calls f(i, start) for row i of the list, which begins with element `start` of the tables. Rows
/// differ, so that they can be shared out. `work` is that of an element, in steps.
template <class F>
void for_each_row(const StepTables& tables, const RowList& rows, std::int64_t work, const F& f) {
  parallel_for(rows.count, grain_of(rows.width * work), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      if (rows.ids && i + prefetch_ahead < end) tables.prefetch_row(rows.ids[i + prefetch_ahead]);
      f(i, (rows.ids ? rows.ids[i] : i) * rows.width);
    }
  });
}

}  // namespace cinta::kernels
