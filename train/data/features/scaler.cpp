#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/features/scaler.hpp>
#include <cinta/train/data/features/standard_scaler.hpp>
#include <cinta/train/detail/row_index.hpp>
#include <cinta/train/detail/statistics/moments.hpp>
#include <cinta/train/detail/statistics/normal.hpp>
#include <cmath>
#include <numbers>
#include <numeric>

namespace cinta::train {
namespace {

constexpr std::size_t most_quantiles = 1000;
constexpr double normal_limit = 5.199337582605575;  // of the normal quantile: that of 1e-7

std::vector<double> numbers_of(const std::vector<double>& values, const Rows& training) {
  std::vector<double> numbers;
  for (const std::int64_t row : training) {
    const double value = values[detail::index_of("Scaler", row, values.size())];
    if (std::isinf(value))
      throw ValueError("Scaler: value " + std::to_string(row) + " is infinite");
    if (!std::isnan(value)) numbers.push_back(value);
  }
  if (numbers.empty()) throw ValueError("Scaler: no numbers to learn from");
  return numbers;
}

/// The values at equal shares of the rows, linear between neighbours.
std::vector<double> quantiles_of(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  const std::size_t count = std::min(most_quantiles, numbers.size());
  std::vector<double> quantiles;
  for (std::size_t i = 0; i < count; ++i) {
    const double place =
        count == 1 ? 0 : double(i) / double(count - 1) * double(numbers.size() - 1);
    const auto below = std::min(std::size_t(place), numbers.size() - 1),
               above = std::min(below + 1, numbers.size() - 1);
    // Their difference may be beyond a double.
    quantiles.push_back(std::lerp(numbers[below], numbers[above], place - double(below)));
  }
  for (std::size_t i = 1; i < count; ++i)  // which rounding may have disturbed
    quantiles[i] = std::max(quantiles[i], quantiles[i - 1]);
  return quantiles;
}

/// The share at which `value` lies; of several equal quantiles, the middle.
double share_of(const std::vector<double>& quantiles, double value) {
  if (quantiles.front() == quantiles.back())
    return value < quantiles.front() ? 0 : value > quantiles.front() ? 1 : 0.5;
  if (value <= quantiles.front()) return 0;
  if (value >= quantiles.back()) return 1;
  const auto last = double(quantiles.size() - 1);
  const auto low = std::lower_bound(quantiles.begin(), quantiles.end(), value),
             high = std::upper_bound(quantiles.begin(), quantiles.end(), value);
  if (low != high)
    return (double(low - quantiles.begin()) + double(high - quantiles.begin() - 1)) / 2 / last;
  const double below = *(low - 1), above = *low;
  // Their differences may be beyond a double.
  const double unit = std::max(std::abs(below), std::abs(above)) > 1 ? 0.5 : 1;
  const double share = (unit * value - unit * below) / (unit * above - unit * below);
  return (double(low - quantiles.begin() - 1) + share) / last;
}

double yeo_johnson(double x, double power) {
  if (x >= 0)
    return std::abs(power) < 1e-12 ? std::log1p(x) : std::expm1(power * std::log1p(x)) / power;
  const double other = 2 - power;
  return std::abs(other) < 1e-12 ? -std::log1p(-x) : -std::expm1(other * std::log1p(-x)) / other;
}

double inverse_yeo_johnson(double y, double power) {
  if (y >= 0)
    return std::abs(power) < 1e-12 ? std::expm1(y) : std::expm1(std::log1p(power * y) / power);
  const double other = 2 - power;
  return std::abs(other) < 1e-12 ? -std::expm1(-y) : -std::expm1(std::log1p(-other * y) / other);
}

/// Logarithm of the likelihood of a normal distribution of the transformed values, but for
/// constants.
double likelihood(const std::vector<double>& numbers, double power) {
  double jacobian = 0;
  std::vector<double> changed;
  for (const double x : numbers) {
    changed.push_back(yeo_johnson(x, power));
    jacobian += std::copysign(std::log1p(std::abs(x)), x);
  }
  // Its square may be beyond a double.
  const detail::Scaled deviation = detail::moments(changed).std;
  const double log_std = std::log(deviation.value) + deviation.exponent * std::numbers::ln2;
  const double value = -double(numbers.size()) * log_std + (power - 1) * jacobian;
  return std::isfinite(value) ? value : -HUGE_VAL;
}

/// Whether transformed values differ by far more than they are rounded: far from 0 most powers make
/// nearly the same number of all.
bool keeps_apart(double smallest, double largest, double power) {
  const auto apart = [](double low, double high) {
    return (high - low) / std::max(std::abs(low), std::abs(high));
  };
  // What overflows makes NaN of it, and that is false.
  return apart(yeo_johnson(smallest, power), yeo_johnson(largest, power)) >=
         std::min(1e-8, 0.5 * apart(smallest, largest));
}

/// By golden section: the likelihood has one maximum.
double best_power(const std::vector<double>& numbers) {
  double low = -5, high = 7;
  const auto [smallest, largest] = std::minmax_element(numbers.begin(), numbers.end());
  while (low < 1 && !keeps_apart(*smallest, *largest, low)) low += 0.25;
  while (high > 1 && !keeps_apart(*smallest, *largest, high)) high -= 0.25;
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  double a = high - ratio * (high - low), b = low + ratio * (high - low);
  double at_a = likelihood(numbers, a), at_b = likelihood(numbers, b);
  for (int i = 0; i < 60; ++i) {
    if (at_a > at_b) {
      high = b, b = a, at_b = at_a;
      a = high - ratio * (high - low);
      at_a = likelihood(numbers, a);
    } else {
      low = a, a = b, at_a = at_b;
      b = low + ratio * (high - low);
      at_b = likelihood(numbers, b);
    }
  }
  return (low + high) / 2;
}

}  // namespace

Scaler::Scaler(Scaling kind, const std::vector<double>& values, const Rows& training)
    : kind_(kind) {
  if (kind == Scaling::none) return;
  std::vector<double> numbers = numbers_of(values, training);
  const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
  const bool constant = *low == *high;
  switch (kind) {
    case Scaling::none: break;
    case Scaling::min_max:
      shift_ = *low;
      if (!constant) scale_ = *high - *low;
      if (std::isinf(scale_)) throw ValueError("Scaler: the values' range is beyond a double");
      break;
    case Scaling::quantile:
    case Scaling::quantile_normal: quantiles_ = quantiles_of(std::move(numbers)); break;
    case Scaling::power:
      if (!constant) power_ = best_power(numbers);
      for (double& x : numbers) x = yeo_johnson(x, power_);
      [[fallthrough]];
    case Scaling::standard: {
      Rows all(numbers.size());
      std::iota(all.begin(), all.end(), 0);
      const StandardScaler standard(numbers, all);
      shift_ = standard.mean();
      scale_ = standard.scale();
      break;
    }
  }
}

double Scaler::transform(double value) const {
  if (std::isnan(value)) return value;
  switch (kind_) {
    case Scaling::quantile: return share_of(quantiles_, value);
    case Scaling::quantile_normal:
      return std::clamp(detail::normal_quantile(share_of(quantiles_, value)), -normal_limit,
                        normal_limit);
    case Scaling::power: value = yeo_johnson(value, power_); [[fallthrough]];
    default: return (value - shift_) / scale_;
  }
}

double Scaler::inverse_transform(double value) const {
  if (std::isnan(value)) return value;
  switch (kind_) {
    case Scaling::quantile_normal: value = detail::normal_share(value); [[fallthrough]];
    case Scaling::quantile: {
      const double place = std::clamp(value, 0.0, 1.0) * double(quantiles_.size() - 1);
      const auto below = std::min(std::size_t(place), quantiles_.size() - 1),
                 above = std::min(below + 1, quantiles_.size() - 1);
      return std::lerp(quantiles_[below], quantiles_[above], place - double(below));
    }
    case Scaling::power: return inverse_yeo_johnson(value * scale_ + shift_, power_);
    default: return value * scale_ + shift_;
  }
}

optim::State Scaler::state_dict() const {
  optim::State state = optim::state_of("Scaler");
  state.values["scaling"] = std::int64_t(kind_);
  state.values["shift"] = shift_;
  state.values["scale"] = scale_;
  state.values["power"] = power_;
  if (!quantiles_.empty()) state.values["quantiles"] = quantiles_;
  return state;
}

std::function<void()> Scaler::prepare_load(const optim::State& state, Site site) {
  optim::StateReader reader(state, "Scaler", "Scaler", site);
  Scaler loaded;
  const auto kind = reader.value<std::int64_t>("scaling");
  if (kind < 0 || kind > std::int64_t(Scaling::power)) reader.refuse("there is no such scaling");
  loaded.kind_ = Scaling(kind);
  loaded.shift_ = reader.value<double>("shift");
  loaded.scale_ = reader.value<double>("scale");
  loaded.power_ = reader.value<double>("power");
  const bool quantile =
      loaded.kind_ == Scaling::quantile || loaded.kind_ == Scaling::quantile_normal;
  if (quantile) {
    loaded.quantiles_ = reader.value<std::vector<double>>("quantiles");
    if (loaded.quantiles_.empty() ||
        !std::is_sorted(loaded.quantiles_.begin(), loaded.quantiles_.end()))
      reader.refuse("quantiles are none, or do not grow");
  }
  reader.finish();
  return [this, loaded] { *this = loaded; };
}

}  // namespace cinta::train
