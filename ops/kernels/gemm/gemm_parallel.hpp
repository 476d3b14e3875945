#pragma once
// Private to gemm.cpp: a product on several threads.

#include <cinta/ops/kernels/gemm/gemm_tiled.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>

namespace cinta::kernels {

/// How y is cut for several threads: into `down` times `across` blocks of `rows` x `columns`.
struct Grid {
  std::int64_t down = 1, across = 1, rows, columns;

  Grid(std::int64_t m, std::int64_t n, std::int64_t threads) : rows(m), columns(n) {
    constexpr std::int64_t unit = 16;  // a multiple of what most kernels compute at once
    // A thread multiplies its rows with its columns, and arranges both of them beforehand.
    constexpr double arranging = 16;
    double least = cost(m, n, arranging);
    // Rather rows than columns: so does an optimizer's step divide weights, which then stay where
    // their gradient was computed.
    for (std::int64_t r = threads; r >= 1; --r) {
      const std::int64_t height = (m + r * unit - 1) / (r * unit) * unit, c = threads / r;
      const std::int64_t width = (n + c * unit - 1) / (c * unit) * unit;
      if (cost(height, width, arranging) >= least) continue;
      least = cost(height, width, arranging);
      rows = std::min(height, m);
      columns = std::min(width, n);
    }
    down = (m + rows - 1) / rows;
    across = (n + columns - 1) / columns;
  }

 private:
  static double cost(std::int64_t height, std::int64_t width, double arranging) {
    return double(height) * double(width) + arranging * double(height + width);
  }
};

/// Runs `multiply` on several threads, each with a block of y: they share nothing, which costs less
/// than OpenBLAS's own way, where each arranges a part for all, when processors are far apart.
/// Every element is summed in the same order however y is divided.
template <class T, class F>
void multiply_parallel(const Product<T>& p, double work_per_thread, const F& multiply) {
  const double work = double(p.m) * double(p.n) * double(p.k);
  const auto threads =
      std::int64_t(std::min(double(thread_count()), std::max(1.0, work / work_per_thread)));
  if (threads == 1) return multiply(p);
  const Grid grid(p.m, p.n, threads);
  parallel_for(grid.down * grid.across, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t row = i / grid.across * grid.rows, column = i % grid.across * grid.columns;
      Product<T> part = p;
      part.m = std::min(grid.rows, p.m - row);
      part.n = std::min(grid.columns, p.n - column);
      part.a += row * p.a_row;
      part.b += column * p.b_col;
      part.y += row * p.y_row + column;
      multiply(part);
    }
  });
}

}  // namespace cinta::kernels
