#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/kernels/sparse/product.hpp>
#include <cinta/ops/linalg/detail/matrix.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cinta/ops/sparse/detail/pattern.hpp>
#include <cinta/ops/sparse/product.hpp>

namespace cinta {
namespace {

using Pattern = std::shared_ptr<const detail::CsrPattern>;

// The product with a matrix or, transposed, its transpose, and its values sampled from a product
// of two dense matrices are each other's gradients.

Tensor sampled(const char* name, const Pattern& pattern, const Tensor& u, const Tensor& v);

// x (..., n, k), or with `transposed` (..., m, k). The line of the call is in force.
Tensor product(const char* name, const Pattern& pattern, const Tensor& values, const Tensor& x,
               bool transposed) {
  const NameScope scope(name);
  Tensors inputs{values, x};
  if (transposed) {
    const detail::CsrPattern::Columns& a = pattern->columns();
    inputs.insert(inputs.end(), {a.pointers, a.rows, a.places});
  } else {
    inputs.insert(inputs.end(), {pattern->crow_indices, pattern->col_indices});
  }
  Spec spec = x.spec();
  spec.shape[x.rank() - 2] = pattern->shape[transposed ? 1 : 0];
  const Save save = Save::input(0, x.requires_grad()) | Save::input(1, values.requires_grad());
  return apply(
      {name, save, {}, {{"shape", pattern->shape}, {"transposed", transposed}}}, inputs, spec,
      [](const Inputs& in, const Tensor& y) {
        const Tensor factors = contiguous(in[0]), right = contiguous(in[1]);
        const Array pointers = in[2], ids = in[3];
        if (in.size() == 4) return kernels::sparse_product({pointers, ids}, factors, right, y);
        const Array places = in[4];
        kernels::sparse_product({pointers, ids, &places}, factors, right, y);
      },
      [=, count = inputs.size()](const Grad& g) {
        Tensors gradients(count);
        if (g.needs(1)) gradients[1] = product("matmul", pattern, g.in(0), g.dy, !transposed);
        if (g.needs(0)) {
          gradients[0] = transposed ? sampled("sampled_matmul", pattern, g.in(1), g.dy)
                                    : sampled("sampled_matmul", pattern, g.dy, g.in(1));
        }
        return gradients;
      });
}

// u (..., m, k), v (..., n, k): the values of the sum of u vᵀ over the leading axes.
Tensor sampled(const char* name, const Pattern& pattern, const Tensor& u, const Tensor& v) {
  const Save save = Save::input(0, v.requires_grad()) | Save::input(1, u.requires_grad());
  return apply(
      {name, save, {}, {{"shape", pattern->shape}}},
      {u, v, pattern->crow_indices, pattern->col_indices},
      {pattern->col_indices.shape(), u.dtype()},
      [](const Inputs& in, const Tensor& y) {
        const Tensor left = contiguous(in[0]), right = contiguous(in[1]);
        const Array pointers = in[2], ids = in[3];
        kernels::sampled_product({pointers, ids}, left, right, y);
      },
      [=](const Grad& g) {
        Tensors gradients(4);
        if (g.needs(0)) gradients[0] = product("matmul", pattern, g.dy, g.in(1), false);
        if (g.needs(1)) gradients[1] = product("matmul", pattern, g.dy, g.in(0), true);
        return gradients;
      });
}

// a times x, which may be a vector.
Tensor multiply(const Op& op, const Pattern& pattern, const Tensor& values, const Tensor& x,
                bool transposed) {
  const OpScope scope(op);
  const Dtype dtype = detail::common_dtype(op, values, x);
  const Tensor factors = to(values, dtype), right = to(x, dtype);
  if (x.rank() > 1) return product(op.name, pattern, factors, right, transposed);
  return squeeze(product(op.name, pattern, factors, unsqueeze(right, 1), transposed), 1);
}

void check_inner(const Op& op, const Tensor& x, const std::string& text, std::int64_t inner,
                 std::int64_t size) {
  if (x.rank() == 0) throw ShapeError(text + "the dense one needs at least one axis", op.site);
  if (inner == size) return;
  throw ShapeError(
      text + "inner sizes " + std::to_string(inner) + " and " + std::to_string(size) + " differ",
      op.site);
}

void check_right(const Op& op, const Shape& shape, const Tensor& x, bool transposed) {
  detail::check_defined(op, {x});
  check_inner(op, x,
              std::string(op.name) + ": sparse " + shape.str() + (transposed ? " transposed" : "") +
                  " x " + x.shape().str() + ": ",
              shape[transposed ? 0 : 1], x.rank() == 0 ? 0 : x.shape()[std::max(x.rank() - 2, 0)]);
}

}  // namespace

Tensor matmul(const SparseCsr& a, const Tensor& x, SparseMatmulOptions options, Site site) {
  const Op op{"matmul", site};
  check_right(op, a.shape(), x, options.transposed);
  a.pattern()->check_unchanged(op);
  return multiply(op, a.pattern(), a.values(), x, options.transposed);
}

Tensor matmul(const SparseCoo& a, const Tensor& x, SparseMatmulOptions options, Site site) {
  const Op op{"matmul", site};
  check_right(op, a.shape(), x, options.transposed);
  a.pattern()->check_unchanged(op);
  const OpScope scope(op);
  const detail::CooPattern::Csr& csr = a.pattern()->csr();
  return multiply(op, csr.pattern, index_select(a.values(), 0, csr.places), x, options.transposed);
}

Tensor matmul(const Tensor& x, const SparseCsr& a, Site site) {
  const Op op{"matmul", site};
  detail::check_defined(op, {x});
  check_inner(op, x, "matmul: " + x.shape().str() + " x sparse " + a.shape().str() + ": ",
              x.rank() == 0 ? 0 : x.shape().back(), a.shape()[0]);
  a.pattern()->check_unchanged(op);
  if (x.rank() == 1) return multiply(op, a.pattern(), a.values(), x, true);
  const OpScope scope(op);
  return transpose(multiply(op, a.pattern(), a.values(), transpose(x), true));
}

SparseCsr sampled_matmul(const SparseCsr& places, const Tensor& a, const Tensor& b, Site site) {
  const Op op{"sampled_matmul", site};
  detail::check_defined(op, {a, b});
  if (a.rank() != 2 || b.rank() != 2 || a.size(1) != b.size(0) || a.size(0) != places.size(0) ||
      b.size(1) != places.size(1)) {
    throw ShapeError("sampled_matmul: " + a.shape().str() + " x " + b.shape().str() +
                         " at places of " + places.shape().str() + ": needs (m, k), (k, n), (m, n)",
                     op.site);
  }
  places.pattern()->check_unchanged(op);
  const Dtype dtype = detail::common_dtype(op, a, b);
  const OpScope scope(op);
  return {places.pattern(),
          sampled(op.name, places.pattern(), to(a, dtype), transpose(to(b, dtype)))};
}

}  // namespace cinta
