#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/optim/minimize/detail/run.hpp>
#include <cinta/optim/minimize/newton_cg.hpp>

namespace cinta::optim::minimize {
namespace {

struct ModelStep {
  Vector p;
  double promised = 0;  // by how much the model falls
  bool at_edge = false;
};

// Minimizes the model g p + p H p / 2 within |p| <= radius.
ModelStep model_step(Objective& objective, const Vector& gradient, double radius,
                     std::int64_t max_cg) {
  ModelStep step{Vector(gradient.size())};
  Vector residual = gradient, d = gradient;
  scale(d, -1);
  double square = dot(residual, residual);
  const double size = std::sqrt(square), enough = size * std::min(0.5, std::sqrt(size));
  for (std::int64_t i = 0; i < max_cg && std::sqrt(square) > enough; ++i) {
    const Vector product = objective.hessian_product(d);
    const double curvature = dot(d, product), dd = dot(d, d), pd = dot(step.p, d);
    const double length = square / curvature;
    const double room = (radius - norm(step.p)) * (radius + norm(step.p));
    const bool outside = !(curvature > 0) || length * (2 * pd + length * dd) >= room;
    // Along d, which points outwards, the edge is where |p + t d| = radius.
    const double t = outside ? room / (pd + std::sqrt(pd * pd + dd * std::max(room, 0.0))) : length;
    if (!std::isfinite(t)) break;
    add(step.p, t, d);
    step.promised += t * square - t * t / 2 * curvature;
    step.at_edge = outside;
    if (outside) break;
    add(residual, t, product);
    const double next = dot(residual, residual);
    scale(d, next / square);
    add(d, -1, residual);
    square = next;
  }
  return step;
}

}  // namespace

std::span<const OptionField> NewtonCgOptions::fields() {
  using Options = NewtonCgOptions;
  static constexpr OptionField all[] = {
      option_field<&Options::max_iter>("max_iter", Range::count),
      option_field<&Options::max_eval>("max_eval", Range::count),
      option_field<&Options::tolerance_grad>("tolerance_grad", Range::not_negative),
      option_field<&Options::tolerance_change>("tolerance_change", Range::not_negative),
      option_field<&Options::initial_trust_radius>("initial_trust_radius", Range::positive),
      option_field<&Options::max_trust_radius>("max_trust_radius", Range::positive),
      option_field<&Options::eta>("eta", Range::not_negative),
      option_field<&Options::max_cg>("max_cg", Range::count)};
  return all;
}

Result newton_cg(const Closure& loss, const Parameters& parameters, NewtonCgOptions o, Site site) {
  check_options("newton_cg", NewtonCgOptions::fields(), &o, site);
  check_option("newton_cg", "eta", o.eta < 0.25, "be below 0.25", o.eta, site);
  if (o.initial_trust_radius > o.max_trust_radius) {
    throw ValueError("newton_cg: initial_trust_radius " +
                         cinta::detail::text_of(o.initial_trust_radius) +
                         " is above max_trust_radius " + cinta::detail::text_of(o.max_trust_radius),
                     site);
  }
  Objective objective("newton_cg", loss, parameters, site);
  Run run(objective, Limits::of(o));
  Point& at = run.at();
  const auto differentiate = [&](Point& point) { point.gradient = objective.gradient(true); };
  at.value = objective.value(at.x);
  if (std::isfinite(at.value)) differentiate(at);
  std::optional<Reason> stop = run.begin(largest(at.gradient));
  double radius = o.initial_trust_radius;
  while (!stop) {
    const ModelStep step = model_step(objective, at.gradient, radius, o.max_cg);
    const double length = norm(step.p);
    Point next{at.x, {}};
    add(next.x, 1, step.p);
    if (next.x == at.x) {
      stop = Reason::stalled;
      break;
    }
    if (run.out_of_evaluations()) {
      stop = Reason::max_eval;
      break;
    }
    next.value = objective.value(next.x);
    double share = (at.value - next.value) / step.promised, size = INFINITY;
    // Where rounding hides what the model promises, the gradient decides.
    const double noise = 10 * objective.rounding() * std::abs(at.value);
    const bool hidden = step.promised <= noise && next.value <= at.value + noise;
    if (std::isfinite(next.value) && (hidden || share > o.eta)) {
      differentiate(next);
      size = largest(next.gradient);
    }
    if (hidden) share = size < largest(at.gradient) ? 1 : 0;
    if (hidden && share == 0) {
      stop = Reason::stalled;
      break;
    }
    // A point without a gradient is no place to go to either.
    if (share > o.eta && !std::isfinite(size)) share = -INFINITY;
    if (!std::isfinite(share) || share < 0.25)
      radius = length / 4;
    else if (share > 0.75 && step.at_edge)
      radius = std::min(2 * radius, o.max_trust_radius);
    if (share > o.eta && std::isfinite(size)) {
      stop = run.accept(std::move(next), size);
    } else if (run.out_of_evaluations()) {
      stop = Reason::max_eval;
    } else {
      at.value = objective.value(at.x);
      differentiate(at);
    }
  }
  return run.finish(*stop);
}

}  // namespace cinta::optim::minimize
