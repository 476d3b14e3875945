#pragma once
// Proximal steps: penalties that give exact zeros, and constraints, after each step of an
// optimizer.

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

/// A penalty g(w) on each parameter of a group, and constraints. Factors are those of the penalty
/// nodes of the same name: 0 switches a term off.
struct ProximalOptions {
  double l1 = 0;                      ///< l1 * sum |w|: exact zeros
  double l2 = 0;                      ///< l2 / 2 * sum w^2
  double group_lasso = 0;             ///< whole slices become zero
  double low = -__builtin_inf();      ///< w >= low; 0: not negative
  double high = __builtin_inf();      ///< w <= high
  double max_norm = __builtin_inf();  ///< of each slice, in ||.||_2
  int axis = 0;  ///< slices of group_lasso and max_norm: 0 for rows, 1 for columns

  static std::span<const OptionField> fields();
};

/// Wraps an optimizer: its step, then for the parameters of each group
///
///     w = argmin over u of ||u - w||^2 / 2 + t * g(u), u within the constraints,
///
/// which leaves exact zeros where a gradient step of the penalty would only come near. The step t
/// is the inner optimizer's step_size:
///
/// - SGD: t = lr, the proximal gradient method (ISTA; A. Beck, M. Teboulle, SIAM J. Imaging
///   Sciences 2, 2009), whose fixed points are the minima of loss + g. With momentum m the buffer
///   ends 1 / (1 - m) times as large as the gradient, so that t = lr / (1 - m) keeps those fixed
///   points.
/// - Adam, AdamW and Adagrad: t = lr. Their step does not scale with the gradient, hence no t makes
///   the minimum of loss + g a fixed point without a metric for each element; the step is decoupled
///   as AdamW's decay is (weights shrink by lr * l1 whatever the gradients' size). Constraints hold
///   exactly in any case.
///
///     optim::SGD sgd(net.parameters(), {.lr = 0.1});
///     optim::Proximal optimizer(sgd);
///     optimizer.add_group({net.hidden.weight}, {.group_lasso = 1e-3, .axis = 1});
///
/// The terms of a group are combined where that is exact: l1, l2 and a box; or l1, l2, group_lasso
/// and max_norm with w >= 0 or w <= 0 (Y. Yu, "On decomposing the proximal map", NIPS 2013). A
/// parameter without a gradient is left alone, as by the inner optimizer. The inner optimizer must
/// outlive this one; its options may change between steps.
class Proximal : public OptionGroups<ProximalOptions> {
 public:
  explicit Proximal(Optimizer& inner);
  ~Proximal() override;

  /// Throws GraphError for a parameter that is no leaf or not the inner optimizer's, ValueError
  /// for one given twice, a factor or norm that is negative, low > high, or terms that have no
  /// exact step together; IndexError for a missing axis.
  std::size_t add_group(const Parameters& parameters, ProximalOptions options, Site site = {});

  void step(Site site = {}) override;
  /// Of all parameters of the inner optimizer.
  void zero_grad(bool set_to_none = true, Site site = {}) const override {
    inner_.zero_grad(set_to_none, site);
  }
  double step_size(std::size_t i) const override { return inner_.step_size(places_[i]); }
  bool maximizes(std::size_t i) const override { return inner_.maximizes(places_[i]); }
  void catch_up() const override { inner_.catch_up(); }
  void train(Site site = {}) override { inner_.train(site); }
  void eval(Site site = {}) override { inner_.eval(site); }

  /// Its own and the inner optimizer's.
  State state_dict() const override;
  std::function<void()> prepare_load(const State& state, Site site = {}) override;

 protected:
  void check_together(const ProximalOptions& options, const Site& site) const override;

 private:
  Optimizer& inner_;
  std::vector<std::size_t> places_;  // of our parameters among the inner optimizer's
};

}  // namespace cinta::optim
#pragma GCC visibility pop
