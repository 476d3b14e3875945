#include <cinta/autograd/apply.hpp>
#include <cinta/autograd/error.hpp>
#include <cinta/ops/dropout.hpp>
#include <cinta/ops/kernels/random.hpp>
#include <cinta/ops/random.hpp>
#include <cinta/ops/shaping.hpp>

namespace cinta {
namespace {

// Its own derivative: linear in x, with a mask that the key alone decides.
Tensor masked(const Tensor& x, double p, const kernels::RandomKey& key, const Site& site) {
  return apply(
      {"dropout", Save::nothing(), site}, {x}, x.spec(),
      [p, key](const Inputs& in, const Tensor& y) {
        kernels::dropout(contiguous(in[0]), y, p, key);
      },
      [p, key](const Grad& g) { return masked(g.dy, p, key, {}); });
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool training, Site site) {
  detail::check_defined({"dropout", site}, {x});
  if (!(p >= 0 && p < 1))
    throw ValueError("dropout: p must lie in [0, 1), got " + std::to_string(p), site);
  if (!is_floating(x.dtype())) {
    throw DtypeError(std::string("dropout: needs a floating dtype, got ") + name_of(x.dtype()),
                     site);
  }
  if (!training || p == 0) return x;
  const GeneratorState call = detail::next_random_call();
  return masked(x, p, {call.seed, call.next_call}, SiteScope::resolve(site));
}

}  // namespace cinta
