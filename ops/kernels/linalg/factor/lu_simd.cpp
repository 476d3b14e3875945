// Compiled once per instruction set; see simd/dispatch.hpp.

#include <cinta/ops/kernels/linalg/factor/lu.hpp>
#include <cinta/ops/kernels/linalg/lanes.hpp>
#include <cinta/ops/kernels/linalg/substitution.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void small_lu(const Array& a, const Array& factors, const Array& pivots, bool several,
              std::int64_t begin, std::int64_t end);
void small_lu_solve(const Array& factors, const Array& pivots, const Array& b, bool transposed,
                    const Array& x, bool several, std::int64_t begin, std::int64_t end);
void small_lu_inverse(const Array& factors, const Array& pivots, const Array& y, bool several,
                      std::int64_t begin, std::int64_t end);

namespace {

// Exchanges columns k and p[lane] of rows, in each lane by itself.
template <class V>
void exchange(V* rows, std::int64_t count, std::int64_t step, std::int64_t k, V pivot) {
  for (int i = 0; i < lane_count<V>; ++i) {
    const auto p = std::int64_t(lane(pivot, i));
    if (p == k) continue;
    for (std::int64_t r = 0; r < count; ++r)
      std::swap(lane(rows[r * step + k], i), lane(rows[r * step + p], i));
  }
}

template <class V>
[[gnu::flatten]] void factor(V* a, std::int64_t m, std::int64_t n, V* pivots) {
  using std::abs;
  for (std::int64_t k = 0; k < std::min(m, n); ++k) {
    V* row = a + k * n;
    V best = abs(row[k]), place = V(lane_t<V>(k));
    for (std::int64_t j = k + 1; j < n; ++j) {
      const V size = abs(row[j]);
      const auto larger = size > best;
      best = choose(larger, size, best);
      place = choose(larger, V(lane_t<V>(j)), place);
    }
    pivots[k] = place;
    exchange(a, m, n, k, place);
    const V pivot = row[k], inverse = choose(pivot == V(0), V(0), V(1) / pivot);
    for (std::int64_t j = k + 1; j < n; ++j) row[j] = row[j] * inverse;
    for (std::int64_t i = k + 1; i < m; ++i) {
      V* below = a + i * n;
      const V left = below[k];
      for (std::int64_t j = k + 1; j < n; ++j) below[j] = below[j] - left * row[j];
    }
  }
}

template <class V>
[[gnu::flatten]] void run(const Array& a, const Array& factors, const Array& pivots,
                          std::int64_t begin, std::int64_t end) {
  using T = lane_t<V>;
  const int rank = a.shape.rank();
  const std::int64_t m = a.shape[rank - 2], n = a.shape[rank - 1], size = m * n, k = std::min(m, n);
  LaneBuffer<V> room(size + k);
  for (std::int64_t first = begin; first < end; first += lane_count<V>) {
    const LanePointers<V, const T*> in(first, end,
                                       [&](std::int64_t i) { return a.data<T>() + i * size; });
    const LanePointers<V, T*> out(first, end,
                                  [&](std::int64_t i) { return factors.data<T>() + i * size; });
    gather_lanes<V>(in.at, size, room.data());
    factor(room.data(), m, n, room.data() + size);
    scatter_lanes<V>(room.data(), size, out.at, in.lanes);
    for (int i = 0; i < in.lanes; ++i)
      for (std::int64_t p = 0; p < k; ++p)
        pivots.data<std::int64_t>()[(first + i) * k + p] =
            std::int64_t(lane(room.data()[size + p], i));
  }
}

// x of several right hand sides, in place. Rows of x are exchanged before it is scattered.
template <class V>
[[gnu::flatten]] void solve(const V* a, std::int64_t n, bool transposed, V* x, std::int64_t k) {
  if (transposed) {
    substitute(a, n, {.upper = true, .transposed = true, .unit = true}, x, k);
    substitute(a, n, {.upper = false, .transposed = true, .unit = false}, x, k);
  } else {
    substitute(a, n, {.upper = false, .transposed = false, .unit = false}, x, k);
    substitute(a, n, {.upper = true, .transposed = false, .unit = true}, x, k);
  }
}

template <class T>
void swap_rows(T* x, std::int64_t k, std::int64_t i, std::int64_t j) {
  if (i != j) std::swap_ranges(x + i * k, x + (i + 1) * k, x + j * k);
}

// Exchanges rows of the matrix as the pivots say, or back.
template <class T>
void permute(T* x, std::int64_t n, std::int64_t k, const std::int64_t* pivots, bool back) {
  if (back)
    for (std::int64_t i = n - 1; i >= 0; --i) swap_rows(x, k, i, pivots[i]);
  else
    for (std::int64_t i = 0; i < n; ++i) swap_rows(x, k, i, pivots[i]);
}

// `fill` writes the right hand side of a matrix to where its solution will be.
template <class V, class Fill>
void solve_all(const Array& factors, const Array& pivots, bool transposed, const Array& x,
               std::int64_t begin, std::int64_t end, const Fill& fill) {
  using T = lane_t<V>;
  const int rank = x.shape.rank();
  const std::int64_t n = x.shape[rank - 2], k = x.shape[rank - 1];
  const Matrices matrices(factors, x.shape), orders(pivots, x.shape, 1), results(x);
  LaneBuffer<V> room(n * n + n * k);
  V* const right = room.data() + n * n;
  for (std::int64_t first = begin; first < end; first += lane_count<V>) {
    const LanePointers<V, const T*> in(first, end,
                                       [&](std::int64_t i) { return matrices.at<T>(i); });
    const LanePointers<V, T*> out(first, end, [&](std::int64_t i) { return results.at<T>(i); });
    gather_lanes<V>(in.at, n * n, room.data());
    for (int i = 0; i < in.lanes; ++i) {
      fill(first + i, out.at[i]);
      if (transposed) permute(out.at[i], n, k, orders.at<std::int64_t>(first + i), false);
    }
    gather_lanes<V>(out.at, n * k, right);
    solve(room.data(), n, transposed, right, k);
    scatter_lanes<V>(right, n * k, out.at, in.lanes);
    if (!transposed)
      for (int i = 0; i < in.lanes; ++i)
        permute(out.at[i], n, k, orders.at<std::int64_t>(first + i), true);
  }
}

}  // namespace

