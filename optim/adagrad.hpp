#pragma once

#include <cinta/optim/optimizer.hpp>
#include <memory>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct AdagradOptions {
  double lr = 1e-2;
  double lr_decay = 0;
  double weight_decay = 0;  ///< coupled: added to the gradient as weight_decay * w
  double initial_accumulator_value = 0;
  double eps = 1e-10;
};

/// Adagrad (Duchi, Hazan & Singer 2011) as PyTorch defines it: d = g + weight_decay * w,
/// sum += d * d, w -= lr / (1 + (t - 1) * lr_decay) * d / (sqrt(sum) + eps) in a parameter's step t
/// from 1. The initial value of the sums is read when a group is added. Throws ValueError on
/// negative options.
///
/// With a row-sparse gradient a step costs the rows that it has, and gives what the dense
/// computation gives: see LazyTable. Without weight decay other rows do not change at all; with it,
/// the steps that a row has missed are repeated when it is read.
class Adagrad : public GroupedOptimizer<AdagradOptions> {
 public:
  explicit Adagrad(const Tensors& parameters, AdagradOptions options = {}, Site site = {});
  ~Adagrad() override;
  void add_group(const Tensors& parameters, AdagradOptions options, Site site = {});
  void step(Site site = {}) override;
  double step_size(std::size_t i) const override {
    return rate(i, states_[i].count > 0 ? states_[i].count - 1 : 0);
  }

 private:
  struct Table;
  /// Of a step that `before` others came before.
  double rate(std::size_t i, std::int64_t before) const {
    return options_of(i).lr / (1 + double(before) * options_of(i).lr_decay);
  }
  struct State {
    double initial;
    Tensor sum;  // undefined before the first step
    std::int64_t count = 0;
    std::unique_ptr<Table> table;  // null until the first row-sparse gradient
  };
  std::vector<State> states_;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
