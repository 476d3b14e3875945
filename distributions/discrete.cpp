#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/distributions/detail/formula.hpp>
#include <cinta/distributions/detail/stirling.hpp>
#include <cinta/distributions/discrete.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/elementwise/special.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/nn/softmax.hpp>
#include <cinta/ops/random/samplers.hpp>
#include <cinta/ops/reduce/logical.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cinta/ops/sort/search.hpp>
#include <cmath>

namespace cinta::distributions {
namespace {

const Tensor& given(const char* name, const Odds& odds, const Site& site) {
  if (odds.probs.defined() == odds.logits.defined()) {
    throw ValueError(std::string(name) + ": needs either probs or logits",
                     SiteScope::resolve(site));
  }
  return odds.probs.defined() ? odds.probs : odds.logits;
}

// The probability, its logarithm and that of 1 - p, each from what was given.
Tensors with_logarithms(const Odds& odds, const Tensor& checked) {
  if (odds.probs.defined()) return {checked, log(checked), log1p(-checked)};
  const auto log_share = [](Element l) { return -softplus(-l); };
  const auto log_rest = [](Element l) { return -softplus(l); };
  return {sigmoid(checked), map(log_share, checked), map(log_rest, checked)};
}

// p (1 - p), of the logarithms of both: where 1 - p is 0 that has no slope.
Element share_variance(Element p, Element log_p, Element log_q) {
  return p * where(p < 0.5, exp(log_q), -expm1(log_p));
}

// x log p, 0 for x = 0 also where p is.
Element weighted(Element x, Element log_p) { return where(x == 0, 0, x * log_p); }

Condition is_count(Element x) { return x >= 0 && x == floor(x) && x < infinity; }

// The logarithm of the probability of k among n, of logarithms of p and 1 - p. The ends have one
// way each, and no digits to lose.
Element log_binomial(Element k, Element n, Element log_p, Element log_q) {
  const Condition is_plain = n < 10 || k <= 0 || k >= n;
  const Element i = where(is_plain, 5, k), all = where(is_plain, 10, n), log_n = log(all);
  const Element apart = log_poisson(i, all * exp(log_p), log_n + log_p) +
                        log_poisson(all - i, all * exp(log_q), log_n + log_q) -
                        log_poisson(all, all, log_n);
  const Element plain = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + weighted(k, log_p) +
                        weighted(n - k, log_q);
  return where(is_plain, plain, apart);
}

// Whole numbers within 12 deviations of the means, beside which all others count less than 1e-30:
// (batch..., numbers).
Tensor counts_near(const Tensor& means, const Tensor& variances) {
  const NoGrad constant;
  double widest = 0;
  for (const double v : to(variances, float64).to_vector<double>()) widest = std::max(widest, v);
  const double reach = std::ceil(12 * std::sqrt(widest)) + 40;
  return unsqueeze(floor(means), -1) + arange(-reach, reach + 1, 1, float64);
}

// Of the logarithms of probabilities along the last axis.
Tensor class_entropy(const Tensor& logits) {
  return -sum(map([](Element l) { return where(l == -infinity, 0, exp(l) * l); }, logits), {-1});
}

// -infinity outside of the support, and NaN for NaN.
Element impossible(Element x) { return where(x == x, -infinity, x); }

}  // namespace

Bernoulli::Bernoulli(const Odds& odds, Site site)
    : Distribution("Bernoulli",
                   with_logarithms(
                       odds, prepared("Bernoulli", {{odds.probs.defined() ? "probs" : "logits",
                                                     Operand(given("Bernoulli", odds, site), site),
                                                     odds.probs.defined() ? Domain::probability
                                                                          : Domain::real}})[0]),
                   0, site) {}

Tensor Bernoulli::do_sample(const Shape& shape) const {
  return to(bernoulli(expanded(0, shape)), dtype());
}
Tensor Bernoulli::do_log_prob(const Tensor& value) const {
  return map([](Element x, Element p,
                Element q) { return where(x == 1, p, where(x == 0, q, impossible(x))); },
             value, parameter(1), parameter(2));
}
Tensor Bernoulli::do_entropy() const {
  return map([](Element share, Element p,
                Element q) { return -(weighted(share, p) + weighted(exp(q), q)); },
             parameter(0), parameter(1), parameter(2));
}
Tensor Bernoulli::do_mean() const { return probs(); }
Tensor Bernoulli::do_variance() const {
  return map(share_variance, probs(), parameter(1), parameter(2));
}
Tensor Bernoulli::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const Bernoulli*>(&q);
  if (!other) return {};
  return map(
      [](Element p, Element p1, Element p0, Element q1, Element q0) {
        return where(p == 0, 0, p * (p1 - q1)) + where(p == 1, 0, exp(p0) * (p0 - q0));
      },
      probs(), parameter(1), parameter(2), other->parameter(1), other->parameter(2));
}

