// What distributions have in common: shapes, gradients to second order, supports, samples,
// refusals. Their figures are in distribution_figures/, their ends in distribution_ends_test.cpp.

#include "distributions/distribution_cases.hpp"

#include <cmath>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace distribution_cases;

namespace {

bool has_kl(const Case& c) { return !c.others.empty(); }

}  // namespace

TEST_CASE("gradients of densities, entropies, moments and divergences are right to second order") {
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    const std::size_t count = c.parameters.size();
    const auto check = [&](const char* what, const auto& f, const Tensors& inputs) {
      INFO(what);
      Tensors x;
      for (const Tensor& t : inputs) x.push_back(clone(t).requires_grad_());
      const GradientReport report = check_gradients(f, x, {.second_order = true});
      CHECK(report);
      if (!report) UNSCOPED_INFO(report);
    };
    const auto parameters = [&](const Tensors& in) {
      return c.make({in.begin(), in.begin() + std::ptrdiff_t(count)});
    };
    check(
        "log_prob", [&](const Tensors& in) { return sum(parameters(in)->log_prob(c.inside)); },
        c.parameters);
    if (c.continuous && std::string(c.name) != "Dirichlet") {
      check("log_prob in x",
            [&](const Tensors& in) { return sum(c.make(c.parameters)->log_prob(in[0])); },
            {c.inside});
    }
    check(
        "entropy", [&](const Tensors& in) { return sum(parameters(in)->entropy()); }, c.parameters);
    const std::string name = c.name;
    if (c.continuous && c.inside.rank() == 1 && name != "MultivariateNormal") {
      check(
          "cdf", [&](const Tensors& in) { return sum(parameters(in)->cdf(c.inside)); },
          c.parameters);
      check("cdf in x", [&](const Tensors& in) { return sum(c.make(c.parameters)->cdf(in[0])); },
            {c.inside});
    }
    if (has_kl(c)) {
      Tensors both = c.parameters;
      both.insert(both.end(), c.others.begin(), c.others.end());
      check(
          "kl",
          [&](const Tensors& in) {
            const Tensors others(in.begin() + std::ptrdiff_t(count), in.end());
            return sum(kl_divergence(*parameters(in), *c.make(others)));
          },
          both);
    }
  }
}

TEST_CASE("outside of the support log_prob is -infinity, with the gradient 0") {
  for (const Case& c : cases()) {
    if (!c.outside.defined()) continue;
    CAPTURE(c.name);
    Tensors p;
    for (const Tensor& t : c.parameters) p.push_back(clone(t).requires_grad_());
    Tensor x = clone(c.outside).requires_grad_();
    const Tensor y = c.make(p)->log_prob(x);
    for (const double v : values(y)) CHECK(v == -infinity);
    p.push_back(x);
    sum(y).backward();
    for (const Tensor& t : p)
      if (t.grad().defined())
        for (const double v : values(t.grad())) CHECK(v == 0);
    // Beside what lies inside.
    const Tensor nan = c.inside * std::nan("");
    if (std::string(c.name).find("Categorical") == std::string::npos)
      for (const double v : values(c.make(c.parameters)->log_prob(nan)))
        CHECK_FALSE(v == -infinity);
  }
}

TEST_CASE("shapes are those of samples, batch and event") {
  for (const Case& c : cases()) {
    for (const Dtype dtype : {float32, float64}) {
      CAPTURE(c.name, dtype);
      Tensors p;
      for (const Tensor& t : c.parameters)
        p.push_back(clone(to(t, dtype)).detach().requires_grad_());
      const auto d = c.make(p);
      CHECK(std::string(d->name()) == c.name);
      CHECK(d->batch_shape() == Shape{2});
      CHECK(d->dtype() == dtype);
      Shape wanted{5, 3, 2};
      if (d->event_shape().rank() == 1) {
        wanted = {5, 3, 2, 3};
        CHECK(d->event_shape() == Shape{3});
      }
      const Tensor x = d->sample({5, 3});
      const bool classes = std::string(c.name) == "Categorical";
      CHECK(x.spec() == Spec{wanted, classes ? int64 : dtype});
      CHECK_FALSE(x.requires_grad());
      const Tensor y = d->log_prob(x);
      CHECK(y.spec() == Spec{{5, 3, 2}, dtype});
      CHECK(all(isfinite(y)).item<bool>());
      CHECK(d->sample({0}).numel() == 0);
      CHECK(d->sample().numel() * 15 == x.numel());
      if (c.continuous) {
        manual_seed(5);
        const Tensor a = d->rsample({4});
        CHECK(a.requires_grad());
        manual_seed(5);
        const Tensor b = d->sample({4});
        CHECK(values(a) == values(b));
      } else {
        CHECK_THAT(error_of([&] { d->rsample(); }),
                   StartsWith(std::string(c.name) + ": draws have no gradient; take sample() ["));
      }
    }
  }
}

