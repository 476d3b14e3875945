// Compiled once per instruction set; see simd/dispatch.hpp.

#include <cinta/ops/kernels/linalg/factor/cholesky.hpp>
#include <cinta/ops/kernels/linalg/lanes.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void small_cholesky(const Array& a, double jitter, const Array& l, bool several, std::int64_t begin,
                    std::int64_t end, std::int64_t* codes);

namespace {

// The lower triangle of (a + aᵀ)/2 with the jitter on its diagonal. `code` gets what is asymmetric.
template <class V>
void symmetrize(V* a, std::int64_t n, V jitter, V& code) {
  using T = lane_t<V>;
  const V limit(T{asymmetry_limit}), half(T{0.5});
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < i; ++j) {
      using std::abs;
      const V low = a[i * n + j], high = a[j * n + i], difference = abs(low - high);
      const auto own = difference > limit * (abs(low) + abs(high));
      if (any_lane(own)) {
        const V diagonal = abs(a[i * n + i] * a[j * n + j]);
        const auto both = difference * difference > limit * limit * diagonal;
        // Both conditions, in arithmetic that scalars and vectors share.
        const V found = choose(own, choose(both, V(-1), V(0)), V(0));
        code = choose(code == V(0), found * V(lane_t<V>(1 + i * n + j)), code);
      }
      a[i * n + j] = half * (low + high);
    }
  }
  for (std::int64_t i = 0; i < n; ++i) a[i * n + i] = a[i * n + i] + jitter;
}

// Column by column; what is right of a column is updated as soon as it is known, so that no number
// waits for another.
template <class V>
[[gnu::flatten]] void factor(V* a, std::int64_t n, V* column, V& code) {
  using std::sqrt;
  for (std::int64_t k = 0; k < n; ++k) {
    const V d = a[k * n + k];
    const auto positive = d > V(0);
    code = choose(positive, code, choose(code == V(0), V(lane_t<V>(k + 1)), code));
    const V root = sqrt(d), inverse = V(1) / root;
    a[k * n + k] = root;
    for (std::int64_t i = k + 1; i < n; ++i) column[i] = a[i * n + k] = a[i * n + k] * inverse;
    for (std::int64_t i = k + 1; i < n; ++i) {
      V* row = a + i * n;
      const V factor = column[i];
      for (std::int64_t j = k + 1; j <= i; ++j) row[j] = row[j] - factor * column[j];
    }
    for (std::int64_t j = k + 1; j < n; ++j) a[k * n + j] = V(0);
  }
}

template <class V>
[[gnu::flatten]] void run(const Array& a, double jitter, const Array& l, std::int64_t begin,
                          std::int64_t end, std::int64_t* codes) {
  using T = lane_t<V>;
  const std::int64_t n = a.shape.back(), size = n * n;
  LaneBuffer<V> room(size + n);
  for (std::int64_t first = begin; first < end; first += lane_count<V>) {
    const LanePointers<V, const T*> in(first, end,
                                       [&](std::int64_t i) { return a.data<T>() + i * size; });
    const LanePointers<V, T*> out(first, end,
                                  [&](std::int64_t i) { return l.data<T>() + i * size; });
    gather_lanes<V>(in.at, size, room.data());
    V code(0);
    symmetrize(room.data(), n, V(T(jitter)), code);
    factor(room.data(), n, room.data() + size, code);
    scatter_lanes<V>(room.data(), size, out.at, in.lanes);
    for (int i = 0; i < in.lanes; ++i) codes[first + i] = std::int64_t(lane(code, i));
  }
}

}  // namespace

void small_cholesky(const Array& a, double jitter, const Array& l, bool several, std::int64_t begin,
                    std::int64_t end, std::int64_t* codes) {
  dispatch_floating(a.dtype, [&]<class T>() {
    several ? run<Lane<T, true>>(a, jitter, l, begin, end, codes)
            : run<Lane<T, false>>(a, jitter, l, begin, end, codes);
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
