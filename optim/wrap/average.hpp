#pragma once
// Averages of weights over training, to evaluate with.

#include <cinta/optim/parameters.hpp>
#include <functional>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct State;  // <cinta/optim/state.hpp>

/// Averages of parameters: exponential (EMA), or equal over all updates (SWA, Izmailov et al.
/// 2018).
///
///     auto average = optim::Average::exponential(net, 0.999);
///     ...; optimizer.step(); average.update();
///     { const optim::AverageScope scope(average); evaluate(net); }
///
/// Only parameters are averaged: buffers are the model's own, as training has left them, and
/// counters stay whole. Running statistics that have to fit the averages are made by passes over
/// the data in a scope. Rows of row-sparse tables are brought up to date in every update. Counts
/// steps of the optimizer: see Accumulate.
class Average {
 public:
  /// average += (1 - decay) * (w - average), from the first update's w on. Throws ValueError unless
  /// decay lies in [0, 1).
  static Average exponential(const Parameters& parameters, double decay = 0.999, Site site = {});
  /// average += (w - average) / n in update number n.
  static Average equal(const Parameters& parameters, Site site = {});

  void update(Site site = {});
  /// The number of updates.
  std::int64_t count() const { return count_; }
  /// The averages by name; before the first update what the parameters were. Shared, not copied.
  NamedTensors averages() const;

  State state_dict() const;
  /// Throws ValueError like an optimizer.
  void load_state_dict(const State& state, Site site = {}) { prepare_load(state, site)(); }
  /// As Optimizer::prepare_load.
  std::function<void()> prepare_load(const State& state, Site site = {});

 private:
  friend class AverageScope;
  Average(const Parameters& parameters, double decay, const Site& site);
  std::string name_of(std::size_t i) const;
  void check_unchanged(const Site& site) const;

  NamedTensors parameters_;
  Tensors tensors_, averages_;
  double decay_;  // negative for equal weights
  std::int64_t count_ = 0;
};

/// While it lives, the parameters have the averages' values; then those of before, to the bit.
/// Throws GraphError if a parameter has another shape or dtype than the average was made of,
/// ValueError if it is not dense any more.
class AverageScope {
 public:
  explicit AverageScope(const Average& average, Site site = {});
  ~AverageScope();
  AverageScope(const AverageScope&) = delete;
  AverageScope& operator=(const AverageScope&) = delete;

 private:
  Tensors parameters_, weights_;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
