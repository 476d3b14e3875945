// Compiled once per instruction set; see simd/dispatch.hpp.

#include <cinta/ops/kernels/linalg/factor/spectral.hpp>
#include <cinta/ops/kernels/linalg/lanes.hpp>
#include <limits>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void small_eigh(const Array& a, const Array& values, const Array& vectors, bool several,
                std::int64_t begin, std::int64_t end, std::int64_t* codes);
void small_svd(const Array& a, const Array& rows, const Array& rotations, bool several,
               std::int64_t begin, std::int64_t end, std::int64_t* codes);

namespace {

constexpr int most_sweeps = 40;  // some 6 to 10 are usual

// The rotation that makes the off-diagonal element of [[p, x], [x, q]] 0, by the smaller angle: p
// loses `tangent` times x, which q gains.
template <class V>
void find_rotation(V p, V x, V q, V& tangent, V& cosine, V& sine) {
  using std::abs, std::sqrt;
  const auto nothing = x == V(0);
  const V theta = (q - p) / choose(nothing, V(1), x + x), size = abs(theta);
  // Where theta's square leaves the range of numbers the root is theta.
  const V root = choose(size > V(lane_t<V>(1e15)), size, sqrt(theta * theta + V(1)));
  tangent = choose(nothing, V(0), choose(theta < V(0), V(-1), V(1)) / (size + root));
  cosine = V(1) / sqrt(tangent * tangent + V(1));
  sine = tangent * cosine;
}

// `count` numbers of x and y, so many apart.
template <class V>
void rotate(V* x, std::int64_t step_x, V* y, std::int64_t step_y, std::int64_t count, V cosine,
            V sine) {
  for (std::int64_t i = 0; i < count; ++i) {
    const V a = x[i * step_x], b = y[i * step_y];
    x[i * step_x] = cosine * a - sine * b;
    y[i * step_y] = sine * a + cosine * b;
  }
}

// The diagonal of a becomes its eigenvalues, with the eigenvectors in the rows of v; of a symmetric
// matrix only what lies left of the diagonal is looked at. Returns 1 where it did not.
template <class V>
[[gnu::flatten]] V diagonalize(V* a, std::int64_t n, V* v) {
  const V epsilon(std::numeric_limits<lane_t<V>>::epsilon());
  for (std::int64_t i = 0; i < n * n; ++i) v[i] = V(i % (n + 1) ? 0 : 1);
  for (int sweep = 0;; ++sweep) {
    V off(0), all(0);
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < i; ++j) off = off + a[i * n + j] * a[i * n + j];
      all = all + a[i * n + i] * a[i * n + i];
    }
    // Half a unit in the last place of the largest.
    const auto left = off + off > epsilon * epsilon * (all + off) * V(lane_t<V>(0.25));
    if (!any_lane(left)) return V(0);
    if (sweep == most_sweeps) return choose(left, V(1), V(0));
    for (std::int64_t p = 0; p < n; ++p) {
      for (std::int64_t q = p + 1; q < n; ++q) {
        V tangent, cosine, sine, &x = a[q * n + p];
        find_rotation(a[p * n + p], x, a[q * n + q], tangent, cosine, sine);
        const V moved = tangent * x;
        a[p * n + p] = a[p * n + p] - moved;
        a[q * n + q] = a[q * n + q] + moved;
        x = V(0);
        rotate(a + p * n, 1, a + q * n, 1, p, cosine, sine);
        rotate(a + (p + 1) * n + p, n, a + q * n + p + 1, 1, q - p - 1, cosine, sine);
        rotate(a + (q + 1) * n + p, n, a + (q + 1) * n + q, n, n - q - 1, cosine, sine);
        rotate(v + p * n, 1, v + q * n, 1, n, cosine, sine);
      }
    }
  }
}

