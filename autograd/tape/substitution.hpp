#pragma once
// Substitution: tensors that are others for a while, as a module's parameters in a functional call.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta::detail {

/// While it lives, every handle to a place has the elements and the position in the graph of the
/// tensor that was given for it. What is recorded meanwhile holds on to the given tensors, so that
/// it stays true afterwards; what is written to a place is written to what was given for it.
/// Substitutions of a thread nest. No other thread may use the places meanwhile.
class Substitution {
 public:
  struct Pair {
    Tensor place, given;
  };
  using Pairs = std::vector<Pair>;

  /// Each place once.
  explicit Substitution(Pairs pairs);
  ~Substitution();
  Substitution(const Substitution&) = delete;
  Substitution& operator=(const Substitution&) = delete;

  /// What is in force in this thread, a place once: for what will be run again later.
  static Pairs active();

  /// For what outlives the call: the tensor itself, or what was given for it.
  static const Tensor& lasting(const Tensor& x) { return x.impl()->substituted ? given_for(x) : x; }

 private:
  static const Tensor& given_for(const Tensor& x);

  static thread_local constinit Substitution* innermost_;

  Pairs pairs_;
  Tensors contents_;  // of the places, while they show what was given
  Substitution* outer_;
};

}  // namespace cinta::detail
#pragma GCC visibility pop
