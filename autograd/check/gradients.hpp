#pragma once
// Are the gradients right? Compares what backward computes with differences of function values.
//
//   CHECK(check_gradients([](const Tensor& x) { return softmax(x, 1); }, x));
//
// is a whole test: in Catch2, as in any framework that prints through operator<<, a failure shows
// the report's sentence. Whole modules: <cinta/nn/module/check_gradients.hpp>.

#include <cinta/autograd/callable.hpp>

#pragma GCC visibility push(default)
namespace cinta {

struct GradientCheckOptions {
  enum Method {
    automatic,   ///< full up to some 65,000 entries (250 elements of input), projections above
    full,        ///< every entry of the Jacobian, and of the gradients' own
    projections  ///< derivatives along random directions: a few evaluations for each input
  };

  double rtol = 1e-6;         ///< allowed error relative to the numerical value
  double atol = 1e-8;         ///< allowed error beside it, for values near 0
  bool second_order = true;   ///< check the gradients' own gradients too
  std::uint64_t seed = 0;     ///< of the random weights and directions
  Method method = automatic;  ///< the report says which was used
  int directions = 4;         ///< of projections, for each input and order
};

/// One entry of a Jacobian: d(output element)/d(input element).
struct GradientEntry {
  int order = 1;           ///< 1: gradient of the function; 2: gradient of its gradient
  std::string input = {};  ///< "input0" or its name; "grad output": the gradient handed to backward
  Shape index = {};        ///< of the element in that input
  /// Order 1: "output", or "output0" and so on of several; order 2: "grad input0", whose gradient
  /// it is.
  std::string output = {};
  Shape output_index = {};
  double analytical = 0;  ///< from backward
  double numerical = 0;   ///< from differences
  double step = 0;        ///< smallest step that the numerical value rests on; 0 if on none

  /// "d output (0, 2) / d hidden.weight (3, 7): analytical 0.5, numerical 0.25 (step 6.1e-06)"
  std::string str() const;
};

/// What check_gradients found.
struct GradientReport {
  bool ok = true;
  std::string problem = {};    ///< what is wrong; empty if ok
  GradientEntry worst = {};    ///< the entry that is off the most, measured in its tolerance
  std::string op = {};         ///< operation that made the output
  Site site = {};              ///< where it was called
  bool projected = false;      ///< whether random projections were compared, not all entries
  std::int64_t elements = 0;   ///< of all differentiated inputs
  std::int64_t compared = 0;   ///< entries, or projections, of first and second order
  std::int64_t differing = 0;  ///< of them, those that are found off; one, if projections find it
  std::int64_t kinks = 0;      ///< entries accepted because the one-sided slopes differ there
  GradientEntry kink = {};     ///< the first of those

  explicit operator bool() const { return ok; }
  /// One sentence: "softmax: all 54 derivatives agree (...)" or what is wrong, where, by how much.
  std::string str() const;
};

std::ostream& operator<<(std::ostream& out, const GradientReport& report);

namespace detail {

/// The check under all forms: fn reads `leaves`, dense float64 tensors that require gradients, and
/// the check moves their elements in place (and puts them back). Nobody may write to `watched`.
GradientReport check_in_place(const std::function<Tensor()>& fn, const NamedTensors& leaves,
                              const NamedTensors& watched, const GradientCheckOptions& options,
                              const Site& site);

/// The same for a function of several results, of which those that are not floating are constants.
GradientReport check_in_place(const std::function<Tensors()>& fn, const NamedTensors& leaves,
                              const NamedTensors& watched, const GradientCheckOptions& options,
                              const Site& site);

/// For the forms: the inputs as dense copies, floating ones in float64, and those to differentiate
/// as leaves.
struct CheckedInputs {
  explicit CheckedInputs(const NamedTensors& inputs, const Site& site);
  NamedTensors all, leaves;
  Tensors tensors() const;
};

/// A module is checked together with its parameters: <cinta/nn/module/check_gradients.hpp>.
template <class F>
concept has_parameters = requires(const F& fn) {
  fn.named_parameters();
};

/// "input0", "input1", ...
NamedTensors numbered(const Tensors& inputs);

GradientReport check_gradients(const ListFunction& fn, const NamedTensors& inputs,
                               const GradientCheckOptions& options, const Site& site);

}  // namespace detail

/// Checks the Jacobian of fn(inputs), and by default the derivatives of its gradients too.
///
/// `fn` is a function of one tensor, of several or of a list, that returns one or a list
/// (autograd/callable.hpp). Differentiated are the inputs that require gradients, or all floating
/// ones if none does. `fn` works on dense float64 copies of all floating inputs and has to return
/// float64 tensors of any shape; beside them it may return constants, such as indices. An input
/// that it ignores has gradient 0.
///
/// - First order: every entry against central differences, their step scaled to the input. An
///   entry that disagrees is computed again by Ridders' extrapolation over many steps (C. Ridders,
///   Advances in Engineering Software 4, 1982) before it counts as wrong.
/// - Second order: the gradients, weighted by fixed random numbers, must be the same when they are
///   recorded, and their own derivatives with respect to the inputs and to the weights must be
///   right.
/// - Projections compare sum(w * J v) for random weights w of the outputs and a random direction v
///   in each input. That sees an error of a single entry if it is larger than about
///   rtol * sqrt(outputs) of a typical one. Where one disagrees, v is halved until single elements
///   are left, which alone decide; then w, until the report can name both.
/// - At a kink, where the slopes to both sides differ, any value between them passes; where the
///   function jumps, any finite value does. The report counts them.
/// - fn and its gradients must be the same bits twice, and fn must not write to its inputs. A fn
///   that draws random numbers sets the generator's state first.
///
/// Errors that `fn` throws pass through; those of its backward rules become part of the report.
/// Throws ValueError if there is no floating input, if fn returns nothing or not float64, for a
/// tolerance below 0 and for fewer than one direction.
template <TensorFunction F>
requires(!detail::has_parameters<F>) GradientReport
    check_gradients(F fn, const detail::InputOf<F>& inputs, GradientCheckOptions options = {},
                    Site site = {}) {
  return detail::check_gradients(detail::list_function("check_gradients", fn, site),
                                 detail::numbered(detail::to_list(inputs)), options, site);
}

/// The same with inputs that the report calls by their names. `fn` gets them in the same order.
template <TensorFunction F>
requires(!detail::has_parameters<F>) GradientReport
    check_gradients(F fn, const NamedTensors& inputs, GradientCheckOptions options = {},
                    Site site = {}) {
  return detail::check_gradients(detail::list_function("check_gradients", fn, site), inputs,
                                 options, site);
}

}  // namespace cinta
#pragma GCC visibility pop
