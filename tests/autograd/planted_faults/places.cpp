// Faults in where elements go: gathers, windows, permutations, reductions. All but the last are a
// matrix, whose backward multiplies by its transpose.

#include <algorithm>
#include <cmath>

#include "autograd/planted_faults/faults.hpp"

namespace {

using namespace planted;

struct Matrix {
  Matrix(int rows, int columns) : rows(rows), columns(columns), a(std::size_t(rows * columns), 0) {}
  double& operator()(int i, int j) { return a[std::size_t(i) * columns + std::size_t(j)]; }
  double operator()(int i, int j) const { return a[std::size_t(i) * columns + std::size_t(j)]; }
  Matrix transposed() const {
    Matrix t(columns, rows);
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) t(j, i) = (*this)(i, j);
    return t;
  }

  int rows, columns;
  std::vector<double> a;
};

// y = m x, whose backward multiplies by `back`, which should be m transposed.
Tensor multiply(const Tensor& x, const Matrix& m, const Matrix& back) {
  return apply(
      {"planted", Save::nothing(), {}}, {x}, {{m.rows}, x.dtype()},
      [m](const Inputs& in, const Tensor& y) {
        const Tensor v = contiguous(in[0]);
        for (int i = 0; i < m.rows; ++i) {
          y.data<double>()[i] = 0;
          for (int j = 0; j < m.columns; ++j) y.data<double>()[i] += m(i, j) * v.data<double>()[j];
        }
      },
      [m, back](const Grad& g) { return multiply(g.dy, back, m); });
}

// Its input is squared first, so that a wrong second order would show too.
Faulty linear_map(const Matrix& m, const Matrix& wrong_back) {
  return [=](const Tensors& in, bool wrong) {
    return multiply(square(in[0]), m, wrong ? wrong_back : m.transposed());
  };
}

// Rows i of x at ids[i].
Matrix gather(const std::vector<int>& ids, int size) {
  Matrix m(int(ids.size()), size);
  for (std::size_t i = 0; i < ids.size(); ++i) m(int(i), ids[i]) = 1;
  return m;
}

Matrix scatter_without_adding(const std::vector<int>& ids, int size) {
  Matrix back = gather(ids, size).transposed();
  for (std::size_t i = 0; i < ids.size(); ++i)
    for (std::size_t later = i + 1; later < ids.size(); ++later)
      if (ids[later] == ids[i]) back(ids[i], int(i)) = 0;
  return back;
}

Matrix shifted(Matrix m) {
  std::rotate(m.a.begin(), m.a.begin() + m.columns, m.a.end());
  return m;
}

Matrix lower_triangle(int n, int below = 0) {
  Matrix m(n, n);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j <= i - below; ++j) m(i, j) = 1;
  return m;
}

Matrix windows(int n, int width, bool mirrored = false) {
  Matrix m(n - width + 1, n);
  for (int i = 0; i < m.rows; ++i)
    for (int j = 0; j < width; ++j) m(i, i + j) = 1.0 + (mirrored ? width - 1 - j : j);
  return m;
}

Matrix without_last_column(Matrix back) {
  for (int i = 0; i < back.rows; ++i) back(i, back.columns - 1) = 0;
  return back;
}

Matrix average(int n, int divisor) {
  Matrix m(1, n);
  for (double& value : m.a) value = 1.0 / divisor;
  return m;
}

// Element k of the flattened transpose of a (rows, columns) matrix.
Matrix transposition(int rows, int columns) {
  std::vector<int> ids;
  for (int j = 0; j < columns; ++j)
    for (int i = 0; i < rows; ++i) ids.push_back(i * columns + j);
  return gather(ids, rows * columns);
}

// Softmax of a vector; the rule is missing the sum if `wrong`.
Tensor softmax_of(const Tensor& x, bool wrong) {
  return composed(
      "planted", {x}, x.spec(), [](const Inputs& in) { return softmax(in[0], 0); },
      [wrong](const Grad& g) {
        const Tensor y = g.out();
        return wrong ? g.dy * y : y * (g.dy - sum(g.dy * y));
      });
}

// The largest element.
Tensor largest(const Tensor& x, bool wrong) {
  return composed(
      "planted", {x}, {{}, x.dtype()}, [](const Inputs& in) { return max(in[0]); },
      [wrong](const Grad& g) {
        const Tensor hit = wrong ? ge(g.in(0), -100) : eq(g.in(0), g.out());
        return where(hit, g.dy, 0.0);
      });
}

// Variance, whose backward divides by another number than its forward.
Tensor variance(const Tensor& x, bool wrong) {
  return composed(
      "planted", {x}, {{}, x.dtype()}, [](const Inputs& in) { return var(in[0]); },
      [wrong](const Grad& g) {
        const double n = double(g.shape(0).numel());
        return g.dy * (2 / (wrong ? n : n - 1)) * (g.in(0) - mean(g.in(0)));
      });
}

// Row sums, by a rule that hands each row's gradient to a column.
Tensor row_sums(const Tensor& x, bool wrong) {
  return composed(
      "planted", {square(x)}, {{x.size(0)}, x.dtype()},
      [](const Inputs& in) { return sum(in[0], 1); },
      [wrong](const Grad& g) { return broadcast_to(unsqueeze(g.dy, wrong ? 0 : 1), g.shape(0)); });
}

const Register family({
    {"repeated ids overwrite instead of adding",
     linear_map(gather({1, 3, 1, 0}, 4), scatter_without_adding({1, 3, 1, 0}, 4)), one({4})},
    {"rows shifted by one",
     linear_map(gather({1, 3, 0}, 4), shifted(gather({1, 3, 0}, 4).transposed())), one({4})},
    {"a slice put back at the wrong place",
     linear_map(gather({1, 2}, 4), gather({2, 3}, 4).transposed()), one({4})},
    {"a step forgotten", linear_map(gather({0, 2, 4}, 5), gather({0, 1, 2}, 5).transposed()),
     one({5})},
    {"a flip that is not undone", linear_map(gather({3, 2, 1, 0}, 4), gather({0, 1, 2, 3}, 4)),
     one({4})},
    {"a rotation undone in the wrong direction",
     linear_map(gather({1, 2, 3, 0}, 4), gather({1, 2, 3, 0}, 4)), one({4})},
    {"a running sum that runs the wrong way", linear_map(lower_triangle(4), lower_triangle(4)),
     one({4})},
    {"a running sum without its own element",
     linear_map(lower_triangle(4), lower_triangle(4, 1).transposed()), one({4})},
    {"overlapping windows without the last",
     linear_map(windows(6, 3), without_last_column(windows(6, 3).transposed())), one({6})},
    {"a filter that is not mirrored", linear_map(windows(6, 3), windows(6, 3, true).transposed()),
     one({6})},
    {"a transposition that is not undone", linear_map(transposition(2, 3), transposition(2, 3)),
     one({6})},
    {"a mean over one element less", linear_map(average(5, 5), average(5, 4).transposed()),
     one({5})},
    {"a sum instead of a mean", linear_map(average(5, 5), average(5, 1).transposed()), one({5})},
    {"a reduction along the wrong axis",
     [](const Tensors& in, bool w) { return row_sums(in[0], w); }, one({3, 3})},
    {"a variance divided by n instead of n - 1",
     [](const Tensors& in, bool w) { return variance(in[0], w); }, one({5})},
    {"the largest element's gradient for all",
     [](const Tensors& in, bool w) { return largest(square(in[0]), w); }, one({5})},
    {"softmax without the sum", [](const Tensors& in, bool w) { return softmax_of(in[0], w); },
     one({5})},
});

}  // namespace
