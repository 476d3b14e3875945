#pragma once
// Formulas of elements as lists of instructions, computed in one pass: what `map` runs.
//
// The elements go through in strips, a few SIMD registers at a time. Each instruction computes one
// value for a strip, which stays in the registers for the next instruction and is the "current"
// one there; it ends in a jump to that, which finds the current value where it is. So a chain of
// functions touches memory at its ends only.

#include <cinta/autograd/core/memory/storage.hpp>
#include <cinta/ops/kernels/elementwise/functions.hpp>
#include <span>

namespace cinta::kernels {

/// The function that does what an instruction says; its type is known in code_simd.cpp alone.
using Handler = void (*)();

struct Instruction {
  Handler handler;
  std::uint16_t x[3] = {0, 0, 0};  ///< the places of the operands besides the current value
};

/// The handlers for one dtype.
struct Handlers {
  Handler store;        ///< writes the current value to the register x[0]
  Handler output;       ///< writes it to the output x[0]
  Handler sum;          ///< adds it to the register x[0]
  Handler sum_squares;  ///< adds its square
  Handler pause;        ///< what a code ends with; on its way it forgets the current value
  /// By function and by which of its operands the current value is, or `nowhere`; the others come
  /// in order. A copy from nowhere loads.
  Handler function[int(Function::count)][max_inputs + 1];
  static constexpr int nowhere = max_inputs;
};

/// Those of the best instruction set, for float32 or float64.
const Handlers& handlers_of(Dtype dtype);

/// Functions after which a code has to pause at the latest: where compilers do not make jumps of
/// calls at the end, each takes some of the stack.
inline constexpr int most_without_pause = 64;

/// What fills a strip of the widest instruction set.
inline constexpr std::int64_t strip_bytes = 256;
struct alignas(64) Strip {
  char bytes[strip_bytes];
};
/// Copies of a value, as float32 or float64.
Strip strip_of(double value, Dtype dtype);

/// What is computed for each element. Places are numbered in this order: outputs, inputs,
/// constants, registers (strips of what is between).
struct Bytecode {
  Dtype dtype;
  std::span<const Instruction> instructions;
  int outputs, inputs;
  const Strip* constants = nullptr;  ///< copies of each
  int constant_count = 0;
  int registers = 0;

  int places() const { return outputs + inputs + constant_count + registers; }
};

/// Runs `code` in one pass. `arrays`, all of its dtype, are the outputs, of one shape, then the
/// inputs, each broadcast to that shape; any strides. No output may be one of the inputs.
void run(const Bytecode& code, std::span<const Array> arrays);

/// The sum over all elements of what `code`, which has no outputs, adds to its first register. The
/// `inputs` have `numel` elements, dense in one order, or one for all.
double run_sum(const Bytecode& code, std::span<const Array> inputs, std::int64_t numel);

}  // namespace cinta::kernels
