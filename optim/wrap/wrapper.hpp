#pragma once
// What optimizers around others share.

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

class StateReader;

/// An optimizer that does something around the steps of another one, with all of its parameters:
/// options, groups and gradients are the inner one's, and a state holds both. The inner optimizer
/// has its groups before and must outlive this one.
class Wrapper : public Optimizer {
 public:
  void zero_grad(bool set_to_none = true, Site site = {}) const override {
    inner_.zero_grad(set_to_none, site);
  }
  double step_size(std::size_t i) const override { return inner_.step_size(i); }
  bool maximizes(std::size_t i) const override { return inner_.maximizes(i); }
  void catch_up() const override { inner_.catch_up(); }
  void eval(Site site = {}) override { inner_.eval(site); }
  void train(Site site = {}) override { inner_.train(site); }

  std::size_t group_count() const override { return inner_.group_count(); }
  std::size_t group_of(std::size_t i) const override { return inner_.group_of(i); }
  std::vector<std::string> option_names() const override { return inner_.option_names(); }
  double option(std::string_view name, std::size_t group = 0, Site site = {}) const override {
    return inner_.option(name, group, site);
  }
  using Optimizer::set_option;
  void set_option(std::string_view name, double value, std::size_t group, Site site = {}) override {
    inner_.set_option(name, value, group, site);
  }

  State state_dict() const override;
  std::function<void()> prepare_load(const State& state, Site site = {}) override;

 protected:
  Wrapper(const char* name, Optimizer& inner, const Site& site);
  Optimizer& inner() const { return inner_; }

  /// What a wrapper keeps itself, and how it is read back: `load` is as prepare_load, of these
  /// entries alone.
  virtual void save(State& state) const = 0;
  virtual std::function<void()> load(StateReader& reader) = 0;

 private:
  Optimizer& inner_;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
