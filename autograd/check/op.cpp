#include <algorithm>
#include <cinta/autograd/check/detail/join.hpp>
#include <cinta/autograd/check/detail/recorded.hpp>
#include <cinta/autograd/check/detail/samples.hpp>
#include <cinta/autograd/check/detail/values.hpp>
#include <cinta/autograd/check/gradients.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/engine.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/autograd/tape/node.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <unordered_set>

namespace cinta::check {
namespace {

using detail::from_values, detail::number_text, detail::unravel, detail::values_of;
using std::to_string;

// ---- Comparing ----

Tensor dense(const Tensor& x) { return detail::dense_copy(x, x.dtype()); }

Tensors dense(const Tensors& tensors) {
  Tensors copies;
  for (const Tensor& x : tensors) copies.push_back(x.defined() ? dense(x) : x);
  return copies;
}

bool same_bits(const Tensors& a, const Tensors& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Tensor& x, const Tensor& y) { return detail::same_bits(x, y); });
}

bool requires_grad(const Tensors& tensors) {
  return std::any_of(tensors.begin(), tensors.end(),
                     [](const Tensor& x) { return x.requires_grad(); });
}

// " of output 1", where there are several.
std::string of_output(std::size_t i, const Tensors& outputs) {
  return outputs.size() == 1 ? "" : " of output " + std::to_string(i);
}

double epsilon_of(Dtype dtype) {
  return dtype == float32   ? std::numeric_limits<float>::epsilon()
         : dtype == float64 ? std::numeric_limits<double>::epsilon()
                            : 0;
}

// The first difference between two tensors as text; nothing if they agree. Each element is allowed
// `ulps` units of its own size, or of `scale` if that is larger.
std::optional<std::string> difference(const Tensor& got, const Tensor& wanted, double ulps,
                                      Dtype precision, double scale) {
  if (got.shape() != wanted.shape())
    return "shape " + got.shape().str() + " instead of " + wanted.shape().str();
  const std::vector<double> a = values_of(got), b = values_of(wanted);
  const double tiny =
      precision == float32 ? std::numeric_limits<float>::min() : std::numeric_limits<double>::min();
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    const double allowed = ulps * (epsilon_of(precision) * std::max(std::fabs(b[i]), scale) + tiny);
    if (std::isfinite(a[i]) && std::isfinite(b[i]) && std::fabs(a[i] - b[i]) <= allowed) continue;
    return number_text(a[i]) + " instead of " + number_text(b[i]) + " at " +
           unravel(std::int64_t(i), got.shape()).str() + " (allowed error " + number_text(allowed) +
           ")";
  }
  return std::nullopt;
}

double largest(const Tensor& x) {
  double size = 0;
  for (double value : values_of(x))
    if (std::isfinite(value)) size = std::max(size, std::fabs(value));
  return size;
}

// The bytes of a tensor's whole storage, to notice who writes there.
std::vector<char> bytes_of(const Tensor& x) {
  const char* first = static_cast<const char*>(x.storage()->data());
  return std::vector<char>(first, first + x.storage()->bytes());
}

// ---- The driver ----

class Runner {
 public:
  explicit Runner(const Row& row) : row_(row) {}

