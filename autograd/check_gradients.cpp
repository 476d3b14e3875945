#include <algorithm>
#include <cinta/autograd/check_gradients.hpp>
#include <cinta/autograd/check_slopes.hpp>
#include <cinta/autograd/check_values.hpp>
#include <cinta/autograd/engine.hpp>
#include <cinta/autograd/error.hpp>
#include <cinta/autograd/grad_mode.hpp>
#include <cinta/autograd/node.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <ostream>
#include <unordered_set>

namespace cinta {
namespace {

using detail::dense_copy, detail::Line, detail::number_text, detail::same_bits, detail::Slope;
using detail::unravel, detail::values_of;
using std::to_string;
using Values = std::vector<double>;

// Bit by bit, so that NaN equals itself.
bool same_bits(const Values& a, const Values& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

class Checker {
 public:
  Checker(const std::function<Tensor(const Tensors&)>& fn, const Tensors& inputs,
          const GradientCheckOptions& options, const Site& site)
      : fn_(fn), options_(options) {
    bool chosen = false;
    for (const Tensor& input : inputs) {
      if (!input.defined()) throw ValueError("check_gradients: undefined input", site);
      chosen |= input.requires_grad();
    }
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      const bool floating = is_floating(inputs[k].dtype());
      inputs_.push_back(dense_copy(inputs[k], floating ? float64 : inputs[k].dtype()));
      originals_.push_back(dense_copy(inputs_[k], inputs_[k].dtype()));
      if (!floating || (chosen && !inputs[k].requires_grad())) continue;
      wanted_.push_back(int(k));
      offsets_.push_back(columns_);
      columns_ += inputs[k].numel();
      leaves_.push_back(inputs_[k].requires_grad_());
    }
    if (wanted_.empty())
      throw ValueError("check_gradients: no input is floating, so there is nothing to check", site);
    output_ = call();
    if (!output_.defined())
      throw ValueError("check_gradients: the function returned an undefined tensor", site);
    if (output_.dtype() != float64) {
      throw ValueError(std::string("check_gradients: the function returned ") +
                           name_of(output_.dtype()) +
                           " for float64 inputs; differences need float64 throughout",
                       site);
    }
    output_shape_ = output_.shape();
    base_ = values_of(output_);
  }

  GradientReport run() {
    if (const Node* node = output_.node()) {
      report_.op = node->name();
      report_.site = node->site();
    }
    try {
      check_repetition() && first_order() && (!options_.second_order || second_order()) &&
          check_inputs_untouched();
    } catch (const std::exception& error) {
      if (in_function_) throw;
      fail(std::string("backward failed: ") + error.what());
    }
    return std::move(report_);
  }

 private:
  bool fail(std::string problem) {
    report_.ok = false;
    report_.problem = std::move(problem) + coarse_part();
    return false;
  }
  bool fail(std::string problem, const GradientEntry& entry) {
    report_.worst = entry;
    return fail(std::move(problem));
  }

  // Differences resolve nothing that passed through float32.
  std::string coarse_part() const {
    std::vector<const Node*> stack;
    std::unordered_set<const Node*> seen;
    const auto visit = [&](const Node* node) {
      if (node && seen.insert(node).second) stack.push_back(node);
    };
    visit(output_.node());
    while (!stack.empty()) {
      const Node* node = stack.back();
      stack.pop_back();
      if (node->output().dtype != float64) {
        return std::string(" (") + node->name() + " [" + node->site().str() + "] computes in " +
               name_of(node->output().dtype) + ", too coarse for this check)";
      }
      for (int i = 0; i < node->input_count(); ++i) visit(node->input(i));
    }
    return "";
  }

  double tolerance(double numerical) const {
    return options_.atol + options_.rtol * std::fabs(numerical);
  }

  // ---- Evaluating ----

  // What the function itself throws is the caller's; what backward throws is a finding.
  Tensor call() {
    in_function_ = true;
    Tensor y = fn_(inputs_);
    in_function_ = false;
    return y;
  }

  Values outputs() {
    const NoGrad no_grad;
    const Tensor y = call();
    if (!y.defined() || y.shape() != output_shape_ || y.dtype() != float64)
      throw ShapeError("the function returned " + (y.defined() ? y.spec().str() : "nothing") +
                       " where it had returned float64 " + output_shape_.str());
    return values_of(y);
  }

  // Gradients of all differentiable inputs one after the other; 0 for an input without.
  Values flat(const Tensors& gradients) const {
    Values all(std::size_t(columns_), 0);
    for (std::size_t k = 0; k < gradients.size(); ++k) {
      if (!gradients[k].defined()) continue;
      const Values part = values_of(gradients[k]);
      std::copy(part.begin(), part.end(), all.begin() + offsets_[k]);
    }
    return all;
  }

  Tensors differentiate(const Tensor& y, const Tensors& inputs, const Tensor& dy,
                        bool create_graph) {
    if (!y.requires_grad()) return Tensors(inputs.size());
    return grad({y}, inputs,
                {.grad_outputs = {dy},
                 .retain_graph = true,
                 .create_graph = create_graph,
                 .allow_unused = true});
  }

  // The gradient of sum(w * fn(inputs)) where the inputs are now.
  Values weighted_gradient() {
    return flat(differentiate(call(), leaves_, dense_copy(weights_, float64), false));
  }

  // d y / d inputs, one row per element of y, through backward.
  Values jacobian(const Tensor& y, const Tensors& inputs) {
    std::int64_t columns = 0;
    for (const Tensor& input : inputs) columns += input.numel();
    const std::int64_t rows = y.numel();
    Values matrix(std::size_t(rows * columns), 0);
    Tensor seed = empty(y.shape(), float64);
    double* weights = seed.data<double>();
    std::fill_n(weights, rows, 0.0);
    for (std::int64_t row = 0; row < rows; ++row) {
      weights[row] = 1;
      seed.storage()->bump_version();
      const Tensors gradients = differentiate(y, inputs, seed, false);
      if (weights[row] != 1 || (rows > 1 && weights[row ? row - 1 : row + 1] != 0))
        throw GraphError("a backward rule wrote to the gradient that it was given");
      auto out = matrix.begin() + row * columns;
      for (std::size_t k = 0; k < inputs.size(); ++k) {
        if (gradients[k].defined()) {
          const Values part = values_of(gradients[k]);
          std::copy(part.begin(), part.end(), out);
        }
        out += inputs[k].numel();
      }
      weights[row] = 0;
    }
    return matrix;
  }

  // ---- The checks ----

  bool check_repetition() {
    if (!same_bits(outputs(), base_))
      return fail("the function gave different values for the same inputs");
    weights_ = random_weights();
    if (!same_bits(weighted_gradient(), weighted_gradient()))
      return fail("backward gave different gradients for the same inputs");
    return check_inputs_untouched();
  }

  bool check_inputs_untouched() {
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
      if (!same_bits(inputs_[k], originals_[k]))
        return fail("the function or its backward wrote to input " + to_string(k));
    }
    return true;
  }

