#include <algorithm>
#include <cinta/autograd/primitive/as_strided.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/fill.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/linalg/detail/matrix.hpp>
#include <cinta/ops/linalg/matrix_function.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/linalg/solve.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>
#include <functional>

namespace cinta {
namespace {

// Coefficients of the Padé approximation of degree 13, and the norm up to which it has the
// precision of a double (Higham, SIAM J. Matrix Anal. Appl. 26, 2005, tables 2.3 and 10.4).
constexpr double pade[] = {64764752532480000.,
                           32382376266240000.,
                           7771770303897600.,
                           1187353796428800.,
                           129060195264000.,
                           10559470521600.,
                           670442572800.,
                           33522128640.,
                           1323241920.,
                           40840800.,
                           960960.,
                           16380.,
                           182.,
                           1.};
constexpr double pade_norm = 5.371920351148152;

// How often each matrix has to be halved, (..., 1, 1).
Tensor halvings(const Tensor& a) {
  const Tensor norms = contiguous(max(sum(abs(a), -2, keepdims), -1, keepdims));
  const Tensor result = empty(norms.shape(), norms.dtype());
  dispatch_floating(a.dtype(), [&]<class T>() {
    for (std::int64_t i = 0; i < norms.numel(); ++i) {
      const double norm = norms.data<T>()[i];
      // Of infinities and NaN comes NaN, however often.
      result.data<T>()[i] = norm > pade_norm && std::isfinite(norm)
                                ? T(std::ceil(std::log2(norm / pade_norm)))
                                : T(0);
    }
  });
  return result;
}

void exponential(const Tensor& a, const Tensor& y) {
  const Tensor times = halvings(a);
  const Tensor one = eye(a.size(-1), a.dtype());
  const Tensor x = a * pow(2, -times), x2 = matmul(x, x), x4 = matmul(x2, x2), x6 = matmul(x2, x4);
  const auto part = [&](int from) {  // the powers 6, 4, 2, 0 with every second coefficient
    return pade[from + 6] * x6 + pade[from + 4] * x4 + pade[from + 2] * x2 + pade[from] * one;
  };
  const Tensor high_odd = pade[13] * x6 + pade[11] * x4 + pade[9] * x2;
  const Tensor high_even = pade[12] * x6 + pade[10] * x4 + pade[8] * x2;
  const Tensor odd = matmul(x, matmul(x6, high_odd) + part(1));
  const Tensor even = matmul(x6, high_even) + part(0);
  Tensor result = solve(even - odd, even + odd);
  const auto most = std::int64_t(times.numel() ? max(times).item() : 0);
  for (std::int64_t i = 0; i < most; ++i)
    result = where(gt(times, i), matmul(result, result), result);
  kernels::copy(result, y);
}

// The right upper square of a matrix twice as large.
Tensor right_upper(const Tensor& x, std::int64_t n) {
  return slice(slice(x, -2, 0, n), -1, n, 2 * n);
}

Tensor exponential_of(const Op& op, const Tensor& a) {
  return apply(
      op.saving(Save::input(0)), {a}, a.spec(),
      [](const Inputs& in, const Tensor& y) {
        if (y.numel()) exponential(in[0], y);
      },
      [](const Grad& g) {
        // Of [[x, dy], [0, x]] with x = aᵀ the right upper square is the gradient.
        if (g.dy.numel() == 0) return zeros(g.dy.shape(), g.dy.dtype());
        // It is linear in dy, which must not decide how often x is halved.
        const Tensor x = transpose(g.in(0)), size = detail::magnitudes(g.dy);
        const Tensor both =
            cat({cat({x, g.dy / size}, -1), cat({zeros(x.shape(), x.dtype()), x}, -1)}, -2);
        return right_upper(exponential_of({"matrix_exp", Site()}, both), x.size(-1)) * size;
      });
}

}  // namespace

Tensor matrix_exp(const Tensor& a, Site site) {
  const Op op{"matrix_exp", site};
  detail::check_square(op, a);
  const OpScope scope(op);
  return exponential_of(op, a);
}

Tensor matrix_power(const Tensor& a, std::int64_t power, Site site) {
  const Op op{"matrix_power", site};
  const OpScope scope(op);
  detail::check_square(op, a);
  // Whatever is in a, and with a gradient, which is 0.
  if (power == 0) return where(zeros(a.shape(), boolean), a, eye(a.size(-1), a.dtype()));
  if (power == 1) return clone(a);
  Tensor square = power < 0 ? inv(a) : a, result;
  // As an unsigned number the smallest one has a size, too.
  for (auto left = power < 0 ? -std::uint64_t(power) : std::uint64_t(power);;) {
    if (left & 1) result = result.defined() ? matmul(result, square) : square;
    left >>= 1;
    if (left == 0) return result;
    square = matmul(square, square);
  }
}

Tensor multi_dot(const Tensors& matrices, Site site) {
  const Op op{"multi_dot", site};
  const OpScope scope(op);
  if (matrices.size() < 2) {
    throw ValueError(
        "multi_dot: needs at least two matrices, got " + std::to_string(matrices.size()), op.site);
  }
  detail::check_defined(op, matrices);
  const std::size_t count = matrices.size();
  std::vector<double> sizes;  // count + 1: rows of the first, then the columns of each
  for (std::size_t i = 0; i < count; ++i) {
    const Tensor& x = matrices[i];
    const bool end = i == 0 || i + 1 == count;
    if (x.rank() < 1 || x.rank() > 2 || (x.rank() == 1 && !end)) {
      throw ShapeError("multi_dot: " + x.shape().str() + " at " + std::to_string(i) +
                           ": needs a matrix, or a vector at either end",
                       op.site);
    }
    const std::int64_t rows = x.rank() == 1 && i == 0 ? 1 : x.size(0);
    const std::int64_t columns = x.rank() == 2 ? x.size(1) : i == 0 ? x.size(0) : 1;
    if (i == 0) sizes.push_back(double(rows));
    if (double(rows) != sizes.back()) {
      throw ShapeError("multi_dot: " + matrices[i - 1].shape().str() + " x " + x.shape().str() +
                           " at " + std::to_string(i) + ": inner sizes differ",
                       op.site);
    }
    sizes.push_back(double(columns));
  }
  // The cheapest way to multiply each range, and where it is divided.
  std::vector<double> cost(count * count, 0);
  std::vector<std::size_t> cut(count * count, 0);
  for (std::size_t length = 1; length < count; ++length) {
    for (std::size_t i = 0; i + length < count; ++i) {
      const std::size_t j = i + length;
      double& least = cost[i * count + j] = INFINITY;
      for (std::size_t k = i; k < j; ++k) {
        const double sum = cost[i * count + k] + cost[(k + 1) * count + j] +
                           sizes[i] * sizes[k + 1] * sizes[j + 1];
        if (sum >= least) continue;
        least = sum;
        cut[i * count + j] = k;
      }
    }
  }
  const std::function<Tensor(std::size_t, std::size_t)> product = [&](std::size_t i,
                                                                      std::size_t j) {
    if (i == j) return matrices[i];
    const std::size_t k = cut[i * count + j];
    return matmul(product(i, k), product(k + 1, j));
  };
  return product(0, count - 1);
}

Tensor trace(const Tensor& x, Site site) {
  const Op op{"trace", site};
  detail::check_matrix(op, x);
  const OpScope scope(op);
  const std::int64_t m = x.size(-2), n = x.size(-1), few = std::min(m, n);
  const Shape shape = detail::with_sizes(detail::leading(x.shape()), {few});
  if (shape.numel() == 0)
    return sum(reshape(x, detail::with_sizes(detail::leading(x.shape()), {m * n})), -1);
  Strides strides = Strides::filled(shape.rank(), n + 1);
  std::int64_t step = m * n;
  for (int i = shape.rank() - 2; i >= 0; --i) {
    strides[i] = step;
    step *= shape[i];
  }
  return sum(as_strided(contiguous(x), shape, strides), -1);
}

Tensor tensorsolve(const Tensor& a, const Tensor& b, Site site) {
  const Op op{"tensorsolve", site};
  detail::check_defined(op, {a, b});
  const OpScope scope(op);
  const std::int64_t n = b.numel();
  bool fits = a.rank() >= b.rank();
  for (int i = 0; fits && i < b.rank(); ++i) fits = a.size(i) == b.size(i);
  Shape rest = Shape::filled(fits ? a.rank() - b.rank() : 0);
  for (int i = 0; i < rest.rank(); ++i) rest[i] = a.size(b.rank() + i);
  if (!fits || rest.numel() != n) {
    throw ShapeError(
        "tensorsolve: " + a.shape().str() + " and " + b.shape().str() +
            ": the first needs the sizes of the second, and others of the same product",
        op.site);
  }
  return reshape(solve(reshape(a, {n, n}), reshape(b, {n})), rest);
}

}  // namespace cinta
