#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/distributions/detail/formula.hpp>
#include <cinta/distributions/detail/stirling.hpp>
#include <cinta/distributions/gamma.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/elementwise/special.hpp>
#include <cinta/ops/random/samplers.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta::distributions {

Exponential::Exponential(const Operand& rate)
    : Distribution("Exponential", prepared("Exponential", {{"rate", rate, Domain::positive}}), 0,
                   rate.site()) {}

Tensor Exponential::do_sample(const Shape& shape) const { return exponential(expanded(0, shape)); }
Tensor Exponential::do_log_prob(const Tensor& value) const {
  return map([](Element x, Element r) { return where(x < 0, -infinity, log(r) - r * x); }, value,
             rate());
}
Tensor Exponential::do_entropy() const {
  return map([](Element r) { return 1 - log(r); }, rate());
}
Tensor Exponential::do_mean() const { return 1 / rate(); }
Tensor Exponential::do_variance() const { return 1 / square(rate()); }
Tensor Exponential::do_cdf(const Tensor& value) const {
  return map([](Element x,
                Element r) { return where(x <= 0, 0, where(x == infinity, 1, -expm1(-r * x))); },
             value, rate());
}
Tensor Exponential::do_icdf(const Tensor& p) const {
  return map([](Element x, Element r) { return -log1p(-x) / r; }, p, rate());
}
Tensor Exponential::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const Exponential*>(&q);
  if (!other) return {};
  return in_double(
      dtype(), [](Element r, Element t) { return deviance(1, (t - r) / r, log(t) - log(r)); },
      rate(), other->rate());
}

Gamma::Gamma(const Operand& concentration, const Operand& rate)
    : Distribution("Gamma",
                   prepared("Gamma", {{"concentration", concentration, Domain::positive},
                                      {"rate", rate, Domain::positive}}),
                   0, concentration.site()) {}

Tensor Gamma::do_sample(const Shape& shape) const { return gamma(expanded(0, shape), rate()); }
Tensor Gamma::do_log_prob(const Tensor& value) const {
  return in_double(
      dtype(),
      [](Element x, Element a, Element r) {
        const Condition is_plain = a < 10 || x == 0 || x == infinity;
        const Element at = where(is_plain, 1, x), large = where(is_plain, 10, a);
        const Element apart = log_poisson(large, r * at, log(r) + log(at)) + log(large) - log(at);
        const Element plain = xlogy(a - 1, x) + a * log(r) - r * x - lgamma(a);
        return where(x < 0 || x == infinity, -infinity, where(is_plain, plain, apart));
      },
      value, concentration(), rate());
}
Tensor Gamma::do_entropy() const {
  return in_double(
      dtype(), [](Element a, Element r) { return gamma_entropy(a) - log(r); }, concentration(),
      rate());
}
Tensor Gamma::do_mean() const { return concentration() / rate(); }
Tensor Gamma::do_variance() const { return concentration() / square(rate()); }
Tensor Gamma::do_cdf(const Tensor& value) const {
  return in_double(
      dtype(),
      [](Element x, Element a, Element r) {
        return where(x <= 0, 0, where(x == infinity, 1, gammainc(a, r * x)));
      },
      value, concentration(), rate());
}
Tensor Gamma::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const Gamma*>(&q);
  if (!other) return {};
  return in_double(
      dtype(),
      [](Element a, Element r, Element b, Element t) {
        // a t / r less b, first what is small.
        const Element faster = (t - r) / r;
        const Element step = where(abs(faster) < 0.5, a * faster - (b - a), a * (t / r) - b);
        return deviance(b, step, log(a) - log(b) + log(t) - log(r)) + gamma_divergence(a, b);
      },
      concentration(), rate(), other->concentration(), other->rate());
}

namespace {

Element log_beta(Element a, Element b) { return lgamma(a) + lgamma(b) - lgamma(a + b); }

}  // namespace

Beta::Beta(const Operand& a, const Operand& b)
    : Distribution("Beta",
                   prepared("Beta", {{"a", a, Domain::positive}, {"b", b, Domain::positive}}), 0,
                   a.site()) {}