  bool first_order() {
    jacobian_ = jacobian(output_, leaves_);
    const bool ok = compare(1, jacobian_, base_, [this] { return outputs(); });
    if (!ok && !output_.requires_grad())
      report_.problem +=
          " (the output is cut off from the inputs: detached, or computed under NoGrad?)";
    return ok;
  }

  bool second_order() {
    if (!output_.requires_grad()) return true;
    Tensor weights = dense_copy(weights_, float64);
    weights.requires_grad_();
    // The first order has moved the inputs: what its graph saved counts as overwritten.
    const Tensors gradients = differentiate(call(), leaves_, weights, true);
    const Values recorded = flat(gradients);
    if (!check_recorded(recorded)) return false;

    // By the inputs against differences; by the weights, in which they are linear, against the
    // Jacobian, which the first order has found right.
    Tensors variables = leaves_;
    variables.push_back(weights);
    const std::int64_t rows = output_.numel();
    Values by_inputs(std::size_t(columns_ * columns_), 0);
    for (std::size_t k = 0; k < gradients.size(); ++k) {
      if (!gradients[k].defined()) continue;
      const Values part = jacobian(gradients[k], variables);
      const std::int64_t width = columns_ + rows;
      for (std::int64_t i = 0; i < leaves_[k].numel(); ++i) {
        const double* row = part.data() + i * width;
        std::copy(row, row + columns_, by_inputs.begin() + (offsets_[k] + i) * columns_);
        if (!check_by_weights(offsets_[k] + i, row + columns_)) return false;
      }
    }
    return compare(2, by_inputs, recorded, [this] { return weighted_gradient(); });
  }

  // Recording the gradient must not change it.
  bool check_recorded(const Values& recorded) {
    const double* weights = weights_.data<double>();
    for (std::int64_t column = 0; column < columns_; ++column) {
      double expected = 0, size = 0;
      for (std::int64_t row = 0; row < output_.numel(); ++row) {
        const double term = weights[row] * jacobian_[std::size_t(row * columns_ + column)];
        expected += term;
        size += std::fabs(term);
      }
      const double value = recorded[std::size_t(column)];
      if (value == expected || std::fabs(value - expected) <= tolerance(size)) continue;
      GradientEntry entry;
      place(column, entry.input, entry.index);
      return fail("the gradient of input " + to_string(entry.input) + " at " + entry.index.str() +
                  " is " + number_text(value) +
                  " when its own graph is recorded (create_graph), but " + number_text(expected) +
                  " otherwise");
    }
    return true;
  }