Binomial::Binomial(const Operand& count, const Odds& odds)
    : Distribution(
          "Binomial",
          [&] {
            const Tensors all =
                prepared("Binomial", {{odds.probs.defined() ? "probs" : "logits",
                                       Operand(given("Binomial", odds, count.site()), count.site()),
                                       odds.probs.defined() ? Domain::probability : Domain::real},
                                      {"count", count, Domain::count}});
            Tensors result = with_logarithms(odds, all[0]);
            result.push_back(all[1]);
            return result;
          }(),
          0, count.site()) {}

Tensor Binomial::do_sample(const Shape& shape) const {
  return binomial(expanded(3, shape), probs());
}
Tensor Binomial::do_log_prob(const Tensor& value) const {
  return in_double(
      dtype(),
      [](Element k, Element n, Element p, Element q) {
        return where(is_count(k) && k <= n, log_binomial(k, n, p, q), impossible(k));
      },
      value, count(), parameter(1), parameter(2));
}
Tensor Binomial::do_entropy() const {
  // From this variance on the asymptotic series is right to 1e-12, and a sum grows with its root.
  constexpr double large = 1000;
  const Tensor p = to(probs(), float64), log_p = to(parameter(1), float64),
               log_q = to(parameter(2), float64), n = to(count(), float64);
  const Tensor share = map(share_variance, p, log_p, log_q);
  const Tensor variance = n * share, is_summed = lt(variance, large);
  const Tensor trials = where(is_summed, n, 0.0);
  const Tensor k = counts_near(trials * p, where(is_summed, variance, 0.0));
  const auto logit = [](Element i, Element all, Element of_one, Element of_none) {
    return where(i < 0 || i > all, -infinity, log_binomial(i, all, of_one, of_none));
  };
  const auto column = [](const Tensor& x) { return unsqueeze(x, -1); };
  const Tensor logits = map(logit, k, column(trials), column(log_p), column(log_q));
  const auto both = [](Element v, Element w, Element sum) {  // w = p (1 - p)
    const Element i = 1 / v;
    const Element third = w * (17.0 / 60 - w * (1.0 / 3 - w / 90)) - 19.0 / 360;
    const Element second = w * (1.0 / 6 - w / 12) - 1.0 / 24 + i * third;
    const Element series =
        0.5 * log(v) + (half_log_two_pi + 0.5) + i * (w / 3 - 1.0 / 12 + i * second);
    return where(v < large, sum, series);
  };
  return to(map(both, variance, share, class_entropy(log_softmax(logits, -1))), dtype());
}
Tensor Binomial::do_mean() const { return count() * probs(); }
Tensor Binomial::do_variance() const {
  return count() * map(share_variance, probs(), parameter(1), parameter(2));
}
Tensor Binomial::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const Binomial*>(&q);
  if (!other) return {};
  // Of p's draws those above q's count are impossible, those below it have other numbers of
  // choices.
  if (!all(eq(count(), other->count())).item<bool>()) return {};
  return map(
      [](Element n, Element p, Element p1, Element p0, Element q1, Element q0) {
        return n * (where(p == 0, 0, p * (p1 - q1)) + where(p == 1, 0, exp(p0) * (p0 - q0)));
      },
      count(), probs(), parameter(1), parameter(2), other->parameter(1), other->parameter(2));
}

Geometric::Geometric(const Odds& odds, Site site)
    : Distribution("Geometric",
                   with_logarithms(
                       odds, prepared("Geometric",
                                      {{odds.probs.defined() ? "probs" : "logits",
                                        Operand(given("Geometric", odds, site), site),
                                        odds.probs.defined() ? Domain::share : Domain::real}})[0]),
                   0, site) {}

