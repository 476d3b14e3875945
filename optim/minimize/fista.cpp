#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/optim/detail/proximal_step.hpp>
#include <cinta/optim/minimize/detail/run.hpp>
#include <cinta/optim/minimize/fista.hpp>

namespace cinta::optim::minimize {
namespace {

constexpr double growth = 1.1;  // of the step length, in every step

// The penalty of all parameters, on vectors.
class Penalty {
 public:
  Penalty(const Objective& objective, const FistaOptions& options, const Site& site)
      : options_(options.penalty) {
    check_options("fista", ProximalOptions::fields(), &options_, site);
    optim::detail::check_proximal("fista", options_, site);
    std::size_t offset = 0;
    for (std::size_t k = 0; k < objective.leaves().size(); ++k) {
      const Tensor& leaf = objective.leaves()[k];
      if (cinta::detail::fits(objective.names()[k], options.penalized)) {
        optim::detail::check_proximal_axis("fista", options_, leaf, site);
        parts_.push_back({offset, empty(leaf.shape(), leaf.dtype(), site)});
      }
      offset += std::size_t(leaf.numel());
    }
    if (!parts_.empty()) return;
    std::string names;
    for (const std::string& name : objective.names()) names += (names.empty() ? "" : ", ") + name;
    throw ValueError(
        "fista: no parameter fits penalized = \"" + options.penalized + "\"; there are " + names,
        site);
  }

  // The proximal step of length t, in place.
  void step(Vector& x, double t) const {
    for (const Part& part : parts_) {
      read(part, x);
      optim::detail::proximal_step(part.scratch, options_, t);
      each(part, [&](double v, std::size_t i) { x[i] = v; });
    }
  }
  double value(const Vector& x) const {
    double sum = 0;
    for (const Part& part : parts_) {
      read(part, x);
      sum += optim::detail::proximal_penalty(part.scratch, options_);
    }
    return sum;
  }

 private:
  struct Part {
    std::size_t offset;
    Tensor scratch;  // like the parameter, so that the step's result is what it can hold
  };
  template <class F>
  static void each(const Part& part, const F& f) {
    dispatch_floating(part.scratch.dtype(), [&]<class T>() {
      T* elements = part.scratch.data<T>();
      for (std::int64_t i = 0; i < part.scratch.numel(); ++i)
        f(elements[i], part.offset + std::size_t(i));
    });
  }
  static void read(const Part& part, const Vector& x) {
    each(part, [&]<class T>(T& element, std::size_t i) { element = T(x[i]); });
  }

  ProximalOptions options_;
  std::vector<Part> parts_;
};

// Where the step of length t from y leads.
Point step_from(const Point& y, double t, const Penalty& penalty) {
  Point next{y.x, {}};
  add(next.x, -t, y.gradient);
  penalty.step(next.x, t);
  return next;
}

double step_size(const Point& y, const Point& next, double t) {
  return largest(difference(y.x, next.x)) / t;
}

// Whether there is a gradient, without which a step leads nowhere however short it is.
bool is_differentiable(const Point& y) {
  return !y.gradient.empty() && std::isfinite(largest(y.gradient));
}

// The same, with its value, and t halved until the function curves no more than it allows for.
// Returns why there is none.
std::optional<Reason> fitted_step(Run& run, const Point& y, double& t, const Penalty& penalty,
                                  Point& next) {
  Objective& objective = run.objective();
  if (!is_differentiable(y)) return Reason::stalled;
  for (const double first = t;; t /= 2) {
    next = step_from(y, t, penalty);
    if (run.out_of_evaluations()) return Reason::max_eval;
    // The first step led elsewhere by no more than its rounding, or the function is not what its
    // gradient says.
    if (t < first && next.x == y.x) {
      if (y.x != run.at().x) return Reason::stalled;
      return run.begin(step_size(y, step_from(y, first, penalty), first)).value_or(Reason::stalled);
    }
    const double value = objective.value(next.x);
    next.value = value + penalty.value(next.x);
    if (!std::isfinite(value)) continue;
    const Vector d = difference(next.x, y.x);
    const double square = dot(d, d) / (2 * t);
    // Where rounding would decide about the values, the gradients do.
    if (square < 1e-6 * std::abs(value)) {
      next.gradient = objective.gradient();
      if (dot(d, difference(next.gradient, y.gradient)) <= 2 * square) return std::nullopt;
    } else if (value <= y.value + dot(y.gradient, d) + square) {
      return std::nullopt;
    }
  }
}

}  // namespace

std::span<const OptionField> FistaOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&FistaOptions::max_iter>("max_iter", Range::count),
      option_field<&FistaOptions::max_eval>("max_eval", Range::count),
      option_field<&FistaOptions::tolerance_grad>("tolerance_grad", Range::not_negative),
      option_field<&FistaOptions::tolerance_change>("tolerance_change", Range::not_negative),
      option_field<&FistaOptions::step>("step", Range::positive)};
  return all;
}

Result fista(const Closure& loss, const Parameters& parameters, FistaOptions options, Site site) {
  check_options("fista", FistaOptions::fields(), &options, site);
  Objective objective("fista", loss, parameters, site);
  const Penalty penalty(objective, options, site);
  Run run(objective, Limits::of(options));

  Point y;  // where the gradient is taken
  double t = options.step;
  penalty.step(run.at().x, 0);  // onto the constraints
  y.x = run.at().x;
  objective.evaluate(y);
  run.at().value = y.value + penalty.value(y.x);
  std::optional<Reason> stop =
      run.begin(y.gradient.empty() ? 0 : step_size(y, step_from(y, t, penalty), t));
  double momentum = 1;
  // From the iterate without momentum; false if that would be an evaluation too many.
  const auto begin_again = [&] {
    if (run.out_of_evaluations()) return false;
    momentum = 1;
    y.x = run.at().x;
    objective.evaluate(y);
    return true;
  };
  while (!stop) {
    Point next;
    stop = fitted_step(run, y, t, penalty, next);
    if (stop) break;
    const double noise = 10 * objective.rounding() * std::abs(run.at().value);
    if (!(next.value <= run.at().value + noise) && y.x != run.at().x) {
      if (!begin_again()) stop = Reason::max_eval;
      continue;
    }
    const double size = step_size(y, next, t);
    const bool uphill = dot(difference(y.x, next.x), difference(next.x, run.at().x)) > 0;
    const Vector last = run.at().x;
    stop = run.accept(std::move(next), size);
    if (stop) break;
    const double before = uphill ? 1 : momentum;
    momentum = (1 + std::sqrt(1 + 4 * before * before / growth)) / 2;
    t *= growth;
    y.x = run.at().x;
    add(y.x, (before - 1) / momentum, difference(run.at().x, last));
    if (run.out_of_evaluations()) {
      stop = Reason::max_eval;
      break;
    }
    objective.evaluate(y);
    // Where momentum led to where the function is not finite.
    if (!is_differentiable(y) && !begin_again()) stop = Reason::max_eval;
  }
  return run.finish(*stop);
}

}  // namespace cinta::optim::minimize
