#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/distributions/detail/formula.hpp>
#include <cinta/distributions/detail/stirling.hpp>
#include <cinta/distributions/real.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/elementwise/special.hpp>
#include <cinta/ops/random/random.hpp>
#include <cinta/ops/random/samplers.hpp>
#include <cmath>

namespace cinta::distributions {

Laplace::Laplace(const Operand& loc, const Operand& scale)
    : Distribution("Laplace",
                   prepared("Laplace", {{"loc", loc}, {"scale", scale, Domain::positive}}), 0,
                   loc.site()) {}

Tensor Laplace::do_sample(const Shape& shape) const { return laplace(expanded(0, shape), scale()); }
Tensor Laplace::do_log_prob(const Tensor& value) const {
  return map([](Element x, Element m, Element s) { return -abs(x - m) / s - log(2 * s); }, value,
             loc(), scale());
}
Tensor Laplace::do_entropy() const {
  return map([](Element s) { return 1 + log(2 * s); }, scale());
}
Tensor Laplace::do_mean() const { return loc(); }
Tensor Laplace::do_variance() const { return 2 * square(scale()); }
Tensor Laplace::do_cdf(const Tensor& value) const {
  return map(
      [](Element x, Element m, Element s) {
        // Without abs, which has no slope at 0, where this has one.
        const Element z = standardized(x, m, s);
        return where(z < 0, 0.5 * exp(z), 1 - 0.5 * exp(-z));
      },
      value, loc(), scale());
}
Tensor Laplace::do_icdf(const Tensor& p) const {
  return map([](Element x, Element m,
                Element s) { return where(x < 0.5, m + s * log(2 * x), m - s * log(2 * (1 - x))); },
             p, loc(), scale());
}
Tensor Laplace::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const Laplace*>(&q);
  if (!other) return {};
  return in_double(
      dtype(),
      [](Element a, Element s, Element b, Element t) {
        // At 0 the kinks of abs are none of the sum's, which is a square there.
        const Element apart = abs(a - b), z = apart / s;
        const Element near = where(z == 0, 0.5 * square((a - b) / s), deviance(1, expm1(-z), -z));
        return deviance(1, (s - t) / t, log(s) - log(t)) +
               where(z < 0.1, s / t * near, apart / t + s / t * expm1(-z));
      },
      loc(), scale(), other->loc(), other->scale());
}

Gumbel::Gumbel(const Operand& loc, const Operand& scale)
    : Distribution("Gumbel", prepared("Gumbel", {{"loc", loc}, {"scale", scale, Domain::positive}}),
                   0, loc.site()) {}

Tensor Gumbel::do_sample(const Shape& shape) const { return gumbel(expanded(0, shape), scale()); }
Tensor Gumbel::do_log_prob(const Tensor& value) const {
  return map(
      [](Element x, Element m, Element s) {
        const Element z = (x - m) / s;  // of which -infinity is no place, not infinity less it
        return where(z == -infinity, -infinity, -(z + exp(-z)) - log(s));
      },
      value, loc(), scale());
}
Tensor Gumbel::do_entropy() const {
  return map([](Element s) { return log(s) + (1 + euler_gamma); }, scale());
}
Tensor Gumbel::do_mean() const { return loc() + euler_gamma * scale(); }
Tensor Gumbel::do_variance() const { return pi * pi / 6 * square(scale()); }
Tensor Gumbel::do_cdf(const Tensor& value) const {
  return map(
      [](Element x, Element m, Element s) {
        // Below -10 it is 0 to the last bit, and its slope not 0 times infinity.
        const Element z = standardized(x, m, s);
        return where(z < -10, 0, exp(-exp(-z)));
      },
      value, loc(), scale());
}
Tensor Gumbel::do_icdf(const Tensor& p) const {
  return map(
      [](Element x, Element m, Element s) {
        // At 0 with the slope infinity, not 0 times infinity, and at 1, too: of 0, not of -0.
        return where(x == 0, m + s * log(x), m - s * log(0 - log(x)));
      },
      p, loc(), scale());
}
Tensor Gumbel::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const Gumbel*>(&q);
  if (!other) return {};
  return in_double(
      dtype(),
      [](Element a, Element s, Element b, Element t) {
        // exp(l) - 1 - l, and the divergence of lgamma, whose slope at 1 is -euler_gamma.
        const Element ratio = s / t, step = (s - t) / t, l = lgamma(1 + ratio) - (a - b) / t;
        return deviance(1, expm1(l), l) + deviance(ratio, -step, log(t) - log(s)) +
               gamma_divergence(1, ratio);
      },
      loc(), scale(), other->loc(), other->scale());
}

