#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/detail/own.hpp>
#include <cinta/autograd/row_sparse.hpp>

namespace cinta::detail {

Tensor own(Tensor gradient) {
  if (gradient.is_row_sparse()) return with_own_rows(std::move(gradient));
  return gradient.is_unique() ? gradient : clone(gradient);
}

}  // namespace cinta::detail
