// Distributions: beside PyTorch for gradients, beside SciPy for what PyTorch has not.

#include <memory>

#include "cases.hpp"

namespace {

using namespace oracle;
namespace dist = cinta::distributions;
using Made = std::shared_ptr<dist::Distribution>;

// A distribution, and what it is in Python; % stands for its parameters, in their order. Empty
// where a library does not have it.
struct Kind {
  std::string torch, scipy;
  std::function<Made(const Tensors&)> make;
  bool discrete = false;
};

// With names for the parameters, of inputs from `first` on.
std::string named(const std::string& text, std::size_t first) {
  std::string all;
  for (const char c : text) c == '%' ? all.push_back("xyzwuv"[first++]) : all.push_back(c);
  return all;
}

Made of(const Kind& kind, const Tensors& in, std::size_t first, std::size_t count) {
  const auto begin = in.begin() + std::ptrdiff_t(first);
  return kind.make({begin, begin + std::ptrdiff_t(count)});
}

Tensors joined(Tensors a, const Tensors& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

enum Which : unsigned {
  torch_cdf = 1,
  scipy_cdf = 2,
  icdf = 4,
  moments = 8,
  entropy = 16,
  scipy_entropy = 32
};

void densities(const Kind& kind, const Tensors& parameters, const Tensor& value, unsigned which) {
  const std::size_t count = parameters.size();
  const std::string d = "torch.distributions." + named(kind.torch, 0);
  const std::string there = std::string("(") + "xyzw"[count] + ")";
  // A whole number has no slope.
  const std::string without_slope = std::string("(") + "xyzw"[count] + ".detach())";
  const auto result = [&](const std::string& python, auto member) {
    random(
        python, [=](const Tensors& in) { return (*of(kind, in, 0, count).*member)({}); },
        parameters);
  };
  const auto function = [&](const std::string& python, auto member, const Tensor& x) {
    random(
        python,
        [=](const Tensors& in) {
          const Tensor at = kind.discrete ? in[count].detach() : in[count];
          return (*of(kind, in, 0, count).*member)(at, {});
        },
        joined(parameters, {x}));
  };
  using D = dist::Distribution;
  if (!kind.torch.empty()) {
    function(d + ".log_prob" + (kind.discrete ? without_slope : there), &D::log_prob, value);
    if (which & torch_cdf) function(d + ".cdf" + there, &D::cdf, value);
    if (which & icdf) function(d + ".icdf" + there, &D::icdf, draw(value.shape(), 0.05, 0.95));
    if (which & entropy) result(d + ".entropy()", &D::entropy);
    if (which & moments) {
      result(d + ".mean", &D::mean);
      result(d + ".variance", &D::variance);
      result(d + ".stddev", &D::stddev);
    }
  }
  if (!kind.scipy.empty()) {
    const std::string s = "scipy.stats." + named(kind.scipy, 0);
    function(s + (kind.discrete ? ".logpmf" : ".logpdf") + there, &D::log_prob, value);
    if (which & (torch_cdf | scipy_cdf)) function(s + ".cdf" + there, &D::cdf, value);
    if (which & icdf) function(s + ".ppf" + there, &D::icdf, draw(value.shape(), 0.05, 0.95));
    if (which & (entropy | scipy_entropy)) result(s + ".entropy()", &D::entropy);
    if (which & moments) {
      result(s + ".mean()", &D::mean);
      result(s + ".var()", &D::variance);
    }
  }
}

void divergence(const Kind& kind, const Tensors& p, const Tensors& q) {
  const std::size_t count = p.size();
  random(
      "torch.distributions.kl_divergence(torch.distributions." + named(kind.torch, 0) +
          ", torch.distributions." + named(kind.torch, count) + ")",
      [=](const Tensors& in) {
        return kl_divergence(*of(kind, in, 0, count), *of(kind, in, count, count));
      },
      joined(p, q));
}

template <class D>
Made one(const Tensors& p) {
  return std::make_shared<D>(p[0]);
}
template <class D>
Made two(const Tensors& p) {
  return std::make_shared<D>(p[0], p[1]);
}
template <class D>
Made of_probs(const Tensors& p) {
  return std::make_shared<D>(dist::Odds{.probs = p[0]});
}
template <class D>
Made of_logits(const Tensors& p) {
  return std::make_shared<D>(dist::Odds{.logits = p[0]});
}

Tensor positive() { return draw({3, 4}, 0.3, 3); }
Tensor real() { return draw({3, 4}); }

const Cases of_real_numbers([] {
  const Kind kinds[] = {
      {"Normal(%, %)", "norm(%, %)", two<dist::Normal>},
      {"Laplace(%, %)", "laplace(%, %)", two<dist::Laplace>},
      {"Gumbel(%, %)", "gumbel_r(%, %)", two<dist::Gumbel>},
      {"Cauchy(%, %)", "cauchy(%, %)", two<dist::Cauchy>},
  };
  for (const Kind& kind : kinds) {
    const bool cauchy = kind.torch[0] == 'C';
    const unsigned which = torch_cdf | icdf | entropy;
    densities(kind, {real(), positive()}, real(), cauchy ? which : which | moments);
    divergence(kind, {real(), positive()}, {real(), positive()});
  }
  const Kind log_normal{"LogNormal(%, %)", "", two<dist::LogNormal>};
  densities(log_normal, {real(), positive()}, positive(), torch_cdf | icdf | entropy | moments);
  divergence(log_normal, {real(), positive()}, {real(), positive()});
  const Kind uniform{"Uniform(%, %)", "", two<dist::Uniform>};
  const Tensor low = real(), high = low + positive();
  densities(uniform, {low, high}, low + 0.3 * (high - low), torch_cdf | icdf | entropy | moments);
  divergence(uniform, {low, high}, {low - positive(), high + positive()});
  const Kind student{"StudentT(%, %, %)", "t(%, %, %)", [](const Tensors& p) -> Made {
                       return std::make_shared<dist::StudentT>(p[0], p[1], p[2]);
                     }};
  densities(student, {2 + positive(), real(), positive()}, real(), scipy_cdf | entropy | moments);
  const Kind truncated{"", "truncnorm(-1.5, 0.75, %, %)", [](const Tensors& p) -> Made {
                         return std::make_shared<dist::TruncatedNormal>(
                             p[0], p[1], p[0] - 1.5 * p[1], p[0] + 0.75 * p[1]);
                       }};
  const Tensor loc = real(), scale = positive();
  densities(truncated, {loc, scale}, loc + draw({3, 4}, -1.4, 0.7) * scale,
            scipy_cdf | entropy | moments);
});

const Cases of_positive_numbers([] {
  const Kind exponential{"Exponential(%)", "expon(0, 1 / %)", one<dist::Exponential>};
  densities(exponential, {positive()}, positive(), torch_cdf | icdf | entropy | moments);
  divergence(exponential, {positive()}, {positive()});
  const Kind gamma{"Gamma(%, %)", "gamma(%, 0, 1 / %)", two<dist::Gamma>};
  densities(gamma, {positive(), positive()}, positive(), scipy_cdf | entropy | moments);
  divergence(gamma, {positive(), positive()}, {positive(), positive()});
  const Kind beta{"Beta(%, %)", "beta(%, %)", two<dist::Beta>};
  densities(beta, {positive(), positive()}, draw({3, 4}, 0.05, 0.95),
            scipy_cdf | entropy | moments);
  divergence(beta, {positive(), positive()}, {positive(), positive()});
  const Kind dirichlet{"Dirichlet(%)", "", one<dist::Dirichlet>};
  const Tensor shares = softmax(real(), 1);
  densities(dirichlet, {positive()}, shares, entropy | moments);
  divergence(dirichlet, {positive()}, {positive()});
});

const Cases of_vectors([] {
  const Kind normal{"MultivariateNormal(%, scale_tril=%.tril())", "",
                    two<dist::MultivariateNormal>};
  const auto factor = [] { return cholesky(definite(3)); };
  densities(normal, {draw({2, 3}), factor()}, draw({2, 3}), entropy | moments);
  divergence(normal, {draw({2, 3}), factor()}, {draw({2, 3}), factor()});
  const Kind independent{"Independent(torch.distributions.Normal(%, %), 1)", "",
                         [](const Tensors& p) -> Made {
                           return std::make_shared<dist::Independent>(dist::Normal(p[0], p[1]), 1);
                         }};
  densities(independent, {real(), positive()}, real(), entropy | moments);
});

const Cases of_whole_numbers([] {
  const auto probs = [] { return draw({3, 4}, 0.05, 0.95); };
  const auto counts = [](double high) { return floor(draw({3, 4}, 0, high)).detach(); };
  const Kind bernoulli{"Bernoulli(%)", "bernoulli(%)", of_probs<dist::Bernoulli>, true};
  densities(bernoulli, {probs()}, counts(2), entropy | moments);
  divergence(bernoulli, {probs()}, {probs()});
  const Kind by_logits{"Bernoulli(logits=%)", "", of_logits<dist::Bernoulli>, true};
  densities(by_logits, {real()}, counts(2), entropy | moments);
  divergence(by_logits, {real()}, {real()});
  const Kind geometric{"Geometric(%)", "", of_probs<dist::Geometric>, true};
  densities(geometric, {probs()}, counts(9), entropy | moments);
  divergence(geometric, {probs()}, {probs()});
  const Kind binomial{"Binomial(9, %)", "binom(9, %)",
                      [](const Tensors& p) -> Made {
                        return std::make_shared<dist::Binomial>(9, dist::Odds{.probs = p[0]});
                      },
                      true};
  densities(binomial, {probs()}, counts(10), entropy | moments);
  divergence(binomial, {probs()}, {probs()});
  const Kind poisson{"Poisson(%)", "poisson(%)", one<dist::Poisson>, true};
  densities(poisson, {positive()}, counts(9), scipy_entropy | moments);
  divergence(poisson, {positive()}, {positive()});
});

const Cases of_classes([] {
  const Kind probs{"Categorical(%)", "", of_probs<dist::Categorical>, true};
  const Kind logits{"Categorical(logits=%)", "", of_logits<dist::Categorical>, true};
  const Kind vectors{"OneHotCategorical(logits=%)", "", of_logits<dist::OneHotCategorical>, true};
  const Tensor ids = integers({3, 0, 1}, {3});
  densities(probs, {positive()}, ids, entropy);
  divergence(probs, {positive()}, {positive()});
  densities(logits, {real()}, ids, entropy);
  divergence(logits, {real()}, {real()});
  densities(vectors, {real()}, one_hot(ids, 4, float64), entropy | moments);
  divergence(vectors, {real()}, {real()});
});

}  // namespace
