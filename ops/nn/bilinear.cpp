#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/linalg/product/einsum.hpp>
#include <cinta/ops/nn/bilinear.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

// (rows, last axis), whatever the number of rows.
Tensor as_rows(const Tensor& x) {
  const std::int64_t width = x.shape().back();
  std::int64_t rows = 1;
  for (int i = 0; i + 1 < x.rank(); ++i) rows *= x.shape()[i];
  return reshape(x, {rows, width});
}

bool same_rows(const Tensor& a, const Tensor& b) {
  return a.rank() >= 1 && a.rank() == b.rank() &&
         std::equal(a.shape().begin(), a.shape().end() - 1, b.shape().begin());
}

}  // namespace

Tensor bilinear(const Tensor& x1, const Tensor& x2, const Tensor& weight, const Tensor& bias,
                Site site) {
  const Op op{"bilinear", Save::nothing(), site};
  detail::check_defined(op, {x1, x2, weight});
  const auto given = [&] {
    return "bilinear: x1 " + x1.spec().str() + ", x2 " + x2.spec().str() + ", weight " +
           weight.spec().str() + (bias.defined() ? ", bias " + bias.spec().str() : std::string());
  };
  const bool fits = same_rows(x1, x2) && weight.rank() == 3 &&
                    weight.shape()[1] == x1.shape().back() &&
                    weight.shape()[2] == x2.shape().back() &&
                    (!bias.defined() || bias.shape() == Shape{weight.shape()[0]});
  if (!fits) {
    throw ShapeError(given() + ": needs (..., in1), (..., in2), weight (out, in1, in2)" +
                         (bias.defined() ? ", bias (out,)" : ""),
                     op.site);
  }
  const Dtype dtype = x1.dtype();
  if (!is_floating(dtype) || x2.dtype() != dtype || weight.dtype() != dtype ||
      (bias.defined() && bias.dtype() != dtype))
    throw DtypeError(given() + ": needs one floating dtype for all; convert with to()", op.site);
  const OpScope scope(op);
  Shape shape = x1.shape();
  shape[shape.rank() - 1] = weight.shape()[0];
  const Tensor y = reshape(einsum("ni,oij,nj->no", {as_rows(x1), weight, as_rows(x2)}), shape);
  return bias.defined() ? y + bias : y;
}

}  // namespace cinta
