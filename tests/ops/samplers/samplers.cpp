// Draws with parameters: against SciPy's quantiles and probabilities (figures.py), their implicit
// gradients against mpmath and against what they have to be on the mean, extreme parameters,
// threads. Seeds are fixed; bounds are wide enough for any seed but one in a million.

#include <cinta/cinta.hpp>
#include <cinta/ops/random/detail/gamma_slope.hpp>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <sstream>

#include "support/catch_compat.hpp"

// Absent where the library is built without OpenMP.
extern "C" [[gnu::weak]] void omp_set_num_threads(int);

using namespace cinta;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t count = 200'000;

// A sampler of parameters that are tensors of one shape.
using Sampler = std::function<Tensor(const Tensors&)>;
const std::map<std::string, Sampler> samplers = {
    {"exponential", [](const Tensors& p) { return exponential(p[0]); }},
    {"laplace", [](const Tensors& p) { return laplace(p[0], p[1]); }},
    {"gumbel", [](const Tensors& p) { return gumbel(p[0], p[1]); }},
    {"cauchy", [](const Tensors& p) { return cauchy(p[0], p[1]); }},
    {"truncated_normal", [](const Tensors& p) { return truncated_normal(p[0], p[1], p[2], p[3]); }},
    {"log_standard_gamma", [](const Tensors& p) { return log_standard_gamma(p[0]); }},
    {"gamma", [](const Tensors& p) { return gamma(p[0], p[1]); }},
    {"beta", [](const Tensors& p) { return beta(p[0], p[1]); }},
    {"student_t", [](const Tensors& p) { return student_t(p[0], p[1], p[2]); }},
    {"poisson", [](const Tensors& p) { return poisson(p[0]); }},
    {"binomial", [](const Tensors& p) { return binomial(p[0], p[1]); }},
};

struct Line {
  std::string kind, name;
  std::vector<double> parameters, values;

  Tensors expanded(std::int64_t n, Dtype dtype) const {
    Tensors all;
    for (const double p : parameters) all.push_back(full({n}, p, dtype));
    return all;
  }
  std::string text() const {
    std::ostringstream out;
    out << name;
    for (const double p : parameters) out << ' ' << p;
    return out.str();
  }
};

std::vector<Line> lines(const std::string& kind) {
  std::ifstream file(CINTA_SOURCE_DIR "/tests/ops/samplers/figures.txt");
  std::vector<Line> all;
  for (std::string text; std::getline(file, text);) {
    std::istringstream in(text);
    Line line;
    in >> line.kind;
    std::size_t parameters = 0;
    if (line.kind != "gamma_slope") in >> line.name >> parameters;
    for (std::string word; in >> word;) {
      const double value = std::strtod(word.c_str(), nullptr);
      (line.parameters.size() < parameters ? line.parameters : line.values).push_back(value);
    }
    if (line.kind == kind) all.push_back(line);
  }
  REQUIRE(all.size() > 10);
  return all;
}

std::vector<double> values(const Tensor& x) { return to(x, float64).to_vector<double>(); }
double mean_of(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / double(x.size());
}
double deviation_of(const std::vector<double>& x) {
  const double mean = mean_of(x);
  double sum = 0;
  for (const double v : x) sum += (v - mean) * (v - mean);
  return std::sqrt(sum / double(x.size()));
}

// How far chi^2 lies from its expectation, in its deviations; bins with few are put together.
double chi_excess(const std::vector<double>& counts, const std::vector<double>& shares, double n) {
  double chi = 0, seen = 0, wanted = 0, bins = 0;
  const auto close = [&] {
    chi += (seen - wanted) * (seen - wanted) / wanted;
    ++bins;
    seen = wanted = 0;
  };
  for (std::size_t i = 0; i < counts.size(); ++i) {
    seen += counts[i];
    wanted += n * shares[i];
    if (wanted > 20) close();
  }
  if (wanted > 0.5) close();
  const double freedom = std::max(1.0, bins - 1);
  return (chi - freedom) / std::sqrt(2 * freedom);
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.spec() == b.spec() && std::memcmp(Array(a).memory, Array(b).memory,
                                             std::size_t(a.numel()) * size_of(a.dtype())) == 0;
}

}  // namespace

