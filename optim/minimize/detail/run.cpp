#include <cinta/optim/minimize/detail/run.hpp>

namespace cinta::optim::minimize {

std::optional<Reason> Run::begin(double gradient_norm) {
  gradient_norm_ = gradient_norm;
  if (!std::isfinite(at_.value) || !std::isfinite(gradient_norm)) return Reason::not_finite;
  if (gradient_norm <= limits_.tolerance_grad) return Reason::gradient;
  return std::nullopt;
}

std::optional<Reason> Run::accept(Point next, double gradient_norm) {
  const double before = at_.value;
  at_ = std::move(next);
  gradient_norm_ = gradient_norm;
  ++iterations_;
  if (limits_.on_iteration) {
    objective_.write(at_.x);
    if (!limits_.on_iteration({iterations_, objective_.evaluations(), objective_.products(),
                               at_.value, gradient_norm}))
      return Reason::callback;
  }
  if (gradient_norm <= limits_.tolerance_grad) return Reason::gradient;
  const double size = std::max({std::abs(before), std::abs(at_.value), 1.0});
  const double change = std::abs(before - at_.value) / size;
  if (limits_.tolerance_change > 0 && change <= limits_.tolerance_change) return Reason::change;
  if (iterations_ >= limits_.max_iter) return Reason::max_iter;
  if (out_of_evaluations()) return Reason::max_eval;
  return std::nullopt;
}

Result Run::finish(Reason reason) const {
  return {at_.value,
          gradient_norm_,
          iterations_,
          objective_.evaluations(),
          objective_.gradients(),
          objective_.products(),
          reason};
}

}  // namespace cinta::optim::minimize
