#pragma once
// What the rows of linear algebra share: matrices in plain loops.

#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>

#include "ops/op_table/op_table.hpp"

namespace op_table {

/// A matrix of doubles.
struct Plain {
  std::int64_t rows = 0, columns = 0;
  std::vector<double> x = std::vector<double>(std::size_t(rows * columns));

  double& operator()(std::int64_t i, std::int64_t j) { return x[std::size_t(i * columns + j)]; }
  double operator()(std::int64_t i, std::int64_t j) const {
    return x[std::size_t(i * columns + j)];
  }
  static Plain eye(std::int64_t n) {
    Plain y{n, n};
    for (std::int64_t i = 0; i < n; ++i) y(i, i) = 1;
    return y;
  }
  friend Plain operator*(const Plain& a, const Plain& b) {
    Plain y{a.rows, b.columns};
    for (std::int64_t i = 0; i < a.rows; ++i)
      for (std::int64_t j = 0; j < b.columns; ++j)
        for (std::int64_t k = 0; k < a.columns; ++k) y(i, j) += a(i, k) * b(k, j);
    return y;
  }
  friend Plain operator+(Plain a, const Plain& b) {
    for (std::size_t i = 0; i < a.x.size(); ++i) a.x[i] += b.x[i];
    return a;
  }
  friend Plain operator*(double factor, Plain a) {
    for (double& v : a.x) v *= factor;
    return a;
  }
  Plain turned() const {
    Plain y{columns, rows};
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < columns; ++j) y(j, i) = (*this)(i, j);
    return y;
  }
};

/// Matrix `index` of a dense batch.
inline Plain matrix_of(const Tensor& x, std::int64_t index) {
  Plain y{x.size(-2), x.size(-1)};
  for (std::size_t i = 0; i < y.x.size(); ++i)
    y.x[i] = at(x, index * y.rows * y.columns + std::int64_t(i));
  return y;
}

inline Shape leading_of(const Tensor& x, int axes = 2) {
  Shape shape = Shape::filled(x.rank() - axes);
  for (int i = 0; i < shape.rank(); ++i) shape[i] = x.shape()[i];
  return shape;
}

/// (leading of x) + sizes, filled by the matrices f(index).
template <class F>
Tensor batch_of(const Shape& leading, std::initializer_list<std::int64_t> sizes, const F& f) {
  std::vector<std::int64_t> all(leading.begin(), leading.end());
  all.insert(all.end(), sizes);
  std::vector<Plain> matrices;
  for (std::int64_t i = 0; i < leading.numel(); ++i) matrices.push_back(f(i));
  const std::int64_t size = Shape(sizes).numel();
  return build(Shape(all), float64, [&](std::int64_t flat) {
    return matrices[std::size_t(flat / size)].x[std::size_t(flat % size)];
  });
}

/// Symmetric positive definite, of any x: x xᵀ + n I.
inline Tensor definite(const Tensor& x, Site site = {}) {
  const SiteScope scope(site);  // the row's
  return matmul(x, transpose(x)) + double(x.size(-2)) * eye(x.size(-2), x.dtype());
}
inline Plain definite(const Plain& x) {
  return x * x.turned() + double(x.rows) * Plain::eye(x.rows);
}

/// Ones from the right upper corner down, so that a factorization has to exchange pivots.
inline Plain mirror(std::int64_t n) {
  Plain y{n, n};
  for (std::int64_t i = 0; i < n; ++i) y(i, n - 1 - i) = 1;
  return y;
}
/// Far from singular, of any x: x + 3 n times the mirror.
inline Tensor regular(const Tensor& x, Site site = {}) {
  const SiteScope scope(site);
  const std::int64_t n = x.size(-1);
  return x + 3.0 * double(n) *
                 build({n, n}, x.dtype(), [&](std::int64_t i) { return i / n == n - 1 - i % n; });
}
inline Plain regular(const Plain& x) { return x + 3.0 * double(x.rows) * mirror(x.rows); }

