#pragma once
// Optimizer steps: on a whole parameter, or on a few rows of a table. All arrays are dense and of
// one floating dtype.

#include <cinta/autograd/core/storage.hpp>
#include <cinta/ops/kernels/table/sparse_rows.hpp>

namespace cinta::kernels {

/// Rows of tables of one width: different ones, or without ids all up to `count`.
struct RowList {
  const std::int64_t* ids;
  std::int64_t count, width;
};
inline RowList all_of(const Array& table) { return {nullptr, table.numel(), 1}; }

/// What a list's rows get: gradients that stand one after the other, or with groups, row i the sum
/// of those of group i, which is formed on the way.
struct RowGradients {
  Array given;
  const RowGroups* groups = nullptr;
};

struct SgdStep {
  double lr, momentum, dampening, weight_decay;
  bool nesterov;
  bool first;  // the buffer holds nothing yet and starts as the gradient itself
};

/// `buffer` is null without momentum. A soft threshold comes last.
void sgd_step(const Array& parameter, const RowGradients& gradients, const Array* buffer,
              const RowList& rows, const SgdStep& step, double threshold);

struct AdamStep {
  double lr, beta1, beta2, eps;
  double weight_decay;
  bool decoupled;      // AdamW: the parameter shrinks by itself instead of through the gradient
  std::int64_t count;  // this step's number, from 1
};

/// The numbers of such a step, bias corrections included: the moments start at 0, and dividing by
/// 1 - beta^count takes that out.
struct AdamRates {
  /// `extra` decay comes with the gradient, whether the step's own does or not.
  explicit AdamRates(const AdamStep& step, double extra = 0);

  double rate, correction, shrink, coupled, beta1, beta2, eps;
};
void adam_step(const Array& parameter, const RowGradients& gradients, const Array& mean,
               const Array& square, const RowList& rows, const AdamRates& step);

struct AdagradStep {
  double rate;  // decayed already
  double eps, weight_decay;
};
void adagrad_step(const Array& parameter, const RowGradients& gradients, const Array& sum,
                  const RowList& rows, const AdagradStep& step);

}  // namespace cinta::kernels
