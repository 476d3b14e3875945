#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/nn/detail/norm_gradients.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cmath>
#include <limits>

namespace cinta::detail {
namespace {

Tensor average(const Tensor& t) { return mean(t, -1, keepdims); }

}  // namespace

NormalRows::NormalRows(const Tensor& rows, double eps, bool is_centred) : centred_(is_centred) {
  Tensor deviations = is_centred ? centred(rows) : rows, unit = ones({}, rows.dtype());
  if (rows.numel() > 0) {
    // Squares of parts of the largest neither overflow nor vanish, where eps does not count more;
    // the result does not depend on the unit.
    const NoGrad constants;
    const Tensor largest = max(abs(deviations), -1, keepdims);
    const Tensor finite = where(lt(largest, std::numeric_limits<double>::infinity()), largest, 1.0);
    const Tensor is_tiny = logical_and(lt(finite, 1e-15), gt(finite, std::sqrt(eps)));
    unit = where(logical_or(gt(finite, 1e15), is_tiny), finite, 1.0);
  }
  deviations = deviations / unit;
  const Tensor scale = pow(average(square(deviations)) + square(std::sqrt(eps) / unit), -0.5);
  normal = deviations * scale;
  factor_ = scale / unit;
}

Tensor NormalRows::gradient(const Tensor& slope) const {
  const Tensor rest = slope - normal * average(slope * normal);
  return factor_ * (centred_ ? rest - average(slope) : rest);
}

void check_eps(const char* name, double eps, const Site& site) {
  if (!(eps >= 0)) {
    throw ValueError(std::string(name) + ": eps must not be negative, got " + text_of(eps), site);
  }
}

}  // namespace cinta::detail
