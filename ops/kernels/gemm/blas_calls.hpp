#pragma once
// Private to gemm.cpp: OpenBLAS by the type of the elements, in the calling thread.

#include <cinta/ops/kernels/gemm/blas.hpp>
#include <cinta/ops/kernels/gemm/gemm_tiled.hpp>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace cinta::kernels {

/// Keeps an OpenBLAS that shares our threads in the calling one: we decide ourselves whether a
/// product is worth several.
class OneThread {
 public:
#ifdef _OPENMP
  OneThread() : before_(omp_get_max_threads()) {
    if (before_ > 1) omp_set_num_threads(1);
  }
  ~OneThread() {
    if (before_ > 1) omp_set_num_threads(before_);
  }

 private:
  int before_;
#else
  OneThread() = default;
#endif
 public:
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;
};

/// y = op(a) x op(b), or +=.
inline void gemm(bool trans_a, bool trans_b, const Product<float>& p, int lda, int ldb) {
  const OneThread one;
  blas().sgemm(Blas::row_major, trans_a ? Blas::transpose : Blas::no_transpose,
               trans_b ? Blas::transpose : Blas::no_transpose, int(p.m), int(p.n), int(p.k), 1, p.a,
               lda, p.b, ldb, p.accumulate ? 1 : 0, p.y, int(p.y_row));
}
inline void gemm(bool trans_a, bool trans_b, const Product<double>& p, int lda, int ldb) {
  const OneThread one;
  blas().dgemm(Blas::row_major, trans_a ? Blas::transpose : Blas::no_transpose,
               trans_b ? Blas::transpose : Blas::no_transpose, int(p.m), int(p.n), int(p.k), 1, p.a,
               lda, p.b, ldb, p.accumulate ? 1 : 0, p.y, int(p.y_row));
}

/// y += op(a) x, for a as it lies (rows, columns).
inline void gemv(bool trans, std::int64_t rows, std::int64_t columns, const float* a, int lda,
                 const float* x, std::int64_t x_step, float* y) {
  const OneThread one;
  blas().sgemv(Blas::row_major, trans ? Blas::transpose : Blas::no_transpose, int(rows),
               int(columns), 1, a, lda, x, int(x_step), 1, y, 1);
}
inline void gemv(bool trans, std::int64_t rows, std::int64_t columns, const double* a, int lda,
                 const double* x, std::int64_t x_step, double* y) {
  const OneThread one;
  blas().dgemv(Blas::row_major, trans ? Blas::transpose : Blas::no_transpose, int(rows),
               int(columns), 1, a, lda, x, int(x_step), 1, y, 1);
}

}  // namespace cinta::kernels
