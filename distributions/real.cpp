#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/distributions/detail/formula.hpp>
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
  return map(
      [](Element a, Element s, Element b, Element t) {
        // At 0 the kinks of abs are none of the sum's, which is a square there.
        const Element apart = abs(a - b);
        const Element far = apart / t + s / t * exp(-apart / s);
        return log(t / s) + where(apart == 0, s / t + 0.5 * square(a - b) / (s * t), far) - 1;
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
        const Element ratio = s / t, apart = (a - b) / t;
        return -log(ratio) + apart + euler_gamma * ratio + exp(lgamma(1 + ratio) - apart) -
               (1 + euler_gamma);
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
  return map([](Element a, Element s, Element b,
                Element t) { return 2 * log(hypot(s + t, a - b)) - log(4 * s) - log(t); },
             loc(), scale(), other->loc(), other->scale());
}

StudentT::StudentT(const Operand& df, const Operand& loc, const Operand& scale)
    : Distribution("StudentT",
                   prepared("StudentT", {{"df", df, Domain::positive},
                                         {"loc", loc},
                                         {"scale", scale, Domain::positive}}),
                   0, df.site()) {}

namespace {

// log(gamma((n + 1) / 2) / gamma(n / 2) / sqrt(n / 2)): by its series where the two are too near.
Element log_student_factor(Element n) {
  return where(n > 1e5, (-0.25 + 1 / (24 * square(n))) / n,
               lgamma(0.5 * (n + 1)) - lgamma(0.5 * n) - 0.5 * log(0.5 * n));
}

}  // namespace

Tensor StudentT::do_sample(const Shape& shape) const {
  return student_t(expanded(0, shape), loc(), scale());
}
Tensor StudentT::do_log_prob(const Tensor& value) const {
  return in_double(
      dtype(),
      [](Element x, Element n, Element m, Element s) {
        // log(1 + z^2 / n) without the square, which overflows.
        // Near the middle without abs, whose kink it would take along.
        const Element z = (x - m) / s, size = abs(z);
        const Element spread = where(size < 1e150, log1p(square(z) / n),
                                     2 * log(where(size < 1e150, 1, size)) - log(n));
        return where(isinf(x), -infinity,
                     log_student_factor(n) - half_log_two_pi - log(s) - 0.5 * (n + 1) * spread);
      },
      value, df(), loc(), scale());
}
Tensor StudentT::do_entropy() const {
  return in_double(
      dtype(),
      [](Element n, Element s) {
        const Element apart =
            where(n > 1e5, (1 + 0.5 / n) / n, digamma(0.5 * (n + 1)) - digamma(0.5 * n));
        return 0.5 * (n + 1) * apart - log_student_factor(n) + half_log_two_pi + log(s);
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
