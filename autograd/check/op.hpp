#pragma once
// The op table: one row describes an operation, and `run` turns it into some hundred checks.
//
//   check::Row row = {
//       .name = "softmax",
//       .function = [](const Tensors& in) { return softmax(in[0], 1); },
//       .reference = [](const Tensors& in) { return my_plain_softmax(in[0]); },
//       .samples = {{check::reals({3, 4})}, {check::reals({0, 4})}, {check::reals({2, 1}, -50,
//       50)}}, .errors = {{[] { return softmax(ones({3}), 1); },
//                   "softmax: axis 1 is out of range for (3,), which has 1 axes"}},
//   };
//   for (const std::string& failure : check::run(row)) std::cout << failure << '\n';

#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/tensor.hpp>
#include <functional>
#include <type_traits>

#pragma GCC visibility push(default)
namespace cinta::check {

/// What one input of a sample looks like. Values are drawn evenly from [low, high], the same in
/// every run.
struct Input {
  Shape shape = {};
  Dtype dtype = float64;  ///< any floating one stands for float32 and float64 in turn
  double low = -2, high = 2;
  std::vector<double> avoid = {};  ///< places that no value comes nearer to than `gap`
  double gap = 0.05;
  bool differentiable = true;  ///< false: the operation gives it no gradient (a target, say)
  bool separate = false;       ///< values differ by at least a share of the range, see distinct
  std::vector<double> values = {};  ///< given, not drawn

  /// Keeps values away from kinks and poles.
  Input away_from(std::vector<double> places, double distance = 0.05) const;
  /// No two values of this and the sample's other distinct inputs (of the same range) come close:
  /// they are shuffled points of one even grid. For max, sort and the like.
  Input distinct() const;
  /// No gradient is asked for.
  Input fixed() const;
};

/// Floating values in [low, high).
Input reals(const Shape& shape, double low = -2, double high = 2);
/// Floating values as given, in row-major order.
Input reals(const Shape& shape, std::vector<double> values);
/// int64 values in [low, high], both included.
Input integers(const Shape& shape, std::int64_t low, std::int64_t high);
Input integers(const Shape& shape, std::vector<double> values);
/// bool values.
Input flags(const Shape& shape);

/// A function of tensors, given as one that returns a Tensor or, for several results, Tensors.
/// Throws ValueError for an empty one.
class Function {
 public:
  Function() = default;
  template <class F>
  requires std::is_invocable_v<F&, const Tensors&> &&
      (!std::is_same_v<std::decay_t<F>, Function>)Function(F fn, const Site& site = {}) {
    detail::check_not_empty("check", "a row's function", fn, site);
    if constexpr (std::is_convertible_v<F, Tensor (*)(const Tensors&)>)
      *this = of_pointer(fn);  // a table has thousands: nothing is compiled for each
    else if constexpr (std::is_convertible_v<std::invoke_result_t<F&, const Tensors&>, Tensor>)
      call_ = [fn = std::move(fn)](const Tensors& in) { return Tensors{fn(in)}; };
    else
      call_ = std::move(fn);
  }

  Tensors operator()(const Tensors& inputs) const { return call_(inputs); }
  friend bool is_empty(const Function& fn) { return !fn.call_; }

 private:
  static Function of_pointer(Tensor (*fn)(const Tensors&));

  std::function<Tensors(const Tensors&)> call_;
};
using Sample = std::vector<Input>;

/// A call that must be refused, with the exact text of the error but for " [file:line]" at its end.
struct Refusal {
  /// The row's function on these inputs (reals are float64).
  Refusal(Sample sample, std::string message)
      : inputs(std::move(sample)), text(std::move(message)) {}
  /// Any call, for instance with other parameters.
  template <class Call>
  requires std::is_invocable_v<Call> Refusal(Call refused, std::string message,
                                             const Site& site = {})
      : text(std::move(message)) {
    detail::check_not_empty("check", "a call to be refused", refused, site);
    if constexpr (std::is_convertible_v<Call, Tensor (*)()>)
      call = of_pointer(refused);
    else
      call = [refused] { refused(); };
  }

