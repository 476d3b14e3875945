// What recomputation saves: peak memory of a deep network, forward and backward.

#include <cinta/cinta.hpp>
#include <cmath>
#include <cstdio>

#include "bench.hpp"

using namespace cinta;

namespace {

constexpr std::int64_t batch = 1024, width = 64;

struct Deep : nn::Module {
  std::vector<nn::Linear> layers;

  explicit Deep(std::size_t depth) {
    while (layers.size() < depth)
      layers.push_back(add("layer" + std::to_string(layers.size()), nn::Linear(width, width)));
  }

  /// Keeps the result of every `every`-th layer for backward, or, with 0, what all operations save.
  Tensor forward(Tensor h, std::size_t every) const {
    const std::size_t step = every ? every : layers.size();
    for (std::size_t i = 0; i < layers.size(); i += step) {
      const auto run = [self = *this, i, step](Tensor x) {
        for (std::size_t k = i; k < std::min(i + step, self.layers.size()); ++k)
          x = relu(self.layers[k](x));
        return x;
      };
      h = every ? checkpoint(run, h) : run(h);
    }
    return h;
  }
};

struct Cost {
  double megabytes;     // peak of the pool, beyond parameters, their gradients and the input
  double milliseconds;  // forward and backward, median
};

Cost cost_of(const Deep& net, const Tensor& x, std::size_t every) {
  const auto step = [&] { sum(square(net.forward(x, every))).backward(); };
  step();  // now every gradient has its memory
  std::vector<double> times;
  const std::int64_t before = memory_stats().in_use;
  reset_peak_memory();
  for (int i = 0; i < 5; ++i) {
    const double start = bench::now();
    step();
    times.push_back(1e3 * (bench::now() - start));
  }
  return {double(memory_stats().peak_in_use - before) / 1e6, bench::median(times)};
}

}  // namespace

void bench_checkpoint() {
  std::printf(
      "Peak memory of %lld x %lld layers with relu, forward and backward; every k-th kept\n",
      static_cast<long long>(batch), static_cast<long long>(width));
  std::printf("  %5s %4s %11s %11s %8s %10s %10s\n", "depth", "k", "plain MB", "kept MB", "growth",
              "plain ms", "kept ms");
  const Tensor x = randn({batch, width});
  double previous = 0;
  for (const std::size_t depth : {16, 32, 64, 128, 256}) {
    const Deep net(depth);
    const auto every = std::size_t(std::lround(std::sqrt(double(depth))));
    const Cost plain = cost_of(net, x, 0), kept = cost_of(net, x, every);
    std::printf("  %5zu %4zu %11.2f %11.2f ", depth, every, plain.megabytes, kept.megabytes);
    if (previous > 0)
      std::printf("%8.2f", kept.megabytes / previous);
    else
      std::printf("%8s", "");
    std::printf(" %10.2f %10.2f\n", plain.milliseconds, kept.milliseconds);
    previous = kept.megabytes;
  }
  std::printf("  (growth for twice the depth: at most 1.6; sqrt(2) is 1.41)\n");
}
