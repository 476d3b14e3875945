#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/loss/detail/checks.hpp>
#include <cinta/ops/reduce/reduce.hpp>

namespace cinta::detail {

void check_floating(const Op& op, const char* what, const Tensor& x) {
  if (!is_floating(x.dtype())) {
    throw DtypeError(
        std::string(op.name) + ": " + what + " must be floating, got " + name_of(x.dtype()),
        op.site);
  }
}

void check_same_shape(const Op& op, const char* what_a, const Tensor& a, const char* what_b,
                      const Tensor& b) {
  if (a.shape() == b.shape()) return;
  throw ShapeError(std::string(op.name) + ": " + what_a + " " + a.shape().str() + " and " + what_b +
                       " " + b.shape().str() + " must have the same shape",
                   op.site);
}

Tensor reduced(const Tensor& losses, Reduction reduction) {
  switch (reduction) {
    case Reduction::mean: return mean(losses);
    case Reduction::sum: return sum(losses);
    default: return losses;
  }
}

Element weighted_share(Element share, Element loss) {
  return where(share == 0 && !isfinite(loss), 0, share * loss);
}

}  // namespace cinta::detail
