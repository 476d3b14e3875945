#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/linalg/detail/symmetric.hpp>

namespace cinta::detail {

void refuse_asymmetric(const char* op, const Site& site, const Tensor& a,
                       const kernels::Stop& stop) {
  if (const std::string text = not_finite(op, a, stop.matrix); !text.empty())
    throw ValueError(text, site);
  if (stop.code >= 0) return;
  const std::int64_t place = -1 - stop.code, i = place / a.size(-1), j = place % a.size(-1);
  throw ValueError(name_matrix(op, a.shape(), stop.matrix) + "is not symmetric: elements " +
                       Shape{i, j}.str() + " and " + Shape{j, i}.str() + " differ",
                   site);
}

}  // namespace cinta::detail