Cauchy::Cauchy(const Operand& loc, const Operand& scale)
    : Distribution("Cauchy", prepared("Cauchy", {{"loc", loc}, {"scale", scale, Domain::positive}}),
                   0, loc.site()) {}

Tensor Cauchy::do_sample(const Shape& shape) const { return cauchy(expanded(0, shape), scale()); }
Tensor Cauchy::do_log_prob(const Tensor& value) const {
  return map(
      [](Element x, Element m, Element s) {
        return where(isinf(x), -infinity, -2 * log(hypot((x - m) / s, 1)) - log(pi * s));
      },
      value, loc(), scale());
}
Tensor Cauchy::do_entropy() const {
  return map([](Element s) { return log(4 * pi * s); }, scale());
}
Tensor Cauchy::do_mean() const { return scale() * no_number; }
Tensor Cauchy::do_variance() const { return scale() * no_number; }
Tensor Cauchy::do_cdf(const Tensor& value) const {
  return map([](Element x, Element m, Element s) { return atan2(1, -standardized(x, m, s)) / pi; },
             value, loc(), scale());
}
Tensor Cauchy::do_icdf(const Tensor& p) const {
  return map(
      [](Element x, Element m, Element s) {
        // From the nearer end; that of 1 is infinity, not less it.
        return where(x < 0.5, m - s / tan(pi * x), m + s / tan(pi * (1 - x)));
      },
      p, loc(), scale());
}
Tensor Cauchy::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const Cauchy*>(&q);
  if (!other) return {};
  return in_double(
      dtype(),
      [](Element a, Element s, Element b, Element t) {
        const Element wider = (s - t) / t, apart = (a - b) / t;
        const Condition is_near = abs(wider) < 0.2 && abs(apart) < 0.2;
        const Element more = where(is_near, square(wider) + square(apart), 0) / (4 * (1 + wider));
        return where(is_near, log1p(more), 2 * log(hypot(s + t, a - b)) - log(4 * s) - log(t));
      },
      loc(), scale(), other->loc(), other->scale());
}

StudentT::StudentT(const Operand& df, const Operand& loc, const Operand& scale)
    : Distribution("StudentT",
                   prepared("StudentT", {{"df", df, Domain::positive},
                                         {"loc", loc},
                                         {"scale", scale, Domain::positive}}),
                   0, df.site()) {}

namespace {

// From here on the distribution is normal to the last digit, up to 1e70 deviations from its
// middle, and its slopes by df are 0.
Element finite_df(Element n) { return where(n < 1e160, n, 1e160); }

// log(1 + z^2 / n) (n + 1) / 2: a series where z^2 / n is small, of which n leaves little.
Element student_penalty(Element z, Element n) {
  const Element size = abs(z);
  const Condition is_near = size < 1e150 && size < 0.4 * sqrt(n);
  const Element near = where(is_near, z, 0), w = square(near) / n, v = w / (2 + w);
  return where(is_near, (1 + 1 / n) * square(near) * (1 + atanh_rest(square(v))) / (2 + w),
               (n + 1) * (log(hypot(sqrt(n), size)) - 0.5 * log(n)));
}

}  // namespace

