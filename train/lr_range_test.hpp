#pragma once
// The learning-rate range test: which rates a model learns with.

#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/generator.hpp>
#include <cinta/nn/module/module.hpp>
#include <cinta/optim/optimizer.hpp>
#include <concepts>
#include <functional>
#include <tuple>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::train {

enum class Sweep {
  exponential,  ///< each rate is the same multiple of the one before
  linear,       ///< each rate is the same amount above the one before
};

struct LrRangeOptions {
  double start = 1e-7;  ///< the first rate
  double end = 10;      ///< the last one
  int steps = 100;      ///< how many rates, at least 2
  Sweep sweep = Sweep::exponential;
  double smoothing = 0.9;  ///< the weight of a loss in the average around the next point
  /// The test ends where the running average of the loss, with these weights, lies above its lowest
  /// value by diverge - 1 times that value's size: for a positive loss, where it is as many times
  /// the lowest. 0: never.
  double diverge = 4;
};

/// What the test saw: a point for each rate, with the loss of the next batch after a step with it.
struct LrRange {
  std::vector<double> lr;
  std::vector<double> loss;  ///< of single batches, all finite
  /// The average around each point, of the points before and after it, so that nothing lags behind;
  /// the weight of another point is smoothing to the power of how far it is. A loss that ended the
  /// test counts as the largest before it.
  std::vector<double> smoothed;
  double loss_before = 0;  ///< of the first batch, before any step
  bool diverged = false;   ///< ended early, because the loss grew or was not finite

  /// Suggestions. All look at the smoothed loss up to its lowest point only, and throw ValueError
  /// where it does not fall.
  ///
  /// The rate at which it falls fastest per factor of the rate; the first tenth of the points is
  /// left out, where the average rests on fewer losses.
  double steepest(Site site = {}) const;
  /// The middle of its longest falling subsequence, which ends where that does and is taken to have
  /// no gaps.
  double valley(Site site = {}) const;
  /// A tenth of the rate at its lowest point.
  double minimum_tenth(Site site = {}) const;
};

namespace detail {

/// The loop of the test, and all that it has to put back.
class LrRangeRun {
 public:
  /// Throws ValueError for options out of their range.
  LrRangeRun(const nn::Module& model, optim::Optimizer& optimizer, const LrRangeOptions& options,
             const Site& site);

  /// Takes the loss of a batch and, until the test is over, the step with the next rate.
  void feed(const Tensor& loss, const Site& site);
  bool done() const { return done_; }
  /// Throws ValueError if a pass gave no batch.
  void check_pass(const Site& site);

  /// Puts everything back.
  void restore(const Site& site);
  /// What was seen.
  LrRange take();

 private:
  double rate(int step) const;

  optim::Optimizer& optimizer_;
  LrRangeOptions options_;
  LrRange range_;
  bool done_ = false;
  int steps_ = 0, fed_ = 0, fed_before_pass_ = 0;
  double average_ = 0, best_ = 0;
  std::vector<double> shares_;  // of each group in the rate

  nn::EvalGuard modes_;
  GeneratorState generator_;
  Tensors tensors_, values_;          // of the model and the optimizer
  Tensors gradients_;                 // of the tensors
  std::function<void()> load_state_;  // of the optimizer
};

}  // namespace detail

/// Trains with learning rates that rise from step to step, and sees with which the loss falls (L.
/// Smith, "Cyclical learning rates for training neural networks", WACV 2017). Then everything is as
/// it was, to the bit, also where `loss` throws: parameters, buffers and gradients of the model and
/// of the optimizer, the optimizer's state and options, the modes of all modules, this thread's
/// generator. (Rows that an optimizer left behind are brought up to date, as by state_dict().) So
/// training may begin right after it, or go on.
///
/// `loader` and `loss` are those of fit: `loss(batch...)` gives a scalar, in training mode. A
/// loader that can be copied is, so that its passes are not counted; one with few batches is passed
/// through again. Groups keep the ratios of their rates to that of the first.
///
///     const train::LrRange range = train::lr_range_test(net, optimizer, loader, loss);
///     optimizer.set_option("lr", range.valley());
///     train::plot_lr_range("range.png", range);  // <cinta/train/report/lr_range_plot.hpp>
///
/// Throws ValueError for options out of their range, an optimizer whose first group has a rate of
/// 0, a loader without batches, and a loss that is not finite before the first step.
template <class Loader, class Loss>
LrRange lr_range_test(const nn::Module& model, optim::Optimizer& optimizer, Loader& loader,
                      Loss&& loss, LrRangeOptions options = {}, Site site = {}) {
  cinta::detail::check_not_empty("lr_range_test", "loss", loss, site);
  detail::LrRangeRun run(model, optimizer, options, site);
  const auto passes = [&](auto& batches) {
    while (!run.done()) {
      for (auto& batch : batches) {
        run.feed(std::apply(loss, batch), site);
        if (run.done()) break;
      }
      run.check_pass(site);
    }
  };
  try {
    if constexpr (std::copy_constructible<Loader>) {
      Loader copy(loader);
      passes(copy);
    } else {
      passes(loader);
    }
  } catch (...) {
    run.restore(site);
    throw;
  }
  run.restore(site);
  return run.take();
}

}  // namespace cinta::train
#pragma GCC visibility pop
