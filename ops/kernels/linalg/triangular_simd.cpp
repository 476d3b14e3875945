// Compiled once per instruction set; see simd/dispatch.hpp.

#include <cinta/ops/kernels/linalg/substitution.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void small_solve_triangular(const Array& a, Triangle triangle, const Array& b, const Array& x,
                            bool several, std::int64_t begin, std::int64_t end);

namespace {

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

}  // namespace cinta::kernels::CINTA_SIMD
