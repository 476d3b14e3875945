#include <cinta/optim/minimize/detail/linear_model.hpp>
#include <cinta/optim/minimize/detail/run.hpp>

namespace cinta::optim::minimize {
namespace {

using Method = LeastSquaresOptions::Method;

double half_square(const Vector& r) { return dot(r, r) / 2; }

}  // namespace

std::span<const OptionField> LeastSquaresOptions::fields() {
  using Options = LeastSquaresOptions;
  static constexpr OptionField all[] = {
      option_field<&Options::max_iter>("max_iter", Range::count),
      option_field<&Options::max_eval>("max_eval", Range::count),
      option_field<&Options::tolerance_grad>("tolerance_grad", Range::not_negative),
      option_field<&Options::tolerance_change>("tolerance_change", Range::not_negative),
      option_field<&Options::tolerance_step>("tolerance_step", Range::not_negative),
      option_field<&Options::damping>("damping", Range::positive),
      option_field<&Options::max_dense>("max_dense", Range::not_negative),
      option_field<&Options::max_cg>("max_cg", Range::count)};
  return all;
}

Result least_squares(const Closure& residuals, const Parameters& parameters,
                     LeastSquaresOptions options, Site site) {
  check_options("least_squares", LeastSquaresOptions::fields(), &options, site);
  Objective objective("least_squares", residuals, parameters, site);
  Limits limits = Limits::of(options);
  limits.tolerance_change = 0;  // ours is relative to the value alone
  Run run(objective, limits);
  Point& at = run.at();
  Vector r = objective.values(at.x);
  at.value = half_square(r);
  LinearModel model(objective, options);
  if (std::isfinite(at.value)) model.update(r);
  std::optional<Reason> stop = run.begin(largest(model.gradient()));
  const bool damped = options.method == Method::levenberg_marquardt;
  double mu = damped ? options.damping : 0, growth = 2;

  double shorter = 1;  // of Gauss-Newton's steps
  while (!stop) {
    Vector p = model.step(mu);
    scale(p, shorter);
    const double slope = dot(model.gradient(), p), promised = -slope - model.square(p) / 2;
    const bool first = growth == 2 && shorter == 1;
    if (norm(p) <= options.tolerance_step * (options.tolerance_step + norm(at.x)))
      stop = first ? Reason::step : Reason::stalled;
    else if (promised <= 10 * objective.rounding() * at.value)
      stop = shorter > 1e-4 ? Reason::change : Reason::stalled;
    else if (!std::isfinite(promised))
      stop = Reason::stalled;
    else if (run.out_of_evaluations())
      stop = Reason::max_eval;
    if (stop) break;

    Point next{at.x, {}};
    add(next.x, 1, p);
    r = objective.values(next.x);
    next.value = half_square(r);
    const double share = (at.value - next.value) / promised;
    bool taken = std::isfinite(share) && share > 1e-4;
    if (taken) {
      model.update(r);
      taken = std::isfinite(largest(model.gradient()));
    }
    if (!taken) {
      if (run.out_of_evaluations()) {
        stop = Reason::max_eval;
        break;
      }
      if (share > 1e-4)
        model.update(objective.values(at.x));
      else if (!model.dense())
        objective.values(at.x);
      mu *= growth;
      growth *= 2;
      if (!damped) shorter /= 2;
      continue;
    }
    const double fall = at.value - next.value;
    // One that was cut short lowers the value by little anywhere.
    const bool same = fall <= options.tolerance_change * at.value && share > 0.25 && shorter == 1;
    stop = run.accept(std::move(next), largest(model.gradient()));
    if (!stop && same) stop = Reason::change;
    mu *= std::max(1.0 / 3, 1 - std::pow(2 * share - 1, 3));
    growth = 2;
    shorter = 1;
  }
  return run.finish(*stop);
}

}  // namespace cinta::optim::minimize
