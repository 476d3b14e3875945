#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/optim/minimize/detail/box.hpp>
#include <limits>

namespace cinta::optim::minimize {
namespace {

// The nearest number of the dtype that is not on the wrong side.
double inwards(double bound, Dtype dtype, double inside) {
  if (dtype != float32) return bound;
  float rounded = float(bound);
  if (inside > 0 ? double(rounded) < bound : double(rounded) > bound)
    rounded = std::nextafter(rounded, float(inside));
  return double(rounded);
}

Vector bounds_of(const Objective& objective, const Bound& bound, const char* option,
                 double inside) {
  const std::string prefix = std::string(objective.name()) + ": " + option;
  const NameScope name(objective.name());
  const Tensors& tensors = bound.tensors();
  const Tensors& leaves = objective.leaves();
  if (!tensors.empty() && tensors.size() != leaves.size()) {
    throw ValueError(prefix + " has " + std::to_string(tensors.size()) + " tensors for " +
                         std::to_string(leaves.size()) + " parameters",
                     objective.site());
  }
  Vector all;
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    const Tensor& leaf = leaves[k];
    const auto count = std::size_t(leaf.numel());
    std::vector<double> values(count, tensors.empty() ? bound.number() : -inside);
    if (!tensors.empty() && tensors[k].defined()) {
      const Tensor wide = to(tensors[k].detach(), float64);
      values = broadcast_to(wide, leaf.shape(), objective.site()).to_vector<double>();
    }
    for (const double v : values) {
      if (std::isnan(v)) {
        throw ValueError(prefix + " of parameter " + objective.names()[k] + " has a nan",
                         objective.site());
      }
      all.push_back(inwards(v, leaf.dtype(), inside));
    }
  }
  return all;
}

}  // namespace

Box::Box(const Objective& objective, const Bound& below, const Bound& above) {
  const NoGrad no_grad;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  low = bounds_of(objective, below, "low", infinity);
  high = bounds_of(objective, above, "high", -infinity);
  std::size_t i = 0;
  for (std::size_t k = 0; k < objective.leaves().size(); ++k) {
    for (std::int64_t j = 0; j < objective.leaves()[k].numel(); ++j, ++i) {
      if (low[i] == infinity || high[i] == -infinity)
        throw ValueError(std::string(objective.name()) + ": " +
                             (low[i] == infinity ? "low" : "high") +
                             " leaves no number in element " + std::to_string(j) +
                             " of parameter " + objective.names()[k],
                         objective.site());
      if (low[i] <= high[i]) continue;
      throw ValueError(std::string(objective.name()) + ": low " + cinta::detail::text_of(low[i]) +
                           " is above high " + cinta::detail::text_of(high[i]) + " in element " +
                           std::to_string(j) + " of parameter " + objective.names()[k],
                       objective.site());
    }
  }
}

double Box::projected_size(const Point& at) const {
  double most = 0;
  for (std::size_t i = 0; i < at.gradient.size(); ++i) {
    const double g = at.gradient[i];
    if (std::isnan(g)) return g;
    // Not by way of x - g, in which a small gradient would be rounded away.
    const double part = g < 0 ? std::max(at.x[i] - high[i], g) : std::min(at.x[i] - low[i], g);
    most = std::max(most, std::abs(part));
  }
  return most;
}

double Box::longest(const Vector& x, const Vector& direction) const {
  double most = 1e20;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double d = direction[i];
    if (d != 0) most = std::min(most, ((d > 0 ? high[i] : low[i]) - x[i]) / d);
  }
  return most;
}

bool Box::closed() const {
  for (std::size_t i = 0; i < low.size(); ++i)
    if (std::isinf(low[i]) || std::isinf(high[i])) return false;
  return true;
}

}  // namespace cinta::optim::minimize
