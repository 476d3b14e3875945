#include <algorithm>
#include <cinta/autograd/check/detail/slopes.hpp>
#include <cmath>
#include <cstring>
#include <limits>

namespace cinta::detail {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

}  // namespace

double difference(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0 ? 0 : a - b; }

double Line::first_step(double x) { return std::max(1.0, std::fabs(x)) / 128; }

double Line::slope(Side side, int level) const {
  const double from_x = side == to_right ? x : left_x[level];
  const double to_x = side == to_left ? x : right_x[level];
  const double from = side == to_right ? value : left[level];
  const double to = side == to_left ? value : right[level];
  return difference(to, from) / (to_x - from_x);
}

double Line::size(int level) const {
  return std::max({rounded, std::fabs(value), std::fabs(left[level]), std::fabs(right[level])});
}

double Line::noise(int level) const {
  return std::isfinite(size(level)) ? epsilon * size(level) / (right_x[level] - x) : 0;
}

// Ridders: Neville's tableau over the steps, of which the entry with the least error is taken.
Slope Line::extrapolate(Side side) const {
  Slope best{std::numeric_limits<double>::quiet_NaN()};
  double least = std::numeric_limits<double>::infinity();
  double row[levels] = {}, previous[levels] = {};
  int usable = 0;  // length of the previous row: only neighbouring finite levels combine
  for (int i = 0; i < levels; ++i) {
    row[0] = slope(side, i);
    if (!std::isfinite(row[0])) {
      usable = 0;
      continue;
    }
    double factor = 1;
    for (int j = 1; j <= usable; ++j) {
      factor *= side == both ? shrink * shrink : shrink;  // order h^2 or h vanishes
      row[j] = (row[j - 1] * factor - previous[j - 1]) / (factor - 1);
      const double error =
          std::max({std::fabs(row[j] - row[j - 1]), std::fabs(row[j] - previous[j - 1]), noise(i)});
      if (error < least) {
        least = error;
        best = {row[j], right_x[i] - x, 4 * noise(i)};
      }
    }
    ++usable;
    std::copy(row, row + usable, previous);
  }
  return best;
}

Line::Kind Line::kind(double tolerance) const {
  constexpr int first = 5, last = 7;  // steps near 1e-6
  const auto rise = [&](int i) {
    return std::max(std::fabs(right[i] - value), std::fabs(left[i] - value));
  };
  // What computes in float32 inside is a staircase: its steps are no jumps.
  if (rise(last) > 0.5 * rise(first) && rise(last) > 1e-4 * size(last)) return jump;
  double before = 0;
  for (int i = first; i <= last; ++i) {
    const double gap = std::fabs(slope(to_right, i) - slope(to_left, i));
    if (!(gap > 10 * tolerance + 100 * noise(i))) return smooth;
    if (i > first && (gap < 0.5 * before || gap > 1.5 * before)) return smooth;
    before = gap;
  }
  return kink;
}

}  // namespace cinta::detail