  std::vector<std::string> run() {
    std::vector<Sample> samples = row_.samples;
    if (samples.empty()) fail("the row has no samples");
    if (row_.elementwise && !samples.empty()) {
      const std::vector<Sample> more = elementwise_samples(samples.front());
      samples.insert(samples.end(), more.begin(), more.end());
    }
    std::uint64_t seed = 0;
    for (char c : row_.name) seed = seed * 31 + std::uint64_t(c);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      sample_ = &samples[i];
      seed_ = seed + 1000 * i;
      where_ = "sample " + to_string(i);
      guard("", [&] { check_sample(i); });
    }
    where_.clear();
    for (const Refusal& refusal : row_.errors) guard("errors", [&] { check_refusal(refusal); });
    if (dropped_ > 0) failures_.push_back(row_.name + ": and " + to_string(dropped_) + " more");
    return std::move(failures_);
  }

  std::int64_t second_order() const { return second_order_; }

 private:
  // ---- Reporting ----

  void fail(const std::string& what) {
    constexpr std::size_t most = 12;
    if (failures_.size() >= most) {
      ++dropped_;
      return;
    }
    failures_.push_back(row_.name + (where_.empty() ? "" : ", " + where_) + ": " + what);
  }
  void fail_if(const std::string& what, const std::optional<std::string>& difference) {
    if (difference) fail(what + ": " + *difference);
  }

  // What a check throws is a failure of that check.
  template <class F>
  void guard(const std::string& what, F&& body) {
    try {
      body();
    } catch (const std::exception& error) {
      fail(what + (what.empty() ? "threw: " : " threw: ") + error.what());
    }
  }

  // ---- Running the function ----

  bool wants_gradient(std::size_t k) const {
    return (*sample_)[k].differentiable && is_floating((*sample_)[k].dtype);
  }

  struct Outcome {
    Tensors y;          // dense, outside the graph
    Tensors gradients;  // dense; undefined where none was asked for
  };

  // Results that have gradients, and the weights of their elements where there are any.
  struct Roots {
    Tensors tensors, weights;

    Roots(const Tensors& results, const Tensors& dys) {
      for (std::size_t i = 0; i < results.size(); ++i) {
        if (!results[i].requires_grad() || !dys[i].defined()) continue;
        tensors.push_back(results[i]);
        weights.push_back(dys[i]);
      }
    }
  };

  // Values and gradients of inputs that are leaves, of which `only` one, all or none require
  // gradients. Notices when an input is overwritten.
  static constexpr int all = -1, none = -2;
  Outcome evaluate(Tensors x, const Tensors& dys, int only = all, bool create_graph = false) {
    std::vector<std::vector<char>> before;
    for (const Tensor& input : x) before.push_back(bytes_of(input));
    Tensors wanted;
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (!expects_gradient_ || !wants_gradient(k) || (only != all && int(k) != only)) continue;
      x[k].requires_grad_();
      wanted.push_back(x[k]);
    }
    Outcome outcome{{}, Tensors(x.size())};
    {
      const Tensors y = row_.function(x);
      outcome.y = dense(y);
      if (!wanted.empty() && requires_grad(y)) {
        const Roots roots(y, dys);
        const Tensors gradients = grad(
            roots.tensors, wanted,
            {.grad_outputs = roots.weights, .create_graph = create_graph, .allow_unused = true});
        std::size_t next = 0;
        for (std::size_t k = 0; k < x.size(); ++k) {
          if (next == wanted.size() || !(x[k].impl() == wanted[next].impl())) continue;
          const Tensor& gradient = gradients[next++];
          outcome.gradients[k] = gradient.defined() ? dense(gradient) : zeros_like(x[k]);
        }
      }
    }
    for (std::size_t k = 0; k < x.size(); ++k)
      if (bytes_of(x[k]) != before[k]) fail("wrote to input " + to_string(k));
    return outcome;
  }

  static Tensor zeros_like(const Tensor& x) {
    return from_values(x.spec(), std::vector<double>(std::size_t(x.numel()), 0));
  }

  // Gradients for the results that have some.
  Tensors random_like(const Tensors& results) const {
    detail::SplitMix random(seed_ + 7);
    Tensors dys;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const Tensor& y = results[i];
      dys.emplace_back();
      if (!is_variable(i, y)) continue;
      std::vector<double> values(std::size_t(y.numel()), 0);
      for (double& value : values) value = float(random.uniform() * 2 - 1);
      dys.back() = from_values(y.spec(), values);
    }
    return dys;
  }

  bool is_variable(std::size_t output, const Tensor& y) const {
    return is_floating(y.dtype()) &&
           std::find(row_.constants.begin(), row_.constants.end(), output) == row_.constants.end();
  }

  // Room for rounding: an elementwise operation has to be exact for each element, others to the
  // size of what they add up.
  double scale_of(const Tensor& wanted) const {
    return row_.elementwise ? 0 : std::max(1.0, largest(wanted));
  }

  void values_differ(const std::string& what, const Tensors& got, const Tensors& wanted) {
    for (std::size_t i = 0; i < got.size(); ++i)
      fail_if(what + of_output(i, got),
              difference(got[i], wanted[i], row_.ulps, got[i].dtype(), scale_of(wanted[i])));
  }

  void gradients_differ(const std::string& what, const Tensors& got, const Tensors& wanted,
                        Dtype precision) {
    for (std::size_t k = 0; k < got.size(); ++k) {
      if (!got[k].defined() || !wanted[k].defined()) continue;
      const double scale = std::max(1.0, largest(wanted[k]));
      fail_if(what + ": gradient of input " + to_string(k),
              difference(got[k], wanted[k], row_.gradient_ulps, precision, scale));
    }
  }

  // ---- One sample ----

  void check_sample(std::size_t index) {
    const Tensors master = draw(*sample_, seed_);
    const Tensors reference = row_.reference(converted(master, float64));
    bool floating = false, differentiable = false;
    for (std::size_t k = 0; k < master.size(); ++k) {
      floating |= is_floating(master[k].dtype());
      differentiable |= wants_gradient(k);
    }
    bool variable = false;
    for (std::size_t i = 0; i < reference.size(); ++i) variable |= is_variable(i, reference[i]);
    expects_gradient_ = row_.differentiable && differentiable && variable;
    const std::string sample = where_;
    std::optional<Outcome> exact;
    for (Dtype dtype : {float64, float32}) {
      if (!floating && dtype == float64) continue;
      where_ = sample + " (";
      for (std::size_t k = 0; k < master.size(); ++k) {
        const Dtype shown = is_floating(master[k].dtype()) ? dtype : master[k].dtype();
        where_ += (k ? ", " : "") + Spec{master[k].shape(), shown}.str();
      }
      where_ += ")";
      const Outcome outcome = check_values(master, reference, dtype);
      if (outcome.y.empty()) break;
      if (exact) gradients_differ("float32", outcome.gradients, exact->gradients, float32);
      if (dtype == float64) exact = outcome;
      guard("modes", [&] { check_modes(master, dtype, outcome); });
      guard("layouts", [&] { check_layouts(master, dtype); });
      guard("special values", [&] { check_special_values(master, dtype); });
      guard("recording", [&] { check_recorded(master, dtype, outcome); });
    }
    if (expects_gradient_) {
      guard("finite differences", [&] { check_differences(master); });
      guard("repeated inputs", [&] { check_repeated(); });
    }
    guard("extremes", [&] { check_extremes(master); });
    guard("graph", [&] { check_graph(master); });
    if (index == 0 && row_.refuses_undefined) check_undefined(master);
  }

  // The value, its dtype and shape; values and gradients twice.
  Outcome check_values(const Tensors& master, const Tensors& reference, Dtype dtype) {
    Outcome outcome;
    guard("", [&] {
      const Tensors x = converted(master, dtype);
      Outcome first = evaluate(x, {}, none);
      if (first.y.size() != reference.size()) {
        return fail("returned " + to_string(first.y.size()) + " tensors, the reference " +
                    to_string(reference.size()));
      }
      for (std::size_t i = 0; i < reference.size(); ++i) {
        const Tensor& y = first.y[i];
        const Dtype wanted = is_floating(reference[i].dtype()) ? dtype : reference[i].dtype();
        if (y.dtype() != wanted) {
          return fail(std::string("returned ") + cinta::name_of(y.dtype()) + " instead of " +
                      cinta::name_of(wanted) + of_output(i, reference));
        }
        if (y.shape() != reference[i].shape()) {
          return fail("returned shape " + y.shape().str() + ", the reference " +
                      reference[i].shape().str() + of_output(i, reference));
        }
      }
      values_differ("value", first.y, reference);
      const Tensors dy = random_like(first.y);
      first = evaluate(converted(master, dtype), dy);
      const Outcome second = evaluate(converted(master, dtype), dy);
      if (!same_bits(first.y, second.y)) fail("not the same bits twice");
      for (std::size_t k = 0; k < x.size(); ++k) {
        if (first.gradients[k].defined() &&
            !detail::same_bits(first.gradients[k], second.gradients[k]))
          fail("gradient of input " + to_string(k) + " is not the same bits twice");
      }
      outcome = first;
    });
    return outcome;
  }

  // With and without recording, with every input alone requiring gradients, with create_graph.
  void check_modes(const Tensors& master, Dtype dtype, const Outcome& expected) {
    const Tensors dy = random_like(expected.y);
    Tensors x = converted(master, dtype);
    if (requires_grad(row_.function(x))) fail("requires gradients though no input does");
    int wanted = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (!is_floating(x[k].dtype())) continue;
      x[k].requires_grad_();
      wanted += wants_gradient(k);
    }
    const Tensors results = row_.function(x);
    for (std::size_t i = 0; i < results.size(); ++i) {
      const bool recorded = results[i].requires_grad();
      const bool expected_here = expects_gradient_ && is_variable(i, results[i]);
      if (expected_here && !recorded)
        fail("the result does not require gradients" + of_output(i, results));
      if (!expected_here && recorded && wanted > 0)
        fail("the result requires gradients, the row says it has none" + of_output(i, results));
    }
    {
      const NoGrad no_grad;
      const Tensors y = row_.function(x);
      // A function that returns its input itself returns the leaf.
      for (const Tensor& result : y) {
        if (result.requires_grad() && result.node() && !result.node()->is_leaf())
          fail("was recorded under NoGrad");
      }
      if (!same_bits(dense(y), expected.y)) fail("gives other bits under NoGrad");
    }
    if (!expects_gradient_) return;
    for (std::size_t k = 0; k < x.size() && wanted > 1; ++k) {
      if (!wants_gradient(k)) continue;
      const Outcome alone = evaluate(converted(master, dtype), dy, int(k));
      if (!same_bits(alone.y, expected.y))
        fail("gives other bits when only input " + to_string(k) + " requires gradients");
      gradients_differ("only input " + to_string(k) + " requires gradients", alone.gradients,
                       expected.gradients, dtype);
    }
    if (dy.size() > 1) check_outputs_alone(master, dtype, dy, expected);
    if (row_.second_order) {
      gradients_differ("create_graph", evaluate(converted(master, dtype), dy, all, true).gradients,
                       expected.gradients, dtype);
    }
  }

  // Of several results one alone has a gradient, that of the others is undefined: the same as if
  // it were zero, and all of them together are the sum.
  void check_outputs_alone(const Tensors& master, Dtype dtype, const Tensors& dy,
                           const Outcome& expected) {
    std::vector<std::vector<double>> sums(master.size());
    for (std::size_t i = 0; i < dy.size(); ++i) {
      if (!dy[i].defined()) continue;
      Tensors only(dy.size()), zeros = dy;
      only[i] = dy[i];
      for (std::size_t j = 0; j < dy.size(); ++j)
        if (j != i && dy[j].defined()) zeros[j] = zeros_like(dy[j]);
      const Outcome with_zeros = evaluate(converted(master, dtype), zeros);
      for (bool create_graph : {false, true}) {
        if (create_graph && !row_.second_order) continue;
        const Outcome alone = evaluate(converted(master, dtype), only, all, create_graph);
        gradients_differ("only output " + to_string(i) + " has a gradient", alone.gradients,
                         with_zeros.gradients, dtype);
      }
      for (std::size_t k = 0; k < master.size(); ++k) {
        if (!with_zeros.gradients[k].defined()) continue;
        const std::vector<double> part = values_of(with_zeros.gradients[k]);
        sums[k].resize(part.size());
        for (std::size_t e = 0; e < part.size(); ++e) sums[k][e] += part[e];
      }
    }
    Tensors total(master.size());
    for (std::size_t k = 0; k < master.size(); ++k) {
      const Tensor& gradient = expected.gradients[k];
      if (gradient.defined() && !sums[k].empty()) total[k] = from_values(gradient.spec(), sums[k]);
    }
    gradients_differ("all outputs together against one after the other", expected.gradients, total,
                     dtype);
  }

  // As a list of operations, forward and backward, that is run again in other memory.
  void check_recorded(const Tensors& master, Dtype dtype, const Outcome& expected) {
    std::vector<bool> variables(master.size());
    for (std::size_t k = 0; k < master.size(); ++k)
      variables[k] = expects_gradient_ && wants_gradient(k);
    for (const std::string& difference : detail::recorded_differences(
             row_.function, converted(master, dtype), converted(draw(*sample_, seed_ + 1), dtype),
             variables, random_like(expected.y), row_.second_order))
      fail(difference);
  }

  // Each input, all inputs, and the incoming gradient in every layout.
  void check_layouts(const Tensors& master, Dtype dtype) {
    if (!row_.strided) return;
    const std::size_t count = master.size();
    for (Layout layout : layouts) {
      for (std::size_t which = 0; which <= count; ++which) {  // `count`: all of them
        if (which == count && count == 1) continue;
        Tensors x = converted(master, dtype), same = x;
        for (std::size_t k = 0; k < count; ++k) {
          if (which != count && which != k) continue;
          if (layout == Layout::expanded && (*sample_)[k].separate) continue;  // would make ties
          x[k] = laid_out(x[k], layout);
          same[k] = dense(x[k]);
        }
        const std::string what =
            "input " + (which == count ? "all" : to_string(which)) + " " + name_of(layout);
        const Tensors dy = random_like(row_.function(same));
        const Outcome wanted = evaluate(same, dy);
        const Outcome got = evaluate(x, dy);
        values_differ(what, got.y, wanted.y);
        gradients_differ(what, got.gradients, wanted.gradients, dtype);
      }
      if (!expects_gradient_) continue;
      Tensors dy = random_like(row_.function(converted(master, dtype)));
      for (Tensor& weights : dy)
        if (weights.defined()) weights = laid_out(weights, layout);
      const Outcome wanted = evaluate(converted(master, dtype), dense(dy));
      for (bool create_graph : {false, true}) {
        if (create_graph && !row_.second_order) continue;
        gradients_differ(std::string("incoming gradient ") + name_of(layout),
                         evaluate(converted(master, dtype), dy, all, create_graph).gradients,
                         wanted.gradients, dtype);
      }
    }
  }

  void check_special_values(const Tensors& master, Dtype dtype) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const NoGrad no_grad;
    for (std::size_t k = 0; k < master.size(); ++k) {
      if (!is_floating(master[k].dtype()) || master[k].numel() == 0) continue;
      for (double special : {std::nan(""), infinity, -infinity}) {
        const bool nan = std::isnan(special);
        if (nan ? !row_.propagates_nan : !row_.infinities) continue;
        for (std::int64_t place : {std::int64_t(0), master[k].numel() - 1}) {
          Tensors x = converted(master, float64);
          x[k].data<double>()[place] = special;
          const Tensors reference = row_.reference(x);
          const Tensors results = row_.function(converted(x, dtype));
          const std::string what = "input " + to_string(k) + " with " + number_text(special) +
                                   " at " + unravel(place, x[k].shape()).str();
          values_differ(what, results, reference);
          bool floating = false, found = false;
          for (const Tensor& y : results) {
            if (!is_floating(y.dtype()) || y.numel() == 0) continue;
            floating = true;
            for (double value : values_of(y)) found |= std::isnan(value);
          }
          if (nan && floating && !found) fail(what + ": no NaN in the output");
        }
      }
    }
  }

  // Elements of very different size: what a rule rebuilds from a rounded result is wrong there. The
  // rule that is used when the gradient's graph is recorded may be another one than usual. The
  // largest numbers leave room for a sum of some.
  void check_extremes(const Tensors& master) {
    if (!row_.extremes) return;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < master.size(); ++k) {
      const std::int64_t count = master[k].numel();
      if (!is_floating(master[k].dtype()) || count == 0 || count > 64) continue;
      for (const double size : {1e4, 1e9, 1e18, double(std::numeric_limits<float>::max()) / 64,
                                infinity, std::numeric_limits<double>::max() / 64}) {
        if (std::isinf(size) && !row_.infinities) continue;
        for (const double value : {size, -size}) {
          for (const std::int64_t place : {std::int64_t(0), count - 1})
            check_extreme(master, k, place, value);
        }
      }
    }
  }

  void check_extreme(const Tensors& master, std::size_t k, std::int64_t place, double value) {
    Tensors x = converted(master, float64);
    x[k].data<double>()[place] = std::isfinite(float(value)) ? double(float(value)) : value;
    const std::string what = "input " + to_string(k) + " with " + number_text(value) + " at " +
                             unravel(place, x[k].shape()).str();
    const Tensors reference = row_.reference(x);
    std::optional<Outcome> exact;
    for (const Dtype dtype : {float64, float32}) {
      if (dtype == float32 && std::isfinite(value) && !std::isfinite(float(value))) continue;
      const std::string at = what + " (" + cinta::name_of(dtype) + ")";
      const Tensors dy = random_like(row_.function(converted(x, dtype)));
      const Outcome usual = evaluate(converted(x, dtype), dy);
      if (!row_.elementwise)  // those are a matter of their formulas alone
        values_differ(at, usual.y, rounded(reference, dtype));
      if (!expects_gradient_) continue;
      if (row_.second_order) {
        gradients_differ(at + ", create_graph",
                         numbers(evaluate(converted(x, dtype), dy, all, true).gradients),
                         numbers(usual.gradients), dtype);
      }
      if (exact && !row_.elementwise) {
        gradients_differ(at, numbers(usual.gradients), numbers(rounded(exact->gradients, float32)),
                         float32);
      }
      if (dtype == float64) exact = usual;
    }
  }

  // What is no number as NaN: inf - inf or inf is a matter of the order in which a rule adds.
  static Tensors numbers(Tensors all) {
    for (Tensor& x : all) {
      if (!x.defined()) continue;
      std::vector<double> values = values_of(x);
      for (double& value : values)
        if (!std::isfinite(value)) value = std::nan("");
      x = detail::dense_copy(from_values({x.shape(), float64}, values), x.dtype());
    }
    return all;
  }

  // As the dtype has it: infinite where it has no such number.
  static Tensors rounded(Tensors all, Dtype dtype) {
    for (Tensor& x : all)
      if (x.defined() && is_floating(x.dtype())) x = detail::dense_copy(x, dtype);
    return all;
  }

  void check_differences(const Tensors& master) {
    Tensors x = converted(master, float64);
    for (std::size_t k = 0; k < x.size(); ++k)
      if (wants_gradient(k)) x[k].requires_grad_();
    const GradientReport report =
        check_gradients(detail::joined(row_), x, {.second_order = row_.second_order}, row_.site);
    if (!report) fail(report.str());
    if (row_.second_order) second_order_ += report.compared;
  }

  // One tensor in the place of two: its gradient is the sum of theirs.
  void check_repeated() {
    const Sample& sample = *sample_;
    for (std::size_t i = 0; i < sample.size(); ++i) {
      for (std::size_t j = i + 1; j < sample.size(); ++j) {
        if (!wants_gradient(i) || !wants_gradient(j) || sample[i].shape != sample[j].shape)
          continue;
        Sample merged = sample;
        Input& both = merged[i];
        both.low = std::max(sample[i].low, sample[j].low);
        both.high = std::min(sample[i].high, sample[j].high);
        both.avoid.insert(both.avoid.end(), sample[j].avoid.begin(), sample[j].avoid.end());
        both.gap = std::max(sample[i].gap, sample[j].gap);
        if (!(both.low < both.high) || !both.values.empty()) continue;
        Tensors x = draw(merged, seed_ + 13);
        x[j] = dense(x[i]);
        const Tensors dy = random_like(row_.function(x));
        const Outcome apart = evaluate(x, dy);
        for (Tensor& input : x) input = dense(input);
        x[j] = x[i];
        Tensor shared = x[i];
        shared.requires_grad_();
        const Tensors y = row_.function(x);
        const std::string what =
            "the same tensor as inputs " + to_string(i) + " and " + to_string(j);
        if (!same_bits(dense(y), apart.y)) fail(what + ": other bits than with a copy");
        const Roots roots(y, dy);
        const Tensor gradient = grad(roots.tensors, {shared}, {.grad_outputs = roots.weights})[0];
        std::vector<double> sum = values_of(apart.gradients[i]);
        const std::vector<double> second = values_of(apart.gradients[j]);
        for (std::size_t e = 0; e < sum.size(); ++e) sum[e] += second[e];
        const Tensor wanted = from_values(shared.spec(), sum);
        fail_if(what, difference(gradient, wanted, row_.gradient_ulps, float64,
                                 std::max(1.0, largest(wanted))));
      }
    }
  }

  // Every node names the row's file, and nothing outlives the result.
  void check_graph(const Tensors& master) {
    Tensors x = converted(master, float64);
    Tensors wanted;
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (expects_gradient_ && wants_gradient(k)) wanted.push_back(x[k].requires_grad_());
    }
    {
      const Tensors results = row_.function(x);
      for (const Tensor& y : results)
        if (y.node()) check_sites(y.node());
      if (!wanted.empty() && row_.second_order) {
        const Roots roots(results, random_like(results));
        grad(roots.tensors, wanted,
             {.grad_outputs = roots.weights, .create_graph = true, .allow_unused = true});
      }
    }
    wanted.clear();
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (!x[k].is_unique() || (x[k].node() && !x[k].node()->unique()))
        fail("input " + to_string(k) +
             " is kept alive by a graph that nobody holds any more (a rule captured a tensor?)");
    }
  }

  void check_sites(const Node* root) {
    std::unordered_set<const Node*> seen{root};
    std::vector<const Node*> stack{root};
    while (!stack.empty()) {
      const Node* node = stack.back();
      stack.pop_back();
      if (node->is_leaf()) continue;
      if (std::strcmp(node->site().file, row_.site.file) != 0) {
        return fail(std::string("node ") + node->name() + " names " + node->site().str() +
                    " as the place of the call, not the row's file");
      }
      for (int i = 0; i < node->input_count(); ++i) {
        const Node* input = node->input(i);
        if (input && seen.insert(input).second) stack.push_back(input);
      }
    }
  }

  // An undefined input is refused with an Error (or accepted, where it is optional).
  void check_undefined(const Tensors& master) {
    for (std::size_t k = 0; k < master.size(); ++k) {
      Tensors x = converted(master, float64);
      x[k] = Tensor();
      try {
        row_.function(x);
      } catch (const Error& error) {
        check_place("undefined input " + to_string(k), error.what());
      } catch (const std::exception& error) {
        fail("undefined input " + to_string(k) + ": not a cinta::Error: " + error.what());
      }
    }
  }

  // ---- Errors ----

  std::string row_file() const {
    const char* slash = std::strrchr(row_.site.file, '/');
    return slash ? slash + 1 : row_.site.file;
  }

  // The text in front of " [module, file:line]".
  static std::string without_place(const std::string& text) {
    return text.substr(0, std::min(text.rfind(" ["), text.size()));
  }

  void check_place(const std::string& what, const std::string& text) {
    const std::string place = text.substr(without_place(text).size());
    if (place.find(row_file() + ":") == std::string::npos)
      fail(what + ": the error does not name the caller's file " + row_file() + ": " + text);
  }

  void check_refusal(const Refusal& refusal) {
    try {
      if (refusal.call)
        refusal.call();
      else
        row_.function(draw(refusal.inputs, 0));
    } catch (const Error& error) {
      if (without_place(error.what()) != refusal.text)
        fail("refused with \"" + without_place(error.what()) + "\" instead of \"" + refusal.text +
             "\"");
      return check_place("refusal", error.what());
    }
    fail("accepted what it has to refuse with \"" + refusal.text + "\"");
  }

  const Row& row_;
  std::vector<std::string> failures_;
  std::size_t dropped_ = 0;
  std::string where_;
  const Sample* sample_ = nullptr;
  std::uint64_t seed_ = 0;
  bool expects_gradient_ = false;  // of the current sample
  std::int64_t second_order_ = 0;  // derivatives compared where those of second order are
};

}  // namespace

std::vector<std::string> run(const Row& row, std::int64_t* second_order) {
  const EnableGrad enable;
  Runner runner(row);
  std::vector<std::string> failures = runner.run();
  if (second_order) *second_order = runner.second_order();
  return failures;
}

}  // namespace cinta::check
