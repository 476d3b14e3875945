// Square float32 products: cinta::matmul beside OpenBLAS called directly, under every core type
// that it offers and this processor runs.

#include <array>
#include <sys/wait.h>
#include <unistd.h>

#include <cinta/cinta.hpp>
#include <cinta/ops/kernels/gemm/blas.hpp>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <thread>

#include "bench.hpp"

using namespace cinta;

namespace {

constexpr std::int64_t sizes[] = {32, 64, 128, 256, 512, 1024};
constexpr std::size_t size_count = std::size(sizes);
constexpr double required = 0.95;  // of the best core type

// One way to multiply, measured in fresh processes. An empty core type leaves the choice to the
// library.
struct Variant {
  const char* what;
  std::string core_type;
  std::string name = {};
  std::array<std::vector<double>, size_count> rounds = {};  // GFLOP/s
};

// One round; false if the process failed or runs another core type than it was told.
bool measure(Variant& variant, int threads) {
  int ends[2];
  if (pipe(ends) != 0) return false;
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    if (!std::freopen("/dev/null", "w", stderr)) _exit(1);
    setenv("OMP_NUM_THREADS", std::to_string(threads).c_str(), 1);
    unsetenv("OPENBLAS_NUM_THREADS");
    if (variant.core_type.empty())
      unsetenv("OPENBLAS_CORETYPE");
    else
      setenv("OPENBLAS_CORETYPE", variant.core_type.c_str(), 1);
    execl("/proc/self/exe", "bench", "--gemm-child", variant.what, nullptr);
    _exit(1);
  }
  close(ends[1]);
  std::string text;
  char buffer[512];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, std::size_t(n));
  close(ends[0]);
  int status = -1;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) return false;

  std::istringstream in(text);
  in >> variant.name;
  const auto lower = [](std::string s) {
    for (char& c : s) c = char(std::tolower(c));
    return s;
  };
  if (!variant.core_type.empty() && lower(variant.name) != lower(variant.core_type)) return false;
  for (std::vector<double>& values : variant.rounds) {
    double speed = 0;
    if (!(in >> speed)) return false;
    values.push_back(speed);
  }
  return true;
}

void compare(int threads) {
  std::vector<Variant> variants{{"cinta", ""}};
  for (const char* type : {"Nehalem", "Sandybridge", "Haswell", "Zen", "SkylakeX", "Cooperlake",
                           "SapphireRapids", "ARMV8", "NEOVERSEN1", "NEOVERSEV1"})
    variants.push_back({"openblas", type});
  constexpr int rounds = 7;
  for (int round = 0; round < rounds; ++round)
    std::erase_if(variants, [&](Variant& variant) { return !measure(variant, threads); });
  if (variants.size() < 2) {
    std::printf("gemm: nothing to compare with: OpenBLAS knows no core type for this processor\n");
    return;
  }

  std::printf("Products n x n x n of float32, GFLOP/s with %d thread%s, median of %d rounds\n",
              threads, threads == 1 ? "" : "s", rounds);
  std::printf("  %6s %10s", "n", "cinta");
  for (std::size_t v = 1; v < variants.size(); ++v)
    std::printf(" %14s", variants[v].core_type.c_str());
  std::printf("   cinta/best (at least %.2f; cinta chose %s)\n", required,
              variants[0].name.c_str());
  for (std::size_t i = 0; i < size_count; ++i) {
    const double ours = bench::median(variants[0].rounds[i]);
    double best = 0;
    std::printf("  %6lld %10.1f", static_cast<long long>(sizes[i]), ours);
    for (std::size_t v = 1; v < variants.size(); ++v) {
      const double theirs = bench::median(variants[v].rounds[i]);
      best = std::max(best, theirs);
      std::printf(" %14.1f", theirs);
    }
    std::printf(" %12.2f%s\n", ours / best, ours < required * best ? "  TOO SLOW" : "");
  }
}

}  // namespace

void bench_gemm_child(const std::string& what) {
  const kernels::Blas& blas = kernels::blas();
  std::printf("%s\n", blas.get_corename());
  for (const std::int64_t n : sizes) {
    const Tensor a = uniform({n, n}, -1, 1), b = uniform({n, n}, -1, 1), y = empty({n, n});
    const double seconds =
        what == "cinta"
            ? bench::time_of([&] { matmul(a, b); }, 0.05)
            : bench::time_of(
                  [&] {
                    const int s = int(n);
                    blas.sgemm(blas.row_major, blas.no_transpose, blas.no_transpose, s, s, s, 1,
                               a.data<float>(), s, b.data<float>(), s, 0, y.data<float>(), s);
                  },
                  0.05);
    std::printf("%.6g\n", 2 * double(n) * double(n) * double(n) / seconds * 1e-9);
  }
}

void bench_gemm() {
  compare(1);
  const int cores = int(std::thread::hardware_concurrency());
  if (cores > 1) compare(cores);
}
