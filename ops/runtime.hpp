#pragma once
// What the library computes with on this machine.

#include <string>

#pragma GCC visibility push(default)
namespace cinta {

struct RuntimeInfo {
  std::string instructions;  ///< that kernels are compiled for: "baseline", "avx2" or "avx512"
  std::string blas;          ///< path of the OpenBLAS for large products; empty: kernels of our own
  std::string blas_core;     ///< the processor that its kernels are for: "SkylakeX"
  std::string blas_missing;  ///< why there is none and what to install; empty if there is one
  int threads;               ///< that loops which the calling thread starts may run in

  /// One line: "avx512, 2 threads, OpenBLAS for SkylakeX (/usr/lib/.../libopenblas.so.0)".
  std::string str() const;
};

/// Loads OpenBLAS if that has not happened yet.
RuntimeInfo runtime_info();

/// How many threads loops that the calling thread starts may run in; 1 within such a loop. At first
/// OMP_NUM_THREADS, or the number of processors.
int get_num_threads();
/// Sets it for the calling thread, as omp_set_num_threads does. Throws ValueError unless positive.
void set_num_threads(int threads);

}  // namespace cinta
#pragma GCC visibility pop
