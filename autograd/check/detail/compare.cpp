#include <algorithm>
#include <cinta/autograd/check/detail/compare.hpp>
#include <cinta/autograd/check/detail/values.hpp>
#include <cmath>
#include <limits>

namespace cinta::detail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string describe(int order, double analytical, const Slope& slope) {
  if (!std::isfinite(slope.value))
    return "no numerical derivative: the function is not finite around this input";
  if (!std::isfinite(analytical)) return "the gradient is not finite";
  return order == 1 ? "wrong gradient" : "wrong second-order gradient";
}

}  // namespace

bool Comparison::fail(std::string problem, const GradientEntry& entry) {
  report_.ok = false;
  report_.problem = std::move(problem);
  report_.worst = entry;
  return false;
}

bool Comparison::fail(const Probe& probe, GradientEntry entry, double analytical,
                      const Slope& slope) {
  entry.analytical = analytical;
  entry.numerical = slope.value;
  entry.step = slope.step;
  return fail(describe(probe.order, analytical, slope), entry);
}

GradientEntry Comparison::entry(const Probe& probe, std::int64_t row, std::int64_t column) const {
  GradientEntry entry;
  entry.order = probe.order;
  entry.input = variables_.name(column);
  entry.index = variables_.index(column);
  if (probe.order == 1) {
    entry.output = "output";
    entry.output_index = unravel(row, probe.shape);
  } else {
    entry.output = "grad " + variables_.name(row);
    entry.output_index = variables_.index(row);
  }
  return entry;
}

// ---- One derivative ----

Comparison::Samples Comparison::sample(const Probe& probe, const Path& path) {
  Samples samples;
  samples.x = path.origin();
  double step = Line::first_step(samples.x);
  for (int level = 0; level < Line::levels; ++level, step /= Line::shrink) {
    path.go(samples.left_x[level] = samples.x - step);
    samples.left[level] = probe.values();
    path.go(samples.right_x[level] = samples.x + step);
    samples.right[level] = probe.values();
  }
  return samples;
}

Line Comparison::line(const Samples& samples, const Probe& probe, std::int64_t row) {
  Line line;
  line.x = samples.x;
  line.value = probe.here[std::size_t(row)];
  for (int level = 0; level < Line::levels; ++level) {
    line.left_x[level] = samples.left_x[level];
    line.right_x[level] = samples.right_x[level];
    line.left[level] = samples.left[level][std::size_t(row)];
    line.right[level] = samples.right[level][std::size_t(row)];
  }
  return line;
}

// Of differences from here, so that what is common to all values does not cancel after rounding.
Line Comparison::line(const Samples& samples, const Probe& probe, const Values& weights) {
  Line line;
  line.x = samples.x;
  line.value = 0;
  double squares = 0;
  std::fill_n(line.left, Line::levels, 0.0);
  std::fill_n(line.right, Line::levels, 0.0);
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (weights[row] == 0) continue;
    squares += std::pow(weights[row] * probe.here[row], 2);
    for (int level = 0; level < Line::levels; ++level) {
      line.left[level] += weights[row] * difference(samples.left[level][row], probe.here[row]);
      line.right[level] += weights[row] * difference(samples.right[level][row], probe.here[row]);
    }
  }
  std::copy_n(samples.left_x, Line::levels, line.left_x);
  std::copy_n(samples.right_x, Line::levels, line.right_x);
  line.rounded = std::sqrt(squares);
  return line;
}

