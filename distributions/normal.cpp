#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/distributions/detail/formula.hpp>
#include <cinta/distributions/detail/stirling.hpp>
#include <cinta/distributions/normal.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/linalg/factor/cholesky.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/linalg/solve.hpp>
#include <cinta/ops/random/random.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/view/diagonal.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta::distributions {
namespace {

Element normal_log_prob(Element x, Element m, Element s) {
  return -0.5 * square((x - m) / s) - log(s) - half_log_two_pi;
}

Tensor normal_entropy(const Tensor& scale) {
  return map([](Element s) { return log(s) + (0.5 + half_log_two_pi); }, scale);
}

Tensor normal_kl(const Tensor& m1, const Tensor& s1, const Tensor& m2, const Tensor& s2) {
  return in_double(
      m1.dtype(),
      [](Element a, Element s, Element b, Element t) {
        const Element wider = (s - t) / t;
        return 0.5 *
               (deviance(1, wider * (2 + wider), 2 * (log(s) - log(t))) + square((a - b) / t));
      },
      m1, s1, m2, s2);
}

}  // namespace

Normal::Normal(const Operand& loc, const Operand& scale)
    : Distribution("Normal", prepared("Normal", {{"loc", loc}, {"scale", scale, Domain::positive}}),
                   0, loc.site()) {}

Tensor Normal::do_sample(const Shape& shape) const {
  return map([](Element m, Element s, Element z) { return m + s * z; }, loc(), scale(),
             randn(with_batch(shape), dtype()));
}
Tensor Normal::do_log_prob(const Tensor& value) const {
  return map([](Element x, Element m, Element s) { return normal_log_prob(x, m, s); }, value, loc(),
             scale());
}
Tensor Normal::do_entropy() const { return normal_entropy(scale()); }
Tensor Normal::do_mean() const { return loc(); }
Tensor Normal::do_variance() const { return square(scale()); }
Tensor Normal::do_cdf(const Tensor& value) const {
  return map([](Element x, Element m, Element s) { return ndtr(standardized(x, m, s)); }, value,
             loc(), scale());
}
Tensor Normal::do_icdf(const Tensor& p) const {
  return map([](Element x, Element m, Element s) { return m + s * ndtri(x); }, p, loc(), scale());
}
Tensor Normal::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const Normal*>(&q);
  return other ? normal_kl(loc(), scale(), other->loc(), other->scale()) : Tensor();
}

LogNormal::LogNormal(const Operand& loc, const Operand& scale)
    : Distribution("LogNormal",
                   prepared("LogNormal", {{"loc", loc}, {"scale", scale, Domain::positive}}), 0,
                   loc.site()) {}

Tensor LogNormal::do_sample(const Shape& shape) const {
  return map([](Element m, Element s, Element z) { return exp(m + s * z); }, loc(), scale(),
             randn(with_batch(shape), dtype()));
}
Tensor LogNormal::do_log_prob(const Tensor& value) const {
  return map(
      [](Element x, Element m, Element s) {
        return where(x > 0 && x < infinity, normal_log_prob(log(x), m, s) - log(x),
                     where(x == x, -infinity, x));
      },
      value, loc(), scale());
}
Tensor LogNormal::do_entropy() const { return loc() + normal_entropy(scale()); }
Tensor LogNormal::do_mean() const {
  return map([](Element m, Element s) { return exp(m + 0.5 * square(s)); }, loc(), scale());
}
Tensor LogNormal::do_variance() const {
  return map([](Element m, Element s) { return expm1(square(s)) * exp(2 * m + square(s)); }, loc(),
             scale());
}
Tensor LogNormal::do_cdf(const Tensor& value) const {
  return map([](Element x, Element m,
                Element s) { return where(x <= 0, 0, ndtr(standardized(log(x), m, s))); },
             value, loc(), scale());
}
Tensor LogNormal::do_icdf(const Tensor& p) const {
  return map(
      [](Element x, Element m, Element s) {
        // At 0 it is 0 with any parameters, and the slope infinity, as the root's.
        return where(x == 0, sqrt(x), exp(m + s * ndtri(x)));
      },
      p, loc(), scale());
}
Tensor LogNormal::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const LogNormal*>(&q);
  return other ? normal_kl(loc(), scale(), other->loc(), other->scale()) : Tensor();
}

