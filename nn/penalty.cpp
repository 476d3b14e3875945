#include <cinta/autograd/error.hpp>
#include <cinta/nn/penalty.hpp>
#include <cinta/ops/arithmetic.hpp>
#include <cinta/ops/comparison.hpp>
#include <cinta/ops/elementwise.hpp>
#include <cinta/ops/reduce.hpp>

namespace cinta::nn {
namespace {

void check_lambda(const char* name, double lambda, const Site& site) {
  if (!(lambda >= 0)) {
    throw ValueError(
        std::string(name) + ": lambda must not be negative, got " + std::to_string(lambda), site);
  }
}

}  // namespace

Tensor l1_penalty(const Tensor& w, double lambda, SignAtZero at_zero, Site site) {
  const Site here = SiteScope::resolve(site);
  check_lambda("l1_penalty", lambda, here);
  const SiteScope scope(here);
  // where() passes the slope of the branch taken: at 0 that is the one of +w.
  const Tensor size = at_zero == SignAtZero::zero ? abs(w) : where(ge(w, 0), w, -w);
  return lambda * sum(size);
}

Tensor l2_penalty(const Tensor& w, double lambda, Site site) {
  const Site here = SiteScope::resolve(site);
  check_lambda("l2_penalty", lambda, here);
  const SiteScope scope(here);
  return lambda / 2 * sum(square(w));
}

}  // namespace cinta::nn
