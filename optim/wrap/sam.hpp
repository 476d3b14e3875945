#pragma once

#include <cinta/optim/wrap/wrapper.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct SAMOptions {
  double rho = 0.05;      ///< how far it climbs
  bool adaptive = false;  ///< in units of each element's size (ASAM, Kwon et al. 2021)
};

/// Sharpness-aware minimization (Foret et al. 2021): the gradient is taken not at w but at
/// w + rho * g / ||g||, the worst point near it (with a minus where the inner optimizer maximizes),
/// and the inner optimizer steps from w with it. Two passes a step, so that it takes the loss:
///
///     optim::SGD sgd(net, {.lr = 0.1});
///     optim::SAM sam(sgd);
///     sam.step([&] { return loss(net(x), y); });
///
/// A gradient of 0 climbs nowhere. Both passes draw their own random numbers. Throws NanError that
/// names the parameter if the first gradient is not finite, and ValueError for rho < 0.
class SAM : public Wrapper {
 public:
  explicit SAM(Optimizer& inner, SAMOptions options = {}, Site site = {});
  /// One step; returns the loss at w. `before_step`, if given, sees the second gradients: it is
  /// where to clip, since the first ones count by their direction alone. `buffers` keep what the
  /// first pass makes of them, as running statistics have to. Whatever is thrown leaves w as it
  /// was, and no trace of the second pass in buffers.
  Tensor step(const std::function<Tensor()>& loss, const std::function<void()>& before_step = {},
              const Tensors& buffers = {}, Site site = {});
  /// Throws ValueError: it needs the loss.
  void step(Site site = {}) override;

 protected:
  void save(State& state) const override;
  std::function<void()> load(StateReader& reader) override;

 private:
  SAMOptions options_;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
