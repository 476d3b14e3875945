#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/elementwise/special.hpp>
#include <cinta/ops/kernels/random/gamma_slope.hpp>
#include <cinta/ops/random/detail/gamma_slope.hpp>
#include <vector>

namespace cinta::detail {
namespace {

// d log f / da.
Tensor log_slope(const Tensor& a, const Tensor& l) { return l - digamma(a); }

// (d^k f / da^k) / f: the complete Bell polynomial of the derivatives of log f.
Tensor density_slope(int k, const Tensor& a, const Tensor& l) {
  std::vector<Tensor> b{log_slope(a, l)};
  for (int n = 1; n < k; ++n) {
    Tensor sum = -polygamma(n, a);
    double choices = 1;
    for (int i = 0; i < n; ++i) {
      const Tensor z = i == 0 ? b[0] : -polygamma(i, a);
      sum = sum + choices * b[std::size_t(n - i - 1)] * z;
      choices = choices * (n - i) / (i + 1);
    }
    b.push_back(sum);
  }
  return b.back();
}

}  // namespace

Tensor gamma_slope(int k, const Tensor& concentration, const Tensor& log_x, Site site) {
  if (k > 8) {
    throw GraphError("gamma_slope: gamma samples have gradients of up to the 8th order",
                     SiteScope::resolve(site));
  }
  return apply(
      {"gamma_slope", Save::everything(), site, {{"k", std::int64_t(k)}}}, {concentration, log_x},
      log_x.spec(),
      [k](const Inputs& in, const Tensor& y) {
        kernels::gamma_slope(k, contiguous(in[0]), contiguous(in[1]), y);
      },
      [k](const Grad& g) {
        const Tensor &a = g.in(0), &l = g.in(1);
        return g.dy * (gamma_slope(k + 1, a, l) - g.out() * log_slope(a, l));
      },
      [k](const Grad& g) {
        const Tensor &a = g.in(0), &l = g.in(1);
        return g.dy * (density_slope(k, a, l) - g.out() * (a - exp(l)));
      });
}

}  // namespace cinta::detail
