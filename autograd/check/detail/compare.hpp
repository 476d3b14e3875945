#pragma once
// Private to check_gradients: what backward gave against differences, entry by entry or along
// random directions.

#include <cinta/autograd/check/detail/slopes.hpp>
#include <cinta/autograd/check/detail/variables.hpp>
#include <cinta/autograd/check/gradients.hpp>
#include <cmath>
#include <optional>

namespace cinta::detail {

class SplitMix;

/// A function of the variables: what differences are taken of.
struct Probe {
  int order;                       ///< 1: the checked function; 2: its gradients, one after another
  Shape shape;                     ///< order 1: of the output
  std::function<Values()> values;  ///< where the variables are now
  Values here;                     ///< where they were at first
};

inline constexpr char nonlinear[] = "backward is not linear in the gradient that it is given";

/// Gradient of sum(weights * probe), as backward computes it.
using Pullback = std::function<Values(const Values& weights)>;

/// Between 0.5 and 1.5 with either sign: none so small that it hides an element, and no two
/// alike, so that exchanged elements show.
Values random_weights(SplitMix& random, std::int64_t count);

/// The element in which `off(first, last)` is concentrated, by bisection.
template <class F>
std::int64_t bisect(std::int64_t count, F&& off) {
  std::int64_t first = 0, last = count;
  while (last - first > 1) {
    const std::int64_t middle = first + (last - first) / 2;
    (off(first, middle) >= off(middle, last) ? last : first) = middle;
  }
  return first;
}

/// `values` with 0 outside [first, last).
Values only(const Values& values, std::int64_t first, std::int64_t last);

class Comparison {
 public:
  Comparison(const Variables& variables, const GradientCheckOptions& options,
             GradientReport& report)
      : variables_(variables), options_(options), report_(report) {}

  /// All entries of the Jacobian; `matrix` is what backward gave, a row for each value of the
  /// probe.
  bool entries(const Probe& probe, const Values& matrix);

  /// A few projections for each leaf.
  bool projections(const Probe& probe, const Pullback& pullback);

  /// Writes a failure into the report. Returns false.
  bool fail(std::string problem, const GradientEntry& entry);

  /// Error allowed of a value of that size.
  double tolerance(double size) const { return options_.atol + options_.rtol * std::fabs(size); }

  /// The entry's names and places: d(row of the probe) / d(column).
  GradientEntry entry(const Probe& probe, std::int64_t row, std::int64_t column) const;

 private:
  // Values of a probe on both sides of a path's origin, at all steps of a Line.
  struct Samples {
    double x, left_x[Line::levels], right_x[Line::levels];
    Values left[Line::levels], right[Line::levels];
  };
  static Samples sample(const Probe& probe, const Path& path);
  static Line line(const Samples& samples, const Probe& probe, std::int64_t row);
  static Line line(const Samples& samples, const Probe& probe, const Values& weights);

  enum Finding { right, kink, wrong };
  struct Verdict {
    Finding finding;
    Slope slope;
    double severity;  // error in units of what is allowed
  };
  // Errors are measured by `size`, or by the slope itself.
  Verdict judge(const Line& line, double analytical, std::optional<double> size = {}) const;
  void note_kink(GradientEntry entry, double analytical, const Slope& slope);
  bool fail(const Probe& probe, GradientEntry entry, double analytical, const Slope& slope);

  // Entries of one column that coarse differences speak against.
  struct Suspect {
    std::int64_t column;
    double severity;
    std::vector<std::int64_t> rows;
  };
  bool acquit(const Suspect& suspect, const Probe& probe, const Values& matrix);

  // One projection: weights of the probe's values, what backward makes of them, and a direction
  // from column `first` on.
  struct Projection {
    const Probe& probe;
    const Pullback& pullback;
    const Values& weights;
    const Values& gradient;
    std::int64_t first;
    const Values& direction;
  };
  double coarse_severity(const Projection& projection, std::int64_t begin, std::int64_t end) const;
  bool agrees(const Projection& projection, std::int64_t begin, std::int64_t end);
  bool element_agrees(const Projection& projection, std::int64_t column);

  const Variables& variables_;
  const GradientCheckOptions& options_;
  GradientReport& report_;
};

}  // namespace cinta::detail
