#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/kernels/gemm/blas.hpp>
#include <cinta/ops/kernels/loop/threads.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <cinta/ops/runtime.hpp>

namespace cinta {

std::string RuntimeInfo::str() const {
  return instructions + ", " + std::to_string(threads) +
         (threads == 1 ? " thread, " : " threads, ") +
         (blas.empty() ? "no OpenBLAS" : "OpenBLAS for " + blas_core + " (" + blas + ")");
}

RuntimeInfo runtime_info() {
  constexpr const char* levels[] = {"baseline", "avx2", "avx512"};
  const kernels::Blas& blas = kernels::blas();
  return {.instructions = levels[int(kernels::simd_level())],
          .blas = blas.path,
          .blas_core = blas.available ? blas.get_corename() : "",
          .blas_missing = blas.missing,
          .threads = get_num_threads()};
}

int get_num_threads() { return kernels::thread_count(); }

void set_num_threads(int threads) {
  if (threads < 1)
    throw ValueError("set_num_threads: needs at least one, got " + std::to_string(threads));
  kernels::set_max_threads(threads);
}

}  // namespace cinta
