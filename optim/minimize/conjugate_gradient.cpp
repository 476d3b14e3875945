#include <cinta/optim/minimize/conjugate_gradient.hpp>
#include <cinta/optim/minimize/detail/line_search.hpp>

namespace cinta::optim::minimize {
namespace {

// The share of the last direction `d` in the next one.
double share(Conjugate formula, const Vector& d, const Point& from, const Point& to) {
  const Vector y = difference(to.gradient, from.gradient);
  if (formula == Conjugate::polak_ribiere)
    return std::max(0.0, dot(to.gradient, y) / dot(from.gradient, from.gradient));
  const double dy = dot(d, y);
  const double beta = (dot(to.gradient, y) - 2 * dot(y, y) / dy * dot(d, to.gradient)) / dy;
  return std::max(beta, -1 / (norm(d) * std::min(0.01, norm(from.gradient))));
}

}  // namespace

std::span<const OptionField> ConjugateGradientOptions::fields() {
  using Options = ConjugateGradientOptions;
  static constexpr OptionField all[] = {
      option_field<&Options::max_iter>("max_iter", Range::count),
      option_field<&Options::max_eval>("max_eval", Range::count),
      option_field<&Options::tolerance_grad>("tolerance_grad", Range::not_negative),
      option_field<&Options::tolerance_change>("tolerance_change", Range::not_negative),
      option_field<&Options::max_line_search>("max_line_search", Range::count)};
  return all;
}

Result conjugate_gradient(const Closure& loss, const Parameters& parameters,
                          ConjugateGradientOptions options, Site site) {
  check_options("conjugate_gradient", ConjugateGradientOptions::fields(), &options, site);
  Objective objective("conjugate_gradient", loss, parameters, site);
  Run run(objective, Limits::of(options));
  objective.evaluate(run.at());
  std::optional<Reason> stop = run.begin(largest(run.at().gradient));
  Vector d;
  double fall = 0;  // of the value in the last step
  while (!stop) {
    const Vector& gradient = run.at().gradient;
    const bool fresh = d.empty();
    if (fresh) {
      d = gradient;
      scale(d, -1);
    }
    // The step that would lower the value as much as the last one did.
    const double guess = fall > 0 ? -2.02 * fall / dot(gradient, d) : 1 / norm(d);
    auto next = line_search(
        run, d, {.curvature = 0.4, .first = std::min(1.0, guess), .most = options.max_line_search});
    if (!next) {
      if (run.out_of_evaluations())
        stop = Reason::max_eval;
      else if (fresh)
        stop = Reason::stalled;
      d.clear();
      continue;
    }
    const double beta = share(options.formula, d, run.at(), *next);
    scale(d, beta);
    add(d, -1, next->gradient);
    fall = run.at().value - next->value;
    const double size = largest(next->gradient);
    stop = run.accept(std::move(*next), size);
  }
  return run.finish(*stop);
}

}  // namespace cinta::optim::minimize
