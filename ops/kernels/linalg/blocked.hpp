#pragma once
// Private to ops/kernels/linalg: large factorizations, a block of rows at a time. The block is
// LAPACK's work, in one thread; what follows from it for the other rows is shared out among ours,
// as products are (gemm/gemm_parallel.hpp): OpenBLAS's own threads wait for each other in every
// step, and where another program takes a core for that long.

#include <cinta/ops/kernels/linalg/lapack_calls.hpp>
#include <vector>

namespace cinta::kernels {

/// Rows that are factored at once.
inline constexpr std::int64_t block_rows = 128;
/// The same of reflections, each of which costs as much again in the factor of their product.
inline constexpr std::int64_t reflection_rows = 64;

/// y -= a x b, by rows; with `turned` b is read as its transpose.
inline void subtract_product(std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
                             int lda, const float* b, int ldb, bool turned, float* y, int ldy) {
  blas().sgemm(Blas::row_major, Blas::no_transpose, turned ? Blas::transpose : Blas::no_transpose,
               int(m), int(n), int(k), -1, a, lda, b, ldb, 1, y, ldy);
}
inline void subtract_product(std::int64_t m, std::int64_t n, std::int64_t k, const double* a,
                             int lda, const double* b, int ldb, bool turned, double* y, int ldy) {
  blas().dgemm(Blas::row_major, Blas::no_transpose, turned ? Blas::transpose : Blas::no_transpose,
               int(m), int(n), int(k), -1, a, lda, b, ldb, 1, y, ldy);
}

/// f(begin, end) on ranges of rows, in several threads if BLAS can be kept in each.
template <class F>
void for_rows(std::int64_t begin, std::int64_t end, double work_per_row, const F& f) {
  constexpr std::int64_t unit = 16;
  const std::int64_t units = (end - begin + unit - 1) / unit;
  const auto run = [&](std::int64_t from, std::int64_t to) {
    const OneThread one;
    f(begin + from * unit, std::min(end, begin + to * unit));
  };
  if (!blas().shares_threads) {
    if (units > 0) run(0, units);
    return;
  }
  parallel_for(units, grain_of(std::int64_t(work_per_row) * unit), run);
}

/// The lower triangle of a (n, n) becomes its factor. Returns the order of the leading minor that
/// is not positive, or 0.
template <class T>
std::int64_t blocked_cholesky(T* a, std::int64_t n) {
  const int stride = int(n);
  for (std::int64_t k = 0; k < n; k += block_rows) {
    const std::int64_t next = std::min(n, k + block_rows);
    const int size = int(next - k);
    T* const diagonal = a + k * n + k;
    int info = 0;
    {
      const OneThread one;
      // By columns our lower triangle is the upper one, and l is its lᵀ.
      lapack<T>()->potrf("U", &size, diagonal, &stride, &info, 1);
    }
    // OpenBLAS does not notice a NaN.
    for (int i = 0; i < size && info == 0; ++i)
      if (!(diagonal[i * (n + 1)] > 0)) info = i + 1;
    if (info) return k + info;
    for_rows(next, n, double(size) * size, [=](std::int64_t begin, std::int64_t end) {
      const int rows = int(end - begin);
      const T one = 1;
      lapack<T>()->trsm("L", "U", "T", "N", &size, &rows, &one, diagonal, &stride,
                        a + begin * n + k, &stride, 1, 1, 1, 1);
    });
    // Squares of what is left below the diagonal.
    constexpr std::int64_t side = 2 * block_rows;
    const std::int64_t sides = (n - next + side - 1) / side;
    for_rows(0, sides * (sides + 1) / 2 * 16, double(side) * side * size / 16,
             [=](std::int64_t begin, std::int64_t end) {
               for (std::int64_t square = begin / 16; square < end / 16; ++square) {
                 std::int64_t i = 0;
                 while ((i + 1) * (i + 2) / 2 <= square) ++i;
                 const std::int64_t row = next + i * side,
                                    column = next + (square - i * (i + 1) / 2) * side;
                 subtract_product(std::min(side, n - row), std::min(side, n - column), size,
                                  a + row * n + k, stride, a + column * n + k, stride, true,
                                  a + row * n + column, stride);
               }
             });
  }
  // Squares on the diagonal were computed as a whole.
  for (std::int64_t i = 0; i < n; ++i) std::fill(a + i * n + i + 1, a + (i + 1) * n, T(0));
  return 0;
}

/// a (m, n) becomes l u of a pᵀ (lu.hpp).
template <class T>
void blocked_lu(T* a, std::int64_t m, std::int64_t n, std::int64_t* pivots) {
  const int stride = int(n);
  const std::int64_t few = std::min(m, n);
  for (std::int64_t k = 0; k < few; k += block_rows) {
    const std::int64_t next = std::min(few, k + block_rows);
    const int size = int(next - k), length = int(n - k);
    T* const block = a + k * n + k;
    int found[block_rows];
    {
      const OneThread one;
      int info = 0;
      lapack<T>()->getrf(&length, &size, block, &stride, found, &info);
    }
    for (int i = 0; i < size; ++i) pivots[k + i] = k + found[i] - 1;
    const auto exchange = [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row)
        for (std::int64_t i = k; i < next; ++i)
          if (pivots[i] != i) std::swap(a[row * n + i], a[row * n + pivots[i]]);
    };
    exchange(0, k);
    for_rows(next, m, double(size) * length, [=](std::int64_t begin, std::int64_t end) {
      exchange(begin, end);
      const int rows = int(end - begin);
      const T one = 1;
      lapack<T>()->trsm("L", "L", "N", "U", &size, &rows, &one, block, &stride, a + begin * n + k,
                        &stride, 1, 1, 1, 1);
      if (next < n)
        subtract_product(rows, n - next, size, a + begin * n + k, stride, a + k * n + next, stride,
                         false, a + begin * n + next, stride);
    });
  }
}