/// x with a x = b by elimination, rows and columns exchanged.
inline Plain solved(Plain a, Plain b) {
  const std::int64_t n = a.rows;
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) order[std::size_t(i)] = i;
  for (std::int64_t k = 0; k < n; ++k) {
    std::int64_t row = k, column = k;
    for (std::int64_t i = k; i < n; ++i)
      for (std::int64_t j = k; j < n; ++j)
        if (std::abs(a(i, j)) > std::abs(a(row, column))) row = i, column = j;
    for (std::int64_t j = 0; j < n; ++j) std::swap(a(k, j), a(row, j));
    for (std::int64_t j = 0; j < b.columns; ++j) std::swap(b(k, j), b(row, j));
    for (std::int64_t i = 0; i < n; ++i) std::swap(a(i, k), a(i, column));
    std::swap(order[std::size_t(k)], order[std::size_t(column)]);
    for (std::int64_t i = 0; i < n; ++i) {
      if (i == k) continue;
      const double factor = a(i, k) / a(k, k);
      for (std::int64_t j = k; j < n; ++j) a(i, j) -= factor * a(k, j);
      for (std::int64_t j = 0; j < b.columns; ++j) b(i, j) -= factor * b(k, j);
    }
  }
  Plain x{n, b.columns};
  for (std::int64_t k = 0; k < n; ++k)
    for (std::int64_t j = 0; j < b.columns; ++j) x(order[std::size_t(k)], j) = b(k, j) / a(k, k);
  return x;
}
inline Plain inverse(const Plain& a) { return solved(a, Plain::eye(a.rows)); }

/// What all operations on matrices refuse with the same words.
template <class F>
check::Refusal no_matrix(const std::string& name, F f) {
  return {[f] { f(ones({3})); }, name + ": (3,) has no two axes of a matrix"};
}
template <class F>
check::Refusal not_square(const std::string& name, F f) {
  return {[f] { f(ones({2, 3})); }, name + ": (2, 3) is not square"};
}

/// The determinant, by the first row.
inline double determinant(const Plain& a) {
  if (a.rows == 0) return 1;
  double sum = 0;
  for (std::int64_t k = 0; k < a.rows; ++k) {
    Plain minor{a.rows - 1, a.rows - 1};
    for (std::int64_t i = 1; i < a.rows; ++i)
      for (std::int64_t j = 0; j < a.rows; ++j)
        if (j != k) minor(i - 1, j - (j > k)) = a(i, j);
    sum += (k % 2 ? -1 : 1) * a(0, k) * determinant(minor);
  }
  return sum;
}

inline Plain cholesky_of(const Plain& a) {
  Plain l{a.rows, a.rows};
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) {
      double sum = a(i, j);
      for (std::int64_t k = 0; k < j; ++k) sum -= l(i, k) * l(j, k);
      l(i, j) = i == j ? std::sqrt(sum) : sum / l(j, j);
    }
  }
  return l;
}

/// The system a x = b of a batch, whose leading axes broadcast; a vector b is one column.
template <class F>
Tensor systems(const Tensor& a, const Tensor& b, const F& solution) {
  const bool vector = b.rank() == 1;
  const Shape one = leading_of(a), other = vector ? Shape() : leading_of(b);
  const Shape batch = broadcast_shapes("reference", one, other);
  const std::int64_t n = a.size(-1), k = vector ? 1 : b.size(-1);
  const auto solve_one = [&](std::int64_t i) {
    Plain right{n, k};
    const std::int64_t first = source_of(i, batch, other) * n * k;
    for (std::int64_t e = 0; e < n * k; ++e) right.x[std::size_t(e)] = at(b, first + e);
    return solution(matrix_of(a, source_of(i, batch, one)), right);
  };
  return vector ? batch_of(batch, {n}, solve_one) : batch_of(batch, {n, k}, solve_one);
}

/// One matrix function per matrix of the only input.
template <class F>
check::Function each_matrix(F f) {
  return [f](const Tensors& in) {
    const Plain shape = f(Plain{in[0].size(-2), in[0].size(-1)});
    return batch_of(leading_of(in[0]), {shape.rows, shape.columns},
                    [&](std::int64_t i) { return f(matrix_of(in[0], i)); });
  };
}
/// One number per matrix.
template <class F>
check::Function each_number(F f) {
  return [f](const Tensors& in) {
    return batch_of(leading_of(in[0]), {}, [&](std::int64_t i) {
      Plain y{1, 1};
      y.x[0] = f(matrix_of(in[0], i));
      return y;
    });
  };
}

}  // namespace op_table