TEST_CASE("samples have the moments that are said, and the mean of -log_prob is the entropy") {
  constexpr std::int64_t n = 200'000;
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    const std::string name = c.name;
    manual_seed(6);
    const auto d = c.make(c.parameters);
    const Tensor x = d->sample({n});
    {
      const Tensor y = -d->log_prob(x);
      const std::vector<double> got = values(mean(y, {0})), spread = values(sqrt(var(y, {0}))),
                                wanted = values(d->entropy());
      for (std::size_t i = 0; i < got.size(); ++i)
        CHECK(std::abs(got[i] - wanted[i]) < 5 * spread[i] / std::sqrt(double(n)) + 1e-12);
    }
    if (name == "Cauchy" || name == "Categorical") continue;
    const std::vector<double> got = values(mean(x, {0})), wanted = values(d->mean()),
                              spread = values(d->stddev()), spreads = values(sqrt(var(x, {0})));
    for (std::size_t i = 0; i < got.size(); ++i) {
      CHECK(std::abs(got[i] - wanted[i]) < 5 * spread[i] / std::sqrt(double(n)) + 1e-12);
      // Heavy tails (t of 3 degrees, log-normal) have no fourth moment to speak of.
      if (name != "StudentT" && name != "LogNormal")
        CHECK(spreads[i] == Approx(spread[i]).epsilon(0.02));
    }
  }
}

TEST_CASE("a divergence is the mean of the difference of logarithms, and 0 of the same") {
  constexpr std::int64_t n = 200'000;
  for (const Case& c : cases()) {
    if (!has_kl(c)) continue;
    CAPTURE(c.name);
    manual_seed(8);
    const auto p = c.make(c.parameters), q = c.make(c.others);
    for (const double v : values(kl_divergence(*p, *p))) CHECK(std::abs(v) < 1e-12);
    const Tensor x = p->sample({n}), y = p->log_prob(x) - q->log_prob(x);
    const std::vector<double> got = values(mean(y, {0})), spread = values(sqrt(var(y, {0}))),
                              wanted = values(kl_divergence(*p, *q));
    for (std::size_t i = 0; i < got.size(); ++i)
      CHECK(std::abs(got[i] - wanted[i]) < 5 * spread[i] / std::sqrt(double(n)) + 1e-12);
  }
}

