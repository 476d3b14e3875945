#pragma once
// Private to ops: the code that computes a formula of elements, and its gradient.

#include <atomic>
#include <cinta/ops/formula.hpp>
#include <cinta/ops/kernels/code.hpp>

namespace cinta::detail {

/// A formula made ready to run.
class Program {
 public:
  explicit Program(Formula formula);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  const Formula& formula() const { return formula_; }
  /// Arrays of one floating dtype: the outputs, then the inputs.
  void run(std::span<const Array> arrays) const;

  struct Gradient;
  /// Its gradient with respect to the inputs in `mask`, made at the first call.
  const Gradient& gradient(std::uint64_t mask) const;

 private:
  Formula formula_;
  // For float32 and float64: the instructions, and the constants as they want them.
  std::vector<kernels::Instruction> instructions_[2];
  std::vector<kernels::Strip> constants_[2];
  int registers_ = 0;
  mutable std::atomic<Gradient*> gradients_{nullptr};  // a list that only grows
};

struct Program::Gradient {
  std::uint64_t mask;
  std::shared_ptr<const Program> program;  // null if no output has to be computed
  std::vector<int> inputs;   // of the program, as inputs of the formula; their number stands for dy
  std::vector<int> outputs;  // by input of the formula: an output of the program, or one of these
  static constexpr int zero = -1, same_as_dy = -2;
  Gradient* next = nullptr;
};

}  // namespace cinta::detail
