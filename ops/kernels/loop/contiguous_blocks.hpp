#pragma once
// Several arrays of one (broadcast) shape, whatever their strides, seen as blocks whose elements
// lie one after the other.

#include <cinta/ops/kernels/copy/copy_row.hpp>
#include <cinta/ops/kernels/loop/scratch.hpp>
#include <cinta/ops/kernels/loop/strided_walk.hpp>
#include <cinta/ops/kernels/simd/streaming.hpp>
#include <cstring>

namespace cinta::kernels {

/// Most arrays of one loop.
inline constexpr int max_arrays = 128;

/// Where an array's elements of a block are: one after the other, or one for all.
struct Place {
  char* memory;
  bool constant;
};

namespace detail {

inline std::int64_t unit_of(const Array& array) { return std::int64_t(size_of(array.dtype)); }

template <class Unit>
void copy_elements(char* to, std::int64_t to_step, const char* from, std::int64_t from_step,
                   std::int64_t n) {
  constexpr std::int64_t size = sizeof(Unit);
  if (from_step == 0 && to_step == size) {
    Unit element;
    std::memcpy(&element, from, sizeof element);
    std::fill_n(reinterpret_cast<Unit*>(to), n, element);
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) std::memcpy(to + i * to_step, from + i * from_step, size);
}

// Copies n elements of `unit` bytes from one row to another.
inline void copy_elements(std::int64_t unit, char* to, std::int64_t to_step, const char* from,
                          std::int64_t from_step, std::int64_t n) {
  if (to_step == unit && from_step == unit) return copy_row(to, from, n * unit);
  if (unit == 1) return copy_elements<std::uint8_t>(to, to_step, from, from_step, n);
  if (unit == 4) return copy_elements<std::uint32_t>(to, to_step, from, from_step, n);
  return copy_elements<std::uint64_t>(to, to_step, from, from_step, n);
}

// Arrays of which each has one step (in bytes) between its elements; those that are neither dense
// nor constant pass through a buffer.
template <int N, class Compute>
class ContiguousBlocks {
 public:
  ContiguousBlocks(std::span<const Array> arrays, const std::int64_t* steps, std::size_t outputs,
                   bool streaming, const Compute& compute)
      : arrays_(arrays),
        steps_(steps),
        outputs_(outputs),
        streaming_(streaming),
        compute_(compute) {
    for (std::size_t k = 0; k < arrays.size(); ++k) {
      if (direct(k)) continue;
      ++buffers_;
      widest_ = std::max(widest_, unit_of(arrays[k]));
    }
  }

  // n elements, the first of which are at `first`.
  void operator()(char* const* first, std::int64_t n) const {
    Place places[N];
    for (std::size_t k = 0; k < arrays_.size(); ++k) places[k] = {first[k], steps_[k] == 0};
    if (buffers_ > 0) return through_buffers(first, n, places);
    compute_(places, n, streaming_);
    if (streaming_) finish_streaming();
  }

 private:
  bool direct(std::size_t k) const { return steps_[k] == 0 || steps_[k] == unit_of(arrays_[k]); }

  void through_buffers(char* const* first, std::int64_t n, Place* places) const {
    constexpr std::int64_t buffer_bytes = 2048;  // several stay in the first cache
    const std::int64_t block = std::min(n, buffer_bytes / widest_);
    const std::size_t room = std::size_t(block * widest_ + 63) / 64 * 64;
    Scratch scratch(room * buffers_);
    char* free = scratch.memory();
    for (std::size_t k = 0; k < arrays_.size(); ++k)
      if (!direct(k)) places[k].memory = std::exchange(free, free + room);
    for (std::int64_t start = 0; start < n; start += block) {
      const std::int64_t m = std::min(block, n - start);
      for (std::size_t k = 0; k < arrays_.size(); ++k) {
        char* const at = first[k] + start * steps_[k];
        const std::int64_t unit = unit_of(arrays_[k]);
        if (direct(k))
          places[k].memory = at;
        else if (k >= outputs_)
          copy_elements(unit, places[k].memory, unit, at, steps_[k], m);
      }
      compute_(places, m, false);
      for (std::size_t k = 0; k < outputs_; ++k) {
        const std::int64_t unit = unit_of(arrays_[k]);
        if (!direct(k))
          copy_elements(unit, first[k] + start * steps_[k], steps_[k], places[k].memory, unit, m);
      }
    }
  }

