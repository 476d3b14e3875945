#pragma once
// What a function reads besides its arguments. Library code only.

#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/engine.hpp>
#include <unordered_set>

#pragma GCC visibility push(default)
namespace cinta::detail {

/// Collects the tensors that operations of a function read and that were made outside it, while
/// gradients are recorded. Where such watches nest, the innermost one sees them, and the others the
/// inputs of what it makes of them.
class Captures final : OpWatch {
 public:
  /// The function's arguments, and what it gets for them: those with a history have a node of their
  /// own, so that the function's use of one can be told from the same tensor captured.
  Captures(const Tensors& inputs, const Tensors& entries);
  ~Captures();

  struct Read {
    Tensor tensor;
    std::uint32_t version;
  };
  std::vector<Read> take() { return std::move(reads_); }

 private:
  void after_record(const Op&, Node& node) override;
  void before_write(const Tensor&, const Inputs& inputs) override;
  void after_forward(const Op&, const Inputs& inputs, TensorSpan outputs, const Forward*) override;
  bool note(const Inputs& inputs);

  static thread_local constinit Captures* current_;
  Captures* outer_;
  std::unordered_set<const Node*> made_;
  std::unordered_set<Edge> read_;
  std::unordered_set<const Storage*> memories_;  // made here, or read already
  std::vector<Read> reads_;
};

}  // namespace cinta::detail
#pragma GCC visibility pop
