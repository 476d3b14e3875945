// Distributions at the ends of the line, far out in their tails and at their limits.

#include "distributions/distribution_cases.hpp"

#include <cmath>

#include "support/catch_compat.hpp"

using namespace distribution_cases;

namespace {

// The divergence of two distributions of two parameters each.
template <class D>
Tensor between(const Tensors& p) {
  return kl_divergence(D(p[0], p[1]), D(p[2], p[3]));
}

}  // namespace

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

TEST_CASE("a geometric distribution of small probability: slopes of what float32 can hold") {
  const auto slope = [](double logit, const auto& f) {
    const Tensor logits = full({}, logit).requires_grad_();
    return grad({f(dist::Geometric({.logits = logits}))}, {logits})[0].item();
  };
  for (const double logit : {-20.0, -50.0, -64.0, -85.0}) {
    CAPTURE(logit);
    CHECK(slope(logit, [](const auto& p) { return p.mean(); }) ==
          Approx(-std::exp(-logit)).epsilon(1e-5));
    const dist::Geometric q({.logits = full({}, -1.0)});
    CHECK(slope(logit, [&](const auto& p) { return dist::kl_divergence(p, q); }) ==
          Approx(-std::exp(-logit) * std::log1p(std::exp(-1.0))).epsilon(1e-5));
  }
  CHECK(slope(-40, [](const auto& p) { return p.variance(); }) ==
        Approx(-2 * std::exp(80.0)).epsilon(1e-5));
  for (const double logit : {-40.0, -85.0, -90.0, -100.0, -200.0})
    CHECK(slope(logit, [](const auto& p) { return p.entropy(); }) == Approx(-1));
}

TEST_CASE("means and variances of sure successes and failures have slopes") {
  for (const double share : {0.0, 0.3, 1.0}) {
    CAPTURE(share);
    const Tensor p = full({}, share, float64).requires_grad_();
    const auto slope = [&](const Tensor& y) { return grad({y}, {p})[0].item<double>(); };
    CHECK(slope(dist::Bernoulli({.probs = p}).variance()) == Approx(1 - 2 * share));
    CHECK(slope(dist::Binomial(7, {.probs = p}).variance()) == Approx(7 - 14 * share));
    if (share == 0) continue;
    CHECK(slope(dist::Geometric({.probs = p}).mean()) == Approx(-1 / (share * share)));
    CHECK(slope(dist::Geometric({.probs = p}).variance()) ==
          Approx((share - 2) / std::pow(share, 3)));
  }
}

TEST_CASE("the entropy of a binomial of many trials, which is not summed") {
  const auto entropy = [](double n, const Tensor& p) {
    return dist::Binomial(full({}, n, float64), {.probs = p}).entropy();
  };
  // Sums of 40 digits by mpmath.
  const double expected[][3] = {{4001, 0.5, 4.8729411518650105},
                                {12000, 0.1, 4.9112472870828525},
                                {1e6, 0.1, 7.1227204152649057}};
  for (const auto& [n, share, value] : expected)
    CHECK(entropy(n, full({}, share, float64)).item() == Approx(value).epsilon(1e-13));
  // From one side of where the series begins to the other the slope is the same.
  for (const double share : {0.1, 0.5, 0.75}) {
    const double n = 1000 / (share * (1 - share));
    Tensor slopes[2];
    for (const int side : {0, 1}) {
      const Tensor p = full({}, share, float64).requires_grad_();
      slopes[side] = grad({entropy(std::floor(n) + 2 * side - 1, p)}, {p})[0];
    }
    CHECK(slopes[0].item() == Approx(slopes[1].item()).margin(1e-9).epsilon(1e-5));
  }
  // Sums would take 16 GB for each of these, whatever else is in the batch.
  const Tensor p = full({64}, 0.5, float64).requires_grad_();
  const Tensor many = dist::Binomial(full({64}, 1e16, float64), {.probs = p}).entropy();
  CHECK(many(0).item() == Approx(0.5 * std::log(2 * M_PI * M_E * 0.25e16)).epsilon(1e-14));
  CHECK(sum(many).item() == Approx(64 * many(0).item()));
}