  std::span<const Array> arrays_;
  const std::int64_t* steps_;
  std::size_t outputs_;
  bool streaming_;
  const Compute& compute_;
  std::size_t buffers_ = 0;
  std::int64_t widest_ = 1;  // bytes of an element that passes through a buffer
};

// Rows of at most so many elements are computed several at a time.
constexpr std::int64_t short_row = 128;

// Two axes, of which the inner one is short. Arrays whose rows do not follow each other pass
// through a buffer; a row that all rows share is written there once.
template <int N, class Compute>
void for_short_rows(const StridedWalk<N>& walk, std::span<const Array> arrays, std::size_t outputs,
                    const Compute& compute) {
  const std::int64_t rows = walk.sizes[0], width = walk.sizes[1], block = 4 * short_row / width;
  enum class Kind { dense, constant, shared, other } kinds[N];
  std::size_t buffers = 0;
  for (std::size_t k = 0; k < arrays.size(); ++k) {
    const std::int64_t down = walk.steps[k][0], across = walk.steps[k][1],
                       unit = unit_of(arrays[k]);
    kinds[k] = across == unit && down == width * unit ? Kind::dense
               : across == 0 && down == 0             ? Kind::constant
               : down == 0                            ? Kind::shared
                                                      : Kind::other;
    buffers += kinds[k] == Kind::shared || kinds[k] == Kind::other;
  }
  constexpr std::size_t room = 4 * short_row * sizeof(double);
  const auto copy_rows = [&](std::size_t k, char* buffer, std::int64_t first, std::int64_t count,
                             bool back) {
    const std::int64_t unit = unit_of(arrays[k]), across = walk.steps[k][1];
    for (std::int64_t i = 0; i < count; ++i) {
      char* const row = walk.memory[k] + (first + i) * walk.steps[k][0];
      char* const dense = buffer + i * width * unit;
      back ? copy_elements(unit, row, across, dense, unit, width)
           : copy_elements(unit, dense, unit, row, across, width);
    }
  };
  parallel_for((rows + block - 1) / block, grain_of(block * width),
               [&](std::int64_t begin, std::int64_t end) {
                 Place places[N];
                 Scratch scratch(room * buffers);
                 char* free = scratch.memory();
                 for (std::size_t k = 0; k < arrays.size(); ++k) {
                   places[k] = {walk.memory[k], kinds[k] == Kind::constant};
                   if (kinds[k] == Kind::shared || kinds[k] == Kind::other)
                     places[k].memory = std::exchange(free, free + room);
                   if (kinds[k] == Kind::shared) copy_rows(k, places[k].memory, 0, block, false);
                 }
                 for (std::int64_t first = begin * block; first < std::min(rows, end * block);
                      first += block) {
                   const std::int64_t count = std::min(block, rows - first);
                   for (std::size_t k = 0; k < arrays.size(); ++k) {
                     if (kinds[k] == Kind::dense)
                       places[k].memory = walk.memory[k] + first * walk.steps[k][0];
                     else if (kinds[k] == Kind::other && k >= outputs)
                       copy_rows(k, places[k].memory, first, count, false);
                   }
                   compute(places, count * width, false);
                   for (std::size_t k = 0; k < outputs; ++k)
                     if (kinds[k] == Kind::other)
                       copy_rows(k, places[k].memory, first, count, true);
                 }
               });
}

// Whether all outputs, dense ones, are worth writing with streaming stores.
inline bool are_large(std::span<const Array> outputs, std::span<const Array> inputs) {
  for (const Array& y : outputs) {
    if (!is_worth_streaming(y.memory, cache_line, y.numel() * unit_of(y))) return false;
    for (const Array& x : inputs)
      if (x.memory == y.memory) return false;
  }
  return true;
}

template <int N, class Compute>
void for_each_block_of(std::span<const Array> arrays, std::size_t outputs, std::int64_t grain,
                       const Compute& compute) {
  // Dense arrays of one shape, and single elements beside them, need no plan.
  const Array& y = arrays[0];
  bool flat = true;
  for (std::size_t k = 0; k < arrays.size() && flat; ++k) {
    const Array& x = arrays[k];
    flat = (x.is_contiguous() && x.shape == y.shape) || (x.is_uniform() && k >= outputs);
  }
  std::int64_t steps[N];
  if (flat) {
    for (std::size_t k = 0; k < arrays.size(); ++k)
      steps[k] = k >= outputs && arrays[k].is_uniform() ? 0 : unit_of(arrays[k]);
    const bool large = are_large(arrays.first(outputs), arrays.subspan(outputs));
    const ContiguousBlocks<N, Compute> blocks(arrays, steps, outputs, large, compute);
    parallel_for(y.numel(), grain, [&](std::int64_t begin, std::int64_t end) {
      char* first[N];
      for (std::size_t k = 0; k < arrays.size(); ++k)
        first[k] = static_cast<char*>(arrays[k].memory) + begin * steps[k];
      blocks(first, end - begin);
    });
  } else {
    const StridedWalk<N> walk(arrays);
    if (walk.rank() == 2 && walk.inner_size() <= short_row)
      return for_short_rows<N>(walk, arrays, outputs, compute);
    for (std::size_t k = 0; k < arrays.size(); ++k) steps[k] = walk.inner_step(int(k));
    const ContiguousBlocks<N, Compute> blocks(arrays, steps, outputs, false, compute);
    walk.for_each_row([&](char* const* first, std::int64_t n) { blocks(first, n); });
  }
}

}  // namespace detail

/// Calls compute(places, n, streaming) for blocks of n elements, in parallel. `arrays` are the
/// outputs, of one shape, then the inputs, each broadcast to that shape, at most max_arrays in
/// all; places[k] is where those of arrays[k] are. With `streaming` the outputs are aligned to a
/// cache line, no inputs, and worth writing so. Arrays of at most `grain` elements, if they are
/// dense, stay in one thread.
template <class Compute>
void for_each_block(std::span<const Array> arrays, int outputs, std::int64_t grain,
                    const Compute& compute) {
  const std::size_t count = std::size_t(outputs);
  if (arrays[0].numel() == 0) return;
  if (arrays.size() <= 4)
    detail::for_each_block_of<4>(arrays, count, grain, compute);
  else if (arrays.size() <= 12)
    detail::for_each_block_of<12>(arrays, count, grain, compute);
  else
    detail::for_each_block_of<max_arrays>(arrays, count, grain, compute);
}

}  // namespace cinta::kernels
