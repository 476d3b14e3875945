#pragma once
// A step of one parameter between its two halves: everything that may fail, and everything that
// changes something.

#include <cinta/optim/detail/by_rule.hpp>
#include <cinta/optim/detail/lazy_table.hpp>

namespace cinta::optim {

/// A parameter with row-sparse gradients: the steps that rows may have missed.
class LazyRows {
 public:
  /// Before a step by this rule on these rows, with what is kept for them: brings them up to date
  /// and takes the memory that the step needs.
  void prepare(const Tensor& parameter, const Tensors& states, const TouchedRows& touched,
               const kernels::StepRule& rule);
  /// The step itself. `written` is called when the elements have been.
  template <class F>
  void step(const TouchedRows& touched, const kernels::StepRule& rule, const F& written);
  /// Brings all rows up to date and forgets the steps.
  void restart();

 private:
  std::unique_ptr<kernels::PendingSteps> steps_;
  Tensors states_;
  // Last, because it catches everything up when it goes.
  LazyTable rows_{
      [this](const Array& parameter, const kernels::RowList& behind, const std::uint32_t* since) {
        steps_->catch_up(parameter, arrays(states_), behind, since);
      }};

 public:
  /// What kernels get of states: without asking for rows that are behind.
  static kernels::StepStates arrays(const Tensors& states) {
    kernels::StepStates first = {};
    for (std::size_t i = 0; i < states.size(); ++i) first[i] = states[i].impl()->memory;
    return first;
  }
};

class PlannedStep final : public ParameterStep {
 public:
  PlannedStep(const char* optimizer, std::size_t index, const Tensor& parameter, Tensor gradient,
              std::int64_t count, Tensors states, std::vector<double> numbers, Powers& powers)
      : ParameterStep(optimizer, index, parameter, std::move(gradient), count, std::move(states),
                      std::move(numbers), powers) {}
  PlannedStep(PlannedStep&&) = default;

  /// The states that its rule uses.
  Tensors states_of_rule() const {
    Tensors list;
    for (std::size_t i = 0; i < used_count_; ++i) list.push_back(states_[used_[i]]);
    return list;
  }
  /// The same for kernels.
  kernels::StepStates arrays() const {
    static_assert(std::tuple_size_v<kernels::StepStates> == std::tuple_size_v<decltype(used_)>);
    kernels::StepStates first = {};
    for (std::size_t i = 0; i < used_count_; ++i) first[i] = states_[used_[i]].impl()->memory;
    return first;
  }
  Tensors take_states() { return std::move(states_); }
  std::vector<double> take_numbers() { return std::move(numbers_); }

  std::optional<kernels::StepRule> rule;
  Tensor value;                        // without a rule: the new elements
  std::optional<TouchedRows> touched;  // where the gradient is row-sparse
  std::optional<KeepPaddingRow> keep;  // where it is dense
};

template <class F>
void LazyRows::step(const TouchedRows& touched, const kernels::StepRule& rule, const F& written) {
  const kernels::RowList list = touched.list();
  const Array parameter = rows_.elements();
  const std::optional<double> scale = kernels::scale_of(rule, parameter.dtype);
  if (scale) rows_.before_scaling(list);
  kernels::row_step(rule, parameter, arrays(states_), touched.gradients(), list);
  if (!steps_->changes_nothing(rule)) {
    steps_->append(rule);
    rows_.advance(list);
  }
  written();
  if (scale) rows_.after_scaling(list, *scale);
}

}  // namespace cinta::optim