// The rows of w (k, n) become orthogonal; row i of `rotations` (k, k) times the old w is row i of
// the new one. Returns 1 where they did not.
template <class V>
[[gnu::flatten]] V orthogonalize(V* w, std::int64_t k, std::int64_t n, V* rotations, V* squares) {
  using std::abs;
  const V epsilon(std::numeric_limits<lane_t<V>>::epsilon());
  for (std::int64_t i = 0; i < k * k; ++i) rotations[i] = V(i % (k + 1) ? 0 : 1);
  for (int sweep = 0;; ++sweep) {
    V largest(0), rotated(0);
    for (std::int64_t i = 0; i < k; ++i) {
      V sum(0);
      for (std::int64_t c = 0; c < n; ++c) sum = sum + w[i * n + c] * w[i * n + c];
      squares[i] = sum;
      largest = choose(sum > largest, sum, largest);
    }
    // What is smaller is a rounding error of the largest row, and never orthogonal to anything.
    const V noise = largest * epsilon * epsilon;
    for (std::int64_t p = 0; p < k; ++p) {
      for (std::int64_t q = p + 1; q < k; ++q) {
        V* const x = w + p * n;
        V* const y = w + q * n;
        V xx(0), xy(0), yy(0);
        for (std::int64_t c = 0; c < n; ++c) {
          xx = xx + x[c] * x[c];
          xy = xy + x[c] * y[c];
          yy = yy + y[c] * y[c];
        }
        const V smaller = choose(xx < yy, xx, yy);
        // |x y| > 2 epsilon |x| |y|, squared in factors that stay in the range of numbers.
        const auto counts = abs(xy) * abs(xy) > xx * (yy * (epsilon * epsilon * V(4)));
        const V product = choose(smaller > noise, choose(counts, xy, V(0)), V(0));
        const auto none = product == V(0);
        if (!any_lane(choose(none, V(0), V(1)) > V(0))) continue;
        rotated = choose(none, rotated, V(1));
        V tangent, cosine, sine;
        find_rotation(xx, product, yy, tangent, cosine, sine);
        rotate(x, 1, y, 1, n, cosine, sine);
        rotate(rotations + p * k, 1, rotations + q * k, 1, k, cosine, sine);
      }
    }
    if (!any_lane(rotated > V(0))) return V(0);
    if (sweep == most_sweeps) return rotated;
  }
}

template <class V>
[[gnu::flatten]] void run_eigh(const Array& a, const Array& values, const Array& vectors,
                               std::int64_t begin, std::int64_t end, std::int64_t* codes) {
  using T = lane_t<V>;
  const std::int64_t n = a.shape.back(), size = n * n;
  LaneBuffer<V> room(2 * size + n);
  V* const work = room.data();
  for (std::int64_t first = begin; first < end; first += lane_count<V>) {
    const LanePointers<V, const T*> in(first, end,
                                       [&](std::int64_t i) { return a.data<T>() + i * size; });
    const LanePointers<V, T*> to(first, end,
                                 [&](std::int64_t i) { return vectors.data<T>() + i * size; });
    const LanePointers<V, T*> to_values(first, end,
                                        [&](std::int64_t i) { return values.data<T>() + i * n; });
    gather_lanes<V>(in.at, size, work);
    V failed = diagonalize(work, n, work + size);
    for (std::int64_t i = 0; i < n; ++i) work[2 * size + i] = work[i * (n + 1)];
    scatter_lanes<V>(work + size, size, to.at, in.lanes);
    scatter_lanes<V>(work + 2 * size, n, to_values.at, in.lanes);
    for (int i = 0; i < in.lanes; ++i) codes[first + i] = lane(failed, i) != 0;
  }
}

template <class V>
[[gnu::flatten]] void run_svd(const Array& a, const Array& rows, const Array& rotations,
                              std::int64_t begin, std::int64_t end, std::int64_t* codes) {
  using T = lane_t<V>;
  const int rank = a.shape.rank();
  const std::int64_t k = a.shape[rank - 2], n = a.shape[rank - 1], size = k * n;
  LaneBuffer<V> room(size + k * k + k);
  V* const work = room.data();
  for (std::int64_t first = begin; first < end; first += lane_count<V>) {
    const LanePointers<V, const T*> in(first, end,
                                       [&](std::int64_t i) { return a.data<T>() + i * size; });
    const LanePointers<V, T*> to(first, end,
                                 [&](std::int64_t i) { return rows.data<T>() + i * size; });
    const LanePointers<V, T*> to_rotations(
        first, end, [&](std::int64_t i) { return rotations.data<T>() + i * k * k; });
    gather_lanes<V>(in.at, size, work);
    V failed = orthogonalize(work, k, n, work + size, work + size + k * k);
    scatter_lanes<V>(work, size, to.at, in.lanes);
    scatter_lanes<V>(work + size, k * k, to_rotations.at, in.lanes);
    for (int i = 0; i < in.lanes; ++i) codes[first + i] = lane(failed, i) != 0;
  }
}

}  // namespace

void small_eigh(const Array& a, const Array& values, const Array& vectors, bool several,
                std::int64_t begin, std::int64_t end, std::int64_t* codes) {
  dispatch_floating(a.dtype, [&]<class T>() {
    several ? run_eigh<Lane<T, true>>(a, values, vectors, begin, end, codes)
            : run_eigh<Lane<T, false>>(a, values, vectors, begin, end, codes);
  });
}

void small_svd(const Array& a, const Array& rows, const Array& rotations, bool several,
               std::int64_t begin, std::int64_t end, std::int64_t* codes) {
  dispatch_floating(a.dtype, [&]<class T>() {
    several ? run_svd<Lane<T, true>>(a, rows, rotations, begin, end, codes)
            : run_svd<Lane<T, false>>(a, rows, rotations, begin, end, codes);
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
