// Compiled once per instruction set; see simd/dispatch.hpp.

#include <cinta/ops/kernels/linalg/factor/qr.hpp>
#include <cinta/ops/kernels/linalg/lanes.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void small_qr(const Array& a, const Array& q, const Array& r, bool several, std::int64_t begin,
              std::int64_t end);

namespace {

// Columns from `first` on of x (m, n), from row k down, reflected at v (from row k, with its first
// entry 1): x -= tau v (vᵀ x).
template <class V>
void reflect(const V* v, V tau, std::int64_t m, std::int64_t k, V* x, std::int64_t n,
             std::int64_t first, V* sums) {
  for (std::int64_t j = first; j < n; ++j) sums[j] = x[k * n + j];
  for (std::int64_t i = k + 1; i < m; ++i) {
    const V factor = v[i];
    for (std::int64_t j = first; j < n; ++j) sums[j] = sums[j] + factor * x[i * n + j];
  }
  for (std::int64_t j = first; j < n; ++j) {
    sums[j] = sums[j] * tau;
    x[k * n + j] = x[k * n + j] - sums[j];
  }
  for (std::int64_t i = k + 1; i < m; ++i) {
    const V factor = v[i];
    for (std::int64_t j = first; j < n; ++j) x[i * n + j] = x[i * n + j] - factor * sums[j];
  }
}

// a becomes r; row k of `vectors` (few, m) and taus[k] are the reflection k.
template <class V>
[[gnu::flatten]] void factor(V* a, std::int64_t m, std::int64_t n, V* vectors, V* taus, V* sums) {
  using std::abs, std::sqrt;
  for (std::int64_t k = 0; k < std::min(m, n); ++k) {
    V* const v = vectors + k * m;
    // In units of the largest element, whose square may leave the range of numbers.
    V largest(0);
    for (std::int64_t i = k + 1; i < m; ++i) {
      const V size = abs(a[i * n + k]);
      largest = choose(size > largest, size, choose(size == size, largest, size));
    }
    const V alpha = a[k * n + k];
    const auto nothing = largest == V(0);
    const V unit = choose(largest > abs(alpha), largest, abs(alpha));
    const V inverse = V(1) / choose(unit == V(0), V(1), unit);
    V sum = alpha * inverse * (alpha * inverse);
    for (std::int64_t i = k + 1; i < m; ++i) {
      const V x = a[i * n + k] * inverse;
      sum = sum + x * x;
    }
    const V norm = unit * sqrt(sum);
    const V beta = choose(nothing, alpha, choose(alpha < V(0), norm, -norm));
    taus[k] = choose(nothing, V(0), (beta - alpha) / choose(nothing, V(1), beta));
    const V scale = choose(nothing, V(0), V(1) / choose(nothing, V(1), alpha - beta));
    v[k] = V(1);
    for (std::int64_t i = k + 1; i < m; ++i) {
      v[i] = a[i * n + k] * scale;
      a[i * n + k] = V(0);
    }
    a[k * n + k] = beta;
    reflect(v, taus[k], m, k, a, n, k + 1, sums);
  }
}

template <class V>
[[gnu::flatten]] void run(const Array& a, const Array& q, const Array& r, std::int64_t begin,
                          std::int64_t end) {
  using T = lane_t<V>;
  const int rank = a.shape.rank();
  const std::int64_t m = a.shape[rank - 2], n = a.shape[rank - 1], k = std::min(m, n);
  LaneBuffer<V> room(m * n + 2 * k * m + k + std::max(n, k));
  V* const work = room.data();
  V* const vectors = work + m * n;
  V* const basis = vectors + k * m;
  V* const taus = basis + m * k;
  V* const sums = taus + k;
  for (std::int64_t first = begin; first < end; first += lane_count<V>) {
    const LanePointers<V, const T*> in(first, end,
                                       [&](std::int64_t i) { return a.data<T>() + i * m * n; });
    const LanePointers<V, T*> to_q(first, end,
                                   [&](std::int64_t i) { return q.data<T>() + i * m * k; });
    const LanePointers<V, T*> to_r(first, end,
                                   [&](std::int64_t i) { return r.data<T>() + i * k * n; });
    gather_lanes<V>(in.at, m * n, work);
    factor(work, m, n, vectors, taus, sums);
    scatter_lanes<V>(work, k * n, to_r.at, in.lanes);
    for (std::int64_t i = 0; i < m * k; ++i) basis[i] = V(i / k == i % k ? T(1) : T(0));
    for (std::int64_t step = k - 1; step >= 0; --step)
      reflect(vectors + step * m, taus[step], m, step, basis, k, step, sums);
    scatter_lanes<V>(basis, m * k, to_q.at, in.lanes);
  }
}

}  // namespace

void small_qr(const Array& a, const Array& q, const Array& r, bool several, std::int64_t begin,
              std::int64_t end) {
  dispatch_floating(a.dtype, [&]<class T>() {
    several ? run<Lane<T, true>>(a, q, r, begin, end) : run<Lane<T, false>>(a, q, r, begin, end);
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
