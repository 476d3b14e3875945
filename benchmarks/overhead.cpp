// What recording costs around the arithmetic: a chain of tiny operations.

#include <chrono>
#include <cinta/cinta.hpp>
#include <cstdio>

#include "bench.hpp"

using namespace cinta;

namespace {

double nanoseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return double(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

}  // namespace

void bench_overhead() {
  constexpr int pairs = 500, ops = 2 * pairs, warm = 200, repeats = 4000;
  const Tensor leaf = randn({4}).requires_grad_(), factor = full({4}, 0.999f), term = randn({4});
  const Tensor weights = ones({4});
  std::vector<double> forward, backward, unrecorded;
  MemoryStats before{};
  for (int i = 0; i < warm + repeats; ++i) {
    if (i == warm) before = memory_stats();
    const double start = nanoseconds();
    Tensor x = leaf;
    for (int k = 0; k < pairs; ++k) x = x * factor + term;
    const double recorded = nanoseconds();
    x.backward(weights);
    const double differentiated = nanoseconds();
    x = Tensor();  // frees the graph, which is part of the cost
    const double freed = nanoseconds();
    leaf.set_grad({});
    const double plain = nanoseconds();
    {
      const NoGrad no_grad;
      x = leaf;
      for (int k = 0; k < pairs; ++k) x = x * factor + term;
    }
    const double end = nanoseconds();
    if (i < warm) continue;
    forward.push_back((recorded - start + freed - differentiated) / ops);
    backward.push_back((freed - start) / ops);
    unrecorded.push_back((end - plain) / ops);
  }
  const std::int64_t allocations = memory_stats().system_allocations - before.system_allocations;

  std::printf("Chain of %d mul and %d add over 4 float32, ns an op, median of %d\n", pairs, pairs,
              repeats);
  std::printf("  %-42s %8.1f   (at most 150)\n", "recorded and freed", bench::median(forward));
  std::printf("  %-42s %8.1f   (at most 350)\n", "with backward", bench::median(backward));
  std::printf("  %-42s %8.1f\n", "not recorded", bench::median(unrecorded));
  std::printf("  %-42s %8lld   (at most 0)\n", "allocations from the system once warm",
              static_cast<long long>(allocations));
}
