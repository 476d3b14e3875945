#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/random/random.hpp>
#include <cinta/ops/reduce/norm.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cinta/optim/detail/arrays.hpp>
#include <cinta/optim/gradient/clip.hpp>
#include <cinta/optim/option.hpp>
#include <cmath>
#include <limits>

namespace cinta::optim {
namespace {

struct Gradient {
  std::string name;
  Tensor parameter;
  Tensor given;   // dense, or row-sparse with rows that differ and nothing besides
  Tensor values;  // its elements, dense in memory
};

// Those of all parameters that have one. What cannot be worked on as it is, is replaced by what
// can.
std::vector<Gradient> gradients_of(const char* op, const Parameters& parameters, const Site& site) {
  std::vector<Gradient> list;
  std::size_t i = 0;
  for (const auto& [name, parameter] : parameters.entries()) {
    const std::string title = name.empty() ? std::to_string(i) : name;
    ++i;
    if (!parameter.defined())
      throw ValueError(std::string(op) + ": parameter " + title + " is undefined", site);
    const Tensor was = parameter.grad();
    if (!was.defined()) continue;
    Tensor given = was;
    // A multiple of the table itself makes every row count.
    if (was.is_row_sparse())
      given = row_decay(was) != 0 ? to_dense(was, site) : coalesce(was, site);
    if (!given.is_row_sparse()) given = contiguous(given.detach());
    if (given.impl() != was.impl() && (was.is_row_sparse() || !was.is_contiguous()))
      parameter.set_grad(given, site);
    list.push_back(
        {title, parameter, given, given.is_row_sparse() ? contiguous(row_values(given)) : given});
  }
  return list;
}

std::vector<kernels::DenseArray> arrays_of(const std::vector<Gradient>& gradients) {
  std::vector<kernels::DenseArray> arrays;
  for (const Gradient& gradient : gradients) arrays.push_back(detail::array_of(gradient.values));
  return arrays;
}

double largest(const Tensor& x) { return x.numel() == 0 ? 0 : max(abs(x)).item(); }

// Of the whole, from what each has.
double norm_of(const std::vector<Gradient>& gradients, double p) {
  double most = 0;
  const auto find_most = [&] {
    for (const Gradient& gradient : gradients) {
      const double of = largest(gradient.values);
      most = of > most || std::isnan(of) ? of : most;
      if (std::isnan(most)) return;
    }
  };
  if (p == std::numeric_limits<double>::infinity()) {
    find_most();
    return most;
  }
  double sum = 0;
  if (p == 2) {
    std::vector<double> sums(gradients.size());
    kernels::squares_of_arrays(arrays_of(gradients), sums);
    for (const double of : sums) sum += of;
    constexpr double least = 1e-280, greatest = 1e300;
    if (sum >= least && sum <= greatest) return std::sqrt(sum);
  }
  // Squares that vanish or overflow, and other powers: in units of the largest element.
  find_most();
  if (!(most > 0) || std::isinf(most)) return most;
  sum = 0;
  for (const Gradient& gradient : gradients) {
    const Tensor shares = abs(to(gradient.values, float64)) / most;
    sum += cinta::sum(pow(shares, p)).item();
  }
  return most * std::pow(sum, 1 / p);
}

[[noreturn]] void refuse(const char* op, const std::vector<Gradient>& gradients, const Site& site) {
  for (const Gradient& gradient : gradients) {
    if (std::isfinite(largest(gradient.values))) continue;
    throw NanError(std::string(op) + ": the gradient of parameter " + gradient.name + ", " +
                       gradient.parameter.spec().str() + ", is not finite",
                   site);
  }
  throw NanError(std::string(op) + ": the norm of the gradients is not finite", site);
}

void note_write(const Gradient& gradient, const char* op, const Site& site) {
  gradient.values.storage()->bump_version(op, SiteScope::resolve(site));
}

// Puts values in the place of a gradient's.
void replace(const Gradient& gradient, const Tensor& values, const Site& site) {
  const Tensor& given = gradient.given;
  gradient.parameter.set_grad(
      given.is_row_sparse()
          ? cinta::detail::make_row_sparse(given.spec(), row_ids(given), values, true)
          : values,
      site);
}

}  // namespace

bool check_finite(const Parameters& parameters, Nonfinite nonfinite, Site site) {
  const NoGrad no_grad;
  const auto gradients = gradients_of("check_finite", parameters, site);
  const bool finite = std::isfinite(norm_of(gradients, std::numeric_limits<double>::infinity()));
  if (!finite && nonfinite == Nonfinite::raise) refuse("check_finite", gradients, site);
  return finite;
}

double clip_grad_norm(const Parameters& parameters, double max_norm, ClipNormOptions options,
                      Site site) {
  check_option("clip_grad_norm", "max_norm", max_norm >= 0, "not be negative",
               std::isinf(max_norm) ? 0 : max_norm, site);
  check_option("clip_grad_norm", "p", options.p > 0, "be positive",
               std::isinf(options.p) && options.p > 0 ? 1 : options.p, site);
  const NoGrad no_grad;
  const auto gradients = gradients_of("clip_grad_norm", parameters, site);
  const double norm = norm_of(gradients, options.p);
  if (!std::isfinite(norm)) {
    if (options.nonfinite == Nonfinite::raise) refuse("clip_grad_norm", gradients, site);
    return norm;
  }
  if (norm <= max_norm) return norm;
  kernels::scale_arrays(arrays_of(gradients), max_norm / norm);
  for (const Gradient& gradient : gradients) note_write(gradient, "clip_grad_norm", site);
  return norm;
}

void clip_grad_value(const Parameters& parameters, double limit, Site site) {
  check_option("clip_grad_value", "limit", Range::not_negative, limit, site);
  const NoGrad no_grad;
  for (const Gradient& gradient : gradients_of("clip_grad_value", parameters, site))
    replace(gradient, clamp(gradient.values, -limit, limit), site);
}

void clip_grad_adaptive(const Parameters& parameters, double factor, double eps, Site site) {
  check_option("clip_grad_adaptive", "factor", Range::not_negative, factor, site);
  check_option("clip_grad_adaptive", "eps", Range::not_negative, eps, site);
  const NoGrad no_grad;
  for (const Gradient& gradient : gradients_of("clip_grad_adaptive", parameters, site)) {
    const Tensor all = gradient.parameter.detach();
    const Tensor weights =
        gradient.given.is_row_sparse() ? index_select(all, 0, row_ids(gradient.given)) : all;
    const auto norms = [](const Tensor& x) {
      if (x.rank() < 2) return norm(x);
      std::vector<int> axes;
      for (int axis = 1; axis < x.rank(); ++axis) axes.push_back(axis);
      return norm(x, 2, axes, keepdims);
    };
    const Tensor allowed = factor * maximum(norms(weights), eps), size = norms(gradient.values);
    replace(gradient, where(size > allowed, gradient.values * (allowed / size), gradient.values),
            site);
  }
}

void add_grad_noise(const Parameters& parameters, double std, Site site) {
  check_option("add_grad_noise", "std", Range::not_negative, std, site);
  const NoGrad no_grad;
  for (const Gradient& gradient : gradients_of("add_grad_noise", parameters, site)) {
    if (gradient.given.is_row_sparse()) {
      throw ValueError(
          "add_grad_noise: the gradient of parameter " + gradient.name +
              " is row-sparse, and noise has no zero rows; look it up without `sparse`",
          site);
    }
    const Tensor& values = gradient.values;
    replace(gradient, values + normal(values.shape(), 0, std, values.dtype(), site), site);
  }
}

}  // namespace cinta::optim
