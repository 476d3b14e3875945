#pragma once
// OpenBLAS, loaded at first use instead of being linked: it catches up on the kind of core when it
// initialises, and on processors newer than itself it needs help with that.

#include <string>

namespace cinta::kernels {

/// The routines that Cinta calls, with the C interface's numbers for order and transposition.
struct Blas {
  static constexpr int row_major = 101, no_transpose = 111, transpose = 112;

  void (*sgemm)(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
                const float* a, int lda, const float* b, int ldb, float beta, float* c, int ldc);
  void (*dgemm)(int order, int trans_a, int trans_b, int m, int n, int k, double alpha,
                const double* a, int lda, const double* b, int ldb, double beta, double* c,
                int ldc);
  void (*sgemv)(int order, int trans, int m, int n, float alpha, const float* a, int lda,
                const float* x, int incx, float beta, float* y, int incy);
  void (*dgemv)(int order, int trans, int m, int n, double alpha, const double* a, int lda,
                const double* x, int incx, double beta, double* y, int incy);
  void (*set_num_threads)(int threads);
  int (*get_num_threads)();
  char* (*get_corename)();
  char* (*get_config)();
  int (*get_parallel)();  // 0: one thread only, 1: threads of its own, 2: OpenMP

  bool available = false;
  void* library = nullptr;  ///< as dlsym takes it: LAPACK is in it as well (linalg/lapack.hpp)
  /// Whether a call can be kept on the calling thread (OneThread, blas_calls.hpp), so that products
  /// may be divided among ours; other builds would start threads of their own in each.
  bool shares_threads = false;
  std::string path;     ///< of the library
  std::string missing;  ///< why there is none, and what to install
};

/// Loads the library if that has not happened yet. Any thread may call. Where there is no OpenBLAS
/// the table says so, and kernels of our own do its work.
///
/// It takes an OpenBLAS that the process has loaded already, else the one that CMake found, else
/// the first that the system offers. CINTA_OPENBLAS in the environment names another one, or is
/// "none". OPENBLAS_CORETYPE in the environment is respected; if it is
/// not set, it is blas_core_type() while the library loads.
const Blas& blas();

/// The value of OPENBLAS_CORETYPE that this processor needs; null leaves the choice to OpenBLAS.
const char* blas_core_type();

}  // namespace cinta::kernels