Tensor Geometric::do_sample(const Shape& shape) const {
  return floor(exponential(-broadcast_to(parameter(2), with_batch(shape))));
}
Tensor Geometric::do_log_prob(const Tensor& value) const {
  return map([](Element k, Element p,
                Element q) { return where(is_count(k), p + weighted(k, q), impossible(k)); },
             value, parameter(1), parameter(2));
}
Tensor Geometric::do_entropy() const {
  return map(
      [](Element share, Element p, Element q) {
        // Where the probability is 0 its logarithm is not, and where small its reciprocal is not.
        const Element rest = where(share < 1e-20, -1, weighted(exp(q), q) / share);
        return -(p + rest);
      },
      parameter(0), parameter(1), parameter(2));
}
// Of logarithms: the slopes of a quotient have p^2 or p^3 below them, which underflow. Of that of
// p alone: that of 1 - p has no slope where p is 1.
Tensor Geometric::do_mean() const { return expm1(-parameter(1)); }
Tensor Geometric::do_variance() const {
  return map([](Element log_p) { return expm1(-log_p) * exp(-log_p); }, parameter(1));
}
Tensor Geometric::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const Geometric*>(&q);
  if (!other) return {};
  return map([](Element p, Element p1, Element p0, Element q1,
                Element q0) { return p1 - q1 + where(p == 1, 0, exp(p0 - p1) * (p0 - q0)); },
             probs(), parameter(1), parameter(2), other->parameter(1), other->parameter(2));
}

Poisson::Poisson(const Operand& rate)
    : Distribution("Poisson", prepared("Poisson", {{"rate", rate, Domain::not_negative}}), 0,
                   rate.site()) {}

Tensor Poisson::do_sample(const Shape& shape) const { return poisson(expanded(0, shape)); }
Tensor Poisson::do_log_prob(const Tensor& value) const {
  return in_double(
      dtype(),
      [](Element k, Element r) {
        const Condition is_plain = k < 10 || k == infinity;
        const Element large = where(is_plain, 10, k), mean = where(is_plain, 10, r);
        return where(
            is_count(k),
            where(is_plain, xlogy(k, r) - r - lgamma(k + 1), log_poisson(large, mean, log(mean))),
            impossible(k));
      },
      value, rate());
}
Tensor Poisson::do_entropy() const {
  // From here on the asymptotic series is right to 1e-12.
  constexpr double large = 1000;
  const Tensor r = to(rate(), float64), summed = where(r < large, r, large);
  const auto logit = [](Element k, Element x) {
    return where(k < 0, -infinity, xlogy(k, x) - lgamma(k + 1));
  };
  const Tensor logits = map(logit, counts_near(summed, summed), unsqueeze(summed, -1));
  const auto both = [](Element x, Element sum) {
    const Element i = 1 / x;
    const Element series =
        0.5 * log(x) + (half_log_two_pi + 0.5) - i * (1.0 / 12 + i * (1.0 / 24 + i * (19.0 / 360)));
    // At 0 the slope is infinite, as that of -x log(x).
    return where(x < large, where(x == 0, -xlogy(x, x), sum), series);
  };
  return to(map(both, r, class_entropy(log_softmax(logits, -1))), dtype());
}
Tensor Poisson::do_mean() const { return rate(); }
Tensor Poisson::do_variance() const { return rate(); }
Tensor Poisson::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const Poisson*>(&q);
  if (!other) return {};
  return in_double(
      dtype(),
      [](Element r, Element t) { return where(r == 0, t, deviance(r, t - r, log(t) - log(r))); },
      rate(), other->rate());
}

