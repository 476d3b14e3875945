#pragma once
// Numbers brought to a common scale, which is learned from the training rows only.

#include <cinta/optim/state.hpp>
#include <cinta/train/random.hpp>

#pragma GCC visibility push(default)
namespace cinta::train {

enum class Scaling {
  none,             ///< as they are
  standard,         ///< mean 0 and standard deviation 1: see StandardScaler
  min_max,          ///< smallest 0, largest 1; others may leave that range
  quantile,         ///< share of the training rows below: uniform on [0, 1]
  quantile_normal,  ///< the same as a quantile of the normal distribution, within [-5.2, 5.2]
  /// Yeo and Johnson's power transform with the exponent of greatest likelihood ("A new family of
  /// power transformations", Biometrika 87, 2000), of those from -5 to 7 that do not round the
  /// values together, then standard.
  power,
};

/// A scale of one column. Conventions are scikit-learn's, but for columns of equal values, which
/// become 0 (0.5 by quantile). Of quantiles there are at most 1000, between which it is linear.
class Scaler {
 public:
  Scaler() = default;

  /// Learns from `values` at the positions `training`. NaN is skipped. Throws ValueError for a
  /// row that there is not, and if no number is left or one is infinite (Scaling::none asks
  /// nothing).
  Scaler(Scaling kind, const std::vector<double>& values, const Rows& training);

  Scaling kind() const { return kind_; }
  /// What is subtracted from values (of a power: transformed ones), and what they are divided by
  /// then; 0 and 1 for quantiles.
  double shift() const { return shift_; }
  double scale() const { return scale_; }
  /// NaN stays NaN.
  double transform(double value) const;
  /// The value that becomes this one; for quantiles, within the training rows' range.
  double inverse_transform(double value) const;

  optim::State state_dict() const;
  /// Throws ValueError.
  std::function<void()> prepare_load(const optim::State& state, Site site = {});

 private:
  Scaling kind_ = Scaling::none;
  double shift_ = 0, scale_ = 1;
  double power_ = 1;
  std::vector<double> quantiles_;
};

}  // namespace cinta::train
#pragma GCC visibility pop
