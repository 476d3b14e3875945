// bench [name ...] runs the benchmarks of these names, or all.

#include <cstdio>

#include "bench.hpp"

namespace {

struct Benchmark {
  const char* name;
  void (*run)();
};

constexpr Benchmark benchmarks[] = {
    {"overhead", bench_overhead}, {"gemm", bench_gemm}, {"checkpoint", bench_checkpoint}};

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && argv[1] == std::string("--gemm-child")) {
    bench_gemm_child(argv[2]);
    return 0;
  }
  for (int i = 1; i < argc; ++i) {
    if (std::none_of(std::begin(benchmarks), std::end(benchmarks),
                     [&](const Benchmark& b) { return b.name == std::string(argv[i]); })) {
      std::fprintf(stderr, "usage: %s [name ...]; names:", argv[0]);
      for (const Benchmark& b : benchmarks) std::fprintf(stderr, " %s", b.name);
      std::fprintf(stderr, "\n");
      return 2;
    }
  }
  for (const Benchmark& b : benchmarks) {
    const bool wanted = argc == 1 || std::any_of(argv + 1, argv + argc, [&](const char* name) {
                          return b.name == std::string(name);
                        });
    if (wanted) b.run();
  }
}
