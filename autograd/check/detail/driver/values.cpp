#include <cinta/autograd/check/detail/driver/recorded.hpp>
#include <cinta/autograd/check/detail/driver/runner.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>

namespace cinta::check {

using detail::from_values, detail::values_of;
using std::to_string;

void Runner::check_sample(std::size_t index) {
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
  std::int64_t Counts::*form = &Counts::plain;
  for (const Input& input : *sample_) {
    if (row_.elementwise && input.shape != sample_->front().shape) form = &Counts::broadcast;
    if (input.shape.numel() == 0) {
      form = &Counts::empty;
      break;
    }
  }
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
    note(form, dtype);
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
    guard("finite differences", [&] { check_differences(master, differentiated()); });
    guard("repeated inputs", [&] { check_repeated(); });
  }
  guard("extremes", [&] { check_extremes(master); });
  guard("graph", [&] { check_graph(master); });
  if (index == 0 && row_.refuses_undefined) check_undefined(master);
}

// The value, its dtype and shape; values and gradients twice.
Runner::Outcome Runner::check_values(const Tensors& master, const Tensors& reference, Dtype dtype) {
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
void Runner::check_modes(const Tensors& master, Dtype dtype, const Outcome& expected) {
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
void Runner::check_outputs_alone(const Tensors& master, Dtype dtype, const Tensors& dy,
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
void Runner::check_recorded(const Tensors& master, Dtype dtype, const Outcome& expected) {
  note(&Counts::recorded, dtype);
  for (const std::string& difference : detail::recorded_differences(
           row_.function, converted(master, dtype), converted(draw(*sample_, seed_ + 1), dtype),
           differentiated(), random_like(expected.y), row_.second_order))
    fail(difference);
}

// Each input, all inputs, and the incoming gradient in every layout.
void Runner::check_layouts(const Tensors& master, Dtype dtype) {
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
      note(&Counts::strided, dtype);
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
      note(&Counts::strided, dtype);
      gradients_differ(std::string("incoming gradient ") + name_of(layout),
                       evaluate(converted(master, dtype), dy, all, create_graph).gradients,
                       wanted.gradients, dtype);
    }
  }
}

}  // namespace cinta::check
