#include <algorithm>
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

using detail::from_values, detail::number_text, detail::same_bits, detail::unravel;
using detail::values_of, std::to_string;

// ---- Comparing ----

Tensor dense(const Tensor& x) { return detail::dense_copy(x, x.dtype()); }

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
    Tensor y;           // dense, outside the graph
    Tensors gradients;  // dense; undefined where none was asked for
  };

  // Values and gradients of inputs that are leaves, of which `only` one, all or none require
  // gradients. Notices when an input is overwritten.
  static constexpr int all = -1, none = -2;
  Outcome evaluate(Tensors x, const Tensor& dy, int only = all, bool create_graph = false) {
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
      const Tensor y = row_.function(x);
      outcome.y = dense(y);
      if (!wanted.empty() && y.requires_grad()) {
        const Tensors gradients =
            grad({y}, wanted,
                 {.grad_outputs = {dy}, .create_graph = create_graph, .allow_unused = true});
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

  Tensor random_like(const Tensor& y) const {
    detail::SplitMix random(seed_ + 7);
    std::vector<double> values(std::size_t(y.numel()), 0);
    for (double& value : values) value = float(random.uniform() * 2 - 1);
    return from_values(y.spec(), values);
  }

  // Room for rounding: an elementwise operation has to be exact for each element, others to the
  // size of what they add up.
  double scale_of(const Tensor& wanted) const {
    return row_.elementwise ? 0 : std::max(1.0, largest(wanted));
  }

  std::optional<std::string> values_differ(const Tensor& got, const Tensor& wanted,
                                           Dtype precision) const {
    return difference(got, wanted, row_.ulps, precision, scale_of(wanted));
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
    const Tensor reference = row_.reference(converted(master, float64));
    bool floating = false, differentiable = false;
    for (std::size_t k = 0; k < master.size(); ++k) {
      floating |= is_floating(master[k].dtype());
      differentiable |= wants_gradient(k);
    }
    expects_gradient_ = row_.differentiable && differentiable && is_floating(reference.dtype());
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
      if (!outcome.y.defined()) break;
      if (exact) gradients_differ("float32", outcome.gradients, exact->gradients, float32);
      if (dtype == float64) exact = outcome;
      guard("modes", [&] { check_modes(master, dtype, outcome); });
      guard("layouts", [&] { check_layouts(master, dtype); });
      guard("special values", [&] { check_special_values(master, dtype); });
    }
    if (expects_gradient_) {
      guard("finite differences", [&] { check_differences(master); });
      guard("repeated inputs", [&] { check_repeated(); });
    }
    guard("graph", [&] { check_graph(master); });
    if (index == 0 && row_.refuses_undefined) check_undefined(master);
  }

  // The value, its dtype and shape; values and gradients twice.
  Outcome check_values(const Tensors& master, const Tensor& reference, Dtype dtype) {
    Outcome outcome;
    guard("", [&] {
      const Tensors x = converted(master, dtype);
      Outcome first = evaluate(x, {}, none);
      const Dtype wanted = is_floating(reference.dtype()) ? dtype : reference.dtype();
      if (first.y.dtype() != wanted) {
        return fail(std::string("returned ") + cinta::name_of(first.y.dtype()) + " instead of " +
                    cinta::name_of(wanted));
      }
      if (first.y.shape() != reference.shape()) {
        return fail("returned shape " + first.y.shape().str() + ", the reference " +
                    reference.shape().str());
      }
      fail_if("value", values_differ(first.y, reference, wanted));
      const Tensor dy = random_like(first.y);
      first = evaluate(converted(master, dtype), dy);
      const Outcome second = evaluate(converted(master, dtype), dy);
      if (!same_bits(first.y, second.y)) fail("not the same bits twice");
      for (std::size_t k = 0; k < x.size(); ++k) {
        if (first.gradients[k].defined() && !same_bits(first.gradients[k], second.gradients[k]))
          fail("gradient of input " + to_string(k) + " is not the same bits twice");
      }
      outcome = first;
    });
    return outcome;
  }

  // With and without recording, with every input alone requiring gradients, with create_graph.
  void check_modes(const Tensors& master, Dtype dtype, const Outcome& expected) {
    const Tensor dy = random_like(expected.y);
    Tensors x = converted(master, dtype);
    if (row_.function(x).requires_grad()) fail("requires gradients though no input does");
    int wanted = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (!is_floating(x[k].dtype())) continue;
      x[k].requires_grad_();
      wanted += wants_gradient(k);
    }
    const bool recorded = row_.function(x).requires_grad();
    if (expects_gradient_ && !recorded) fail("the result does not require gradients");
    if (!expects_gradient_ && recorded && wanted > 0)
      fail("the result requires gradients, the row says it has none");
    {
      const NoGrad no_grad;
      const Tensor y = row_.function(x);
      // A function that returns its input itself returns the leaf.
      if (y.requires_grad() && y.node() && !y.node()->is_leaf()) fail("was recorded under NoGrad");
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
    if (row_.second_order) {
      gradients_differ("create_graph", evaluate(converted(master, dtype), dy, all, true).gradients,
                       expected.gradients, dtype);
    }
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
        const Tensor y = dense(row_.function(same));
        const Tensor dy = random_like(y);
        const Outcome wanted = evaluate(same, dy);
        const Outcome got = evaluate(x, dy);
        fail_if(what, values_differ(got.y, wanted.y, wanted.y.dtype()));
        gradients_differ(what, got.gradients, wanted.gradients, dtype);
      }
      if (!expects_gradient_) continue;
      const Tensor y = dense(row_.function(converted(master, dtype)));
      const Tensor dy = laid_out(random_like(y), layout);
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
          const Tensor reference = row_.reference(x);
          const Tensor y = row_.function(converted(x, dtype));
          const std::string what = "input " + to_string(k) + " with " + number_text(special) +
                                   " at " + unravel(place, x[k].shape()).str();
          fail_if(what, values_differ(y, reference, y.dtype()));
          if (!nan || !is_floating(y.dtype()) || y.numel() == 0) continue;
          const std::vector<double> values = values_of(y);
          if (std::none_of(values.begin(), values.end(), [](double v) { return std::isnan(v); }))
            fail(what + ": no NaN in the output");
        }
      }
    }
  }

  void check_differences(const Tensors& master) {
    Tensors x = converted(master, float64);
    for (std::size_t k = 0; k < x.size(); ++k)
      if (wants_gradient(k)) x[k].requires_grad_();
    const GradientReport report =
        check_gradients(row_.function, x, {.second_order = row_.second_order}, row_.site);
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
        const Tensor dy = random_like(row_.function(x));
        const Outcome apart = evaluate(x, dy);
        for (Tensor& input : x) input = dense(input);
        x[j] = x[i];
        Tensor shared = x[i];
        shared.requires_grad_();
        const Tensor y = row_.function(x);
        const std::string what =
            "the same tensor as inputs " + to_string(i) + " and " + to_string(j);
        if (!same_bits(dense(y), apart.y)) fail(what + ": other bits than with a copy");
        const Tensor gradient = grad({y}, {shared}, {.grad_outputs = {dy}})[0];
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
      const Tensor y = row_.function(x);
      if (y.node()) check_sites(y.node());
      if (!wanted.empty() && row_.second_order)
        grad({y}, wanted,
             {.grad_outputs = {random_like(y)}, .create_graph = true, .allow_unused = true});
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