Tensor StudentT::do_sample(const Shape& shape) const {
  return student_t(expanded(0, shape), loc(), scale());
}
Tensor StudentT::do_log_prob(const Tensor& value) const {
  return in_double(
      dtype(),
      [](Element x, Element df, Element m, Element s) {
        const Element n = finite_df(df);
        // log(gamma((n + 1) / 2) / gamma(n / 2) / sqrt(n / 2))
        const Element factor = stirling_rest(0.5 * (n + 1)) - stirling_rest(0.5 * n) -
                               0.5 * deviance(n, 1, log1p(1 / n));
        return where(isinf(x), -infinity,
                     factor - half_log_two_pi - log(s) - student_penalty((x - m) / s, n));
      },
      value, df(), loc(), scale());
}
Tensor StudentT::do_entropy() const {
  return in_double(
      dtype(),
      [](Element df, Element s) {
        const Element n = finite_df(df), half = 0.5 * n, next = 0.5 * (n + 1);
        return log(s) + (0.5 + half_log_two_pi) + 0.5 * log1p(1 / n) + 0.5 / n +
               next * (stirling_fall(half) - stirling_fall(next)) + stirling_rest(half) -
               stirling_rest(next);
      },
      df(), scale());
}
Tensor StudentT::do_mean() const {
  return map([](Element n, Element m) { return where(n > 1, m, no_number); }, df(), loc());
}
Tensor StudentT::do_variance() const {
  return map(
      [](Element n, Element s) {
        return where(n > 2, n / (n - 2) * square(s), where(n > 1, infinity, no_number));
      },
      df(), scale());
}

Tensor StudentT::do_cdf(const Tensor& value) const {
  return in_double(
      dtype(),
      [](Element x, Element n, Element m, Element s) { return stdtr(n, standardized(x, m, s)); },
      value, df(), loc(), scale());
}

Uniform::Uniform(const Operand& low, const Operand& high)
    : Distribution("Uniform", prepared("Uniform", {{"low", low}, {"high", high}}), 0, low.site()) {
  refuse_unless_below("low", this->low(), "high", this->high(), low.site());
  const NoGrad constant;
  for (const double width : to(this->high() - this->low(), float64).to_vector<double>()) {
    if (std::isfinite(width)) continue;
    throw ValueError("Uniform: high - low must be finite, got " + detail::text_of(width),
                     SiteScope::resolve(low.site()));
  }
}

Tensor Uniform::do_sample(const Shape& shape) const {
  return map(
      [](Element a, Element b, Element u) {
        // What rounds to b makes a, which else gets half of what other numbers get, as likely.
        const Element x = a + (b - a) * u;
        return where(x < b, x, a);
      },
      low(), high(), rand(with_batch(shape), dtype()));
}
Tensor Uniform::do_log_prob(const Tensor& value) const {
  return map(
      [](Element x, Element a, Element b) {
        return where(x < a || x > b, -infinity, where(x == x, -log(b - a), x));
      },
      value, low(), high());
}
Tensor Uniform::do_entropy() const {
  return map([](Element a, Element b) { return log(b - a); }, low(), high());
}
Tensor Uniform::do_mean() const {
  return map([](Element a, Element b) { return 0.5 * a + 0.5 * b; }, low(), high());
}
Tensor Uniform::do_variance() const {
  return map([](Element a, Element b) { return square(b - a) / 12; }, low(), high());
}
Tensor Uniform::do_cdf(const Tensor& value) const {
  return map([](Element x, Element a,
                Element b) { return where(x <= a, 0, where(x >= b, 1, (x - a) / (b - a))); },
             value, low(), high());
}
Tensor Uniform::do_icdf(const Tensor& p) const {
  return map([](Element x, Element a, Element b) { return a + (b - a) * x; }, p, low(), high());
}
Tensor Uniform::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const Uniform*>(&q);
  if (!other) return {};
  return map([](Element a, Element b, Element c,
                Element d) { return where(c <= a && b <= d, log((d - c) / (b - a)), infinity); },
             low(), high(), other->low(), other->high());
}

}  // namespace cinta::distributions
