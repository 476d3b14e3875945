#pragma once
// LAPACK by a table of functions, from the library that BLAS came from: what is linked would choose
// its kernels before we can (gemm/blas.hpp).
//
// These are the Fortran routines. They see memory by columns: a matrix of ours, by rows, is its
// transpose to them, and each caller says how it makes use of that instead of turning it over.

#include <cstddef>

namespace cinta::kernels {

/// For one type of elements. The last arguments of routines that take letters are their lengths.
template <class T>
struct LapackRoutines {
  void (*trsm)(const char* side, const char* uplo, const char* trans, const char* diag,
               const int* m, const int* n, const T* alpha, const T* a, const int* lda, T* b,
               const int* ldb, std::size_t, std::size_t, std::size_t, std::size_t);
  void (*syrk)(const char* uplo, const char* trans, const int* n, const int* k, const T* alpha,
               const T* a, const int* lda, const T* beta, T* c, const int* ldc, std::size_t,
               std::size_t);
  void (*potrf)(const char* uplo, const int* n, T* a, const int* lda, int* info, std::size_t);
  void (*getrf)(const int* m, const int* n, T* a, const int* lda, int* pivots, int* info);
  void (*gelqf)(const int* m, const int* n, T* a, const int* lda, T* tau, T* work, const int* lwork,
                int* info);
  void (*larft)(const char* direct, const char* storev, const int* n, const int* k, T* v,
                const int* ldv, const T* tau, T* t, const int* ldt, std::size_t, std::size_t);
  void (*larfb)(const char* side, const char* trans, const char* direct, const char* storev,
                const int* m, const int* n, const int* k, const T* v, const int* ldv, const T* t,
                const int* ldt, T* c, const int* ldc, T* work, const int* ldwork, std::size_t,
                std::size_t, std::size_t, std::size_t);
  void (*orglq)(const int* m, const int* n, const int* k, T* a, const int* lda, const T* tau,
                T* work, const int* lwork, int* info);
  void (*larfg)(const int* n, T* alpha, T* x, const int* incx, T* tau);
  void (*sterf)(const int* n, T* d, T* e, int* info);
  void (*stedc)(const char* compz, const int* n, T* d, T* e, T* z, const int* ldz, T* work,
                const int* lwork, int* iwork, const int* liwork, int* info, std::size_t);
  void (*bdsdc)(const char* uplo, const char* compq, const int* n, T* d, T* e, T* u, const int* ldu,
                T* vt, const int* ldvt, T* q, int* iq, T* work, int* iwork, int* info, std::size_t,
                std::size_t);
};

/// The routines for float or double; null where the BLAS that was found has no LAPACK, or there is
/// none. Kernels of our own do its work then.
template <class T>
const LapackRoutines<T>* lapack();

}  // namespace cinta::kernels
