#pragma once
// What attention's forward and backward share: scores of a row, weights from scores. Only for
// *_simd.cpp files.

#include <cinta/ops/kernels/attention/attention.hpp>
#include <cinta/ops/kernels/gemm/gemm.hpp>
#include <cinta/ops/kernels/loop/rows.hpp>
#include <cinta/ops/kernels/loop/scratch.hpp>

namespace cinta::kernels {

using std::int64_t;

/// A matrix of a batch of them.
template <class T>
struct Matrix {
  T* data;
  int64_t row, column;

  Matrix rows_from(int64_t first) const { return {data + first * row, row, column}; }
  Matrix from(int64_t i, int64_t j) const { return {data + i * row + j * column, row, column}; }
  Matrix transposed() const { return {data, column, row}; }
};

/// Number `index` of the matrices in the last two axes.
template <class T>
Matrix<T> matrix(const Array& x, int64_t index) {
  const int rank = x.shape.rank();
  int64_t offset = 0;
  for (int i = rank - 3; i >= 0; --i) {
    offset += index % x.shape[i] * x.strides[i];
    index /= x.shape[i];
  }
  return {x.data<T>() + offset, x.strides[rank - 2], x.strides[rank - 1]};
}

/// y (m, n) = or += a (m, k) x b (k, n)
template <class T>
void product(int64_t m, int64_t n, int64_t k, const Matrix<T>& a, const Matrix<T>& b,
             const Matrix<T>& y, bool accumulate = false) {
  if (m * n > 0)
    multiply(Product<T>{m, n, k, a.data, a.row, a.column, b.data, b.row, b.column, y.data, y.row,
                        accumulate});
}

struct Sizes {
  int64_t length, keys, width, value_width, count;

  explicit Sizes(const Attention& c)
      : length(c.query.shape[c.query.shape.rank() - 2]),
        keys(c.key.shape[c.key.shape.rank() - 2]),
        width(c.query.shape.back()),
        value_width(c.value.shape.back()),
        count(1) {
    for (int i = 0; i < c.query.shape.rank() - 2; ++i) count *= c.query.shape[i];
  }
  /// Keys that some of the queries before `end` see.
  int64_t seen(const Attention& c, int64_t end) const {
    return c.causal ? std::min(keys, end) : keys;
  }
};

/// Queries [first, first + count) beside keys [begin, begin + n). Causal ones see a triangle at the
/// end, which is worked through in stairs: what lies above them is neither computed nor read.
struct Block {
  static constexpr int64_t stair = 32;  // a panel of columns of a product, or several

  int64_t first, count, begin, n;
  bool causal;

  /// f(column, columns, row): of these keys the queries from `row` on are wanted.
  template <class F>
  void for_columns(const F& f) const {
    const int64_t all = causal ? std::clamp<int64_t>(first + stair - begin, 0, n) : n;
    if (all > 0) f(int64_t(0), all, int64_t(0));
    for (int64_t j = all; j < n; j += stair) f(j, std::min(stair, n - j), begin + j - first);
  }
  /// f(row, rows, columns): what these queries see lies in the first `columns` keys.
  template <class F>
  void for_rows(const F& f) const {
    if (!causal || begin + n <= first + stair) return f(int64_t(0), count, n);
    for (int64_t row = 0; row < count; row += stair) {
      const int64_t rows = std::min(stair, count - row);
      f(row, rows, std::clamp<int64_t>(first + row + rows - begin, 0, n));
    }
  }
};

/// A row's scores of keys [first, first + n), from its products: scaled, with the mask, -infinity
/// for what query `row` of head `head` does not see. Returns the largest.
template <class T>
T mask_scores(const Attention& c, int64_t head, int64_t row, int64_t first, int64_t n, T* s) {
  const T scale = T(c.scale);
  const int64_t end = c.causal ? std::clamp<int64_t>(row + 1 - first, 0, n) : n;
  if (!c.mask) {
    for (int64_t k = 0; k < end; ++k) s[k] *= scale;
  } else if (c.mask->dtype == boolean) {
    const auto m = matrix<bool>(*c.mask, head).rows_from(row);
    const bool* const sees = m.data + first * m.column;
    if (m.column == 1)
      for (int64_t k = 0; k < end; ++k) s[k] = sees[k] ? s[k] * scale : -infinity<T>;
    else
      for (int64_t k = 0; k < end; ++k) s[k] = sees[k * m.column] ? s[k] * scale : -infinity<T>;
  } else {
    const auto m = matrix<T>(*c.mask, head).rows_from(row);
    const T* const added = m.data + first * m.column;
    if (m.column == 1)
      for (int64_t k = 0; k < end; ++k) s[k] = s[k] * scale + added[k];
    else
      for (int64_t k = 0; k < end; ++k) s[k] = s[k] * scale + added[k * m.column];
  }
  std::fill(s + end, s + n, -infinity<T>);
  return largest_number(s, n);
}

/// s = exp(s - top); returns the sum. Infinite elements share what there is, as in softmax.
template <class T>
[[gnu::flatten]] double exp_row(T* s, T top, int64_t n) {
  if (top == infinity<T>) {
    double sum = 0;
    for (int64_t k = 0; k < n; ++k) sum += s[k] = s[k] != s[k] ? s[k] : T(s[k] == top);
    return sum;
  }
  const Lanes<T> shift(top == -infinity<T> ? T(0) : top);
  return sum_lanes<T>(n, [=](int64_t k, int64_t m) {
    const Lanes<T> e = exp(Lanes<T>(s + k, m, -infinity<T>) - shift);
    e.store(s + k, m);
    return e;
  });
}

template <class T>
void scale_row(T* x, T factor, int64_t n) {
  for (int64_t k = 0; k < n; ++k) x[k] *= factor;
}

/// The factors of dropout for keys [first, first + n) of a row.
template <class T>
void draw_factors(const Attention& c, const Sizes& size, int64_t head, int64_t row, int64_t first,
                  int64_t n, T* factors) {
  dropout_factors(c.random, c.dropout, (head * size.length + row) * size.keys + first, n, factors);
}

template <class T>
void multiply_row(T* x, const T* factors, int64_t n) {
  for (int64_t k = 0; k < n; ++k) x[k] *= factors[k];
}

/// Items of `work` multiplications each that are worth a thread.
inline int64_t attention_grain(int64_t work) { return 256 * 1024 / std::max<int64_t>(1, work) + 1; }

}  // namespace cinta::kernels