TEST_CASE("the share below NaN is NaN") {
  const Tensor nan = full({}, NAN, float64);
  const auto check = [&](const dist::Distribution& p) {
    CAPTURE(p.name());
    CHECK(std::isnan(p.cdf(nan).item()));
    CHECK(std::isnan(p.log_prob(nan).item()));
  };
  for (const double low : {-infinity, -3.0, -1.0, 0.0, 1.0, 30.0})
    for (const double high : {low + 0.5, low + 2, infinity})
      if (low < high) check(dist::TruncatedNormal(full({}, 0.0, float64), 1, low, high));
  check(dist::Normal(full({}, 0.0, float64), 1));
  check(dist::LogNormal(full({}, 0.0, float64), 1));
  check(dist::Laplace(full({}, 0.0, float64), 1));
  check(dist::Gumbel(full({}, 0.0, float64), 1));
  check(dist::Cauchy(full({}, 0.0, float64), 1));
  check(dist::StudentT(full({}, 3.0, float64)));
  check(dist::Uniform(full({}, 0.0, float64), 1));
  check(dist::Exponential(full({}, 2.0, float64)));
  check(dist::Gamma(full({}, 2.0, float64), 1));
  check(dist::Beta(full({}, 2.0, float64), 1));
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

TEST_CASE("quantiles of what is no share are NaN") {
  const Tensor p = row({-0.5, 1.5, std::nan(""), 0.5, 0, 1});
  const dist::Normal normal(zeros({}, float64), 1);
  const dist::LogNormal log_normal(zeros({}, float64), 1);
  const dist::Laplace laplace(zeros({}, float64), 1);
  const dist::Gumbel gumbel(zeros({}, float64), 1);
  const dist::Cauchy cauchy(zeros({}, float64), 1);
  const dist::Exponential exponential(ones({}, float64));
  const dist::Uniform uniform(zeros({}, float64), 1);
  for (const dist::Distribution* each : std::initializer_list<const dist::Distribution*>{
           &normal, &log_normal, &laplace, &gumbel, &cauchy, &exponential, &uniform}) {
    CAPTURE(each->name());
    const std::vector<double> found = values(each->icdf(p));
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(std::isnan(found[i]) == (i < 3));
  }
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

// mpmath with 60 digits.
TEST_CASE("densities and entropies of large parameters keep their digits") {
  const auto at = [](double x) { return full({}, x, float64); };
  struct Case {
    double x, a, b, expected;
  };
  for (const Case& c : {Case{500000000, 1e9, 0.5, -10.587424271367933},
                        {1000, 1e9, 1e-6, -4.3728990060260469},
                        {3, 1e9, 1e-9, -2.7917594697280549},
                        {5, 1e12, 1e-12, -5.7874917427875461},
                        {400000300000, 1e12, 0.4, -14.208391022696193},
                        {1e11, 1e12, 0.4, -226289161198.88939},
                        {7, 10, 0.25, -5.7796150024125311},
                        {999999999997, 1e12, 1 - 0x1p-40, -2.9858524904094609}})
    CHECK(dist::Binomial(at(c.a), {.probs = at(c.b)}).log_prob(at(c.x)).item() ==
          Approx(c.expected).epsilon(1e-11));
  for (const Case& c : {Case{1e9 + 12345, 1e9, 0, -11.356776823164053},
                        {1e12, 1e12, 0, -14.73444909116903},
                        {10, 3.5, 0, -6.0767828881218353},
                        {20, 1e6, 0, -999766.02540530147},
                        {1e15 + 1e7, 1e15, 0, -18.238326735493349}})
    CHECK(dist::Poisson(at(c.a)).log_prob(at(c.x)).item() == Approx(c.expected).epsilon(1e-13));
  for (const Case& c : {Case{1e12 + 1e6, 1e12, 1, -15.234449757835447},
                        {5e11, 1e12, 2, -14.041301910609085},
                        {1.5e9, 1e9, 1, -94534903.577872178},
                        {10.5, 10, 1, -2.1394501656101704},
                        {1e-5, 11, 3, -118.14896204742859}})
    CHECK(dist::Gamma(at(c.a), at(c.b)).log_prob(at(c.x)).item() ==
          Approx(c.expected).epsilon(1e-13));
  for (const Case& c : {Case{0.5, 1e12, 1e12, 13.936292795599394},
                        {0.25, 1e9, 3e9, 10.972829782524036},
                        {1e-12, 2, 1e12, 26.631021115930048},
                        {0.999, 20, 0.5, 4.3541199775595849},
                        {0.3, 5, 6, 0.53960106294811775}})
    CHECK(dist::Beta(at(c.a), at(c.b)).log_prob(at(c.x)).item() ==
          Approx(c.expected).epsilon(1e-13));
  for (const Case& c : {Case{0, 1e12, 1, 15.234449091168614},
                        {0, 1e15, 1, 18.688326730660015},
                        {0, 10, 1, 2.5360541784809796},
                        {0, 9.99, 1, 2.535518862597695}})
    CHECK(dist::Gamma(at(c.a), at(c.b)).entropy().item() == Approx(c.expected).epsilon(1e-14));
  for (const Case& c : {Case{0, 1e12, 1e12, -13.436292795599769},
                        {0, 1e15, 3, -32.691197884547678},
                        {0, 0.5, 1e13, -29.842996279008631},
                        {0, 20, 30, -1.2619781679196109}}) {
    CHECK(dist::Beta(at(c.a), at(c.b)).entropy().item() == Approx(c.expected).epsilon(1e-13));
    CHECK(dist::Dirichlet(tensor({c.a, c.b}, float64)).entropy().item() ==
          Approx(c.expected).epsilon(1e-13));
  }
  CHECK(dist::Dirichlet(tensor({1e12, 1e12, 1e11}, float64)).entropy().item() ==
        Approx(-27.799279957843034).epsilon(1e-13));
  // A sum over the counts near the mean, of many that are rare.
  CHECK(dist::Binomial(at(1e12), {.probs = at(1e-10)}).entropy().item() ==
        Approx(dist::Poisson(at(100)).entropy().item()).epsilon(1e-9));
}

// mpmath with 400 digits. Each row: the value, the slopes by all parameters, and the second slopes
// by the first of them and each.
TEST_CASE("divergences and heavy tails keep their digits at the ends, with two orders of slopes") {
  struct Case {
    const char* name;
    std::function<Tensor(const Tensors&)> f;
    std::vector<double> at, expected;
  };
  const auto dirichlet = [](const Tensors& p) {
    return kl_divergence(dist::Dirichlet(stack({p[0], p[1]})),
                         dist::Dirichlet(stack({p[2], p[3]})));
  };
  const auto exponential = [](const Tensors& p) {
    return kl_divergence(dist::Exponential(p[0]), dist::Exponential(p[1]));
  };
  const auto poisson = [](const Tensors& p) {
    return kl_divergence(dist::Poisson(p[0]), dist::Poisson(p[1]));
  };
  const auto student = [](const Tensors& p) { return dist::StudentT(p[1]).log_prob(p[0]); };
  const auto student_entropy = [](const Tensors& p) { return dist::StudentT(p[0]).entropy(); };
  const Case cases[] = {
      {"Gamma",
       between<dist::Gamma>,
       {1e+12, 3, 1e12 + 1e6, 3},
       {0.499999833334, -1e-6, 333333.333333, 9.99999500001e-7, -333333.333333, 1.000001e-12,
        -0.333333333333, -1e-12, 0.333333333333}},
      {"Gamma",
       between<dist::Gamma>,
       {1e+30, 2, 1.5e+30, 4},
       {6.84768913223e28, 0.5, -2.5e29, -0.287682072452, 1.25e29, 1.5e-30, -1.0, -1e-30, 0.5}},
      {"Gamma",
       between<dist::Gamma>,
       {1e+09, 1, 2, 0x1p-29},
       {9.56134433392, 3.62645148398e-10, 0.137354850769, -0.19921326511, -73741824.0,
        1.50000000167e-18, -1.86264514923e-9, -1.0000000005e-9, 1.0}},
      {"Gamma",
       between<dist::Gamma>,
       {1e-30, 2, 3e-30, 1},
       {0.901387711332, -2e30, 1.25e-30, 6.66666666667e29, -2.5e-30, 5e60, -0.25, -1e60, 0.5}},
      {"Gamma",
       between<dist::Gamma>,
       {2.5, 1, 2.5 + 0x1p-20, 1},
       {2.22988856427e-13, -4.67641597843e-7, 9.53674316406e-7, 4.6764149043e-7, -9.53674316406e-7,
        0.490357981362, -1.0, -0.4903577561, 1.0}},
      {"Beta",
       between<dist::Beta>,
       {1e+12, 2e+12, 1e12 + 1e6, 2e+12},
       {0.333333185185, -6.66666666667e-7, 3.33333333333e-7, 6.66666222223e-7, -3.33333277778e-7,
        6.66667555556e-13, -3.33333444444e-13, -6.66666666667e-13, 3.33333333333e-13}},
      {"Beta",
       between<dist::Beta>,
       {1e+30, 2e+30, 3e+30, 4e+30},
       {1.37340565534e29, -0.666666666667, 0.333333333333, 0.251314428281, -0.154150679827,
        2.22222222222e-30, -7.77777777778e-31, -6.66666666667e-31, 3.33333333333e-31}},
      {"Beta",
       between<dist::Beta>,
       {1e-30, 2e-30, 3e-30, 1e-30},
       {1.04888363101, -1.88888888889e30, 3.61111111111e29, 5.83333333333e29, -5.83333333333e29,
        4.81481481481e60, -1.85185185185e59, -8.88888888889e59, 1.11111111111e59}},
      {"Beta",
       between<dist::Beta>,
       {1e+12, 0.5, 2e+12, 1.5},
       {0.730642074621, 5e-13, -3.93480220054, -2.5e-13, 1.30685281944, 5.00000000001e-25, -2e-12,
        -5e-25, 1e-12}},
      {"Dirichlet",
       dirichlet,
       {1e+12, 2e+12, 1e12 + 1e6, 2e+12},
       {0.333333185185, -6.66666666667e-7, 3.33333333333e-7, 6.66666222223e-7, -3.33333277778e-7,
        6.66667555556e-13, -3.33333444444e-13, -6.66666666667e-13, 3.33333333333e-13}},
      {"Dirichlet",
       dirichlet,
       {1e-30, 2e-30, 3e-30, 1e-30},
       {1.04888363101, -1.88888888889e30, 3.61111111111e29, 5.83333333333e29, -5.83333333333e29,
        4.81481481481e60, -1.85185185185e59, -8.88888888889e59, 1.11111111111e59}},
      {"Normal",
       between<dist::Normal>,
       {0.5, 1, 0.5 + 0x1p-20, 1 + 0x1p-20},
       {1.3642397397e-12, -9.53672497419e-7, -1.90734590433e-6, 9.53672497419e-7, 1.90734317585e-6,
        0.999998092654, 0, -0.999998092654, 1.90734317585e-6}},
      {"Laplace",
       between<dist::Laplace>,
       {0.5, 1, 0.5 + 0x1p-20, 1 + 0x1p-20},
       {9.09493545292e-13, -9.53672952166e-7, -9.53673861659e-7, 9.53672952166e-7, 9.53672042673e-7,
        0.999998092654, 9.53672497419e-7, -0.999998092654, 9.53672042673e-7}},
      {"Gumbel",
       between<dist::Gumbel>,
       {0.5, 1, 0.5, 1 + 0x1p-20},
       {8.29312585961e-13, 4.03197418158e-7, -1.73919477724e-6, -4.03197418158e-7, 1.73919311862e-6,
        0.999997689457, -0.422782743182, -0.999997689457, 0.422781936788}},
      {"Cauchy",
       between<dist::Cauchy>,
       {0.5, 1, 0.5 + 0x1p-20, 1 + 0x1p-20},
       {4.54746917206e-13, -4.76836703456e-7, -4.76837158203e-7, 4.76836703456e-7, 4.7683624871e-7,
        0.499999523163, 4.76836476083e-7, -0.499999523163, 4.76836476083e-7}},
      {"Exponential",
       exponential,
       {1, 1 + 0x1p-20},
       {4.54747061766e-13, -9.53674316406e-7, 9.53673406912e-7, 1.00000190735, -1.0}},
      {"Poisson",
       poisson,
       {1e+09, 1e9 + 1},
       {4.99999999667e-10, -9.999999995e-10, 9.99999999e-10, 1e-9, -9.99999999e-10}},
      {"StudentT",
       student,
       {1.5, 1e+10},
       {-2.04393853322, -1.49999999981, 1.09375000127e-21, -0.999999999425, -1.87499999916e-20}},
      {"StudentT", student, {1.5, 1e+100}, {-2.0439385332, -1.5, 1.09375e-201, -1.0, -1.875e-200}},
      {"StudentT",
       student,
       {0.3, 1e-30},
       {-68.5667271661, -3.33333333333, 1e30, 11.1111111111, 33.7037037037}},
      {"StudentT", student_entropy, {1e+10}, {1.4189385333, -1.00000000005e-20, 2.00000000015e-30}},
      {"StudentT", student_entropy, {1e+100}, {1.4189385332, -1e-200, 2e-300}},
  };
  for (const Case& c : cases) {
    Tensors inputs;
    for (const double x : c.at) inputs.push_back(full({}, x, float64).requires_grad_());
    const Tensor y = c.f(inputs);
    Tensors found = grad({y}, inputs, {.create_graph = true});
    for (const Tensor& second : grad({found[0]}, inputs, {.allow_unused = true}))
      found.push_back(second.defined() ? second : zeros({}, float64));
    found.insert(found.begin(), y);
    REQUIRE(found.size() == c.expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      CAPTURE(c.name, c.at, i);
      CHECK(found[i].item<double>() == Approx(c.expected[i]).epsilon(1e-8).margin(1e-310));
    }
  }
  // Infinitely many degrees of freedom are a normal distribution.
  const dist::StudentT limit(full({}, infinity, float64), 0.5, 2);
  const dist::Normal normal(full({}, 0.5, float64), 2);
  const Tensor x = row({-3, 0.5, 1e70});
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(values(limit.log_prob(x))[i] == Approx(values(normal.log_prob(x))[i]).epsilon(1e-14));
  CHECK(limit.entropy().item<double>() == Approx(normal.entropy().item<double>()).epsilon(1e-15));
  // Of what float32 tells apart only just.
  const Tensor a = full({}, 1e9, float32), b = full({}, 1e9 + 64, float32);
  CHECK(kl_divergence(dist::Gamma(a, 1), dist::Gamma(b, 1)).item() ==
        Approx(2.048e-6).epsilon(1e-5));
}
