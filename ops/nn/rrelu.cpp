#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/activation.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/nn/rrelu.hpp>
#include <cinta/ops/random/random.hpp>
#include <cmath>

namespace cinta {

Tensor rrelu(const Tensor& x, double lower, double upper, bool training, Site site) {
  const Op op{"rrelu", Save::nothing(), site};
  detail::check_defined(op, {x});
  if (!is_floating(x.dtype()))
    throw DtypeError(std::string("rrelu: needs a floating dtype, got ") + name_of(x.dtype()),
                     op.site);
  if (!(lower <= upper) || !std::isfinite(lower) || !std::isfinite(upper)) {
    throw ValueError("rrelu: needs finite slopes lower <= upper, got " + detail::text_of(lower) +
                         " and " + detail::text_of(upper),
                     op.site);
  }
  const OpScope scope(op);
  if (!training) return leaky_relu(x, (lower + upper) / 2);
  const Tensor slopes = uniform(x.shape(), lower, upper, x.dtype());
  return map([](Element v, Element slope) { return where(v > 0, v, slope * v); }, x, slopes);
}

}  // namespace cinta
