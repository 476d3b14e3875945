// What distributions have in common: shapes, gradients to second order, supports, samples,
// refusals. Their figures are in distribution_figures/.

#include <cinta/cinta.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
namespace dist = cinta::distributions;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<double> values(const Tensor& x) { return to(x, float64).to_vector<double>(); }

// A class of distributions as a function of parameters, and where to look at it.
struct Case {
  const char* name;
  std::function<std::shared_ptr<dist::Distribution>(const Tensors&)> make;
  Tensors parameters, others;  // of two of them, (2) each but for events
  Tensor inside;               // values in the support
  Tensor outside;              // one that is not, if there is one
  bool continuous = true;
};

Tensor row(std::initializer_list<double> values) {
  return from_data(std::vector<double>(values), {std::int64_t(values.size())});
}

template <class D>
std::shared_ptr<dist::Distribution> two(const Tensors& p) {
  return std::make_shared<D>(p[0], p[1]);
}
template <class D>
std::shared_ptr<dist::Distribution> odds(const Tensors& p) {
  return std::make_shared<D>(dist::Odds{.logits = p[0]});
}

const Tensor& matrix() {
  static const Tensor l = tensor({{1.2, 0, 0}, {-0.3, 0.8, 0}, {0.5, 0.1, 2}}, float64);
  return l;
}

std::vector<Case> cases() {
  const Tensor locs = row({0.3, -1}), scales = row({0.7, 2}), other_locs = row({-0.5, 1}),
               other_scales = row({1.5, 0.4});
  const Tensor reals = row({0.8, -2}), positive = row({0.6, 2.5}), shares = row({0.3, 0.8});
  const Tensor minus = row({-0.1, -0.1}),
               two_shares = tensor({{0.2, 0.5, 0.3}, {0.6, 0.1, 0.3}}, float64);
  const Tensor weights = tensor({{0.1, -1, 0.5}, {2, 0.3, 0}}, float64);
  return {
      {"Normal", two<dist::Normal>, {locs, scales}, {other_locs, other_scales}, reals, {}},
      {"LogNormal",
       two<dist::LogNormal>,
       {locs, scales},
       {other_locs, other_scales},
       positive,
       minus},
      {"Laplace", two<dist::Laplace>, {locs, scales}, {other_locs, other_scales}, reals, {}},
      {"Gumbel", two<dist::Gumbel>, {locs, scales}, {other_locs, other_scales}, reals, {}},
      {"Cauchy", two<dist::Cauchy>, {locs, scales}, {other_locs, other_scales}, reals, {}},
      {"StudentT",
       [](const Tensors& p) { return std::make_shared<dist::StudentT>(p[0], p[1], p[2]); },
       {row({3, 5}), locs, scales},
       {},
       reals,
       {}},
      {"Uniform",
       two<dist::Uniform>,
       {row({-1, -3}), row({1, 0.5})},
       {row({-2, -4}), row({3, 5})},
       reals,
       row({1.5, 7})},
      {"TruncatedNormal",
       [](const Tensors& p) {
         return std::make_shared<dist::TruncatedNormal>(p[0], p[1], p[2], p[3]);
       },
       {locs, scales, row({-1, -4}), row({1, 0.5})},
       {other_locs, other_scales, row({-1.5, -5}), row({2, 0.7})},
       reals,
       row({1.5, 7})},
      {"Exponential",
       [](const Tensors& p) { return std::make_shared<dist::Exponential>(p[0]); },
       {scales},
       {other_scales},
       positive,
       minus},
      {"Gamma",
       two<dist::Gamma>,
       {row({0.6, 3}), scales},
       {row({2, 0.4}), other_scales},
       positive,
       minus},
      {"Beta",
       two<dist::Beta>,
       {row({0.6, 3}), scales},
       {row({2, 0.4}), other_scales},
       shares,
       row({1.1, -0.5})},
      {"Dirichlet",
       [](const Tensors& p) { return std::make_shared<dist::Dirichlet>(p[0]); },
       {exp(weights)},
       {exp(-weights)},
       two_shares,
       1.01 * two_shares},
      {"MultivariateNormal",
       two<dist::MultivariateNormal>,
       {tensor({{0.5, 1, -1}, {0, 0.3, 2}}, float64), matrix()},
       {row({0, 1, 0}), transpose(matrix()) + 0.5},
       two_shares,
       {}},
      {"Bernoulli", odds<dist::Bernoulli>, {locs}, {other_locs}, row({0, 1}), row({0.5, 2}), false},
      {"Geometric",
       odds<dist::Geometric>,
       {locs},
       {other_locs},
       row({0, 4}),
       row({-1, 0.5}),
       false},
      {"Binomial",
       [](const Tensors& p) {
         return std::make_shared<dist::Binomial>(7, dist::Odds{.logits = p[0]});
       },
       {locs},
       {other_locs},
       row({0, 5}),
       row({8, 2.5}),
       false},
      {"Poisson",
       [](const Tensors& p) { return std::make_shared<dist::Poisson>(p[0]); },
       {scales},
       {other_scales},
       row({0, 5}),
       row({-1, 2.5}),
       false},
      {"Categorical",
       odds<dist::Categorical>,
       {weights},
       {-weights},
       row({0, 2}),
       row({3, 0.5}),
       false},
      {"OneHotCategorical",
       odds<dist::OneHotCategorical>,
       {weights},
       {-weights},
       tensor({{0, 1, 0}, {0, 0, 1}}, float64),
       tensor({{0, 1, 1}, {0, 0.5, 0.5}}, float64),
       false},
  };
}

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