void small_lu(const Array& a, const Array& factors, const Array& pivots, bool several,
              std::int64_t begin, std::int64_t end) {
  dispatch_floating(a.dtype, [&]<class T>() {
    several ? run<Lane<T, true>>(a, factors, pivots, begin, end)
            : run<Lane<T, false>>(a, factors, pivots, begin, end);
  });
}

void small_lu_solve(const Array& factors, const Array& pivots, const Array& b, bool transposed,
                    const Array& x, bool several, std::int64_t begin, std::int64_t end) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const Matrices sides(b, x.shape);
    const std::int64_t size = x.shape[x.shape.rank() - 2] * x.shape.back();
    const auto fill = [&](std::int64_t i, T* to) { std::copy_n(sides.at<T>(i), size, to); };
    several ? solve_all<Lane<T, true>>(factors, pivots, transposed, x, begin, end, fill)
            : solve_all<Lane<T, false>>(factors, pivots, transposed, x, begin, end, fill);
  });
}

void small_lu_inverse(const Array& factors, const Array& pivots, const Array& y, bool several,
                      std::int64_t begin, std::int64_t end) {
  dispatch_floating(y.dtype, [&]<class T>() {
    const std::int64_t n = y.shape.back();
    const auto fill = [&](std::int64_t, T* to) {
      std::fill_n(to, n * n, T(0));
      for (std::int64_t i = 0; i < n; ++i) to[i * (n + 1)] = 1;
    };
    several ? solve_all<Lane<T, true>>(factors, pivots, false, y, begin, end, fill)
            : solve_all<Lane<T, false>>(factors, pivots, false, y, begin, end, fill);
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
