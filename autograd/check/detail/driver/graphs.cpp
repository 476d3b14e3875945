#include <algorithm>
#include <cinta/autograd/check/detail/driver/runner.hpp>
#include <cinta/autograd/check/detail/join.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/engine.hpp>
#include <cstring>
#include <unordered_set>

namespace cinta::check {

using detail::from_values, detail::values_of;
using std::to_string;

void Runner::check_differences(const Tensors& master, const std::vector<bool>& variables,
                               GradientCheckOptions::Method method) {
  note(&Counts::differences, float64);
  Tensors x = converted(master, float64);
  for (std::size_t k = 0; k < x.size(); ++k)
    if (variables[k]) x[k].requires_grad_();
  const GradientReport report = check_gradients(
      detail::joined(row_), x, {.second_order = row_.second_order, .method = method}, row_.site);
  if (!report) fail(report.str());
  if (row_.second_order) counts_.second_order += report.compared;
}

// Two inputs of the same values, each with its derivatives: where slopes of opposite sign cancel in
// a sum of both, a wrong one would not show below. Then one tensor in the place of two: its
// gradient is the sum of theirs. Of a layer's many weights there are many pairs, and their entries
// were compared one by one before: each with the next of its shape, these two alone differentiated,
// and random directions for many elements are enough here.
void Runner::check_repeated() {
  const Sample& sample = *sample_;
  const bool few = sample.size() <= 4;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    bool paired = false;
    for (std::size_t j = i + 1; j < sample.size() && (few || !paired); ++j) {
      if (!wants_gradient(i) || !wants_gradient(j) || sample[i].shape != sample[j].shape) continue;
      Sample merged = sample;
      Input& both = merged[i];
      both.low = std::max(sample[i].low, sample[j].low);
      both.high = std::min(sample[i].high, sample[j].high);
      both.avoid.insert(both.avoid.end(), sample[j].avoid.begin(), sample[j].avoid.end());
      both.gap = std::max(sample[i].gap, sample[j].gap);
      if (!(both.low < both.high) || !both.values.empty()) continue;
      paired = true;
      std::vector<bool> variables = differentiated();
      std::int64_t elements = 0;
      for (std::size_t k = 0; k < sample.size(); ++k) {
        if (!few && k != i && k != j) variables[k] = false;
        if (variables[k]) elements += sample[k].shape.numel();
      }
      const auto method =
          elements > 64 ? GradientCheckOptions::projections : GradientCheckOptions::automatic;
      note(&Counts::differences, float64);
      Tensors x = draw(merged, seed_ + 13);
      x[j] = dense(x[i]);
      const Tensors dy = random_like(row_.function(x));
      const Outcome apart = evaluate(x, dy);
      for (Tensor& input : x) input = dense(input);
      if (!row_.kink_at_equal)
        guard("equal inputs " + to_string(i) + " and " + to_string(j),
              [&] { check_differences(x, variables, method); });
      x[j] = x[i];
      Tensor shared = x[i];
      shared.requires_grad_();
      const Tensors y = row_.function(x);
      const std::string what = "the same tensor as inputs " + to_string(i) + " and " + to_string(j);
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
void Runner::check_graph(const Tensors& master) {
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

void Runner::check_sites(const Node* root) {
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
void Runner::check_undefined(const Tensors& master) {
  for (std::size_t k = 0; k < master.size(); ++k) {
    Tensors x = converted(master, float64);
    x[k] = Tensor();
    ++counts_.errors;
    try {
      row_.function(x);
    } catch (const Error& error) {
      check_place("undefined input " + to_string(k), error.what());
    } catch (const std::exception& error) {
      fail("undefined input " + to_string(k) + ": not a cinta::Error: " + error.what());
    }
  }
}

}  // namespace cinta::check
