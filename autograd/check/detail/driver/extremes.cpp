#include <cinta/autograd/check/detail/driver/runner.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cmath>
#include <limits>

namespace cinta::check {

using detail::from_values, detail::number_text, detail::unravel, detail::values_of;
using std::to_string;

namespace {

// What is no number as NaN: inf - inf or inf is a matter of the order in which a rule adds.
Tensors numbers(Tensors all) {
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
Tensors rounded(Tensors all, Dtype dtype) {
  for (Tensor& x : all)
    if (x.defined() && is_floating(x.dtype())) x = detail::dense_copy(x, dtype);
  return all;
}

}  // namespace

void Runner::check_special_values(const Tensors& master, Dtype dtype) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const NoGrad no_grad;
  for (std::size_t k = 0; k < master.size(); ++k) {
    if (!is_floating(master[k].dtype()) || master[k].numel() == 0) continue;
    for (double special : {std::nan(""), infinity, -infinity}) {
      const bool nan = std::isnan(special);
      if (nan ? !row_.propagates_nan : !row_.infinities) continue;
      for (std::int64_t place : {std::int64_t(0), master[k].numel() - 1}) {
        note(&Counts::not_finite, dtype);
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
void Runner::check_extremes(const Tensors& master) {
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

void Runner::check_extreme(const Tensors& master, std::size_t k, std::int64_t place, double value) {
  Tensors x = converted(master, float64);
  x[k].data<double>()[place] = std::isfinite(float(value)) ? double(float(value)) : value;
  const std::string what = "input " + to_string(k) + " with " + number_text(value) + " at " +
                           unravel(place, x[k].shape()).str();
  const Tensors reference = row_.reference(x);
  std::optional<Outcome> exact;
  for (const Dtype dtype : {float64, float32}) {
    if (dtype == float32 && std::isfinite(value) && !std::isfinite(float(value))) continue;
    note(&Counts::extreme, dtype);
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

}  // namespace cinta::check
