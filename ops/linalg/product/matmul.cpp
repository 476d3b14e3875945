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

// xᵀ y for x (..., r, p) and y (..., r, q), summed to `shape` (..., p, q) over the leading axes
// that it broadcasts along: as one product, of which they are further rows.
Tensor summed_product(const Tensor& x, const Tensor& y, const Shape& shape) {
  const int leading = y.rank() - 2, in_x = leading + 2 - x.rank(),
            in_shape = leading + 2 - shape.rank();
  // Whether an axis of y is summed over; x has it then.
  const auto sums = [&](int i) {
    return y.shape()[i] != 1 && (i < in_shape || shape[i - in_shape] == 1);
  };
  int summed = 0;
  for (int i = 0; i < leading; ++i) summed += sums(i);
  if (summed == leading) return reshape(matmul(transpose(as_rows(x)), as_rows(y)), shape);
  const auto laid_out = [&](const Tensor& t, int missing) {
    Shape order = Shape::filled(t.rank()), sizes = Shape::filled(t.rank() - summed);
    int kept = 0, last = t.rank() - 2 - summed;
    std::int64_t rows = t.size(-2);
    for (int i = missing; i < leading; ++i) {
      const int axis = i - missing;
      if (sums(i)) {
        rows *= t.shape()[axis];
        order[last++] = axis;
      } else {
        sizes[kept] = t.shape()[axis];
        order[kept++] = axis;
      }
    }
    order[t.rank() - 2] = t.rank() - 2;
    order[t.rank() - 1] = t.rank() - 1;
    sizes[kept] = rows;
    sizes[kept + 1] = t.size(-1);
    return reshape(permute(t, order), sizes);
  };
  return reshape(matmul(transpose(laid_out(x, in_x)), laid_out(y, 0)), shape);
}

// Whether broadcasting gave a matrix of this shape other leading axes.
bool is_stretched(const Shape& shape, const Tensor& product) {
  if (shape.rank() != product.rank()) return true;
  for (int i = 0; i < shape.rank() - 2; ++i)
    if (shape[i] != product.shape()[i]) return true;
  return false;
}

// Whether the gradient xᵀ y of such a matrix is better one summed_product than a matrix for each of
// the batch and their sum: if to lay out x (r, p) and y (r, q) moves less than matrices (p, q) are.
bool is_summed(const Shape& shape, const Tensor& x, const Tensor& y) {
  const bool all = shape.numel() == shape.back() * shape[shape.rank() - 2];
  const auto moved = [all](const Tensor& t) {
    return all && t.is_contiguous() ? 0 : double(t.size(-2)) * double(t.size(-1));
  };
  return moved(x) + moved(y) < double(x.size(-1)) * double(y.size(-1));
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
      [](const Grad& g) {
        const Tensor x = transpose(g.take_in(1));
        if (!is_stretched(g.shape(0), g.dy)) return matmul(g.dy, x);
        const Tensor y = transpose(g.dy);
        Shape turned = g.shape(0);
        std::swap(turned[turned.rank() - 2], turned[turned.rank() - 1]);
        return is_summed(turned, x, y) ? transpose(summed_product(x, y, turned)) : matmul(g.dy, x);
      },
      [](const Grad& g) {
        const Tensor x = g.take_in(0);
        return is_stretched(g.shape(1), g.dy) && is_summed(g.shape(1), x, g.dy)
                   ? summed_product(x, g.dy, g.shape(1))
                   : matmul(transpose(x), g.dy);
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
  const auto dweight = [](const Grad& g) {
    return matmul(transpose(as_rows(g.dy)), as_rows(g.take_in(0)));
  };
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
