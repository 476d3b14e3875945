#include <algorithm>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/optim/adaptive/adafactor.hpp>
#include <cinta/optim/detail/norm.hpp>
#include <cmath>
#include <limits>

namespace cinta::optim {

std::span<const OptionField> AdafactorOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&AdafactorOptions::lr>("lr", Range::not_negative),
      option_field<&AdafactorOptions::beta2_decay>("beta2_decay"),
      option_field<&AdafactorOptions::eps1>("eps1", Range::not_negative),
      option_field<&AdafactorOptions::eps2>("eps2", Range::not_negative),
      option_field<&AdafactorOptions::d>("d", Range::positive),
      option_field<&AdafactorOptions::weight_decay>("weight_decay", Range::not_negative),
      option_field<&AdafactorOptions::maximize>("maximize")};
  return all;
}

Adafactor::Adafactor(const Parameters& parameters, AdafactorOptions options, Site site)
    : GroupedOptimizer("Adafactor", {{"row_square", "column_square", "square"}}) {
  add_group(parameters, options, SiteScope::resolve(site));
}
Adafactor::~Adafactor() = default;

void Adafactor::check_together(const AdafactorOptions& o, const Site& site) const {
  check_option("Adafactor", "beta2_decay", o.beta2_decay <= 0, "be at most 0", o.beta2_decay, site);
}

// Second moments of rows and columns have size 1 along the axis that is left out.
Spec Adafactor::state_spec(std::size_t i, std::size_t which) const {
  Spec spec = Optimizer::state_spec(i, which);
  const int axis = spec.shape.rank() - (which == 0 ? 1 : 2);
  if (which < 2 && axis >= 0) spec.shape[axis] = 1;
  return spec;
}

Tensor Adafactor::update(ParameterStep& step, const AdafactorOptions& o) const {
  const double t = double(step.count()), fresh = step.power(t, o.beta2_decay);
  const Tensor &w = step.parameter(), &g = step.gradient();
  const double eps1 = o.eps1 > 0             ? o.eps1
                      : w.dtype() == float32 ? double(std::numeric_limits<float>::epsilon())
                                             : std::numeric_limits<double>::epsilon();
  const double infinity = std::numeric_limits<double>::infinity();
  const auto toward = [&](std::size_t which, const Tensor& to) {
    if (step.is_first(which)) return step.state(which, fresh * to);
    Tensor& kept = step.state(which);
    return kept = kept + fresh * (to - kept);
  };
  Tensor estimate;
  if (w.rank() > 1) {
    const Tensor squares = square(g);
    const Tensor rows = toward(0, mean(squares, {-1}, true));
    const Tensor columns = toward(1, mean(squares, {-2}, true));
    estimate = matmul(rows, columns) / clamp(mean(rows, {-2}, true), eps1, infinity);
  } else {
    estimate = toward(2, square(g));
  }
  const Tensor update = g / sqrt(clamp(estimate, eps1 * eps1, infinity));
  const double root = std::sqrt(double(std::max<std::int64_t>(w.numel(), 1)));
  const double too_large = std::max(1.0, detail::norm(update) / (root * o.d));
  const double rate =
      std::max(o.eps2, detail::norm(w) / root) * std::min(o.lr, 1 / std::sqrt(t)) / too_large;
  return (1 - o.lr * o.weight_decay) * w - rate * update;
}

}  // namespace cinta::optim
