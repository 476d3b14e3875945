#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/linalg/factor/cholesky.hpp>
#include <cinta/ops/kernels/linalg/triangular.hpp>
#include <cinta/ops/linalg/detail/matrix.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>
#include <limits>

namespace cinta::detail {
namespace {

std::string text_of(const Op& op) { return std::string(op.name) + ": "; }

}  // namespace

void check_matrix(const Op& op, const Tensor& x) {
  check_defined(op, {x});
  if (!is_floating(x.dtype())) {
    throw DtypeError(
        text_of(op) + "needs a floating dtype, got " + name_of(x.dtype()) + "; convert with to()",
        op.site);
  }
  if (x.rank() < 2)
    throw ShapeError(text_of(op) + x.shape().str() + " has no two axes of a matrix", op.site);
  if (std::max(x.size(-1), x.size(-2)) > std::int64_t(std::numeric_limits<int>::max())) {
    throw ShapeError(text_of(op) + x.shape().str() + ": sizes of a matrix must be below 2^31",
                     op.site);
  }
}

void check_square(const Op& op, const Tensor& x) {
  check_matrix(op, x);
  if (x.size(-1) != x.size(-2))
    throw ShapeError(text_of(op) + x.shape().str() + " is not square", op.site);
}

Dtype common_dtype(const Op& op, const Tensor& a, const Tensor& b) {
  if (!is_floating(a.dtype()) || !is_floating(b.dtype())) {
    throw DtypeError(text_of(op) + "needs floating dtypes, got " + name_of(a.dtype()) + " and " +
                         name_of(b.dtype()),
                     op.site);
  }
  return promote(a.dtype(), b.dtype());
}

Shape leading(const Shape& shape, int axes) {
  return Shape(std::span<const std::int64_t>(shape.begin(), std::size_t(shape.rank() - axes)));
}

Shape with_sizes(Shape batch, std::initializer_list<std::int64_t> sizes) {
  Shape shape = Shape::filled(batch.rank() + int(sizes.size()));
  std::copy(sizes.begin(), sizes.end(), std::copy(batch.begin(), batch.end(), shape.data()));
  return shape;
}

Shape common_leading(const Op& op, const Shape& a, const Shape& b) {
  const Shape& longer = a.rank() > b.rank() ? a : b;
  Shape shape = longer;
  for (int i = 1; i <= shape.rank(); ++i) {
    const std::int64_t size_a = i > a.rank() ? 1 : a[a.rank() - i];
    const std::int64_t size_b = i > b.rank() ? 1 : b[b.rank() - i];
    if (size_a != size_b && size_a != 1 && size_b != 1) {
      throw ShapeError(text_of(op) + "batches " + a.str() + " and " + b.str() + " do not broadcast",
                       op.site);
    }
    shape[shape.rank() - i] = size_a == 1 ? size_b : size_a;
  }
  return shape;
}

std::string name_matrix(const char* op, const Shape& shape, std::int64_t matrix) {
  const Shape batch = leading(shape);
  if (batch.rank() == 0) return std::string(op) + ": " + shape.str() + ": ";
  Shape index = batch;
  for (int i = batch.rank() - 1; i >= 0; --i) {
    index[i] = matrix % batch[i];
    matrix /= batch[i];
  }
  return std::string(op) + ": matrix " + index.str() + " of " + shape.str() + ": ";
}

std::string not_finite(const char* op, const Tensor& x, std::int64_t matrix) {
  const Tensor dense = contiguous(x);
  const std::int64_t columns = x.size(-1), size = x.size(-2) * columns;
  return dispatch_floating(x.dtype(), [&]<class T>() -> std::string {
    const T* const elements = static_cast<const T*>(Array(dense).memory) + matrix * size;
    for (std::int64_t i = 0; i < size; ++i) {
      if (std::isfinite(elements[i])) continue;
      return name_matrix(op, x.shape(), matrix) + "has a NaN or an infinity at " +
             Shape{i / columns, i % columns}.str();
    }
    return {};
  });
}

RightSides::RightSides(const Tensor& a, const Tensor& b) : given_(b.shape()), together_(b) {
  const int axes = b.rank() - 2, first = a.rank() - b.rank();
  Shape shape = given_;
  std::vector<int> order;
  for (int i = 0; i < axes; ++i) {
    const bool one = first + i < 0 || a.size(first + i) == 1;
    if (!one || given_[i] == 1) {
      order.push_back(i);
      continue;
    }
    shared_.push_back(i);
    shape[axes + 1] *= given_[i];
    shape[i] = 1;
  }
  if (shared_.empty()) return;
  order.push_back(axes);
  order.insert(order.end(), shared_.begin(), shared_.end());
  order.push_back(axes + 1);
  together_ = reshape(permute(b, Shape(order)), shape);
}

Tensor RightSides::apart(const Tensor& x) const {
  if (shared_.empty()) return x;
  const int axes = x.rank() - 2, first = x.rank() - given_.rank();
  Shape sizes = x.shape(), order = x.shape();  // the other way than in the constructor
  int next = 0;
  const auto place = [&](int axis, std::int64_t size) {
    sizes[next] = size;
    order[axis] = next++;
  };
  for (int i = 0; i < axes; ++i)
    if (std::find(shared_.begin(), shared_.end(), i - first) == shared_.end()) place(i, x.size(i));
  place(axes, x.size(axes));
  for (const int i : shared_) place(first + i, given_[i]);
  place(axes + 1, given_.back());
  return contiguous(permute(reshape(x, sizes), order));
}

Tensor dense_transpose(const Tensor& x) { return contiguous(transpose(x)); }

Tensor triangle(const Tensor& x, TriangleOptions options) {
  return apply(
      {"triangle", Save::nothing(), {}, {{"upper", options.upper}, {"diagonal", options.diagonal}}},
      {x}, x.spec(),
      [options](const Inputs& in, const Tensor& y) {
        kernels::keep_triangle(contiguous(in[0]), options.upper, options.diagonal, y);
      },
      [options](const Grad& g) { return triangle(g.dy, options); });
}

Tensor sum_of_defined(const Tensor& a, const Tensor& b) {
  if (!a.defined()) return b;
  return b.defined() ? a + b : a;
}

Tensor symmetrized(const Tensor& x) {
  return apply(
      {"symmetrized", Save::nothing(), {}}, {x}, x.spec(),
      [](const Inputs& in, const Tensor& y) { kernels::mean_with_transpose(contiguous(in[0]), y); },
      [](const Grad& g) { return symmetrized(g.dy); });
}

Tensor magnitudes(const Tensor& x) {
  const NoGrad constants;
  const Tensor norms = max(sum(abs(x), -2, keepdims), -1, keepdims);
  return exp2(floor(log2(where(logical_and(gt(norms, 0), isfinite(norms)), norms, 1))));
}

}  // namespace cinta::detail
