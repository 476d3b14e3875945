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

/// y = row(x...), each x broadcast to the shape of y; any strides. y may be one of the inputs.
template <class... X>
void elementwise(Row row, const Array& y, const X&... x) {
  constexpr int inputs = sizeof...(X);
  static_assert(0 < inputs && inputs <= most_inputs);
  const Step step = {row, 0, {1, inputs > 1 ? 2 : 0, inputs > 2 ? 3 : 0}};
  const Array arrays[] = {y, x...};
  run(Code{{&step, 1}, 1, inputs}, arrays);
}

/// y = f(x...), all of y's dtype.
template <class... X>
void elementwise(Function f, const Array& y, const X&... x) {
  elementwise(row_of(f, y.dtype), y, x...);
}

}  // namespace cinta::kernels
