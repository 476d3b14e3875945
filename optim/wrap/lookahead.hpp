#pragma once

#include <cinta/optim/wrap/wrapper.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct LookaheadOptions {
  std::int64_t every = 5;  ///< steps of the inner optimizer
  double alpha = 0.5;      ///< how far the slow weights come towards the fast ones, in (0, 1]
};

/// Lookahead (Zhang et al. 2019): slow weights, at first the parameters, which come part of the way
/// to the parameters after every `every` steps of the inner optimizer; the parameters then go on
/// from there. Reading all parameters, it brings rows of row-sparse tables up to date each time.
/// Throws ValueError for options out of their range.
class Lookahead : public Wrapper {
 public:
  explicit Lookahead(Optimizer& inner, LookaheadOptions options = {}, Site site = {});
  void step(Site site = {}) override;

 protected:
  void save(State& state) const override;
  std::function<void()> load(StateReader& reader) override;

 private:
  LookaheadOptions options_;
  Tensors slow_;
  std::int64_t steps_ = 0;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
