#include <cinta/optim/minimize/detail/line_search.hpp>

namespace cinta::optim::minimize {
namespace {

// What is known of the function along the line.
struct Trial {
  double step, value, slope;
};

// Where the cubic through two trials, with their slopes, has its minimum; NaN if it has none.
double cubic_minimum(const Trial& a, const Trial& b) {
  const double mixed = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step);
  const double scale = std::max({std::abs(mixed), std::abs(a.slope), std::abs(b.slope)});
  const double square = (mixed / scale) * (mixed / scale) - (a.slope / scale) * (b.slope / scale);
  const double root = std::copysign(scale * std::sqrt(square), b.step - a.step);
  return b.step - (b.step - a.step) * (b.slope + root - mixed) / (b.slope - a.slope + 2 * root);
}

// The same of the parabola with both slopes, and of that with both values and the slope of a.
double secant_minimum(const Trial& a, const Trial& b) {
  return b.step + b.slope / (b.slope - a.slope) * (a.step - b.step);
}
double parabola_minimum(const Trial& a, const Trial& b) {
  const double length = b.step - a.step;
  return a.step + a.slope / ((a.value - b.value) / length + a.slope) / 2 * length;
}

// The interval that holds a minimum: `low` is its end with the lowest value. As long as it is not
// bracketed, only `low` counts.
struct Interval {
  Trial low, high;
  bool bracketed = false;
};

// Moré and Thuente's four cases: the next step, within [least, most], and the interval around it.
double next_step(Interval& in, const Trial& t, double least, double most) {
  Trial& low = in.low;
  const bool turns = t.slope * (low.slope < 0 ? -1 : 1) < 0;
  double next;
  if (t.value > low.value) {
    // A minimum lies between: the cubic's if it is nearer to the lower end.
    const double cubic = cubic_minimum(low, t), parabola = parabola_minimum(low, t);
    const bool near = std::abs(cubic - low.step) < std::abs(parabola - low.step);
    next = near ? cubic : cubic + (parabola - cubic) / 2;
    in.bracketed = true;
  } else if (turns) {
    const double cubic = cubic_minimum(low, t), secant = secant_minimum(low, t);
    next = std::abs(cubic - t.step) > std::abs(secant - t.step) ? cubic : secant;
    in.bracketed = true;
  } else if (std::abs(t.slope) < std::abs(low.slope)) {
    // Lower and flatter: onwards, to where the cubic has its minimum if it has one there.
    double cubic = cubic_minimum(low, t);
    if (!((cubic - t.step) * (t.step - low.step) > 0)) cubic = t.step > low.step ? most : least;
    const double secant = secant_minimum(low, t);
    const bool near = std::abs(cubic - t.step) < std::abs(secant - t.step);
    next = near == in.bracketed ? cubic : secant;
    if (in.bracketed) {
      const double end = t.step + 0.66 * (in.high.step - t.step);
      next = t.step > low.step ? std::min(end, next) : std::max(end, next);
    } else {
      // Not std::clamp: after a step back for a value that is not finite `least` may lie beyond
      // `most`.
      next = std::min(std::max(next, least), most);
    }
  } else {
    // Lower and no flatter.
    next = in.bracketed ? cubic_minimum(in.high, t) : t.step > low.step ? most : least;
  }
  if (t.value > low.value) {
    in.high = t;
  } else {
    if (turns) in.high = low;
    low = t;
  }
  return next;
}

}  // namespace

std::optional<Point> line_search(Run& run, const Vector& direction, const LineSearch& options) {
  Objective& objective = run.objective();
  const Point& from = run.at();
  const double value = from.value, slope = dot(from.gradient, direction);
  if (!(slope < 0)) return std::nullopt;
  const double noise = 10 * objective.rounding() * std::abs(value);

  Point trial;
  std::optional<Point> best;
  Interval in{{0, value, slope}, {0, value, slope}};
  double longest = options.longest, step = std::min(options.first, longest);
  double least = 0, most = 5 * step, width = longest, width_before = 2 * width;
  // In the first stage the function less the line of sufficient decrease is what is bracketed.
  bool first_stage = true;
  for (std::int64_t i = 0; i < options.most && !run.out_of_evaluations(); ++i) {
    trial.x = from.x;
    add(trial.x, step, direction);
    if (options.project) options.project(trial.x);
    objective.evaluate(trial);
    const double now = trial.gradient.empty() ? NAN : dot(trial.gradient, direction);
    if (!std::isfinite(trial.value) || !std::isfinite(now)) {
      const double shorter = in.low.step + (step - in.low.step) / 4;
      longest = most = (shorter + step) / 2;
      step = shorter;
      continue;
    }
    // Where rounding hides the change, slopes tell it better: that of a parabola.
    Trial t{step, trial.value, now};
    if (std::abs(trial.value - value) <= noise)
      t.value = in.low.value + (step - in.low.step) * (in.low.slope + now) / 2;
    const double enough = value + options.decrease * step * slope;
    const bool flat = std::abs(now) <= -options.curvature * slope;
    const bool at_end = step == longest && now <= options.decrease * slope;
    if (t.value <= enough && (flat || at_end)) return trial;
    if (trial.value < (best ? best->value : value)) best = trial;

    if (first_stage && t.value <= enough && now >= 0) first_stage = false;
    double next;
    if (first_stage && t.value <= in.low.value && t.value > enough) {
      const double line = options.decrease * slope;
      const auto tilted = [&](Trial at, double by) {
        return Trial{at.step, at.value - by * at.step * line, at.slope - by * line};
      };
      in.low = tilted(in.low, 1), in.high = tilted(in.high, 1);
      next = next_step(in, tilted(t, 1), least, most);
      in.low = tilted(in.low, -1), in.high = tilted(in.high, -1);
    } else {
      next = next_step(in, t, least, most);
    }
    const double low = in.low.step, high = in.high.step;
    if (in.bracketed) {
      // Halved where it does not shrink by a third in two trials.
      if (std::abs(high - low) >= 0.66 * width_before) next = low + (high - low) / 2;
      width_before = width;
      width = std::abs(high - low);
      least = std::min(low, high), most = std::max(low, high);
    } else {
      least = next + 1.1 * (next - low), most = next + 4 * (next - low);
    }
    least = std::min(least, longest), most = std::min(most, longest);
    if (in.bracketed && !(least < next && next < most)) next = (least + most) / 2;
    step = std::min(std::max(next, 0.0), longest);
    if (in.bracketed && most - least <= objective.rounding() * most) break;
  }
  return best;
}

}  // namespace cinta::optim::minimize