TEST_CASE("far out in the tails") {
  // Logits that float32 probabilities could not tell apart.
  const dist::Bernoulli sure({.logits = full({}, 60.0)});
  CHECK(sure.log_prob(zeros({})).item() == Approx(-60));
  const dist::TruncatedNormal far(zeros({}), 1, 30, infinity);
  CHECK(far.mean().item() == Approx(30.0332597).epsilon(1e-7));
  CHECK(far.log_prob(full({}, 30.1)).item() ==
        Approx(std::log(30.0332597) - 0.5 * (30.1 * 30.1 - 900)).epsilon(1e-3));
  Tensor loc = zeros({}, float64).requires_grad_(), scale = ones({}, float64).requires_grad_();
  const dist::TruncatedNormal half(loc, scale, 0, infinity);
  (half.log_prob(full({}, 1.0, float64)) + half.entropy() + half.mean() + half.variance())
      .backward();
  CHECK(std::isfinite(loc.grad().item()));
  CHECK(std::isfinite(scale.grad().item()));
  CHECK(dist::Geometric({.logits = full({}, -200.0)}).entropy().item() == Approx(201));
  CHECK(dist::Gumbel(0, 1.0).log_prob(full({}, -infinity)).item() == -infinity);
  const dist::StudentT nearly_normal(full({}, 1e12, float64));
  CHECK(nearly_normal.log_prob(ones({}, float64)).item() ==
        Approx(-0.5 - 0.918938533204672742).epsilon(1e-10));
  CHECK(dist::Cauchy(zeros({}), 1).log_prob(full({}, 1e30)).item() ==
        Approx(-std::log(M_PI) - 60 * std::log(10.0)));
}

