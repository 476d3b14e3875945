#include <cinta/ops/kernels/linalg/blocked.hpp>
#include <cinta/ops/kernels/linalg/triangular.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(small_solve_triangular,
                    (const Array& a, Triangle triangle, const Array& b, const Array& x,
                     bool several, std::int64_t begin, std::int64_t end),
                    (a, triangle, b, x, several, begin, end))
CINTA_SIMD_FUNCTION(solve_rows_in_lanes,
                    (Dtype dtype, const void* a, std::int64_t down, std::int64_t across, bool unit,
                     std::int64_t n, void* b, std::int64_t stride, std::int64_t rows),
                    (dtype, a, down, across, unit, n, b, stride, rows))

void solve_triangular(const Array& a, Triangle triangle, const Array& b, const Array& x) {
  if (x.numel() == 0) return;
  const int rank = x.shape.rank();
  const std::int64_t n = x.shape[rank - 2], k = x.shape[rank - 1], count = x.numel() / (n * k);
  dispatch_floating(x.dtype, [&]<class T>() {
    const Method method = method_for<T>(n, k);
    if (method != Method::lapack) {
      for_matrices(count, double(n) * double(n) * double(k) / 2,
                   [&](std::int64_t begin, std::int64_t end) {
                     small_solve_triangular(a, triangle, b, x, method == Method::lanes, begin, end);
                   });
      return;
    }
    const Matrices matrices(a, x.shape), sides(b, x.shape), results(x);
    // By columns: xᵀ tᵀ = bᵀ, and a's memory is aᵀ.
    const char uplo = triangle.upper ? 'L' : 'U', trans = triangle.transposed ? 'T' : 'N',
               diag = triangle.unit ? 'U' : 'N';
    for_each_by_lapack(count, [&](std::int64_t i) {
      std::copy_n(sides.at<T>(i), n * k, results.at<T>(i));
      blocked_substitution(&uplo, &trans, &diag, matrices.at<T>(i), n, results.at<T>(i), k);
    });
  });
}

Stop zero_on_diagonal(const Array& a) {
  if (a.numel() == 0) return {};
  return dispatch_floating(a.dtype, [&]<class T>() {
    const std::int64_t n = a.shape.back(), count = a.numel() / (n * n);
    const T* x = a.data<T>();
    for (std::int64_t i = 0; i < count; ++i, x += n * n)
      for (std::int64_t k = 0; k < n; ++k)
        if (x[k * (n + 1)] == 0) return Stop{i, k + 1};
    return Stop();
  });
}

void keep_triangle(const Array& x, bool upper, double diagonal, const Array& y) {
  if (x.numel() == 0) return;
  const int rank = x.shape.rank();
  const std::int64_t m = x.shape[rank - 2], n = x.shape[rank - 1], rows = x.numel() / n;
  dispatch_floating(x.dtype, [&]<class T>() {
    const T* const from = x.data<T>();
    T* const to = y.data<T>();
    parallel_for(rows, grain_of(n), [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        const std::int64_t i = row % m, low = std::min(i, n), high = std::min(i + 1, n);
        const T* const in = from + row * n;
        T* const out = to + row * n;
        if (upper) {
          std::fill_n(out, low, T(0));
          std::copy(in + high, in + n, out + high);
        } else {
          std::copy_n(in, low, out);
          std::fill(out + high, out + n, T(0));
        }
        // Not by a product with 0, which infinities would make NaN.
        if (low < high) out[i] = diagonal == 0 ? T(0) : T(diagonal) * in[i];
      }
    });
  });
}

}  // namespace cinta::kernels
