#pragma once
// Private to ops/kernels/linalg: large factorizations, a block of rows at a time. The block is
// LAPACK's work, in one thread; what follows from it for the other rows is shared out among ours,
// as products are (gemm/gemm_parallel.hpp): OpenBLAS's own threads wait for each other in every
// step, and where another program takes a core for that long.

#include <atomic>
#include <cinta/ops/kernels/linalg/lapack_calls.hpp>
#include <cinta/ops/kernels/linalg/triangular.hpp>
#include <cmath>
#include <vector>

namespace cinta::kernels {

/// Rows that are factored at once.
inline constexpr std::int64_t block_rows = 128;
/// The size of a triangle that is not divided any more.
inline constexpr std::int64_t triangle_rows = 64;
/// Reflections that are applied at once, each of which costs as much again in the factor of their
/// product.
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

/// Each of the rows b (n) becomes the x with t x = b, for the lower triangle t of a; with `turned`
/// the upper one's transpose, with ones on its diagonal. By halves, down to triangles that OpenBLAS
/// has no fast way with.
template <class T>
void solve_rows(const T* a, bool turned, std::int64_t n, T* b, std::int64_t rows, int stride) {
  const std::int64_t down = turned ? 1 : stride, across = turned ? stride : 1;
  if (n <= triangle_rows)
    return solve_rows_in_lanes(dtype_of<T>, a, down, across, turned, n, b, stride, rows);
  const std::int64_t half = (n / 2 + 15) / 16 * 16;
  solve_rows(a, turned, half, b, rows, stride);
  subtract_product(rows, n - half, half, b, stride, a + half * down, stride, !turned, b + half,
                   stride);
  solve_rows(a + half * (stride + 1), turned, n - half, b + half, rows, stride);
}

/// The lower triangle of y (n, n) -= that of x xᵀ for x (n, k), all in rows `stride` apart; in
/// strips of equal areas.
template <class T>
void subtract_square(std::int64_t n, std::int64_t k, const T* x, T* y, int stride) {
  constexpr std::int64_t unit = 16;
  const bool shared = blas().shares_threads && n * n / 2 * k > 4 * grain;
  const std::int64_t strips = shared ? thread_count() : 1;
  const auto row = [=](std::int64_t strip) {
    if (strip == strips) return n;
    const double share = std::sqrt(double(strip) / double(strips));
    return std::int64_t(share * double(n)) / unit * unit;
  };
  parallel_for(strips, 1, [=](std::int64_t begin, std::int64_t end) {
    const OneThread one;
    for (std::int64_t strip = begin; strip < end; ++strip) {
      const std::int64_t first = row(strip);
      const int rows = int(row(strip + 1) - first), depth = int(k);
      if (rows == 0) continue;
      const T minus = -1, plus = 1;
      if (first > 0)
        subtract_product(rows, first, k, x + first * stride, stride, x, stride, true,
                         y + first * stride, stride);
      // By columns our lower triangle is the upper one.
      lapack<T>()->syrk("U", "T", &rows, &depth, &minus, x + first * stride, &stride, &plus,
                        y + first * (stride + 1), &stride, 1, 1);
    }
  });
}

/// The lower triangle of a (n, n), in rows `stride` apart, becomes its factor; what is above it is
/// left alone. Returns the order of the leading minor that is not positive, or 0. By halves: so
/// most of the work is in few large products.
template <class T>
std::int64_t blocked_cholesky(T* a, std::int64_t n, int stride) {
  if (n <= triangle_rows) {
    const OneThread one;
    const int size = int(n);
    int info = 0;
    // By columns our lower triangle is the upper one, and l is its lᵀ.
    lapack<T>()->potrf("U", &size, a, &stride, &info, 1);
    // OpenBLAS does not notice a NaN.
    for (int i = 0; i < size && info == 0; ++i)
      if (!(a[i * (stride + 1)] > 0)) info = i + 1;
    return info;
  }
  const std::int64_t half = (n / 2 + 15) / 16 * 16, rest = n - half;
  if (const std::int64_t order = blocked_cholesky(a, half, stride)) return order;
  T* const below = a + half * stride;
  for_rows(0, rest, double(half) * double(half) / 2, [=](std::int64_t begin, std::int64_t end) {
    solve_rows(a, false, half, below + begin * stride, end - begin, stride);
  });
  subtract_square(rest, half, below, below + half, stride);
  const std::int64_t order = blocked_cholesky(below + half, rest, stride);
  return order ? half + order : 0;
}

/// a (m, n) becomes l u of a pᵀ (lu.hpp).
template <class T>
void blocked_lu(T* a, std::int64_t m, std::int64_t n, std::int64_t* pivots) {
  const int stride = int(n);
  const std::int64_t few = std::min(m, n);
  // Exchanges what the block of rows from k on has found, in the rows [begin, end).
  const auto exchange = [=](std::int64_t k, std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      for (std::int64_t i = k; i < std::min(few, k + block_rows); ++i)
        if (pivots[i] != i) std::swap(a[row * n + i], a[row * n + pivots[i]]);
  };
  const auto factor = [=](std::int64_t k) {
    const int size = int(std::min(block_rows, few - k)), length = int(n - k);
    int found[block_rows], info = 0;
    lapack<T>()->getrf(&length, &size, a + k * n + k, &stride, found, &info);
    for (int i = 0; i < size; ++i) pivots[k + i] = k + found[i] - 1;
  };
  const auto update = [=](std::int64_t k, std::int64_t begin, std::int64_t end) {
    exchange(k, begin, end);
    const std::int64_t next = std::min(few, k + block_rows);
    solve_rows(a + k * n + k, true, next - k, a + begin * n + k, end - begin, stride);
    if (next < n)
      subtract_product(end - begin, n - next, next - k, a + begin * n + k, stride, a + k * n + next,
                       stride, false, a + begin * n + next, stride);
  };
  {
    const OneThread one;
    factor(0);
  }
  const int threads = blas().shares_threads ? thread_count() : 1;
  for (std::int64_t k = 0; k < few; k += block_rows) {
    // The next block comes first, and is factored while other threads are at the rows below it.
    const std::int64_t next = std::min(few, k + block_rows), below = std::min(m, next + block_rows);
    const std::int64_t parts = threads == 1 ? 1 : 2 * threads,
                       height = std::max(block_rows, ((m - below) / parts + 15) / 16 * 16),
                       strips = (m - below + height - 1) / height;
    std::atomic<std::int64_t> taken = 0;
    const auto work = [&, next, below, height, strips](std::int64_t, std::int64_t) {
      const OneThread one;
      for (std::int64_t strip; (strip = taken++) <= strips;) {
        const std::int64_t begin = strip == 0 ? next : below + (strip - 1) * height;
        const std::int64_t end = strip == 0 ? below : std::min(m, begin + height);
        if (begin < end) update(k, begin, end);
        if (strip == 0 && next < few) factor(next);
      }
    };
    parallel_for(threads, 1, work);
  }
  // The rows of a block have waited for the exchanges of later ones.
  parallel_for(few, grain_of(4 * n), [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      for (std::int64_t k = (row / block_rows + 1) * block_rows; k < few; k += block_rows)
        exchange(k, row, row + 1);
  });
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
