#pragma once
// The steps that rows of a table have missed: those with gradient zero.

#include <cinta/ops/kernels/optimizer/steps.hpp>
#include <memory>
#include <optional>

namespace cinta::kernels {

/// Steps of one law, in order. What a run of them makes of a row depends on the rule: products of
/// numbers, of 2x2 matrices, or the steps themselves, repeated.
class PendingSteps {
 public:
  virtual ~PendingSteps() = default;

  /// Those that begin with this one, of a parameter of `dtype`.
  static std::unique_ptr<PendingSteps> starting_with(const StepRule& rule, Dtype dtype);
  /// Whether this one may follow them.
  virtual bool takes(const StepRule& rule) const = 0;
  /// Whether this one leaves rows as they are that have done all before.
  virtual bool changes_nothing(const StepRule& rule) const = 0;

  /// Makes room, so that the next append does not throw.
  virtual void reserve() = 0;
  virtual void append(const StepRule& rule) = 0;
  virtual void clear() = 0;
  /// Does for row i of the list (ids given, different) the steps from number since[i] on.
  virtual void catch_up(const Array& parameter, const StepStates& states, const RowList& rows,
                        const std::uint32_t* since) const = 0;
};

/// What a step without gradient multiplies all elements of a parameter of `dtype` by, where that is
/// all it does. Nothing shrinks by less than a rounding, as in the step itself.
std::optional<double> scale_of(const StepRule& rule, Dtype dtype);

/// Sum of the squares of all elements of these rows.
double sum_of_squares(const Array& table, const RowList& rows);

}  // namespace cinta::kernels
