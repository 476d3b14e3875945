#include <cinta/ops/kernels/linalg/blocked.hpp>
#include <cinta/ops/kernels/linalg/factor/qr.hpp>
#include <cinta/ops/kernels/loop/buffer.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(small_qr,
                    (const Array& a, const Array& q, const Array& r, bool several,
                     std::int64_t begin, std::int64_t end),
                    (a, q, r, several, begin, end))

void qr(const Array& a, const Array& q, const Array& r) {
  if (a.numel() == 0) return;
  const int rank = a.shape.rank();
  const std::int64_t m = a.shape[rank - 2], n = a.shape[rank - 1], count = a.numel() / (m * n);
  const std::int64_t k = std::min(m, n);
  dispatch_floating(a.dtype, [&]<class T>() {
    const Method method = method_for<T>(m, n);
    if (method != Method::lapack) {
      for_matrices(count, 2 * double(m) * double(n) * double(k),
                   [&](std::int64_t begin, std::int64_t end) {
                     small_qr(a, q, r, method == Method::lanes, begin, end);
                   });
      return;
    }
    // By columns a is aᵀ = l q', so that l by rows is r, and q' by rows is q.
    for_each_by_lapack(count, [&](std::int64_t i) {
      Buffer<T> work_matrix(m * n), taus(k);
      T* const x = work_matrix.data();
      T* const basis = q.data<T>() + i * m * k;
      T* const upper = r.data<T>() + i * k * n;
      std::copy_n(a.data<T>() + i * m * n, m * n, x);
      blocked_lq(x, n, m, taus.data());
      for (std::int64_t row = 0; row < k; ++row) {
        std::fill_n(upper + row * n, row, T(0));
        std::copy(x + row * n + row, x + (row + 1) * n, upper + row * n + row);
      }
      for (std::int64_t row = 0; row < m; ++row) std::copy_n(x + row * n, k, basis + row * k);
      blocked_lq_rows(basis, k, m, taus.data());
    });
  });
}

}  // namespace cinta::kernels