TEST_CASE("classes that never come count nothing") {
  const Tensor logits = row({0, 0, -infinity}), probs = row({0.5, 0.5, 0});
  for (const dist::Odds& odds : {dist::Odds{.logits = logits}, dist::Odds{.probs = probs}}) {
    const dist::Categorical p(odds);
    CHECK(p.entropy().item() == Approx(std::log(2.0)).epsilon(1e-14));
    CHECK(dist::OneHotCategorical(odds).entropy().item() == Approx(std::log(2.0)));
    CHECK(kl_divergence(p, p).item() == 0);
    CHECK(kl_divergence(dist::Categorical({.probs = row({0.2, 0.2, 0.6})}), p).item() == infinity);
    CHECK(p.log_prob(tensor({2}, int64)).item() == -infinity);
    for (const double v : values(p.sample({10'000}))) REQUIRE(v < 2);
  }
  Tensor x = clone(logits).requires_grad_();
  dist::Categorical({.logits = x}).entropy().backward();
  for (const double v : values(x.grad())) CHECK(std::abs(v) < 1e-15);
  for (const double p : {0.0, 1.0}) {
    const dist::Bernoulli certain({.probs = full({}, p, float64)});
    CHECK(certain.entropy().item() == 0);
    CHECK(certain.variance().item() == 0);
    CHECK(certain.log_prob(full({}, p, float64)).item() == 0);
    CHECK(certain.log_prob(full({}, 1 - p, float64)).item() == -infinity);
    const dist::Bernoulli by_logits({.logits = full({}, p == 0 ? -infinity : infinity, float64)});
    CHECK(by_logits.entropy().item() == 0);
  }
  // Also the slope at certainty: of log(1 - p) in p = 0.
  Tensor zero = zeros({}, float64).requires_grad_();
  dist::Bernoulli({.probs = zero}).log_prob(zeros({}, float64)).backward();
  CHECK(zero.grad().item() == -1);
}

TEST_CASE("the probabilities of many draws take no row of classes for each") {
  const Tensor logits = randn({2, 3, 4}, float64).requires_grad_();
  const dist::Categorical p({.logits = logits});
  const Tensor draws = p.sample({5});
  const Tensor found = p.log_prob(draws);
  const Tensor expected = sum(one_hot(draws, 4, float64) * log_softmax(logits, -1), {-1});
  CHECK(max(abs(found - expected)).item() < 1e-15);
  const Tensor slope = grad({sum(found)}, {logits})[0];
  CHECK(max(abs(slope - grad({sum(expected)}, {logits})[0])).item() < 1e-14);
  CHECK(p.log_prob(full({}, 3, int64)).shape() == Shape{2, 3});

  if (memory_stats().system_allocations == 0) SKIP_TEST("sanitizers: no pool that counts");
  const dist::Categorical wide({.logits = zeros({1000}).requires_grad_()});
  const Tensor many = wide.sample({2000});
  const std::int64_t before = memory_stats().in_use;
  reset_peak_memory();
  sum(wide.log_prob(many)).backward();
  CHECK(memory_stats().peak_in_use - before < 1000000);
}

TEST_CASE("a multivariate normal by its factor and by its covariance") {
  const Tensor l = matrix(), loc = row({1, 2, 3});
  const dist::MultivariateNormal p(loc, l);
  const auto q = dist::MultivariateNormal::of_covariance(loc, matmul(l, transpose(l)));
  const Tensor x = tensor({{0, 1, 5}, {1, 2, 3}}, float64);
  const std::vector<double> a = values(p.log_prob(x)), b = values(q.log_prob(x));
  for (std::size_t i = 0; i < 2; ++i) CHECK(a[i] == Approx(b[i]).epsilon(1e-12));
  CHECK(a[1] == Approx(-1.5 * std::log(2 * M_PI) - std::log(1.2 * 0.8 * 2)).epsilon(1e-12));
  CHECK(std::abs(kl_divergence(p, q).item()) < 1e-12);
  manual_seed(9);
  const Tensor drawn = p.sample({200'000}) - loc;
  const std::vector<double> got = values(matmul(transpose(drawn), drawn) / 200'000.0),
                            wanted = values(p.covariance());
  for (std::size_t i = 0; i < 9; ++i) CHECK(std::abs(got[i] - wanted[i]) < 0.05);
  // What lies above the diagonal is not read.
  const dist::MultivariateNormal dirty(loc, l + triu(ones({3, 3}, float64), 1));
  CHECK(values(dirty.variance()) == values(p.variance()));
  CHECK(values(dirty.log_prob(x)) == values(p.log_prob(x)));
}

TEST_CASE("axes of the batch as an event") {
  const Tensor loc = row({0.5, -1, 2});
  const dist::Independent p(dist::Normal(loc, 2), 1), q(dist::Normal(0, ones({3}, float64)), 1);
  CHECK(p.batch_shape() == Shape{});
  CHECK(p.event_shape() == Shape{3});
  const dist::MultivariateNormal same(loc, 2 * eye(3, float64));
  const Tensor x = row({1, 1, 1});
  CHECK(p.log_prob(x).item() == Approx(same.log_prob(x).item()).epsilon(1e-12));
  CHECK(p.log_prob(ones({1}, float64)).item() == Approx(same.log_prob(x).item()).epsilon(1e-12));
  CHECK(p.entropy().item() == Approx(same.entropy().item()).epsilon(1e-12));
  const dist::MultivariateNormal unit(zeros({3}, float64), eye(3, float64));
  CHECK(kl_divergence(p, q).item() == Approx(kl_divergence(same, unit).item()).epsilon(1e-12));
  CHECK(p.rsample({4}).shape() == Shape{4, 3});
  CHECK_THAT(error_of([&] { dist::Independent(dist::Normal(loc, 2), 2); }),
             StartsWith("Independent: 2 axes of the batch (3,) of Normal ["));
}

TEST_CASE("refusals name the distribution, the parameter and the value") {
  const auto starts = [](const std::function<void()>& f, const std::string& text) {
    CHECK_THAT(error_of(f), StartsWith(text + " ["));
  };
  starts([] { dist::Normal(0, -1.0); }, "Normal: scale must be positive, got -1");
  starts([] { dist::Normal(row({0, std::nan("")}), 1); }, "Normal: loc must be a number, got nan");
  starts([] { dist::Normal(Tensor(), 1); }, "Normal: loc is an undefined tensor");
  starts([] { dist::Normal(ones({2}), ones({3})); },
         "Normal: (2,) and (3,) do not broadcast: sizes 2 and 3 differ");
  starts([] { dist::Uniform(1, ones({2})); }, "Uniform: low 1 is not below high 1");
  starts([] { dist::Uniform(0, infinity); }, "Uniform: high - low must be finite, got inf");
  starts([] { dist::Uniform(full({2}, -3e38), 3e38); },
         "Uniform: high - low must be finite, got inf");
  starts([] { dist::Bernoulli({.probs = full({2}, 1.5)}); },
         "Bernoulli: probs must lie in [0, 1], got 1.5");
  starts([] { dist::Bernoulli({.probs = ones({2}), .logits = ones({2})}); },
         "Bernoulli: needs either probs or logits");
  starts([] { dist::Geometric({.probs = zeros({2})}); },
         "Geometric: probs must lie in (0, 1], got 0");
  starts([] { dist::Binomial(2.5, {.probs = full({}, 0.5)}); },
         "Binomial: count must be a whole number, got 2.5");
  starts([] { dist::Binomial(-1.0, {.probs = full({}, 0.5)}); },
         "Binomial: count must not be negative, got -1");
  starts(
      [] {
        dist::Categorical({.probs = zeros({2, 3})});
      },
      "Categorical: the sum of a row of probs must be positive and finite, got 0");
  starts(
      [] {
        dist::OneHotCategorical({.probs = row({1, infinity})});
      },
      "OneHotCategorical: the sum of a row of probs must be positive and finite, got inf");
  starts(
      [] {
        dist::Categorical({.logits = row({-infinity, -infinity})});
      },
      "Categorical: a row of logits must have one that is not -inf, got -inf");
  starts(
      [] {
        kl_divergence(dist::Categorical({.probs = ones({3})}),
                      dist::Categorical({.probs = ones({1})}));
      },
      "kl_divergence: Categorical of 3 and of 1 classes");
  starts([] { dist::Categorical({.logits = ones({})}); },
         "Categorical: needs an axis of classes, got ()");
  starts([] { dist::Dirichlet{ones({})}; }, "Dirichlet: parameters need at least one axis");
  starts([] { dist::Poisson(-1.0); }, "Poisson: rate must not be negative, got -1");
  starts([] { dist::Poisson(1.0).cdf(ones({})); },
         "Poisson: no closed form of the cdf; take the share of sample() up to it");
  starts([] { dist::Gamma(1.0, 1.0).icdf(ones({})); },
         "Gamma: no closed form of the icdf; take the quantile of sample()");
  starts([] { dist::Categorical({.probs = ones({3})}).mean(); },
         "Categorical: no closed form of the mean; take that of sample()");
  starts([] { dist::Normal(0, 1.0).sample({-1}); }, "Normal.sample: negative size in (-1,)");
  starts([] { dist::Normal(0, 1.0).rsample({-1}); }, "Normal.rsample: negative size in (-1,)");
  starts([] { kl_divergence(dist::StudentT(1.0), dist::StudentT(2.0)); },
         "kl_divergence: no formula for StudentT and StudentT; take the mean of p.log_prob(x) - "
         "q.log_prob(x) for x of p");
  starts([] { dist::Normal(ones({2}), 1).log_prob(ones({3})); },
         "Normal.log_prob: (3,) and (2,) do not broadcast: sizes 3 and 2 differ");
  starts([] { dist::Normal(0, 1.0).log_prob(Tensor()); },
         "Normal.log_prob: the value is an undefined tensor");
  starts([] { kl_divergence(dist::Normal(0, 1.0), dist::Laplace(0, 1.0)); },
         "kl_divergence: no formula for Normal and Laplace; take the mean of p.log_prob(x) - "
         "q.log_prob(x) for x of p");
  starts(
      [] {
        dist::MultivariateNormal(ones({2}), ones({3, 3}));
      },
      "MultivariateNormal: needs loc (..., d) and scale_tril (..., d, d), got (2,) and (3, 3)");
  starts(
      [] {
        dist::MultivariateNormal(ones({2}), zeros({2, 2}));
      },
      "MultivariateNormal: scale_tril's diagonal must be positive, got 0");
}
