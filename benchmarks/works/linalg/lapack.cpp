// What LAPACK itself takes for the large factorizations, in the threads that OpenBLAS starts. It
// sees the transpose of our matrix, which takes it as long.

#include <algorithm>
#include <cinta/ops/kernels/gemm/blas.hpp>
#include <cinta/ops/kernels/gemm/symbols.hpp>
#include <cinta/ops/kernels/linalg/lapack.hpp>
#include <stdexcept>

#include "../../bench.hpp"
#include "linalg.hpp"

namespace bench {
namespace {

// What Cinta has ways of its own for.
struct Drivers {
  void (*syevd)(const char* jobz, const char* uplo, const int* n, float* a, const int* lda,
                float* w, float* work, const int* lwork, int* iwork, const int* liwork, int* info,
                std::size_t, std::size_t) = nullptr;
  void (*gesdd)(const char* jobz, const int* m, const int* n, float* a, const int* lda, float* s,
                float* u, const int* ldu, float* vt, const int* ldvt, float* work, const int* lwork,
                int* iwork, int* info, std::size_t) = nullptr;

  Drivers() {
    cinta::kernels::Symbols symbols(cinta::kernels::blas().library);
    symbols.read(syevd, "ssyevd_");
    symbols.read(gesdd, "sgesdd_");
    if (!symbols.complete()) throw std::runtime_error("this LAPACK lacks syevd or gesdd");
  }
};

}  // namespace

double lapack_seconds(const std::string& name) {
  const cinta::kernels::LapackRoutines<float>* const table = cinta::kernels::lapack<float>();
  if (!table) throw std::runtime_error("there is no LAPACK to measure");
  const Drivers drivers;
  const std::vector<float> given = matrices_for(name, 1, large_matrix);
  std::vector<float> a(given), values(large_matrix), left(given), right(given);
  const int n = large_matrix, one = 1;
  const float unit = 1;
  std::vector<int> whole(std::size_t(10 * n));
  int info = 0, query = -1, whole_query = -1, whole_length = int(whole.size());
  float answer[2] = {};
  // Asks how much room it needs, and then calls with that.
  const auto by_work = [&](const auto& call) {
    call(answer, query, whole_query);
    const int length = int(*std::max_element(answer, answer + 2)) + 128;
    std::vector<float> work(static_cast<std::size_t>(length));
    return [=, work = std::move(work)]() mutable { call(work.data(), length, whole_length); };
  };
  const auto time = [&](auto&& call) {
    return time_of(
        [&] {
          std::copy(given.begin(), given.end(), a.begin());
          call();
          if (info) throw std::runtime_error("LAPACK refused its matrix for " + name);
        },
        1);
  };
  if (name == "cholesky") return time([&] { table->potrf("U", &n, a.data(), &n, &info, 1); });
  if (name == "solve") {
    return time([&] {
      table->getrf(&n, &n, a.data(), &n, whole.data(), &info);
      table->trsm("L", "L", "N", "U", &n, &one, &unit, a.data(), &n, values.data(), &n, 1, 1, 1, 1);
      table->trsm("L", "U", "N", "N", &n, &one, &unit, a.data(), &n, values.data(), &n, 1, 1, 1, 1);
    });
  }
  if (name == "qr") {
    return time(by_work([&](float* work, int length, int) {
      table->gelqf(&n, &n, a.data(), &n, values.data(), work, &length, &info);
      if (length > 0) table->orglq(&n, &n, &n, a.data(), &n, values.data(), work, &length, &info);
    }));
  }
  if (name == "eigh") {
    return time(by_work([&](float* work, int length, int whole_room) {
      drivers.syevd("V", "U", &n, a.data(), &n, values.data(), work, &length, whole.data(),
                    &whole_room, &info, 1, 1);
    }));
  }
  return time(by_work([&](float* work, int length, int) {
    drivers.gesdd("S", &n, &n, a.data(), &n, values.data(), left.data(), &n, right.data(), &n, work,
                  &length, whole.data(), &info, 1);
  }));
}

}  // namespace bench
