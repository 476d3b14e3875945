#pragma once
// Are the gradients right? Compares what backward computes with differences of function values.

#include <cinta/autograd/tensor.hpp>
#include <functional>

namespace cinta {

struct GradientCheckOptions {
  double rtol = 1e-6;        ///< allowed error relative to the numerical value
  double atol = 1e-8;        ///< allowed error beside it, for values near 0
  bool second_order = true;  ///< check the gradients' own gradients too
  std::uint64_t seed = 0;    ///< of the random weights that the second order uses
};

/// One entry of a Jacobian: d(output element)/d(input element).
struct GradientEntry {
  int order = 1;     ///< 1: gradient of the function; 2: gradient of its gradient
  int input = 0;     ///< position in `inputs`
  Shape index = {};  ///< of the element in that input
  int output = 0;    ///< order 2: the input whose gradient is differentiated; order 1: 0
  Shape output_index = {};
  double analytical = 0;  ///< from backward
  double numerical = 0;   ///< from differences
  double step = 0;        ///< smallest step that the numerical value rests on; 0 if on none

  /// "d out(0, 2) / d input 0 at (1, 2): analytical 0.5, numerical 0.25 (step 6.1e-06)"
  std::string str() const;
};

/// What check_gradients found.
struct GradientReport {
  bool ok = true;
  std::string problem = {};    ///< what is wrong; empty if ok
  GradientEntry worst = {};    ///< the entry that is off the most, measured in its tolerance
  std::string op = {};         ///< operation that made the output
  Site site = {};              ///< where it was called
  std::int64_t compared = 0;   ///< entries of first and second order
  std::int64_t differing = 0;  ///< of them, entries that a first, coarse look finds off
  std::int64_t kinks = 0;      ///< entries accepted because the one-sided slopes differ there
  GradientEntry kink = {};     ///< the first of those

  explicit operator bool() const { return ok; }
  /// One sentence: "softmax: all 54 derivatives agree (...)" or what is wrong, where, by how much.
  std::string str() const;
};

std::ostream& operator<<(std::ostream& out, const GradientReport& report);

/// Checks the full Jacobian of fn(inputs), and by default the derivatives of its gradients too.
///
/// Differentiated are the inputs that require gradients, or all floating ones if none does. `fn`
/// works on dense float64 copies of all floating inputs and has to return one float64 tensor of
/// any shape. An input that it ignores has gradient 0.
///
/// - First order: every entry against central differences, their step scaled to the input. An
///   entry that disagrees is computed again by Ridders' extrapolation over many steps (C. Ridders,
///   Advances in Engineering Software 4, 1982) before it counts as wrong.
/// - Second order: the gradients, weighted by fixed random numbers, must be the same when they are
///   recorded, and their own derivatives with respect to the inputs and to the weights must be
///   right.
/// - At a kink, where the slopes to both sides differ, any value between them passes; where the
///   function jumps, any finite value does. The report counts them.
/// - fn and its gradients must be the same bits twice, and fn must not write to its inputs.
///
/// Errors that `fn` throws pass through; those of its backward rules become part of the report.
/// Throws ValueError if there is no floating input, if fn returns nothing or not float64.
GradientReport check_gradients(const std::function<Tensor(const Tensors&)>& fn,
                               const Tensors& inputs, GradientCheckOptions options = {},
                               Site site = {});

}  // namespace cinta
