#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/random/random.hpp>
#include <cinta/train/data/mixup.hpp>
#include <cinta/train/random.hpp>
#include <cmath>
#include <numbers>

namespace cinta::train {
namespace {

/// In (0, 1).
double open_uniform(std::mt19937_64& generator) {
  return (double(generator() >> 11) + 0.5) * 0x1p-53;
}

double standard_normal(std::mt19937_64& generator) {
  const double radius = std::sqrt(-2 * std::log(open_uniform(generator)));
  return radius * std::cos(2 * std::numbers::pi * open_uniform(generator));
}

/// The logarithm of a Gamma(shape) variate, which may be below the smallest number (G. Marsaglia,
/// W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26, 2000).
double log_gamma_variate(double shape, std::mt19937_64& generator) {
  if (shape < 1)
    return log_gamma_variate(shape + 1, generator) + std::log(open_uniform(generator)) / shape;
  const double d = shape - 1. / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = standard_normal(generator), t = 1 + c * x;
    if (t <= 0) continue;
    const double log_v = 3 * std::log(t);
    if (std::log(open_uniform(generator)) < x * x / 2 + d - d * std::exp(log_v) + d * log_v)
      return std::log(d) + log_v;
  }
}

double beta_variate(double alpha, std::mt19937_64& generator) {
  const double a = log_gamma_variate(alpha, generator), b = log_gamma_variate(alpha, generator);
  return 1 / (1 + std::exp(b - a));
}

}  // namespace

Mixed mixup(const Tensor& x, const Tensor& targets, double alpha, Site site) {
  if (!(alpha > 0) || !std::isfinite(alpha))
    throw ValueError("mixup: alpha is " + std::to_string(alpha) + ", must be above 0", site);
  for (const Tensor& tensor : {x, targets})
    if (tensor.dtype() != float32 && tensor.dtype() != float64)
      throw DtypeError("mixup: cannot mix " + tensor.spec().str() +
                           "; classes are rows of one_hot(labels, classes)",
                       site);
  if (x.rank() == 0 || targets.rank() == 0 || x.shape()[0] != targets.shape()[0])
    throw ShapeError("mixup: x " + x.shape().str() + " and targets " + targets.shape().str() +
                         " have no rows in common",
                     site);
  const SiteScope scope(site);
  const std::int64_t seed = randint(0, std::int64_t(1) << 62, {1}).item<std::int64_t>();
  auto generator = make_generator(std::uint64_t(seed));
  const double share = beta_variate(alpha, generator);
  const Tensor others = randperm(x.shape()[0]);
  const auto mix = [&](const Tensor& rows) {
    return rows * share + index_select(rows, 0, others) * (1 - share);
  };
  return {mix(x), mix(targets), share};
}

}  // namespace cinta::train