TEST_CASE("draws fall between SciPy's quantiles as often as they should") {
  for (const Line& line : lines("quantiles")) {
    for (const Dtype dtype : {float32, float64}) {
      CAPTURE(line.text(), dtype);
      manual_seed(17);
      const Tensor x = samplers.at(line.name)(line.expanded(count, dtype));
      CHECK(x.spec() == Spec{{count}, dtype});
      CHECK(all(isfinite(x)).item<bool>());
      std::vector<double> counts(20);
      for (const double v : values(x)) {
        const auto bin = std::upper_bound(line.values.begin(), line.values.end(), v);
        ++counts[std::size_t(bin - line.values.begin())];
      }
      CHECK(chi_excess(counts, std::vector<double>(20, 0.05), double(count)) < 6);
    }
  }
}

TEST_CASE("whole numbers come as often as SciPy says") {
  for (const Line& line : lines("shares")) {
    CAPTURE(line.text());
    manual_seed(18);
    std::vector<double> counts(line.values.size());
    double beyond = 0;
    for (const double k : values(samplers.at(line.name)(line.expanded(count, float64)))) {
      if (!(k >= 0 && k == std::floor(k))) FAIL("not a whole number: " << k);
      if (k < double(counts.size()))
        ++counts[std::size_t(k)];
      else
        ++beyond;
    }
    CHECK(beyond <= 3);
    for (std::size_t i = 0; i < counts.size(); ++i)
      if (line.values[i] == 0) REQUIRE(counts[i] == 0);
    CHECK(chi_excess(counts, line.values, double(count)) < 6);
  }
}

TEST_CASE("large rates and counts have the right mean and deviation") {
  for (const double rate : {1e3, 1e6, 1e12}) {
    manual_seed(19);
    const std::vector<double> x = values(poisson(full({count}, rate, float64)));
    CHECK(std::abs(mean_of(x) - rate) < 5 * std::sqrt(rate / double(count)));
    CHECK(deviation_of(x) == Approx(std::sqrt(rate)).epsilon(0.01));
    const std::vector<double> y = values(binomial(full({count}, rate, float64), 0.2));
    CHECK(std::abs(mean_of(y) - 0.2 * rate) < 5 * std::sqrt(0.16 * rate / double(count)));
    CHECK(deviation_of(y) == Approx(std::sqrt(0.16 * rate)).epsilon(0.01));
    const std::vector<double> z = values(gamma(full({count}, rate, float64), 1));
    CHECK(std::abs(mean_of(z) - rate) < 5 * std::sqrt(rate / double(count)));
    CHECK(deviation_of(z) == Approx(std::sqrt(rate)).epsilon(0.01));
  }
}

TEST_CASE("derivatives of gamma quantiles are mpmath's, to second order") {
  for (const Line& line : lines("gamma_slope")) {
    CAPTURE(line.values[0], line.values[1]);
    const Tensor a = full({1}, line.values[0], float64), l = full({1}, line.values[1], float64);
    for (const int k : {1, 2}) {
      const double wanted = line.values[std::size_t(k + 1)];
      // Of the second order what is near its change of sign is as exact as its parts.
      CHECK(detail::gamma_slope(k, a, l).item() == Approx(wanted).epsilon(k == 1 ? 2e-12 : 1e-11));
    }
  }
}

TEST_CASE("slopes that are published elsewhere") {
  // dx / da of the sample x, for a, x: pyro-ppl/numpyro#943 and scipy.
  const double known[][3] = {{0.5, 0.3, 1.00980}, {5, 4, 0.92273}, {0.05, 1e-6, 2.6635e-4}};
  for (const auto& [a, x, wanted] : known) {
    const double slope =
        -x * detail::gamma_slope(1, full({1}, a, float64), full({1}, std::log(x), float64)).item();
    CHECK(slope == Approx(wanted).epsilon(2e-5));
  }
}

