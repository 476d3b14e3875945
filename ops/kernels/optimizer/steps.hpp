#pragma once
// Steps of optimizers: on whole parameters, all in one pass, or on a few rows of a table. All
// arrays are dense and of one floating dtype.

#include <array>
#include <cinta/autograd/core/memory/storage.hpp>
#include <cinta/ops/kernels/optimizer/rules.hpp>
#include <cinta/ops/kernels/scatter_add/row_groups.hpp>
#include <span>
#include <variant>

namespace cinta::kernels {

/// What a step does to each element of a parameter.
struct StepRule {
  double decay;  // coupled: decay * w is added to the gradient
  std::variant<Sgd<double>, SgdSoft<double>, SgdMomentum<double>, SgdMomentumSoft<double>,
               Adam<double>, AmsGrad<double>, NAdam<double>, RAdam<double>, Adamax<double>,
               Adagrad<double>, RowwiseAdagrad<double>, Adadelta<double>, RMSprop<double>,
               RMSpropMomentum<double>, RMSpropCentered<double>, RMSpropCenteredMomentum<double>,
               Rprop<double>, Lion<double>, AveragedSgd<double>, ScheduleFreeAdam<double>,
               Ftrl<double>>
      formula;

  /// Whether it steps whole rows, which makes each a matter of row_step.
  bool rowwise() const { return std::holds_alternative<RowwiseAdagrad<double>>(formula); }
  /// How many numbers it keeps for an element, or for a row.
  std::size_t states() const;
};

/// The first elements of what is kept for a parameter's elements, in the rule's order.
using StepStates = std::array<void*, 3>;

/// A step on all elements of a parameter.
struct DenseStep {
  const StepRule* rule;
  Dtype dtype;
  std::int64_t count;
  void* parameter;
  const void* gradient;
  StepStates states;
};

/// Several such steps: in one parallel loop, since many parameters are too small for one of their
/// own.
void dense_steps(std::span<const DenseStep> steps);

/// Rows of tables of one width: different ones, or without ids all up to `count`.
struct RowList {
  const std::int64_t* ids;
  std::int64_t count, width;
};

/// What a list's rows get: gradients that stand one after the other, or with groups, row i the sum
/// of those of group i, which is formed on the way.
struct RowGradients {
  Array given;
  const RowGroups* groups = nullptr;
};

/// A step on these rows of a parameter. A rule of whole rows takes no groups.
void row_step(const StepRule& rule, const Array& parameter, const StepStates& states,
              const RowGradients& gradients, const RowList& rows);

}  // namespace cinta::kernels
