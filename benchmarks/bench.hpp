#pragma once
// Timing, and the list of benchmarks.

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace bench {

/// Seconds since some fixed moment.
inline double now() {
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(time).count();
}

/// The value in the middle; the mean of the two in the middle of an even number.
inline double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Seconds that one call takes, in the fastest of the batches that together last about `budget`:
/// what others do on the machine only ever adds. Repeat it over time and take the median.
template <class F>
double time_of(F&& call, double budget = 0.1) {
  call();  // first-touch costs are not meant
  long calls = 1;
  double once = 0;
  for (;; calls *= 2) {
    const double start = now();
    for (long i = 0; i < calls; ++i) call();
    once = (now() - start) / double(calls);
    if (once * double(calls) > budget / 50) break;
  }
  for (const double start = now(); now() - start < budget;) {
    const double begin = now();
    for (long i = 0; i < calls; ++i) call();
    once = std::min(once, (now() - begin) / double(calls));
  }
  return once;
}

}  // namespace bench

// Each prints what it measures.
void bench_overhead();
void bench_gemm();
void bench_checkpoint();

/// The part of bench_gemm that runs in a process of its own, since an OpenBLAS once loaded keeps
/// its core type: prints GFLOP/s of cinta::matmul ("cinta") or of OpenBLAS alone ("openblas").
void bench_gemm_child(const std::string& what);