Tensor Beta::do_sample(const Shape& shape) const { return beta(expanded(0, shape), b()); }
Tensor Beta::do_log_prob(const Tensor& value) const {
  return in_double(
      dtype(),
      [](Element x, Element p, Element q) {
        const Condition is_plain = p + q < 10 || x <= 0 || x >= 1;
        const Element at = where(is_plain, 0.5, x), a = where(is_plain, 5, p),
                      b = where(is_plain, 5, q), n = a + b, log_n = log(n);
        const Element apart = log_poisson(a, n * at, log_n + log(at)) +
                              log_poisson(b, n * (1 - at), log_n + log1p(-at)) -
                              log_poisson(n, n, log_n) + log(a / n) + log(b) - log(at) - log1p(-at);
        const Element plain = xlogy(p - 1, x) + xlog1py(q - 1, -x) - log_beta(p, q);
        return where(x < 0 || x > 1, -infinity, where(is_plain, plain, apart));
      },
      value, a(), b());
}
Tensor Beta::do_entropy() const {
  return in_double(
      dtype(),
      [](Element p, Element q) {
        // Two gamma variables are their sum and, apart from it, their shares.
        return gamma_entropy(p) + gamma_entropy(q) - gamma_entropy(p + q) - digamma(p + q);
      },
      a(), b());
}
Tensor Beta::do_mean() const { return a() / (a() + b()); }
Tensor Beta::do_variance() const {
  return map([](Element p, Element q) { return p / (p + q) * (q / (p + q)) / (p + q + 1); }, a(),
             b());
}
Tensor Beta::do_cdf(const Tensor& value) const {
  return in_double(
      dtype(),
      [](Element x, Element p, Element q) {
        return where(x <= 0, 0, where(x >= 1, 1, betainc(p, q, x)));
      },
      value, a(), b());
}
Tensor Beta::do_kl(const Distribution& other_one) const {
  const auto* other = dynamic_cast<const Beta*>(&other_one);
  if (!other) return {};
  return in_double(
      dtype(),
      [](Element p, Element q, Element r, Element s) {
        // r less what it were if shares of p, q were left, first what is small.
        const Element n = p + q, other_n = r + s, more_p = r - p, more_q = s - q;
        const Condition is_near = abs(more_p) < 0.5 * p && abs(more_q) < 0.5 * q;
        const Element more = where(is_near, q / n * more_p - p / n * more_q, q / n * r - p / n * s);
        const Element log_n = log(other_n) - log(n);
        return deviance(r, -more, log(p) - log(r) + log_n) +
               deviance(s, more, log(q) - log(s) + log_n) + gamma_divergence(p, r) +
               gamma_divergence(q, s) - gamma_divergence(n, other_n);
      },
      a(), b(), other->a(), other->b());
}

Dirichlet::Dirichlet(const Tensor& concentration, Site site)
    : Distribution("Dirichlet",
                   prepared("Dirichlet",
                            {{"concentration", Operand(concentration, site), Domain::positive}}),
                   1, site) {}

namespace {

Tensor total(const Tensor& x) { return sum(x, {-1}, true); }
Tensor sum_of_logs(const Tensor& x) { return sum(lgamma(x), {-1}) - lgamma(sum(x, {-1})); }

}  // namespace

Tensor Dirichlet::do_sample(const Shape& shape) const { return dirichlet(expanded(0, shape)); }
Tensor Dirichlet::do_log_prob(const Tensor& value) const {
  const Tensor x = to(value, float64), a = to(concentration(), float64);
  const Tensor outside = logical_or(min(x, {-1}) < 0, abs(sum(x, {-1}) - 1) > 1e-5);
  const Tensor density = sum(xlogy(a - 1, x), {-1}) - sum_of_logs(a);
  return to(where(outside, -infinity, density), dtype());
}
Tensor Dirichlet::do_entropy() const {
  const Tensor a = to(concentration(), float64);
  const Tensor n = sum(a, {-1}), others = double(a.size(-1) - 1) * digamma(n);
  return to(sum(map(gamma_entropy, a), {-1}) - map(gamma_entropy, n) - others, dtype());
}
Tensor Dirichlet::do_mean() const { return concentration() / total(concentration()); }
Tensor Dirichlet::do_variance() const {
  return map([](Element a, Element all) { return a / all * ((all - a) / all) / (all + 1); },
             concentration(), total(concentration()));
}
Tensor Dirichlet::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const Dirichlet*>(&q);
  if (!other) return {};
  const Tensor a = to(concentration(), float64), b = to(other->concentration(), float64);
  const Tensor n = total(a), other_n = total(b), more = total(b - a);
  const auto part = [](Element p, Element r, Element all, Element other_all, Element more_of_all) {
    // r less what it were if shares of a were left, first what is small.
    const Element more_p = r - p, share = p / all;
    const Condition is_near = abs(more_p) < 0.5 * p && abs(more_of_all) < 0.5 * all;
    const Element step = where(is_near, share * more_of_all - more_p, share * other_all - r);
    return deviance(r, step, log(p) - log(r) + log(other_all) - log(all)) + gamma_divergence(p, r);
  };
  return to(
      sum(map(part, a, b, n, other_n, more), {-1}) - squeeze(map(gamma_divergence, n, other_n), -1),
      dtype());
}

}  // namespace cinta::distributions
