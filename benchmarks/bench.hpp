#pragma once
// Timing, and the list of benchmarks that print by themselves.

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

/// Seconds that one call takes.
struct Timing {
  double median;   ///< of batches of calls
  double fastest;  ///< batch: what others do on the machine only ever adds
};

/// Runs batches of calls for about `budget` seconds. A batch is long enough for the clock.
template <class F>
Timing timing_of(F&& call, double budget = 0.1) {
  call();  // first-touch costs are not meant
  long calls = 1;
  double once = 0;
  for (;; calls *= 2) {
    const double start = now();
    for (long i = 0; i < calls; ++i) call();
    once = (now() - start) / double(calls);
    if (once * double(calls) > std::min(budget / 20, 2e-3)) break;
  }
  std::vector<double> batches{once};
  for (const double start = now(); now() - start + once * double(calls) < budget;) {
    const double begin = now();
    for (long i = 0; i < calls; ++i) call();
    batches.push_back((now() - begin) / double(calls));
  }
  return {median(batches), *std::min_element(batches.begin(), batches.end())};
}

/// Seconds of the fastest batch.
template <class F>
double time_of(F&& call, double budget = 0.1) {
  return timing_of(call, budget).fastest;
}

}  // namespace bench

/// Products of square matrices under every core type of OpenBLAS.
void bench_gemm();
void bench_checkpoint();
/// Saving and loading 2 GB of weights; the file is in the current directory meanwhile.
void bench_files();

/// The part of bench_gemm that runs in a process of its own, since an OpenBLAS once loaded keeps
/// its core type: prints GFLOP/s of cinta::matmul ("cinta") or of OpenBLAS alone ("openblas").
void bench_gemm_child(const std::string& what);
