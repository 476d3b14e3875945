#pragma once
// What all optimizers share: the parameters, in groups with their own options.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

/// Base of optimizers. Parameters are leaves that require gradients, dense, floating; each is
/// given once. Throws GraphError, DtypeError or ValueError otherwise.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Updates every parameter that has a gradient. Warns, once and by name, of one that requires
  /// gradients and got none in 100 steps. Throws GraphError if a parameter changed its shape or
  /// dtype since it was given, MemoryError if there is no memory for what it keeps; it has changed
  /// no parameter then, so that the step can be repeated.
  virtual void step(Site site = {}) = 0;

  /// Drops all gradients; to zero them in place instead, pass false (a row-sparse one then has no
  /// rows).
  virtual void zero_grad(bool set_to_none = true, Site site = {}) const;

  /// The step that a proximal operator is to be taken with for parameter `i`: how far a gradient
  /// that stays the same moves it, per step and unit of the gradient. See optim/proximal.hpp.
  /// Throws ValueError for an optimizer that does not say.
  virtual double step_size(std::size_t i) const;

  /// Brings all rows that were left behind up to date, in the parameters and in what is kept for
  /// them. Reading a parameter does the same for it.
  void catch_up() const;

  const Tensors& parameters() const { return parameters_; }

 protected:
  Optimizer() = default;
  /// Checks and keeps parameters; returns the index of the first.
  std::size_t register_parameters(const char* name, const Tensors& parameters, const Site& site);
  /// How an optimizer takes row-sparse gradients. A rule for rows without gradient has to give
  /// what the dense computation gives.
  enum class Rows { refused, taken };
  /// What a step begins with: the gradient of parameter `i`, dense in memory or row-sparse, where
  /// ids may come several times (see coalesce()); undefined if there is none. Throws ValueError if
  /// it is row-sparse and refused.
  Tensor gradient(const char* name, std::size_t i, const Site& site,
                  Rows rows = Rows::refused) const;

  /// What an optimizer keeps for parameter `i`: a tensor like it, `value` everywhere.
  Tensor new_state(const char* name, std::size_t i, double value, const Site& site) const;

 private:
  /// "SGD: parameter 2 (hidden.weight)", for messages.
  std::string title(const char* name, std::size_t i) const;

  Tensors parameters_;
  std::vector<Spec> specs_;
  mutable std::vector<int> without_gradient_;  // steps in a row
};

/// Throws ValueError "<optimizer>: <option> must <rule>, got <value>" unless `ok`, and for a value
/// that is not finite.
void check_option(const char* optimizer, const char* option, bool ok, const char* rule,
                  double value, const Site& site);

/// The same for what has to be at least 0 and finite: rates, decays, eps.
void check_factor(const char* optimizer, const char* option, double value, const Site& site);

/// The part of an optimizer that depends on its options: one options object for each group.
template <class Options>
class GroupedOptimizer : public Optimizer {
 public:
  /// Options of a group; change them between steps, for instance the learning rate.
  Options& options(std::size_t group = 0) { return groups_.at(group).options; }
  std::size_t group_count() const { return groups_.size(); }

 protected:
  struct Group {
    std::size_t first, last;  // parameters [first, last)
    Options options;
  };
  /// The options that parameter `i` is updated with.
  const Options& options_of(std::size_t i) const {
    std::size_t group = 0;
    while (i >= groups_[group].last) ++group;
    return groups_[group].options;
  }

  std::vector<Group> groups_;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
