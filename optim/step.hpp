#pragma once
// A step of one parameter, as the optimizer sees it that makes it.

#include <array>
#include <cinta/autograd/tensor.hpp>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::optim {

class Powers;

/// What Optimizer::update works on. Whatever it sets here counts only when the updates of all
/// parameters have been computed: a step that fails, for want of memory or otherwise, has changed
/// nothing. So it assigns new tensors, and does not write into those that it finds.
class ParameterStep {
 public:
  virtual ~ParameterStep();

  /// The parameter's number in parameters().
  std::size_t index() const { return index_; }
  /// Its elements. Nothing is recorded while an update runs.
  const Tensor& parameter() const { return parameter_; }
  /// Its gradient, dense.
  const Tensor& gradient() const { return gradient_; }
  /// The number of this step, from 1: of those in which the parameter had a gradient.
  std::int64_t count() const { return count_; }
  /// std::pow, taken once for all parameters that ask for the same in a step.
  double power(double base, double exponent) const;

  /// Whether nothing is kept yet as number `which` of the tensors that the optimizer keeps.
  bool is_first(std::size_t which) const { return !states_[which].defined(); }
  /// Tensor number `which`: what an earlier step left there, or at first one like the parameter,
  /// `value` everywhere.
  Tensor& state(std::size_t which, double value = 0);
  /// The same, at first a copy of `start`, which may have another shape.
  Tensor& state(std::size_t which, const Tensor& start);
  /// Number `which` of those that the optimizer keeps.
  double& number(std::size_t which) { return numbers_[which]; }

 protected:
  ParameterStep(const char* optimizer, std::size_t index, const Tensor& parameter, Tensor gradient,
                std::int64_t count, Tensors states, std::vector<double> numbers, Powers& powers);
  ParameterStep(ParameterStep&&) noexcept;

  const char* optimizer_;  // its name
  std::size_t index_;
  Tensor parameter_, gradient_;
  std::int64_t count_;
  Tensors states_;
  std::vector<double> numbers_;
  // The first states that were asked for, in that order: no rule of the kernels takes more.
  std::array<std::size_t, 3> used_ = {};
  std::size_t used_count_ = 0;
  Powers* powers_;  // of all parameters
};

}  // namespace cinta::optim
#pragma GCC visibility pop