namespace {

Tensors checked_normal(const Tensor& loc, const Tensor& tril, const Site& at) {
  const Site site = SiteScope::resolve(at);
  const auto fail = [&](const std::string& what) { return "MultivariateNormal: " + what; };
  if (!loc.defined() || !tril.defined())
    throw ValueError(
        fail(std::string(loc.defined() ? "scale_tril" : "loc") + " is an undefined tensor"), site);
  const Shape& shape = tril.shape();
  const int rank = shape.rank();
  if (loc.rank() < 1 || rank < 2 || shape[rank - 1] != shape[rank - 2] ||
      loc.shape().back() != shape.back()) {
    throw ShapeError(fail("needs loc (..., d) and scale_tril (..., d, d), got " +
                          loc.shape().str() + " and " + shape.str()),
                     site);
  }
  Dtype dtype = promote(loc.dtype(), tril.dtype());
  if (!is_floating(dtype)) dtype = float32;
  return {to(loc, dtype, site), to(tril, dtype, site)};
}

Shape without_last(const Shape& shape, int axes) {
  Shape result = Shape::filled(shape.rank() - axes);
  for (int i = 0; i < result.rank(); ++i) result[i] = shape[i];
  return result;
}

// Of triangles (..., d, d).
Tensor half_log_det(const Tensor& tril) { return sum(log(diagonal(tril, 0, -2, -1)), {-1}); }

// Of triangle^-1 v, for vectors v (..., d).
Tensor squared_length(const Tensor& tril, const Tensor& v) {
  return sum(square(solve_triangular(tril, unsqueeze(v, -1))), {-2, -1});
}

}  // namespace

MultivariateNormal::MultivariateNormal(const Tensor& loc, const Tensor& scale_tril, Site site)
    : MultivariateNormal(checked_normal(loc, scale_tril, site), site) {}

MultivariateNormal::MultivariateNormal(const Tensors& checked, const Site& site)
    : Distribution("MultivariateNormal", checked,
                   broadcast_shapes("MultivariateNormal", without_last(checked[0].shape(), 1),
                                    without_last(checked[1].shape(), 2), SiteScope::resolve(site)),
                   {checked[0].shape().back()}, checked[0].dtype()) {
  prepared(name(), {{"scale_tril's diagonal",
                     Operand(diagonal(checked[1].detach(), 0, -2, -1), site), Domain::positive}});
}

MultivariateNormal MultivariateNormal::of_covariance(const Tensor& loc, const Tensor& covariance,
                                                     Site site) {
  return MultivariateNormal(loc, cholesky(covariance, {}, site), site);
}

Tensor MultivariateNormal::covariance(Site site) const {
  const SiteScope scope(SiteScope::resolve(site));
  const Tensor l = tril(scale_tril());
  return matmul(l, transpose(l));
}

Tensor MultivariateNormal::do_sample(const Shape& shape) const {
  const Tensor z = unsqueeze(randn(with_event(shape), dtype()), -1);
  return loc() + squeeze(matmul(tril(scale_tril()), z), -1);
}
Tensor MultivariateNormal::do_log_prob(const Tensor& value) const {
  const double constant = half_log_two_pi * double(event_shape().numel());
  return -0.5 * squared_length(scale_tril(), value - loc()) - half_log_det(scale_tril()) - constant;
}
Tensor MultivariateNormal::do_entropy() const {
  return half_log_det(scale_tril()) + (0.5 + half_log_two_pi) * double(event_shape().numel());
}
Tensor MultivariateNormal::do_mean() const { return loc(); }
Tensor MultivariateNormal::do_variance() const { return sum(square(tril(scale_tril())), {-1}); }
Tensor MultivariateNormal::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const MultivariateNormal*>(&q);
  if (!other) return {};
  const Tensor ratio = solve_triangular(other->scale_tril(), tril(scale_tril()));
  const Tensor apart = squared_length(other->scale_tril(), other->loc() - loc());
  return half_log_det(other->scale_tril()) - half_log_det(scale_tril()) +
         0.5 * (sum(square(ratio), {-2, -1}) + apart - double(event_shape().numel()));
}

}  // namespace cinta::distributions
