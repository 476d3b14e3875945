#include <algorithm>
#include <cinta/autograd/check/detail/compare.hpp>
#include <cinta/autograd/check/detail/values.hpp>
#include <cmath>
#include <limits>

namespace cinta::detail {
namespace {

// The derivative along a random direction, and what its error is measured by: a typical term of
// it, because one wrong element must show among many; but 1e-3 of all of them together, because
// more than a 1e-9th of that no difference resolves. Whoever fails here only gets a closer look.
struct Along {
  double derivative = 0, scale = 0;

  Along(const double* gradient, const double* direction, std::int64_t count) {
    Values terms(std::size_t(count), 0);
    double squares = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const double term = gradient[i] * direction[i];
      derivative += term;
      squares += term * term;
      terms[std::size_t(i)] = std::fabs(term);
    }
    if (!std::isfinite(squares)) return;
    const auto middle = terms.begin() + count / 2;
    std::nth_element(terms.begin(), middle, terms.end());
    scale = std::max(*middle, 1e-3 * std::sqrt(squares));
  }
};

}  // namespace

Values random_weights(SplitMix& random, std::int64_t count) {
  Values weights(std::size_t(count), 0);
  for (double& weight : weights) weight = (0.5 + random.uniform()) * (random.next() & 1 ? 1 : -1);
  return weights;
}

Values only(const Values& values, std::int64_t first, std::int64_t last) {
  Values part(values.size(), 0);
  std::copy(values.begin() + first, values.begin() + last, part.begin() + first);
  return part;
}

bool Comparison::projections(const Probe& probe, const Pullback& pullback) {
  SplitMix random(options_.seed + std::uint64_t(probe.order));
  for (int round = 0; round < options_.directions; ++round) {
    const Values weights = random_weights(random, std::int64_t(probe.here.size()));
    const Values gradient = pullback(weights);
    for (std::size_t k = 0; k < variables_.leaves().size(); ++k) {
      const std::int64_t first = variables_.offset(k), count = variables_.leaves()[k].numel();
      if (count == 0) continue;
      // Elements move in proportion to their size, as single ones do.
      Values direction = random_weights(random, count);
      for (std::int64_t i = 0; i < count; ++i)
        direction[std::size_t(i)] *= std::max(1.0, std::fabs(variables_.element(first + i)));
      ++report_.compared;
      if (!agrees({probe, pullback, weights, gradient, first, direction}, 0, count)) return false;
    }
  }
  return true;
}

double Comparison::coarse_severity(const Projection& p, std::int64_t begin,
                                   std::int64_t end) const {
  const Along along(p.gradient.data() + p.first + begin, p.direction.data() + begin, end - begin);
  const double step = std::cbrt(std::numeric_limits<double>::epsilon());
  const Path path(variables_, p.first + begin,
                  Values(p.direction.begin() + begin, p.direction.begin() + end));
  path.go(-step);
  const Values left = p.probe.values();
  path.go(step);
  const Values right = p.probe.values();
  double numerical = 0;
  for (std::size_t row = 0; row < p.weights.size(); ++row)
    numerical += p.weights[row] * difference(right[row], left[row]) / (2 * step);
  const double severity = std::fabs(along.derivative - numerical) / tolerance(along.scale);
  return std::isnan(severity) ? std::numeric_limits<double>::infinity() : severity;
}

// A kink is looked for like an error: its slopes leave room for errors of other elements.
bool Comparison::agrees(const Projection& p, std::int64_t begin, std::int64_t end) {
  if (end - begin == 1) return element_agrees(p, p.first + begin);
  if (coarse_severity(p, begin, end) <= 1) return true;
  const Along along(p.gradient.data() + p.first + begin, p.direction.data() + begin, end - begin);
  {
    const Path path(variables_, p.first + begin,
                    Values(p.direction.begin() + begin, p.direction.begin() + end));
    const Line seen = line(sample(p.probe, path), p.probe, p.weights);
    if (judge(seen, along.derivative, along.scale).finding == right) return true;
  }
  const std::int64_t middle = begin + (end - begin) / 2;
  const bool second_is_worse = coarse_severity(p, middle, end) > coarse_severity(p, begin, middle);
  return second_is_worse ? agrees(p, middle, end) && agrees(p, begin, middle)
                         : agrees(p, begin, middle) && agrees(p, middle, end);
}

bool Comparison::element_agrees(const Projection& p, std::int64_t column) {
  const Samples samples = sample(p.probe, Path(variables_, column));
  const double analytical = p.gradient[std::size_t(column)];
  const Verdict verdict = judge(line(samples, p.probe, p.weights), analytical);
  if (verdict.finding == right) return true;
  const auto judge_rows = [&](std::int64_t first, std::int64_t last) {
    const Values weights = only(p.weights, first, last);
    return judge(line(samples, p.probe, weights), p.pullback(weights)[std::size_t(column)]);
  };
  const auto count = std::int64_t(p.weights.size());
  const std::int64_t row = bisect(count, [&](std::int64_t first, std::int64_t last) {
    return judge_rows(first, last).severity;
  });
  GradientEntry here = entry(p.probe, row, column);
  if (verdict.finding == kink) {
    note_kink(here, analytical, verdict.slope);
    return true;
  }
  ++report_.differing;
  Values unit(p.weights.size(), 0);
  unit[std::size_t(row)] = 1;
  const double single = p.pullback(unit)[std::size_t(column)];
  const Verdict alone = judge(line(samples, p.probe, row), single);
  if (alone.finding != right) return fail(p.probe, here, single, alone.slope);
  // Backward is right for this output alone.
  here.output = p.probe.order == 1 ? "weighted outputs" : "weighted gradients";
  here.output_index = {};
  fail(p.probe, here, analytical, verdict.slope);
  return fail(nonlinear, report_.worst);
}

}  // namespace cinta::detail
