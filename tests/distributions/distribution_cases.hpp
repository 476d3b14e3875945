#pragma once
// Every class of distributions, with parameters and values to look at it, for the tests of what
// they have in common.

#include <cinta/cinta.hpp>
#include <functional>
#include <limits>
#include <memory>

namespace distribution_cases {

using namespace cinta;
namespace dist = cinta::distributions;

inline constexpr double infinity = std::numeric_limits<double>::infinity();

inline std::vector<double> values(const Tensor& x) { return to(x, float64).to_vector<double>(); }

// A class of distributions as a function of parameters, and where to look at it.
struct Case {
  const char* name;
  std::function<std::shared_ptr<dist::Distribution>(const Tensors&)> make;
  Tensors parameters, others;  // of two of them, (2) each but for events
  Tensor inside;               // values in the support
  Tensor outside;              // one that is not, if there is one
  bool continuous = true;
};

inline Tensor row(std::initializer_list<double> values) {
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

inline const Tensor& matrix() {
  static const Tensor l = tensor({{1.2, 0, 0}, {-0.3, 0.8, 0}, {0.5, 0.1, 2}}, float64);
  return l;
}

inline std::vector<Case> cases() {
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

}  // namespace distribution_cases
