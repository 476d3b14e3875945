#pragma once
// Private to ops/kernels/linalg: whether LAPACK does a batch, and in how many threads.

#include <cinta/ops/kernels/gemm/blas_calls.hpp>
#include <cinta/ops/kernels/linalg/lapack.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <limits>

namespace cinta::kernels {

/// Up to this size the loops over lanes (lanes.hpp) are faster than LAPACK, which has a single
/// matrix to work on.
inline constexpr std::int64_t lane_limit = 32;

/// How matrices of this size are factored.
enum class Method { lanes, lapack, plain };
template <class T>
Method method_for(std::int64_t rows, std::int64_t columns) {
  if (std::max(rows, columns) <= lane_limit) return Method::lanes;
  return lapack<T>() ? Method::lapack : Method::plain;
}

/// Calls f(begin, end) on ranges of matrices that take `work` multiplications each.
template <class F>
void for_matrices(std::int64_t count, double work, const F& f) {
  const double items = std::min(double(count), std::max(1.0, double(grain) / std::max(work, 1.0)));
  // In whole vectors of lanes.
  constexpr std::int64_t lanes = 16;
  const std::int64_t groups = (count + lanes - 1) / lanes;
  parallel_for(groups, std::max<std::int64_t>(1, std::int64_t(items) / lanes),
               [=](std::int64_t begin, std::int64_t end) {
                 f(begin * lanes, std::min(end * lanes, count));
               });
}

/// Calls f(matrix) for each: several matrices in as many threads, each in one; a single one in
/// those that LAPACK starts, if it may.
template <class F>
void for_each_by_lapack(std::int64_t count, const F& f) {
  if (count < thread_count() || !blas().shares_threads) {
    for (std::int64_t i = 0; i < count; ++i) f(i);
    return;
  }
  parallel_for(count, 1, [&](std::int64_t begin, std::int64_t end) {
    const OneThread one;
    for (std::int64_t i = begin; i < end; ++i) f(i);
  });
}

template <class T>
void copy_in_threads(const T* from, std::int64_t count, T* to) {
  parallel_for(count, grain, [=](std::int64_t begin, std::int64_t end) {
    std::copy(from + begin, from + end, to + begin);
  });
}

/// What a workspace query answered. Larger ones are refused before (check_lapack_size).
template <class T>
int workspace(T answer) {
  return int(std::max(T(1), std::min(answer * (1 + std::numeric_limits<T>::epsilon()),
                                     T(std::numeric_limits<int>::max() - 127))));
}

}  // namespace cinta::kernels