  bool check_by_weights(std::int64_t column, const double* derivatives) {
    for (std::int64_t row = 0; row < output_.numel(); ++row) {
      ++report_.compared;
      const double expected = jacobian_[std::size_t(row * columns_ + column)];
      if (std::fabs(derivatives[row] - expected) <= tolerance(expected)) continue;
      GradientEntry entry;
      entry.order = 2;
      entry.input = -1;
      entry.index = unravel(row, output_shape_);
      place(column, entry.output, entry.output_index);
      entry.analytical = derivatives[row];
      entry.numerical = expected;
      ++report_.differing;
      return fail("wrong derivative of the gradient with respect to the output's gradient", entry);
    }
    return true;
  }

  struct Suspect {
    std::int64_t column;
    double severity;
    std::vector<std::int64_t> rows;
  };

  // Compares all derivatives of `evaluate` with differences. This is where a check of larger
  // inputs would move along random directions instead of single elements.
  template <class F>
  bool compare(int order, const Values& matrix, const Values& base, F&& evaluate) {
    const std::int64_t rows = std::int64_t(base.size());
    report_.compared += rows * columns_;
    std::vector<Suspect> suspects;
    double worst = -1;
    for (std::int64_t column = 0; column < columns_; ++column) {
      // The step at which rounding of the values and the cubic term cost equally much, if the
      // function varies on the scale of its argument.
      const double x = element(column);
      const double step =
          std::cbrt(std::numeric_limits<double>::epsilon()) * std::max(1.0, std::fabs(x));
      const double right_x = x + step, left_x = x - step;
      const auto [left, right] = evaluate_at(column, left_x, right_x, evaluate);
      Suspect suspect{column, 0, {}};
      for (std::int64_t row = 0; row < rows; ++row) {
        const double analytical = matrix[std::size_t(row * columns_ + column)];
        const double numerical =
            detail::difference(right[std::size_t(row)], left[std::size_t(row)]) /
            (right_x - left_x);
        double severity = std::fabs(analytical - numerical) / tolerance(numerical);
        if (std::isnan(severity)) severity = std::numeric_limits<double>::infinity();
        if (severity > worst) {
          worst = severity;
          report_.worst = entry(order, row, column, analytical, {numerical, step, 0});
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
      if (!acquit(order, suspect, matrix, base, evaluate)) return false;
    report_.differing = 0;
    return true;
  }

  // A closer look at the entries of one column that the coarse differences speak against.
  template <class F>
  bool acquit(int order, const Suspect& suspect, const Values& matrix, const Values& base,
              F&& evaluate) {
    const std::int64_t column = suspect.column;
    const double origin = element(column);
    double step = Line::first_step(origin);
    std::vector<Line> lines(suspect.rows.size());
    for (int level = 0; level < Line::levels; ++level, step /= Line::shrink) {
      const double right_x = origin + step, left_x = origin - step;
      const auto [left, right] = evaluate_at(column, left_x, right_x, evaluate);
      for (std::size_t i = 0; i < lines.size(); ++i) {
        lines[i].left_x[level] = left_x;
        lines[i].right_x[level] = right_x;
        lines[i].left[level] = left[std::size_t(suspect.rows[i])];
        lines[i].right[level] = right[std::size_t(suspect.rows[i])];
      }
    }

    double worst = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::int64_t row = suspect.rows[i];
      Line& line = lines[i];
      line.x = origin;
      line.value = base[std::size_t(row)];
      const double analytical = matrix[std::size_t(row * columns_ + column)];
      Slope slope = line.extrapolate(Line::both);
      const Slope left = line.extrapolate(Line::to_left), right = line.extrapolate(Line::to_right);
      if (std::isnan(slope.value))
        slope = std::isnan(left.value) ? right : left;  // edge of the domain
      const double allowed = tolerance(slope.value) + slope.noise;
      const double off = std::fabs(analytical - slope.value);
      if (off <= allowed) continue;
      const Line::Kind kind = line.kind(tolerance(slope.value));
      const GradientEntry found = entry(order, row, column, analytical, slope);
      if (is_kink(kind, analytical, left, right)) {
        if (report_.kinks++ == 0) report_.kink = found;
        continue;
      }
      const double severity =
          std::isnan(off) ? std::numeric_limits<double>::infinity() : off / allowed;
      if (severity <= worst) continue;
      worst = severity;
      fail(describe(order, analytical, slope), found);
    }
    return report_.ok;
  }

  bool is_kink(Line::Kind kind, double analytical, const Slope& left, const Slope& right) const {
    if (kind == Line::smooth || !std::isfinite(analytical)) return false;
    if (kind == Line::jump) return true;
    const auto [low, high] = std::minmax(left.value, right.value);
    return analytical >= low - tolerance(low) - left.noise - right.noise &&
           analytical <= high + tolerance(high) + left.noise + right.noise;
  }

  static std::string describe(int order, double analytical, const Slope& slope) {
    if (!std::isfinite(slope.value))
      return "no numerical derivative: the function is not finite around this input";
    if (!std::isfinite(analytical)) return "the gradient is not finite";
    return order == 1 ? "wrong gradient" : "wrong second-order gradient";
  }

  // ---- Elements ----

  // Elements of all differentiated inputs are numbered through: `column` says which is meant.
  std::size_t leaf_of(std::int64_t column) const {
    std::size_t k = offsets_.size() - 1;
    while (offsets_[k] > column) --k;
    return k;
  }

  void place(std::int64_t column, int& input, Shape& index) const {
    const std::size_t k = leaf_of(column);
    input = wanted_[k];
    index = unravel(column - offsets_[k], leaves_[k].shape());
  }

  double& element(std::int64_t column) const {
    const std::size_t k = leaf_of(column);
    return leaves_[k].data<double>()[column - offsets_[k]];
  }

  // Values of `evaluate` with one element at two places; then it is where it was.
  template <class F>
  std::pair<Values, Values> evaluate_at(std::int64_t column, double left_x, double right_x,
                                        F&& evaluate) const {
    double& x = element(column);
    const double origin = x;
    const auto at = [&](double place) {
      x = place;
      leaves_[leaf_of(column)].storage()->bump_version();
    };
    at(left_x);
    Values left = evaluate();
    at(right_x);
    Values right = evaluate();
    at(origin);
    return {std::move(left), std::move(right)};
  }

  GradientEntry entry(int order, std::int64_t row, std::int64_t column, double analytical,
                      const Slope& slope) const {
    GradientEntry entry;
    entry.order = order;
    place(column, entry.input, entry.index);
    if (order == 1)
      entry.output_index = unravel(row, output_shape_);
    else
      place(row, entry.output, entry.output_index);
    entry.analytical = analytical;
    entry.numerical = slope.value;
    entry.step = slope.step;
    return entry;
  }

  // Between 0.5 and 1.5 with either sign: none so small that it hides an element, and no two
  // alike, so that exchanged elements show.
  Tensor random_weights() const {
    detail::SplitMix random(options_.seed);
    Values weights(std::size_t(output_shape_.numel()), 0);
    for (double& weight : weights) weight = (0.5 + random.uniform()) * (random.next() & 1 ? 1 : -1);
    return detail::from_values({output_shape_, float64}, weights);
  }

  const std::function<Tensor(const Tensors&)>& fn_;
  const GradientCheckOptions& options_;
  Tensors inputs_;                     // what fn sees
  Tensors originals_;                  // their values at the start
  Tensors leaves_;                     // of inputs_, those that are differentiated
  std::vector<int> wanted_;            // their positions in inputs_
  std::vector<std::int64_t> offsets_;  // their first columns
  std::int64_t columns_ = 0;
  Tensor output_, weights_;
  Shape output_shape_;
  Values base_, jacobian_;
  GradientReport report_;
  bool in_function_ = false;
};

}  // namespace

std::string GradientEntry::str() const {
  std::string text = order == 1 ? "d output" : "d gradient" + to_string(output);
  text += output_index.str() + " / d ";
  text += input < 0 ? "weight" : "input" + to_string(input);
  text += index.str() + ": analytical " + number_text(analytical) + ", numerical " +
          number_text(numerical);
  return step > 0 ? text + " (step " + number_text(step) + ")" : text;
}

std::string GradientReport::str() const {
  std::string text = op.empty() ? "check_gradients: " : op + ": ";
  if (ok) {
    text += "all " + to_string(compared) + " derivatives agree";
    if (kinks > 0) {
      text += ", " + to_string(kinks) +
              " of them at a kink, where any slope between those to the left and right is right: " +
              kink.str();
    }
  } else {
    text += problem;
    if (differing > 0) {
      text += ": " + worst.str() + "; about " + to_string(differing) + " of " +
              to_string(compared) + " derivatives are off";
    }
  }
  // What backward threw says the place already.
  return op.empty() || text.ends_with(']') ? text : text + " [" + site.str() + "]";
}

std::ostream& operator<<(std::ostream& out, const GradientReport& report) {
  return out << report.str();
}

GradientReport check_gradients(const std::function<Tensor(const Tensors&)>& fn,
                               const Tensors& inputs, GradientCheckOptions options, Site site) {
  const EnableGrad enable;
  return Checker(fn, inputs, options, SiteScope::resolve(site)).run();
}

}  // namespace cinta