Comparison::Verdict Comparison::judge(const Line& line, double analytical,
                                      std::optional<double> size) const {
  const auto allowed_at = [&](const Slope& slope) {
    return tolerance(size.value_or(slope.value)) + slope.noise;
  };
  const Slope to_left = line.extrapolate(Line::to_left);
  const Slope to_right = line.extrapolate(Line::to_right);
  Slope slope = line.extrapolate(Line::both);
  if (std::isnan(slope.value))
    slope = std::isnan(to_left.value) ? to_right : to_left;  // edge of the domain
  const double off = std::fabs(analytical - slope.value);
  if (off <= allowed_at(slope)) return {right, slope, off / allowed_at(slope)};

  const Line::Kind kind = line.kind(tolerance(size.value_or(slope.value)));
  const auto& [low, high] = std::minmax(
      to_left, to_right, [](const Slope& a, const Slope& b) { return a.value < b.value; });
  const bool between = analytical >= low.value - allowed_at(low) - high.noise &&
                       analytical <= high.value + allowed_at(high) + low.noise;
  const bool excused =
      std::isfinite(analytical) && (kind == Line::jump || (kind == Line::kink && between));
  return {excused ? kink : wrong, slope, std::isnan(off) ? infinity : off / allowed_at(slope)};
}

void Comparison::note_kink(GradientEntry entry, double analytical, const Slope& slope) {
  if (report_.kinks++ > 0) return;
  entry.analytical = analytical;
  entry.numerical = slope.value;
  entry.step = slope.step;
  report_.kink = entry;
}

// ---- All entries ----

bool Comparison::entries(const Probe& probe, const Values& matrix) {
  const std::int64_t rows = std::int64_t(probe.here.size()), columns = variables_.size();
  report_.compared += rows * columns;
  std::vector<Suspect> suspects;
  double worst = -1;
  for (std::int64_t column = 0; column < columns; ++column) {
    // The step at which rounding of the values and the cubic term cost equally much, if the
    // function varies on the scale of its argument.
    const double x = variables_.element(column);
    const double step =
        std::cbrt(std::numeric_limits<double>::epsilon()) * std::max(1.0, std::fabs(x));
    const double right_x = x + step, left_x = x - step;
    Values left_values, right_values;
    {
      const Path path(variables_, column);
      path.go(left_x);
      left_values = probe.values();
      path.go(right_x);
      right_values = probe.values();
    }
    Suspect suspect{column, 0, {}};
    for (std::int64_t row = 0; row < rows; ++row) {
      const double analytical = matrix[std::size_t(row * columns + column)];
      const double numerical =
          difference(right_values[std::size_t(row)], left_values[std::size_t(row)]) /
          (right_x - left_x);
      double severity = std::fabs(analytical - numerical) / tolerance(numerical);
      if (std::isnan(severity)) severity = infinity;
      if (severity > worst) {
        worst = severity;
        report_.worst = entry(probe, row, column);
        report_.worst.analytical = analytical;
        report_.worst.numerical = numerical;
        report_.worst.step = step;
      }
      if (severity <= 1) continue;
      suspect.rows.push_back(row);
      suspect.severity = std::max(suspect.severity, severity);
    }
    report_.differing += std::int64_t(suspect.rows.size());
    if (!suspect.rows.empty()) suspects.push_back(std::move(suspect));
  }
  std::stable_sort(suspects.begin(), suspects.end(),
                   [](const Suspect& a, const Suspect& b) { return a.severity > b.severity; });
  for (const Suspect& suspect : suspects)
    if (!acquit(suspect, probe, matrix)) return false;
  report_.differing = 0;
  return true;
}

bool Comparison::acquit(const Suspect& suspect, const Probe& probe, const Values& matrix) {
  const Samples samples = sample(probe, Path(variables_, suspect.column));
  double worst = 0;
  for (std::int64_t row : suspect.rows) {
    const double analytical = matrix[std::size_t(row * variables_.size() + suspect.column)];
    const Verdict verdict = judge(line(samples, probe, row), analytical);
    if (verdict.finding == right) continue;
    const GradientEntry here = entry(probe, row, suspect.column);
    if (verdict.finding == kink) {
      note_kink(here, analytical, verdict.slope);
    } else if (verdict.severity > worst) {
      worst = verdict.severity;
      fail(probe, here, analytical, verdict.slope);
    }
  }
  return report_.ok;
}

}  // namespace cinta::detail
