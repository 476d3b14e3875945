// Compiled once per instruction set; see simd/dispatch.hpp.

#include <cinta/ops/kernels/linalg/substitution.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void small_solve_triangular(const Array& a, Triangle triangle, const Array& b, const Array& x,
                            bool several, std::int64_t begin, std::int64_t end);
void solve_rows_in_lanes(Dtype dtype, const void* a, std::int64_t down, std::int64_t across,
                         bool unit, std::int64_t n, void* b, std::int64_t stride,
                         std::int64_t rows);

namespace {

// x tᵀ = b for the rows x of b, in their place; a row in each lane. t (n, n) is lower triangular,
// its element (i, j) at a[i * down + j * across].
template <class V>
[[gnu::flatten]] void solve_in_lanes(const lane_t<V>* a, std::int64_t down, std::int64_t across,
                                     bool unit, std::int64_t n, lane_t<V>* b, std::int64_t stride,
                                     std::int64_t rows) {
  using T = lane_t<V>;
  LaneBuffer<V> room(2 * n);
  V* const x = room.data();
  T* const inverse = reinterpret_cast<T*>(x + n);
  for (std::int64_t i = 0; i < n; ++i) inverse[i] = unit ? T(1) : T(1) / a[i * (down + across)];
  for (std::int64_t first = 0; first < rows; first += lane_count<V>) {
    const LanePointers<V, T*> at(first, rows, [&](std::int64_t row) { return b + row * stride; });
    gather_lanes<V>(at.at, n, x);
    std::int64_t i = 0;
    // Four at a time, which stay in registers.
    for (; i + 4 <= n; i += 4) {
      const T* const t = a + i * down;
      V s0 = x[i], s1 = x[i + 1], s2 = x[i + 2], s3 = x[i + 3];
      for (std::int64_t j = 0; j < i; ++j) {
        const T* const column = t + j * across;
        const V known = x[j];
        s0 = s0 - V(column[0]) * known;
        s1 = s1 - V(column[down]) * known;
        s2 = s2 - V(column[2 * down]) * known;
        s3 = s3 - V(column[3 * down]) * known;
      }
      const T* const corner = t + i * across;
      s0 = s0 * V(inverse[i]);
      s1 = (s1 - V(corner[down]) * s0) * V(inverse[i + 1]);
      s2 = (s2 - V(corner[2 * down]) * s0 - V(corner[2 * down + across]) * s1) * V(inverse[i + 2]);
      s3 = (s3 - V(corner[3 * down]) * s0 - V(corner[3 * down + across]) * s1 -
            V(corner[3 * down + 2 * across]) * s2) *
           V(inverse[i + 3]);
      x[i] = s0;
      x[i + 1] = s1;
      x[i + 2] = s2;
      x[i + 3] = s3;
    }
    for (; i < n; ++i) {
      V sum = x[i];
      for (std::int64_t j = 0; j < i; ++j) sum = sum - V(a[i * down + j * across]) * x[j];
      x[i] = sum * V(inverse[i]);
    }
    scatter_lanes<V>(x, n, at.at, at.lanes);
  }
}

template <class V>
[[gnu::flatten]] void run(const Array& a, Triangle triangle, const Array& b, const Array& x,
                          std::int64_t begin, std::int64_t end) {
  using T = lane_t<V>;
  const int rank = x.shape.rank();
  const std::int64_t n = x.shape[rank - 2], k = x.shape[rank - 1];
  const Matrices matrices(a, x.shape), sides(b, x.shape), results(x);
  LaneBuffer<V> room(n * n + n * k);
  V* const right = room.data() + n * n;
  for (std::int64_t first = begin; first < end; first += lane_count<V>) {
    const LanePointers<V, const T*> in(first, end,
                                       [&](std::int64_t i) { return matrices.at<T>(i); });
    const LanePointers<V, const T*> side(first, end,
                                         [&](std::int64_t i) { return sides.at<T>(i); });
    const LanePointers<V, T*> out(first, end, [&](std::int64_t i) { return results.at<T>(i); });
    gather_lanes<V>(in.at, n * n, room.data());
    gather_lanes<V>(side.at, n * k, right);
    substitute(room.data(), n, triangle, right, k);
    scatter_lanes<V>(right, n * k, out.at, in.lanes);
  }
}

}  // namespace

void small_solve_triangular(const Array& a, Triangle triangle, const Array& b, const Array& x,
                            bool several, std::int64_t begin, std::int64_t end) {
  dispatch_floating(x.dtype, [&]<class T>() {
    several ? run<Lane<T, true>>(a, triangle, b, x, begin, end)
            : run<Lane<T, false>>(a, triangle, b, x, begin, end);
  });
}

void solve_rows_in_lanes(Dtype dtype, const void* a, std::int64_t down, std::int64_t across,
                         bool unit, std::int64_t n, void* b, std::int64_t stride,
                         std::int64_t rows) {
  dispatch_floating(dtype, [&]<class T>() {
    solve_in_lanes<Lane<T, true>>(static_cast<const T*>(a), down, across, unit, n,
                                  static_cast<T*>(b), stride, rows);
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
