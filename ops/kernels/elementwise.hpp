#pragma once
// One pass over arrays of one (broadcast) shape that computes elementwise functions.

#include <cinta/autograd/storage.hpp>
#include <cinta/ops/kernels/functions.hpp>
#include <span>

namespace cinta::kernels {

/// One instruction: places[y] = row(places[x[0]], ...), over a block of elements. The operands that
/// the row does not have are place 0.
struct Step {
  Row row;
  std::uint16_t y;
  std::uint16_t x[most_inputs];
};

/// Most outputs and inputs together.
inline constexpr int most_arrays = 128;

/// Elements up to which a single function stays in one thread.
inline constexpr std::int64_t small = 32 * 1024;

/// What is computed for each element. The operands of its steps are places, numbered in this
/// order: outputs, inputs, constants, registers (blocks that hold what is between, in cache).
struct Code {
  std::span<const Step> steps;
  int outputs, inputs;
  const void* constants = nullptr;  ///< of the dtype of the outputs
  int constant_count = 0;
  int registers = 0;
};

/// Runs `code` in one pass. `arrays` are the outputs, of one shape, then the inputs, each broadcast
/// to that shape; any strides. An output may be one of the inputs if there is only one step.
void run(const Code& code, std::span<const Array> arrays);

namespace detail {

// Small dense arrays of one shape, and single numbers beside them, need neither plan nor threads.
template <class... X>
bool run_small(Row row, const Array& y, const X&... x) {
  const auto same = [&](const Array& a) { return a.is_contiguous() && a.shape == y.shape; };
  if (y.numel() > small || !y.is_contiguous() || !((x.numel() == 1 || same(x)) && ...))
    return false;
  const void* const from[] = {x.memory...};
  unsigned constant = 0, bit = 1;
  ((constant |= x.numel() == 1 ? bit : 0, bit <<= 1), ...);
  if (y.numel() > 0) row(y.memory, from, constant, y.numel());
  return true;
}

template <class... X>
void run_row(Row row, const Array& y, const X&... x) {
  constexpr int inputs = sizeof...(X);
  static_assert(0 < inputs && inputs <= most_inputs);
  if (run_small(row, y, x...)) return;
  const Step step = {row, 0, {1, inputs > 1 ? 2 : 0, inputs > 2 ? 3 : 0}};
  const Array arrays[] = {y, x...};
  run(Code{{&step, 1}, 1, inputs}, arrays);
}

inline Array as_array(const Array& x) { return x; }

}  // namespace detail

/// y = row(x...), each x broadcast to the shape of y; any strides. y may be one of the inputs.
template <class... X>
void elementwise(Row row, const Array& y, const X&... x) {
  detail::run_row(row, y, detail::as_array(x)...);
}

/// y = f(x...), all of y's dtype.
template <class... X>
void elementwise(Function f, const Array& y, const X&... x) {
  detail::run_row(row_of(f, y.dtype), y, detail::as_array(x)...);
}

}  // namespace cinta::kernels
