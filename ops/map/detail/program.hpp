#pragma once
// Private to ops: the code that computes an expression of elements, and its gradient.

#include <algorithm>
#include <atomic>
#include <cinta/ops/map/detail/expression.hpp>
#include <cinta/ops/map/vm/bytecode.hpp>
#include <optional>

namespace cinta::detail {

class Program;

/// The gradient of an expression with respect to its inputs, as a program.
struct Gradient {
  /// `slopes`: an output for each input, -1 where it is 0; its input `dy` is the gradient of what
  /// was differentiated.
  Gradient(const Expression& slopes, int dy);

  std::shared_ptr<const Program> program;  ///< null if no output has to be computed
  std::vector<int> inputs;                 ///< of the program, as inputs of `slopes`
  std::vector<int> outputs;                ///< by input: an output of the program, or one of these
  static constexpr int zero = -1, same_as_dy = -2;
};

/// An expression made ready to run.
class Program {
 public:
  /// With `sum`, what is wanted is the sum over all elements of its only output.
  explicit Program(Expression expression, bool sum = false);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  const Expression& expression() const { return expression_; }
  /// Arrays of one floating dtype: the outputs, then the inputs.
  void run(std::span<const Array> arrays) const;
  /// Of a program for it, for inputs of one floating dtype with `numel` elements, dense or uniform.
  double run_sum(std::span<const Array> inputs, std::int64_t numel) const;

  /// The gradient of its output with respect to the inputs in `mask`, made at the first call.
  /// Behind the inputs, dy is one more; `settle` where it may be 0, see differentiate.
  const Gradient& gradient(std::uint64_t mask, bool settle) const;

  /// An expression of one function runs as the operation of that name, which is faster where caches
  /// hold everything. Its operands by place: the output, the inputs, the constants.
  struct Single {
    kernels::Function function;
    std::array<int, 3> x;
    int first_constant;

    /// Whether it takes so many operands, all of them inputs.
    bool is_of_inputs(int count) const {
      const auto is_input = [&](int place) { return place < first_constant; };
      return kernels::arity(function) == count && std::all_of(x.data(), x.data() + count, is_input);
    }
    int input(int operand) const { return x[std::size_t(operand)] - 1; }
  };
  const std::optional<Single>& single() const { return single_; }

 private:
  kernels::Bytecode code(Dtype dtype) const;

  Expression expression_;
  bool sum_;
  // For float32 and float64: the instructions, and the constants as they want them.
  std::vector<kernels::Instruction> instructions_[2];
  std::vector<kernels::Strip> constants_[2];
  std::optional<Single> single_;
  int registers_ = 0;
  struct Masked {
    std::uint64_t mask;
    bool settle;
    Gradient gradient;
    Masked* next = nullptr;
  };
  mutable std::atomic<Masked*> gradients_{nullptr};  // a list that only grows
};

}  // namespace cinta::detail
