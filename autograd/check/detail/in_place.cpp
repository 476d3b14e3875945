#include <algorithm>
#include <cinta/autograd/check/detail/compare.hpp>
#include <cinta/autograd/check/detail/values.hpp>
#include <cinta/autograd/check/gradients.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/engine.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/autograd/tape/node.hpp>
#include <cmath>
#include <cstring>
#include <numeric>
#include <unordered_set>

namespace cinta::detail {
namespace {

// Above so many entries a full Jacobian takes too long.
constexpr std::int64_t full_limit = 1 << 16;

// Bit by bit, so that NaN equals itself.
bool same_bits(const Values& a, const Values& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

double product(const Values& a, const Values& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

class Checker {
 public:
  Checker(const std::function<Tensor()>& fn, const NamedTensors& leaves,
          const NamedTensors& watched, const GradientCheckOptions& options, const Site& site)
      : fn_(fn), options_(options), watched_(watched), variables_(leaves) {
    for (const auto& [name, tensor] : watched)
      originals_.push_back(dense_copy(tensor, tensor.dtype()));
    output_ = call();
    if (!output_.defined())
      throw ValueError("check_gradients: the function returned an undefined tensor", site);
    if (output_.dtype() != float64) {
      throw ValueError(std::string("check_gradients: the function returned ") +
                           name_of(output_.dtype()) +
                           " for float64 inputs; differences need float64 throughout",
                       site);
    }
    shape_ = output_.shape();
    base_ = values_of(output_);
    SplitMix random(options_.seed);
    weights_ = random_weights(random, output_.numel());
    report_.elements = variables_.size();
    report_.projected =
        options.method == GradientCheckOptions::projections ||
        (options.method == GradientCheckOptions::automatic &&
         variables_.size() * std::max(variables_.size(), output_.numel()) > full_limit);
  }

  GradientReport run() {
    if (const Node* node = output_.node()) {
      report_.op = node->name();
      report_.site = node->site();
    }
    try {
      check_repetition() && first_order() && (!options_.second_order || second_order()) &&
          check_untouched();
    } catch (const std::exception& error) {
      if (in_function_) throw;
      fail(std::string("backward failed: ") + error.what());
    }
    if (!report_.ok) report_.problem += coarse_part();
    return std::move(report_);
  }

 private:
  bool fail(std::string problem) {
    report_.ok = false;
    report_.problem = std::move(problem);
    return false;
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
      for (int i = 0; i < node->output_count(); ++i) {
        const Dtype dtype = node->output(i).dtype;
        if (node->is_constant(i) || dtype == float64) continue;
        return std::string(" (") + node->name() + " [" + node->site().str() + "] computes in " +
               name_of(dtype) + ", too coarse for this check)";
      }
      for (int i = 0; i < node->input_count(); ++i) visit(node->input(i));
    }
    return "";
  }

  // ---- Evaluating ----

  // What the function itself throws is the caller's; what backward throws is a finding.
  Tensor call() {
    in_function_ = true;
    Tensor y = fn_();
    in_function_ = false;
    return y;
  }

  Values outputs() {
    const NoGrad no_grad;
    const Tensor y = call();
    if (!y.defined() || y.shape() != shape_ || y.dtype() != float64)
      throw ShapeError("the function returned " + (y.defined() ? y.spec().str() : "nothing") +
                       " where it had returned float64 " + shape_.str());
    return values_of(y);
  }

  // The gradient of sum(weights * fn()) where the variables are now.
  Values gradient(const Values& weights) {
    return Recording({call()}, variables_.leaves()).pull(weights);
  }

  // The same with its own graph, over the leaves and over `weights`.
  Tensors recorded_gradients(const Tensor& weights) {
    const Tensor y = call();
    Tensors gradients(variables_.leaves().size());
    if (y.requires_grad()) {
      gradients = grad({y}, variables_.leaves(),
                       {.grad_outputs = {weights}, .create_graph = true, .allow_unused = true});
    }
    for (std::size_t k = 0; k < gradients.size(); ++k) {
      const Tensor& leaf = variables_.leaves()[k];
      if (!gradients[k].defined())
        gradients[k] = from_values(leaf.spec(), Values(std::size_t(leaf.numel()), 0));
    }
    return gradients;
  }

  // ---- The checks ----

  bool check_repetition() {
    if (!same_bits(outputs(), base_))
      return fail("the function gave different values for the same inputs");
    if (!same_bits(gradient(weights_), gradient(weights_)))
      return fail("backward gave different gradients for the same inputs");
    return check_untouched();
  }

  bool check_untouched() {
    for (std::size_t k = 0; k < watched_.size(); ++k) {
      if (!detail::same_bits(watched_[k].second, originals_[k]))
        return fail("the function or its backward wrote to " + watched_[k].first);
    }
    return true;
  }

  bool first_order() {
    const Probe probe{1, shape_, [this] { return outputs(); }, base_};
    bool ok;
    if (report_.projected) {
      ok = comparison_.projections(probe, [this](const Values& w) { return gradient(w); });
    } else {
      jacobian_ = Recording({output_}, variables_.leaves()).matrix();
      ok = comparison_.entries(probe, jacobian_) && check_linear();
    }
    if (!ok && !output_.requires_grad())
      report_.problem +=
          " (the output is cut off from the inputs: detached, or computed under NoGrad?)";
    return ok;
  }

  bool second_order() {
    if (!output_.requires_grad()) return true;
    Tensor weights = from_values({shape_, float64}, weights_);
    weights.requires_grad_();
    Tensors all = variables_.leaves();
    all.push_back(weights);
    // Recorded anew: the first order has moved the variables, so that what its graph saved counts
    // as overwritten.
    const auto record = [&] { return Recording(recorded_gradients(weights), all); };

    const Values recorded = flat(recorded_gradients(weights), variables_.leaves());
    if (!check_recorded(recorded)) return false;
    const Probe probe{2, {}, [this] { return gradient(weights_); }, recorded};
    if (report_.projected) {
      const Pullback pullback = [&](const Values& u) { return record().pull(u); };
      return project_by_weights(probe, pullback) && comparison_.projections(probe, pullback);
    }
    // By the variables against differences; by the weights, in which gradients are linear, against
    // the Jacobian, which the first order has found right.
    const Values both = record().matrix();
    const std::int64_t columns = variables_.size(), width = columns + output_.numel();
    Values by_variables;
    for (std::int64_t i = 0; i < columns; ++i) {
      const auto row = both.begin() + i * width;
      by_variables.insert(by_variables.end(), row, row + columns);
      for (std::int64_t r = 0; r < output_.numel(); ++r) {
        ++report_.compared;
        const double expected = jacobian_[std::size_t(r * columns + i)];
        const double value = row[columns + r];
        if (!(std::fabs(value - expected) <= comparison_.tolerance(expected)))
          return fail_by_weights(probe, i, r, value, expected);
      }
    }
    return comparison_.entries(probe, by_variables);
  }

  // What backward does with one output at a time, it must do with all of them.
  bool check_linear() {
    const Values together = gradient(weights_);
    const std::int64_t columns = variables_.size();
    for (std::int64_t column = 0; column < columns; ++column) {
      double sum = 0, size = 0;
      for (std::int64_t row = 0; row < output_.numel(); ++row) {
        const double term =
            weights_[std::size_t(row)] * jacobian_[std::size_t(row * columns + column)];
        sum += term;
        size += std::fabs(term);
      }
      const double value = together[std::size_t(column)];
      if (value == sum || std::fabs(value - sum) <= comparison_.tolerance(size)) continue;
      return fail(std::string(nonlinear) + ": the gradient of " + variables_.name(column) + " at " +
                  variables_.index(column).str() + " is " + number_text(value) +
                  " for all outputs weighted together, but " + number_text(sum) +
                  " from one after the other");
    }
    return true;
  }

  // Recording the gradient must not change it.
  bool check_recorded(const Values& recorded) {
    const Values plain = gradient(weights_);
    for (std::int64_t column = 0; column < variables_.size(); ++column) {
      const double value = recorded[std::size_t(column)], expected = plain[std::size_t(column)];
      if (value == expected || std::fabs(value - expected) <= comparison_.tolerance(expected))
        continue;
      return fail("the gradient of " + variables_.name(column) + " at " +
                  variables_.index(column).str() + " is " + number_text(value) +
                  " when its own graph is recorded (create_graph), but " + number_text(expected) +
                  " otherwise");
    }
    return true;
  }

  // sum(u * J^T w) for random u and w: as a derivative by the weights, and from J^T w itself, which
  // the first order has found right.
  bool project_by_weights(const Probe& probe, const Pullback& pullback) {
    SplitMix random(options_.seed + 3);
    const std::int64_t columns = variables_.size(), rows = output_.numel();
    const Values u = random_weights(random, columns), w = random_weights(random, rows);
    const auto derivative = [&](const Values& by, const Values& at) {
      const Values all = pullback(by);
      return product(Values(all.begin() + columns, all.end()), at);
    };
    const auto off = [&](const Values& by, const Values& at) {
      const Values first = gradient(at);
      const double expected = product(first, by);
      const double size = std::sqrt(product(first, first));
      return std::fabs(derivative(by, at) - expected) /
             comparison_.tolerance(std::max(std::fabs(expected), size));
    };
    ++report_.compared;
    if (off(u, w) <= 1) return true;
    const std::int64_t row = bisect(
        rows, [&](std::int64_t first, std::int64_t last) { return off(u, only(w, first, last)); });
    Values unit(std::size_t(rows), 0);
    unit[std::size_t(row)] = 1;
    const std::int64_t column = bisect(columns, [&](std::int64_t first, std::int64_t last) {
      return off(only(u, first, last), unit);
    });
    Values by(std::size_t(columns), 0);
    by[std::size_t(column)] = 1;
    return fail_by_weights(probe, column, row, derivative(by, unit),
                           gradient(unit)[std::size_t(column)]);
  }

  bool fail_by_weights(const Probe& probe, std::int64_t column, std::int64_t row, double value,
                       double expected) {
    GradientEntry entry = comparison_.entry(probe, column, column);
    entry.input = "grad output";
    entry.index = unravel(row, shape_);
    entry.analytical = value;
    entry.numerical = expected;
    ++report_.differing;
    return comparison_.fail(
        "wrong derivative of the gradient with respect to the output's gradient", entry);
  }

  const std::function<Tensor()>& fn_;
  const GradientCheckOptions& options_;
  const NamedTensors& watched_;
  Tensors originals_;  // their values at the start
  Variables variables_;
  GradientReport report_;
  Comparison comparison_{variables_, options_, report_};
  Tensor output_;
  Shape shape_;
  Values base_;      // the output's values
  Values weights_;   // of the output's elements, for everything that weighs them once
  Values jacobian_;  // unless projected
  bool in_function_ = false;
};

}  // namespace

GradientReport check_in_place(const std::function<Tensor()>& fn, const NamedTensors& leaves,
                              const NamedTensors& watched, const GradientCheckOptions& options,
                              const Site& site) {
  if (leaves.empty())
    throw ValueError("check_gradients: no input is floating, so there is nothing to check", site);
  // Without directions nothing is compared, and a NaN allows for nothing.
  const auto check = [&](bool ok, const std::string& what, double value, const char* least) {
    if (!ok)
      throw ValueError(
          "check_gradients: " + what + " is " + number_text(value) + ", must be at least " + least,
          site);
  };
  check(options.rtol >= 0, "rtol", options.rtol, "0");
  check(options.atol >= 0, "atol", options.atol, "0");
  check(options.directions >= 1, "directions", options.directions, "1");
  const EnableGrad enable;
  return Checker(fn, leaves, watched, options, site).run();
}

}  // namespace cinta::detail
