// Distributions against SciPy's and PyTorch's figures: see figures.py.

#include <cinta/cinta.hpp>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <sstream>

#include "support/catch_compat.hpp"

using namespace cinta;
namespace dist = cinta::distributions;

namespace {

using Maker = std::function<std::shared_ptr<dist::Distribution>(const Tensors&)>;

template <class D, std::size_t... I>
Maker maker(std::index_sequence<I...>) {
  return [](const Tensors& p) { return std::make_shared<D>(p[I]...); };
}
template <class D, std::size_t parameters>
Maker maker() {
  return maker<D>(std::make_index_sequence<parameters>());
}

const std::map<std::string, Maker> makers = {
    {"Normal", maker<dist::Normal, 2>()},
    {"LogNormal", maker<dist::LogNormal, 2>()},
    {"TruncatedNormal", maker<dist::TruncatedNormal, 4>()},
    {"Laplace", maker<dist::Laplace, 2>()},
    {"Gumbel", maker<dist::Gumbel, 2>()},
    {"Cauchy", maker<dist::Cauchy, 2>()},
    {"StudentT", maker<dist::StudentT, 3>()},
    {"Uniform", maker<dist::Uniform, 2>()},
    {"Exponential", maker<dist::Exponential, 1>()},
    {"Gamma", maker<dist::Gamma, 2>()},
    {"Beta", maker<dist::Beta, 2>()},
    {"Poisson", maker<dist::Poisson, 1>()},
    {"Bernoulli",
     [](const Tensors& p) { return std::make_shared<dist::Bernoulli>(dist::Odds{.probs = p[0]}); }},
    {"Geometric",
     [](const Tensors& p) { return std::make_shared<dist::Geometric>(dist::Odds{.probs = p[0]}); }},
    {"Binomial",
     [](const Tensors& p) {
       return std::make_shared<dist::Binomial>(p[0], dist::Odds{.probs = p[1]});
     }},
};

struct Line {
  std::string kind, name;
  std::vector<double> parameters, values;

  std::string text() const {
    std::ostringstream out;
    out << kind << ' ' << name;
    for (const double p : parameters) out << ' ' << p;
    out << " at " << values[0];
    return out.str();
  }
};

std::vector<Line> lines() {
  std::ifstream file(CINTA_SOURCE_DIR "/tests/distributions/distribution_figures/figures.txt");
  std::vector<Line> all;
  for (std::string text; std::getline(file, text);) {
    std::istringstream in(text);
    Line line;
    std::size_t parameters = 0;
    in >> line.kind >> line.name >> parameters;
    for (std::string word; in >> word;) {
      (line.parameters.size() < parameters ? line.parameters : line.values)
          .push_back(std::strtod(word.c_str(), nullptr));
    }
    all.push_back(line);
  }
  return all;
}

Tensors tensors(const std::vector<double>& values, Dtype dtype) {
  Tensors all;
  for (const double v : values) all.push_back(full({}, v, dtype));
  return all;
}

}  // namespace

TEST_CASE("densities, shares, entropies, moments and divergences are SciPy's and PyTorch's") {
  std::map<std::string, int> counts;
  for (const Line& line : lines()) {
    for (const Dtype dtype : {float64, float32}) {
      CAPTURE(line.text(), dtype);
      const auto p = makers.at(line.name)(tensors(line.parameters, dtype));
      const Tensor x = full({}, line.values[0], dtype);
      Tensor got;
      if (line.kind == "log_prob") got = p->log_prob(x);
      if (line.kind == "cdf") got = p->cdf(x);
      if (line.kind == "entropy") got = p->entropy();
      if (line.kind == "mean") got = p->mean();
      if (line.kind == "variance") got = p->variance();
      if (line.kind == "kl") {
        const std::vector<double> others(line.values.begin(), line.values.end() - 1);
        got = kl_divergence(*p, *makers.at(line.name)(tensors(others, dtype)));
      }
      REQUIRE(got.spec() == Spec{{}, dtype});
      const double wanted = line.values.back(), value = got.item();
      // float32 rounds the parameters and x, and a cdf may be 1 less what it rounds away; SciPy's
      // own truncated moments agree among themselves to some 1e-9.
      const double tolerance = dtype == float32                 ? 2e-4
                               : line.name == "TruncatedNormal" ? 2e-8
                               // logarithms of probabilities are differences of those of n!
                               : line.name == "Binomial" ? 1e-11 + 1e-14 * line.parameters[0]
                                                         : 1e-11;
      if (std::isinf(wanted))
        CHECK(value == wanted);
      else
        CHECK(std::abs(value - wanted) <= tolerance * std::max(1.0, std::abs(wanted)));
      ++counts[line.kind];
    }
  }
  for (const auto& [kind, count] : counts) CHECK(count >= 50);
  CHECK(counts.size() == 6);
}

TEST_CASE("icdf undoes cdf") {
  for (const char* name : {"Normal", "LogNormal", "Laplace", "Gumbel", "Cauchy", "Uniform"}) {
    CAPTURE(name);
    const auto p = makers.at(name)(tensors({0.5, 1.5}, float64));
    for (const double share : {1e-12, 0.01, 0.3, 0.5, 0.9, 0.999}) {
      CAPTURE(share);
      CHECK(p->cdf(p->icdf(full({}, share, float64))).item() ==
            Approx(share).epsilon(1e-11).margin(1e-16));
    }
  }
  const dist::Exponential e(full({}, 2, float64));
  CHECK(e.cdf(e.icdf(full({}, 1e-12, float64))).item() == Approx(1e-12).epsilon(1e-12));
}