/// Reflections of rows, as LAPACK has them by columns: `count` of them in the first rows of v.
template <class T>
struct Reflections {
  const T* v;
  int stride, count, length;  // of v, and of each
  std::vector<T> factor;      // that makes a product of them

  Reflections(T* first, int row_stride, int rows, int columns, const T* taus)
      : v(first),
        stride(row_stride),
        count(rows),
        length(columns),
        factor(std::size_t(rows) * std::size_t(rows)) {
    const OneThread one;
    lapack<T>()->larft("F", "R", &length, &count, first, &stride, taus, factor.data(), &count, 1,
                       1);
  }
  /// Rows begin, ..., end - 1 of c times their product or its transpose, shared out.
  void apply(bool transposed, T* c, int c_stride, std::int64_t begin, std::int64_t end) const {
    for_rows(begin, end, 4 * double(count) * length, [=, this](std::int64_t from, std::int64_t to) {
      const int rows = int(to - from);
      std::vector<T> work(std::size_t(rows) * std::size_t(count));
      lapack<T>()->larfb("R", transposed ? "T" : "N", "F", "R", &rows, &length, &count, v, &stride,
                         factor.data(), &count, c + from, &c_stride, work.data(), &rows, 1, 1, 1,
                         1);
    });
  }
};

/// x, by columns (rows, columns), becomes l with the reflections q of x = l q beside it.
template <class T>
void blocked_lq(T* x, std::int64_t rows, std::int64_t columns, T* taus) {
  const std::int64_t few = std::min(rows, columns);
  const int stride = int(rows);
  for (std::int64_t k = 0; k < few; k += reflection_rows) {
    const std::int64_t next = std::min(few, k + reflection_rows);
    const int size = int(next - k), length = int(columns - k);
    T* const block = x + k * rows + k;
    {
      const OneThread one;
      int info = 0, room = size * size;
      std::vector<T> work(static_cast<std::size_t>(room));
      lapack<T>()->gelqf(&size, &length, block, &stride, taus + k, work.data(), &room, &info);
    }
    if (next == rows) continue;
    // Behind the diagonal of each row is its reflection, whose first element counts as 1.
    Reflections<T>(block, stride, size, length, taus + k)
        .apply(false, x + k * rows, stride, next, rows);
  }
}

/// The reflections of blocked_lq in x, by columns (rows, columns) with rows <= columns, become the
/// orthonormal rows q.
template <class T>
void blocked_lq_rows(T* x, std::int64_t rows, std::int64_t columns, const T* taus) {
  const int stride = int(rows);
  const std::int64_t last = rows == 0 ? 0 : (rows - 1) / reflection_rows * reflection_rows;
  for (std::int64_t k = last; k >= 0; k -= reflection_rows) {
    const std::int64_t next = std::min(rows, k + reflection_rows);
    const int size = int(next - k), length = int(columns - k);
    T* const block = x + k * rows + k;
    if (next < rows) {
      Reflections<T>(block, stride, size, length, taus + k)
          .apply(true, x + k * rows, stride, next, rows);
    }
    const OneThread one;
    int info = 0, room = size * size;
    std::vector<T> work(static_cast<std::size_t>(room));
    lapack<T>()->orglq(&size, &length, &size, block, &stride, taus + k, work.data(), &room, &info);
    for (std::int64_t column = 0; column < k; ++column)
      std::fill_n(x + column * rows + k, size, T(0));
  }
}

/// x (n, k) becomes the solution for a triangle of a (n, n), as trsm sees it by columns.
template <class T>
void blocked_substitution(const char* uplo, const char* trans, const char* diag, const T* a,
                          std::int64_t n, T* x, std::int64_t k) {
  const int size = int(n), stride = int(k);
  for_rows(0, k, double(n) * double(n) / 2, [=](std::int64_t begin, std::int64_t end) {
    const int columns = int(end - begin);
    const T one = 1;
    lapack<T>()->trsm("R", uplo, trans, diag, &columns, &size, &one, a, &size, x + begin, &stride,
                      1, 1, 1, 1);
  });
}

}  // namespace cinta::kernels
