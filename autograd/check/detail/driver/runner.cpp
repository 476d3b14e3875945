#include <algorithm>
#include <cinta/autograd/check/detail/driver/runner.hpp>
#include <cinta/autograd/tape/engine.hpp>
#include <cmath>
#include <limits>

namespace cinta::check {

using detail::from_values, detail::number_text, detail::unravel, detail::values_of;
using std::to_string;

namespace {

double epsilon_of(Dtype dtype) {
  return dtype == float32   ? std::numeric_limits<float>::epsilon()
         : dtype == float64 ? std::numeric_limits<double>::epsilon()
                            : 0;
}

// The bytes of a tensor's whole storage, to notice who writes there.
std::vector<char> bytes_of(const Tensor& x) {
  const char* first = static_cast<const char*>(x.storage()->data());
  return std::vector<char>(first, first + x.storage()->bytes());
}

}  // namespace

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

std::string of_output(std::size_t i, const Tensors& outputs) {
  return outputs.size() == 1 ? "" : " of output " + std::to_string(i);
}

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

void Runner::fail(const std::string& what) {
  constexpr std::size_t most = 12;
  if (failures_.size() >= most) {
    ++dropped_;
    return;
  }
  failures_.push_back(row_.name + (where_.empty() ? "" : ", " + where_) + ": " + what);
}

void Runner::fail_if(const std::string& what, const std::optional<std::string>& difference) {
  if (difference) fail(what + ": " + *difference);
}

void Runner::note(std::int64_t Counts::*kind, Dtype dtype) {
  ++(counts_.*kind);
  for (const Input& input : *sample_) {
    if (!is_floating(input.dtype)) continue;
    ++(dtype == float32 ? counts_.float32 : counts_.float64);
    return;
  }
}

Runner::Outcome Runner::evaluate(Tensors x, const Tensors& dys, int only, bool create_graph) {
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
      const Tensors gradients =
          grad(roots.tensors, wanted,
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

Tensor Runner::zeros_like(const Tensor& x) {
  return from_values(x.spec(), std::vector<double>(std::size_t(x.numel()), 0));
}

Tensors Runner::random_like(const Tensors& results) const {
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

bool Runner::is_variable(std::size_t output, const Tensor& y) const {
  return is_floating(y.dtype()) &&
         std::find(row_.constants.begin(), row_.constants.end(), output) == row_.constants.end();
}

// Room for rounding: an elementwise operation has to be exact for each element, others to the
// size of what they add up.
double Runner::scale_of(const Tensor& wanted) const {
  return row_.elementwise ? 0 : std::max(1.0, largest(wanted));
}

void Runner::values_differ(const std::string& what, const Tensors& got, const Tensors& wanted) {
  for (std::size_t i = 0; i < got.size(); ++i)
    fail_if(what + of_output(i, got),
            difference(got[i], wanted[i], row_.ulps, got[i].dtype(), scale_of(wanted[i])));
}

void Runner::gradients_differ(const std::string& what, const Tensors& got, const Tensors& wanted,
                              Dtype precision) {
  for (std::size_t k = 0; k < got.size(); ++k) {
    if (!got[k].defined() || !wanted[k].defined()) continue;
    const double scale = std::max(1.0, largest(wanted[k]));
    fail_if(what + ": gradient of input " + to_string(k),
            difference(got[k], wanted[k], row_.gradient_ulps, precision, scale));
  }
}

}  // namespace cinta::check