namespace {

// Logarithms of the probabilities of classes.
Tensor class_logits(const char* name, const Odds& odds, const Tensor& checked, const Site& site) {
  if (checked.rank() == 0 || checked.shape().back() == 0) {
    throw ShapeError(std::string(name) + ": needs an axis of classes, got " + checked.shape().str(),
                     SiteScope::resolve(site));
  }
  // Rows of which nothing can be drawn.
  const auto check = [&](const Tensor& found, const char* what, const auto& ok) {
    for (const double v : to(found, float64).to_vector<double>()) {
      if (ok(v)) continue;
      throw ValueError(std::string(name) + ": " + what + ", got " + detail::text_of(v),
                       SiteScope::resolve(site));
    }
  };
  if (!odds.probs.defined()) {
    check(max(checked.detach(), -1), "a row of logits must have one that is not -inf",
          [](double v) { return v > -infinity; });
    return log_softmax(checked, -1);
  }
  const Tensor total = sum(checked, {-1}, true);
  check(total.detach(), "the sum of a row of probs must be positive and finite",
        [](double v) { return v > 0 && v < infinity; });
  return log(checked / total);
}

Shape without_classes(const Tensor& logits) {
  Shape batch = Shape::filled(logits.rank() - 1);
  for (int i = 0; i < batch.rank(); ++i) batch[i] = logits.shape()[i];
  return batch;
}

Tensor class_kl(const Tensor& p, const Tensor& q) {
  const auto f = [](Element a, Element b) { return where(a == -infinity, 0, exp(a) * (a - b)); };
  return sum(map(f, p, q), {-1});
}

// Classes of shape (shape..., batch...), for weights (batch..., classes).
Tensor drawn_classes(const Tensor& logits, const Shape& shape, const Shape& full) {
  const Tensor rows = reshape(exp(logits), {-1, logits.shape().back()});
  const Tensor drawn = multinomial(rows, shape.numel(), true);  // (batch, draws)
  return clone(reshape(transpose(drawn), full));
}

}  // namespace

Categorical::Categorical(const Odds& odds, Site site)
    : Categorical(
          class_logits("Categorical", odds,
                       prepared("Categorical",
                                {{odds.probs.defined() ? "probs" : "logits",
                                  Operand(given("Categorical", odds, site), site),
                                  odds.probs.defined() ? Domain::not_negative : Domain::real}})[0],
                       site)) {}
Categorical::Categorical(const Tensor& logits)
    : Distribution("Categorical", {logits}, without_classes(logits), {}, logits.dtype()) {}

Tensor Categorical::probs(Site site) const { return exp(logits(), site); }
Tensor Categorical::do_sample(const Shape& shape) const {
  return drawn_classes(logits(), shape, with_batch(shape));
}
Tensor Categorical::do_log_prob(const Tensor& value) const {
  const Shape shape = broadcast_shapes("Categorical", value.shape(), batch_shape(), Site());
  const Tensor x = broadcast_to(value, shape);
  const std::int64_t classes = logits().shape().back();
  const Tensor is_class = logical_and(logical_and(x >= 0, x < double(classes)), eq(x, floor(x)));
  // By their places among all logits, not from rows of a copy for each element of the value.
  const Tensor rows = reshape(arange(batch_shape().numel()) * classes, batch_shape());
  const Tensor places = to(where(is_class, x, 0), int64) + rows;
  const Tensor found = reshape(index_select(flatten(logits()), 0, flatten(places)), shape);
  return where(is_class, found, map([](Element v) { return impossible(v); }, x));
}
Tensor Categorical::do_entropy() const { return class_entropy(logits()); }
Tensor Categorical::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const Categorical*>(&q);
  if (!other) return {};
  const std::int64_t classes = logits().shape().back(), others = other->logits().shape().back();
  if (classes != others) {
    throw ShapeError("kl_divergence: Categorical of " + std::to_string(classes) + " and of " +
                         std::to_string(others) + " classes",
                     Site());
  }
  return class_kl(logits(), other->logits());
}

OneHotCategorical::OneHotCategorical(const Odds& odds, Site site)
    : Distribution("OneHotCategorical", {[&] {
                     const NameScope name("OneHotCategorical");
                     return Categorical(odds, site).logits();
                   }()},
                   1, site) {}

Tensor OneHotCategorical::do_sample(const Shape& shape) const {
  return one_hot(drawn_classes(logits(), shape, with_batch(shape)), logits().shape().back(),
                 dtype());
}
Tensor OneHotCategorical::do_log_prob(const Tensor& value) const {
  const Tensor is_one_hot =
      logical_and(all(logical_or(eq(value, 0), eq(value, 1)), {-1}), eq(sum(value, {-1}), 1));
  const auto chosen = [](Element x, Element l) { return where(x == 1, l, 0); };
  return where(is_one_hot, sum(map(chosen, value, logits()), {-1}), -infinity);
}
Tensor OneHotCategorical::do_entropy() const { return class_entropy(logits()); }
Tensor OneHotCategorical::do_mean() const { return exp(logits()); }
Tensor OneHotCategorical::do_variance() const {
  return map([](Element l) { return -exp(l) * expm1(l); }, logits());
}
Tensor OneHotCategorical::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const OneHotCategorical*>(&q);
  return other ? class_kl(logits(), other->logits()) : Tensor();
}

}  // namespace cinta::distributions