TEST_CASE("a truncated normal of near bounds is nearly uniform, of far ones nearly exponential") {
  const auto number = [](const Tensor& x) { return x.item<double>(); };
  const auto at = [](double x) { return full({}, x, float64); };
  for (const double scale : {1e4, 1e6, 1e8, 1e20}) {
    Tensor high = ones({}, float64).requires_grad_();
    const dist::TruncatedNormal p(0, scale, 0, high);
    CHECK(number(p.mean()) == Approx(0.5).epsilon(1e-8));
    CHECK(number(p.variance()) == Approx(1 / 12.0).epsilon(1e-8));
    CHECK(std::abs(number(p.entropy())) < 1e-8);
    CHECK(std::abs(number(p.log_prob(at(0.25)))) < 1e-8);
    CHECK(number(p.cdf(at(0.25))) == Approx(0.25).epsilon(1e-8));
    const Tensors slopes{grad({p.mean()}, {high})[0], grad({p.variance()}, {high})[0]};
    CHECK(number(slopes[0]) == Approx(0.5).epsilon(1e-7));
    CHECK(number(slopes[1]) == Approx(1 / 6.0).epsilon(1e-7));
    const Tensor draws = p.sample({10'000});
    CHECK(number(mean(draws)) == Approx(0.5).epsilon(0.03));
    CHECK(number(var(draws)) == Approx(1 / 12.0).epsilon(0.05));
  }
  for (const double far : {100.0, 300.0, 1e4, 1e8}) {
    const double rate = 1 / (far * far);  // of x - far, times far
    for (const bool below : {false, true}) {
      const dist::TruncatedNormal p = below ? dist::TruncatedNormal(at(0), 1, -infinity, -far)
                                            : dist::TruncatedNormal(at(0), 1, far, infinity);
      CHECK(number(p.variance()) == Approx(rate * (1 - 6 * rate)).epsilon(1e-6));
      CHECK(number(p.entropy()) == Approx(1 - std::log(far)).epsilon(1e-3));
      CHECK(number(p.log_prob(at(below ? -far : far))) == Approx(std::log(far)).epsilon(1e-4));
      const double x = number(p.mean()), step = std::abs(x) - far;
      CHECK(number(p.cdf(at(x))) ==
            Approx(below ? std::exp(-step * far) : -std::expm1(-step * far)).epsilon(1e-3));
      CHECK(std::abs(number(kl_divergence(p, p))) < 1e-12);
    }
  }
  // Infinite bounds leave the gradients of the others numbers.
  Tensor loc = zeros({}, float64).requires_grad_(), scale = ones({}, float64).requires_grad_();
  for (const double low : {-3.0, 0.0, 1.4, 5.0, 50.0}) {
    const dist::TruncatedNormal p(loc, scale, low, infinity);
    for (const Tensor& y : {p.mean(), p.variance(), p.entropy(), p.cdf(at(low + 0.1))})
      for (const Tensor& slope : grad({y}, {loc, scale})) CHECK(std::isfinite(number(slope)));
  }
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

TEST_CASE("shares below what is far out or infinite leave the parameters' gradients numbers") {
  for (const double at : {-infinity, -800.0, 800.0, infinity}) {
    Tensor loc = zeros({}, float64).requires_grad_(), scale = ones({}, float64).requires_grad_();
    const Tensor x = full({}, at, float64);
    for (const Tensor& share : {dist::Normal(loc, scale).cdf(x), dist::LogNormal(loc, scale).cdf(x),
                                dist::Gumbel(loc, scale).cdf(x), dist::Cauchy(loc, scale).cdf(x),
                                dist::StudentT(3.0, loc, scale).cdf(x)}) {
      CHECK((share.item<double>() >= 0 && share.item<double>() <= 1));
      for (const Tensor& slope : grad({share}, {loc, scale}))
        CHECK(std::isfinite(slope.item<double>()));
    }
  }
}

TEST_CASE("at the ends of the line shares are 0 and 1, without slopes that are no numbers") {
  int with_cdf = 0;
  for (const Case& c : cases()) {
    if (!is_floating(c.inside.dtype())) continue;
    for (const double end : {-infinity, infinity}) {
      CAPTURE(c.name, end);
      Tensors p;
      for (const Tensor& t : c.parameters) p.push_back(clone(t).requires_grad_());
      const Tensor x = full(c.inside.shape(), end, float64);
      Tensor share;
      try {
        share = c.make(p)->cdf(x);
      } catch (const Error& error) {
        CHECK_THAT(error.what(), ContainsSubstring("cdf"));
        continue;
      }
      ++with_cdf;
      for (const double v : values(share)) CHECK(v == (end > 0));
      sum(share).backward();
      for (const Tensor& t : p)
        if (t.grad().defined())
          for (const double v : values(t.grad())) CHECK(v == 0);
    }
  }
  CHECK(with_cdf >= 16);
}

TEST_CASE("quantiles of the shares 0 and 1 have slopes that are numbers or infinite") {
  int with_icdf = 0;
  for (const Case& c : cases()) {
    for (const double share : {0.0, 1.0}) {
      CAPTURE(c.name, share);
      Tensors inputs;
      for (const Tensor& t : c.parameters) inputs.push_back(clone(t).requires_grad_());
      const auto distribution = c.make(inputs);
      Tensor p = full(distribution->batch_shape(), share, float64).requires_grad_(), quantile, near;
      try {
        quantile = distribution->icdf(p);
        near = distribution->icdf(full(p.shape(), share == 0 ? 1e-15 : 1 - 1e-15, float64));
      } catch (const Error& error) {
        CHECK_THAT(error.what(), ContainsSubstring("icdf"));
        continue;
      }
      ++with_icdf;
      for (std::size_t i = 0; i < values(quantile).size(); ++i) {
        const double end = values(quantile)[i], inside = values(near)[i];
        CHECK((share == 0 ? end <= inside : end >= inside));
      }
      inputs.push_back(p);
      sum(quantile).backward();
      for (const Tensor& t : inputs)
        if (t.grad().defined())
          for (const double v : values(t.grad())) CHECK(!std::isnan(v));
      for (const double v : values(p.grad())) CHECK(v > 0);
    }
  }
  CHECK(with_icdf >= 14);
}

TEST_CASE("uniform numbers stay below the upper end, where rounding would reach it") {
  for (const Dtype dtype : {float32, float64}) {
    const double width = dtype == float32 ? 0.01 : 1e-11;
    const Tensor low = full({}, 1000, dtype), high = low + width;
    const Tensor x = dist::Uniform(low, high).sample({20000});
    CHECK(max(x).item() < high.item());
    CHECK(min(x).item() == low.item());
  }
}

TEST_CASE("log_prob with heavy tails is -infinity at the ends, with the gradient 0") {
  for (const double end : {-infinity, infinity}) {
    Tensor loc = zeros({}, float64).requires_grad_(), scale = ones({}, float64).requires_grad_(),
           df = full({}, 3.0, float64).requires_grad_(), x = full({}, end, float64);
    x.requires_grad_();
    for (const Tensor& y :
         {dist::Cauchy(loc, scale).log_prob(x), dist::StudentT(df, loc, scale).log_prob(x)}) {
      CHECK(y.item<double>() == -infinity);
      for (const Tensor& slope : grad({y}, {loc, scale, x})) CHECK(slope.item<double>() == 0);
    }
    CHECK(grad({dist::StudentT(df, loc, scale).log_prob(x)}, {df})[0].item<double>() == 0);
  }
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
      "Categorical: the sum of a row of probs must be positive and finite, got inf");
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
  starts([] { dist::Poisson(1.0).cdf(ones({})); }, "Poisson: no closed form of the cdf");
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
