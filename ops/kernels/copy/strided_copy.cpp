#include <cinta/ops/kernels/copy/copy_row.hpp>
#include <cinta/ops/kernels/copy/strided_copy.hpp>
#include <cinta/ops/kernels/copy/transpose.hpp>
#include <cinta/ops/kernels/loop/strided_walk.hpp>
#include <cinta/ops/kernels/reduce/reduce_plan.hpp>
#include <cinta/ops/kernels/simd/streaming.hpp>

namespace cinta::kernels {
namespace {

// Transposes along `axis`, dense in `from`, and the last axis, dense in `to`: in blocks whose pages
// fit the processor's tables, a part of each of some rows of `from` after the other.
void transpose_along(const StridedWalk<2>& walk, int axis, std::int64_t size) {
  constexpr std::int64_t block_rows = 256, block_columns = 128;
  const int last = walk.rank() - 1;
  Shape outer = walk.sizes;
  outer[axis] = outer[last] = 1;
  const std::int64_t rows = walk.sizes[axis], columns = walk.sizes[last];
  const std::int64_t down = (rows + block_rows - 1) / block_rows;
  const std::int64_t across = (columns + block_columns - 1) / block_columns;
  const std::int64_t block = std::min(rows, block_rows) * std::min(columns, block_columns);
  parallel_for(
      outer.numel() * down * across, grain_of(block), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t unit = begin; unit < end; ++unit) {
          const std::int64_t r = unit % down * block_rows;
          const std::int64_t c = unit / down % across * block_columns;
          const std::int64_t matrix = unit / (down * across);
          const StridedIndex to(outer, walk.steps[0], matrix);
          const StridedIndex from(outer, walk.steps[1], matrix);
          const std::int64_t from_step = walk.steps[1][last], to_step = walk.steps[0][axis];
          transpose({.from = walk.memory[1] + from.offset() + c * from_step + r * size,
                     .to = walk.memory[0] + to.offset() + r * to_step + c * size,
                     .rows = std::min(block_rows, rows - r),
                     .columns = std::min(block_columns, columns - c),
                     .from_step = from_step,
                     .to_step = to_step,
                     .element = size,
                     .streaming = walk.sizes.numel() * size >= large_result});
        }
      });
}

// n elements that run backwards from `from` on.
template <class Unit>
void copy_reversed(char* to, const char* from, std::int64_t n) {
  Unit* y = reinterpret_cast<Unit*>(to);
  const Unit* x = reinterpret_cast<const Unit*>(from);
  for (std::int64_t i = 0; i < n; ++i) y[i] = x[-i];
}

// Rows, of results that no cache holds with streaming stores, on which a thread waits once.
template <class Copy, class Stream>
void copy_rows(const StridedWalk<2>& walk, bool streaming, const Copy& copy, const Stream& stream) {
  if (streaming)
    walk.for_each_row([=](char* const* p, std::int64_t n) { stream(p[0], p[1], n); },
                      finish_streaming);
  else
    walk.for_each_row([=](char* const* p, std::int64_t n) { copy(p[0], p[1], n); });
}

}  // namespace

bool copy_strided(const Array& from, const Array& to) {
  if (to.numel() == 0) return true;
  const std::int64_t size = std::int64_t(size_of(to.dtype));
  const Array arrays[] = {to, from};
  const StridedWalk<2> walk(arrays);
  if (walk.inner_step(0) != size) return false;
  const bool streaming =
      to.numel() * size >= large_result && walk.inner_size() * size >= 16 * cache_line;
  if (walk.inner_step(1) == size) {
    if (walk.memory[0] == walk.memory[1]) return true;
    copy_rows(
        walk, streaming, [=](char* y, const char* x, std::int64_t n) { copy_row(y, x, n * size); },
        [=](char* y, const char* x, std::int64_t n) { stream_row(y, x, n * size, fetch_ahead); });
    return true;
  }
  if (size < 4) return false;
  if (walk.inner_step(1) == -size) {
    size == 4 ? copy_rows(walk, streaming, copy_reversed<std::uint32_t>,
                          stream_reversed_row<std::uint32_t>)
              : copy_rows(walk, streaming, copy_reversed<std::uint64_t>,
                          stream_reversed_row<std::uint64_t>);
    return true;
  }
  for (int axis = walk.rank() - 2; axis >= 0; --axis) {
    if (walk.steps[1][axis] != size || walk.sizes[axis] < 4) continue;
    transpose_along(walk, axis, size);
    return true;
  }
  return false;
}

}  // namespace cinta::kernels