TEST_CASE("the gradient of a gamma in its concentration has the mean 1") {
  for (const Dtype dtype : {float32, float64}) {
    for (const double a : {0.05, 0.5, 1.0, 3.0, 100.0, 1e6}) {
      CAPTURE(a);
      manual_seed(20);
      Tensor concentration = full({20'000}, a, dtype);
      concentration.requires_grad_();
      sum(gamma(concentration, 1)).backward();
      const std::vector<double> slopes = values(concentration.grad());
      const double error = deviation_of(slopes) / std::sqrt(double(slopes.size()));
      CHECK(std::abs(mean_of(slopes) - 1) < 5 * error + 1e-6);
    }
  }
}

TEST_CASE("gradients of samples are those of their means and second moments, to second order") {
  // E log x = digamma(a) - log(rate) of a gamma, digamma(a) - digamma(a + b) of a beta: both sides
  // are differentiated twice, and the mean of samples' derivatives is the derivative of the mean.
  manual_seed(21);
  constexpr std::int64_t n = 20'000;
  const auto check = [&](const auto& sample, const auto& expected, double a) {
    CAPTURE(a);
    Tensor each = full({n}, a, float64), one = full({1}, a, float64);
    each.requires_grad_();
    one.requires_grad_();
    const Tensor first = grad({sum(sample(each))}, {each}, {.create_graph = true})[0];
    const Tensor second = grad({sum(first)}, {each})[0];
    const Tensor wanted = grad({sum(expected(one))}, {one}, {.create_graph = true})[0];
    const Tensor wanted_second = grad({sum(wanted)}, {one})[0];
    const auto compare = [&](const Tensor& got, double mean) {
      const std::vector<double> x = values(got);
      CHECK(std::abs(mean_of(x) - mean) < 5 * deviation_of(x) / std::sqrt(double(n)) + 1e-12);
    };
    compare(first, wanted.item());
    compare(second, wanted_second.item());
  };
  for (const double a : {0.3, 1.0, 4.0, 50.0}) {
    check([](const Tensor& x) { return log(gamma(x, 2)); },
          [](const Tensor& x) { return digamma(x) - std::log(2.0); }, a);
    check([](const Tensor& x) { return square(gamma(x, 1)); },
          [](const Tensor& x) { return x * (x + 1); }, a);
    check([](const Tensor& x) { return beta(x, 2); }, [](const Tensor& x) { return x / (x + 2); },
          a);
    check([](const Tensor& x) { return square(beta(3, x)); },
          [](const Tensor& x) { return 12 / ((x + 3) * (x + 4)); }, a);
    check(
        [](const Tensor& x) {
          const Tensor others = full({n, 2}, 1.5, float64);
          return square(select(dirichlet(cat({unsqueeze(x, 1), others}, 1)), 1, 0));
        },
        [](const Tensor& x) { return x * (x + 1) / ((x + 3) * (x + 4)); }, a);
  }
  // |t|^(1/2) has a mean for any degrees of freedom above 1/2.
  check([](const Tensor& x) { return square(student_t(x)); },
        [](const Tensor& x) { return x / (x - 2); }, 12);
}

TEST_CASE("small concentrations are sampled by their logarithms") {
  manual_seed(22);
  for (const Dtype dtype : {float32, float64}) {
    const std::vector<double> x = values(beta(full({count}, 0.01, dtype), 0.01));
    double inside = 0;
    for (const double v : x) {
      if (!(v > 0 && v < 1)) FAIL("outside of the support: " << v);
      inside += v > 0.1 && v < 0.9;
    }
    CHECK(inside / double(count) == Approx(0.022).epsilon(0.05));
    CHECK(std::abs(mean_of(x) - 0.5) < 0.006);

    Tensor concentration = full({1000, 5}, 1e-3, dtype);
    concentration.requires_grad_();
    const Tensor shares = dirichlet(concentration);
    for (const double v : values(shares)) REQUIRE(v > 0);
    for (const double v : values(sum(shares, {1}))) REQUIRE(std::abs(v - 1) < 1e-6);
    sum(square(shares)).backward();
    for (const double v : values(concentration.grad())) REQUIRE(std::isfinite(v));

    Tensor tiny = full({1000}, 1e-4, dtype);
    tiny.requires_grad_();
    const Tensor drawn = gamma(tiny, 1);
    for (const double v : values(drawn)) REQUIRE(v > 0);
    sum(drawn).backward();
    for (const double v : values(tiny.grad())) REQUIRE(std::isfinite(v));
    for (const double v : values(student_t(full({1000}, 1e-3, dtype)))) REQUIRE(std::isfinite(v));
  }
}

TEST_CASE("no draw is infinite: the uniform numbers are of an open interval") {
  manual_seed(23);
  for (const auto& [name, sampler] : samplers) {
    if (name == "binomial") continue;
    CAPTURE(name);
    const std::int64_t n = 1'000'000;
    const double bound = name == "truncated_normal" ? -infinity : 1;
    const Tensor x =
        sampler({full({n}, 1.0), full({n}, 1.0), full({n}, bound), full({n}, infinity)});
    CHECK(all(isfinite(x)).item<bool>());
  }
}

TEST_CASE("what is no parameter gives NaN") {
  for (const double bad : {-1.0, -infinity, std::nan("")}) {
    CAPTURE(bad);
    const Tensor p = full({3}, bad, float64), one = ones({3}, float64);
    for (const auto& [name, sampler] : samplers) {
      CAPTURE(name);
      const bool located =
          name == "laplace" || name == "gumbel" || name == "cauchy" || name == "truncated_normal";
      const Tensors parameters = located ? Tensors{one, p, -one, one} : Tensors{p, one, one};
      CHECK(all(isnan(sampler(parameters))).item<bool>());
    }
  }
  CHECK(all(isnan(truncated_normal(zeros({2}), 1, 2, 1))).item<bool>());
}

TEST_CASE("draws do not depend on the number of threads") {
  if (!omp_set_num_threads) SKIP_TEST("the library has no threads");
  for (const auto& [name, sampler] : samplers) {
    CAPTURE(name);
    Tensor one;
    for (const int threads : {1, 2, 3, 5}) {
      omp_set_num_threads(threads);
      manual_seed(24);
      const Tensor p = full({20'011}, 0.7, float64);
      const Tensor whole = name == "binomial" ? full({20'011}, 30.0, float64) : p;
      const Tensor x = sampler({whole, p, p - 1, p + 1});
      if (threads == 1) one = x;
      CHECK(same_bits(one, x));
    }
  }
  omp_set_num_threads(2);
}

TEST_CASE("float32 and float64 draw the same numbers") {
  for (const auto& [name, sampler] : samplers) {
    CAPTURE(name);
    manual_seed(25);
    const Tensor narrow =
        sampler({full({1000}, 2.0), full({1000}, 0.5), full({1000}, 0.25), full({1000}, 3.0)});
    manual_seed(25);
    const Tensor wide = sampler({full({1000}, 2.0, float64), full({1000}, 0.5, float64),
                                 full({1000}, 0.25, float64), full({1000}, 3.0, float64)});
    CHECK(same_bits(narrow, to(wide, float32)));
  }
}

TEST_CASE("a hard gumbel-softmax is one-hot and has the soft one's gradient") {
  manual_seed(26);
  Tensor logits = log(tensor({0.1, 0.2, 0.7}, float64));
  Tensor many = clone(broadcast_to(logits, {count, 3}));
  const Tensor hard = gumbel_softmax(many, {.temperature = 0.5, .hard = true});
  CHECK(all(hard == square(hard)).item<bool>());
  const std::vector<double> shares = values(mean(hard, {0}));
  CHECK(shares[0] == Approx(0.1).epsilon(0.03));
  CHECK(shares[2] == Approx(0.7).epsilon(0.01));

  const Tensor weights = tensor({{1, 2, 3}, {4, 5, 6}}, float64);
  const auto gradient = [&](bool is_hard) {
    manual_seed(27);
    Tensor x = tensor({{0.1, -1, 2}, {1, 0, 0.5}}, float64);
    x.requires_grad_();
    sum(weights * gumbel_softmax(x, {.hard = is_hard})).backward();
    return x.grad();
  };
  CHECK(same_bits(gradient(true), gradient(false)));
}
