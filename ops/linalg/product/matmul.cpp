#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/gemm/gemm.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

using std::to_string;

// All leading axes as one: (..., n) as (rows, n).
Tensor as_rows(const Tensor& x) {
  if (x.rank() == 2) return x;
  std::int64_t rows = 1;
  for (int i = 0; i < x.rank() - 1; ++i) rows *= x.shape()[i];
  return reshape(x, {rows, x.shape().back()});
}

// The gradient of a matrix that every row of `x` was multiplied with, as one product; multiplying
// first and summing over the leading axes then would take one matrix for each of them.
Tensor weight_gradient(const Tensor& x, const Tensor& dy) {
  return matmul(transpose(as_rows(x)), as_rows(dy));
}

// The shape of a x b, both of two or more axes.
Shape product_shape(const Shape& a, const Shape& b, const Site& site) {
  const int leading = std::max(a.rank(), b.rank()) - 2;
  Shape shape = Shape::filled(leading + 2);
  for (int i = 0; i < leading; ++i) {
    const int in_a = i - (leading + 2 - a.rank()), in_b = i - (leading + 2 - b.rank());
    const std::int64_t size_a = in_a < 0 ? 1 : a[in_a], size_b = in_b < 0 ? 1 : b[in_b];
    if (size_a != size_b && size_a != 1 && size_b != 1) {
      throw ShapeError("matmul: " + a.str() + " x " + b.str() + ": leading sizes " +
                           to_string(size_a) + " and " + to_string(size_b) + " do not broadcast",
                       site);
    }
    shape[i] = size_a == 1 ? size_b : size_a;
  }
  shape[leading] = a[a.rank() - 2];
  shape[leading + 1] = b.back();
  return shape;
}

// The product of a and b, both of one floating dtype and two or more axes.
Tensor multiply(const Tensor& a, const Tensor& b, const Site& site) {
  const Save save = Save::input(0, b.requires_grad()) | Save::input(1, a.requires_grad());
  return apply(
      {"matmul", save, site}, {a, b}, {product_shape(a.shape(), b.shape(), site), a.dtype()},
      [](const Inputs& in, const Tensor& y) { kernels::matmul(in[0], in[1], y); },
      [](const Grad& g) { return matmul(g.dy, transpose(g.take_in(1))); },
      [](const Grad& g) {
        const Tensor left = g.take_in(0);
        if (g.shape(1).rank() == 2 && left.rank() > 2) return weight_gradient(left, g.dy);
        return matmul(transpose(left), g.dy);
      });
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, Site site) {
  const Op op{"matmul", site};
  detail::check_defined(op, {a, b});
  const auto shapes = [&] { return "matmul: " + a.shape().str() + " x " + b.shape().str() + ": "; };
  if (a.rank() == 0 || b.rank() == 0)
    throw ShapeError(shapes() + "both need at least one axis", op.site);
  for (const Tensor* x : {&a, &b}) {
    if (!is_floating(x->dtype())) {
      throw DtypeError(std::string("matmul: needs floating dtypes, got ") + name_of(a.dtype()) +
                           " and " + name_of(b.dtype()),
                       op.site);
    }
  }
  const std::int64_t inner_a = a.shape().back();
  const std::int64_t inner_b = b.shape()[std::max(b.rank() - 2, 0)];
  if (inner_a != inner_b) {
    throw ShapeError(
        shapes() + "inner sizes " + to_string(inner_a) + " and " + to_string(inner_b) + " differ",
        op.site);
  }
  const Dtype dtype = promote(a.dtype(), b.dtype());
  const bool row = a.rank() == 1, column = b.rank() == 1;
  if (!row && !column && a.dtype() == b.dtype()) return multiply(a, b, op.site);
  const Tensor left = to(row ? unsqueeze(a, 0, op.site) : a, dtype, op.site);
  const Tensor right = to(column ? unsqueeze(b, 1, op.site) : b, dtype, op.site);
  Tensor y = multiply(left, right, op.site);
  if (column) y = squeeze(y, -1, op.site);
  return row ? squeeze(y, column ? -1 : -2, op.site) : y;
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Site site) {
  detail::check_defined({"linear", site}, {x, weight});
  const Op op{"linear", Save::input(0, weight.requires_grad()) | Save::input(1, x.requires_grad()),
              site};
  const bool biased = bias.defined();
  const auto describe = [&] {
    return "linear: x " + x.spec().str() + ", weight " + weight.spec().str() +
           (biased ? ", bias " + bias.spec().str() : std::string()) + ": ";
  };
  if (x.rank() == 0 || weight.rank() != 2 || (biased && bias.rank() != 1)) {
    throw ShapeError(
        describe() + "x needs (..., in), weight (out, in)" + (biased ? ", bias (out,)" : ""),
        op.site);
  }
  const std::int64_t in = x.shape().back(), out = weight.shape()[0];
  if (in != weight.shape()[1]) {
    throw ShapeError(describe() + "inner sizes " + to_string(in) + " and " +
                         to_string(weight.shape()[1]) + " differ",
                     op.site);
  }
  if (biased && bias.shape()[0] != out) {
    throw ShapeError(describe() + "output sizes " + to_string(out) + " and " +
                         to_string(bias.shape()[0]) + " differ",
                     op.site);
  }
  if (!is_floating(x.dtype()) || weight.dtype() != x.dtype() ||
      (biased && bias.dtype() != x.dtype()))
    throw DtypeError(describe() + "needs one floating dtype for all; convert with to()", op.site);

  Spec spec = x.spec();
  spec.shape[x.rank() - 1] = out;
  const auto dx = [](const Grad& g) { return matmul(g.dy, g.take_in(1)); };
  const auto dweight = [](const Grad& g) { return weight_gradient(g.dy, g.take_in(0)); };
  if (!biased) {
    return apply(
        op, {x, weight}, spec,
        [](const Inputs& i, const Tensor& y) { kernels::linear(i[0], i[1], nullptr, y); },  //
        dx, dweight);
  }
  return apply(
      op, {x, weight, bias}, spec,
      [](const Inputs& i, const Tensor& y) {
        const Array row = i[2];
        kernels::linear(i[0], i[1], &row, y);
      },
      dx, dweight, [](const Grad& g) { return g.dy; });
}

}  // namespace cinta