  Sample inputs = {};
  std::function<void()> call = {};
  std::string text;

 private:
  static std::function<void()> of_pointer(Tensor (*call)());
};

/// One operation with fixed parameters. Everything but the first four has a default.
struct Row {
  std::string name = {};
  Function function = {};
  /// The same, computed independently (plain loops, a closed form). Gets floating inputs as dense
  /// float64, others as they are. Its shape is what the function has to return; if it returns
  /// float64, the function returns the inputs' common floating dtype (float32 if there is none),
  /// else exactly the dtype returned here. As many results as the function has.
  Function reference = {};
  /// Small ones: the full Jacobian of each is computed. Include zero-size, 0-dim and size-1 shapes
  /// unless `elementwise` adds them.
  std::vector<Sample> samples = {};
  std::vector<Refusal> errors = {};

  bool differentiable = true;               ///< false: no output ever requires a gradient
  std::vector<std::size_t> constants = {};  ///< floating outputs that never do
  bool second_order = true;                 ///< false: gradients are not differentiable themselves
  bool elementwise =
      false;  ///< adds 0-dim, zero-size, long and, if several inputs, broadcast shapes
  bool propagates_nan = true;  ///< a NaN in any input gives some NaN in the output
  bool infinities = true;      ///< infinite inputs give what the reference gives
  bool extremes = true;  ///< so do elements up to the largest number beside small ones; and what
                         ///< gradients there are agree: of both precisions, fused and recorded
  bool kink_at_equal = false;  ///< no derivative where two inputs are equal: a maximum, a distance
  bool strided = true;         ///< runs on inputs that are transposed, sliced, reversed, expanded
  bool refuses_undefined = true;  ///< false where the function itself looks into its inputs
  double ulps = 16;               ///< allowed error of values in units of the dtype's epsilon
  double gradient_ulps = 64;      ///< the same for float32 gradients against float64 ones
  Site site = {};                 ///< where the row stands; nodes and errors must name this file
};

/// How many cases `run` made of rows. A case is a set of inputs in one form, on which the value,
/// and the gradients where there are some, are held against something.
struct Counts {
  std::int64_t plain = 0;        ///< dense inputs of one shape: against the reference
  std::int64_t empty = 0;        ///< the same without elements
  std::int64_t broadcast = 0;    ///< the same of an elementwise operation with different shapes
  std::int64_t strided = 0;      ///< inputs or incoming gradients in other layouts
  std::int64_t not_finite = 0;   ///< NaN and infinities among the elements
  std::int64_t extreme = 0;      ///< elements from 1e4 to the largest number
  std::int64_t differences = 0;  ///< derivatives against differences; one tensor as two inputs
  std::int64_t recorded = 0;     ///< recorded on some inputs, run again on others
  std::int64_t errors = 0;       ///< what has to be refused
  std::int64_t float32 = 0, float64 = 0;  ///< of these, those of floating inputs by their dtype
  /// Derivatives compared in samples that were differentiated twice.
  std::int64_t second_order = 0;

  std::int64_t total() const;
  Counts& operator+=(const Counts& other);
  /// "12,345 cases: 100 plain, 20 empty, ..."
  std::string str() const;
};

/// Checks an operation in every way that its row allows: values against the reference in float32
/// and float64; first and second derivatives (see check_gradients); every input alone requiring
/// gradients; of several results every one alone; equal, repeated and non-contiguous inputs and
/// incoming gradients; no-grad; NaN and infinity; the same bits twice, and from the operations
/// recorded as a list and run again in other memory, also on other values; inputs left as they
/// were; nothing kept alive afterwards; errors with their texts and places. Returns one line per
/// failure; none if all is well. `counts` is set to what was done. Throws ValueError for a row
/// without a function or reference.
std::vector<std::string> run(const Row& row, Counts* counts = nullptr);

}  // namespace cinta::check
#pragma GCC visibility pop
