// Compiled once per instruction set; see simd/dispatch.hpp.

#include <cinta/ops/kernels/linalg/factor/cholesky.hpp>
#include <cinta/ops/kernels/linalg/lanes.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void small_cholesky(const Array& a, double jitter, const Array& l, bool several, std::int64_t begin,
                    std::int64_t end, std::int64_t* codes);
void symmetrize_bands(const Array& a, bool lower, const Array& y, std::int64_t begin,
                      std::int64_t end, std::int64_t* found);

namespace {

// A matrix (n, n) and its symmetric part y, which may lie in the same place.
template <class T>
class Halves {
 public:
  // With `looking`, finds what is asymmetric.
  Halves(const T* a, T* y, std::int64_t n, bool lower, bool looking)
      : a_(a), y_(y), n_(n), lower_(lower), looking_(looking) {}

  // All elements left of the diagonal in rows [begin, end), and those across.
  [[gnu::flatten]] void join_rows(std::int64_t begin, std::int64_t end) {
    constexpr int lanes = lane_count<V>;
    std::int64_t i = begin;
    for (; i + lanes <= end; i += lanes) {
      T diagonal[lanes];
      for (int k = 0; k < lanes; ++k) diagonal[k] = a_[(i + k) * (n_ + 1)];
      for (std::int64_t j = 0; j < i; j += lanes) {
        // The next square across the diagonal lies in other rows, of which no hardware knows.
        for (int k = 0; k < lanes; ++k) {
          const std::int64_t across = std::min(j + lanes + k, n_ - 1) * n_ + i;
          __builtin_prefetch(a_ + across, 0);
          __builtin_prefetch(y_ + across, 1);
        }
        join_squares(i, j, lower_);
      }
      join_squares(i, i, false);
      for (int k = 0; k < lanes; ++k) {
        y_[(i + k) * (n_ + 1)] = diagonal[k];
        if (lower_) std::fill_n(y_ + (i + k) * (n_ + 1) + 1, lanes - 1 - k, T(0));
      }
    }
    for (; i < end; ++i) {
      y_[i * (n_ + 1)] = a_[i * (n_ + 1)];
      for (std::int64_t j = 0; j < i; ++j) join(i, j);
    }
  }
  // The first place, row * n + column, that differs from the one across by more than rounding
  // explains.
  std::int64_t asymmetric() const { return asymmetric_; }

 private:
  using V = Lane<T, true>;

  void look_at(std::int64_t i, std::int64_t j) {
    const T limit(asymmetry_limit), low = a_[i * n_ + j], high = a_[j * n_ + i];
    const T difference = std::abs(low - high);
    if (difference > limit * (std::abs(low) + std::abs(high)) &&
        difference * difference > limit * limit * std::abs(a_[i * (n_ + 1)] * a_[j * (n_ + 1)]))
      asymmetric_ = std::min(asymmetric_, i * n_ + j);
  }

  void join(std::int64_t i, std::int64_t j) {
    if (looking_) look_at(i, j);
    y_[i * n_ + j] = T(0.5) * (a_[i * n_ + j] + a_[j * n_ + i]);
    y_[j * n_ + i] = lower_ ? T(0) : y_[i * n_ + j];
  }

  // The square from (i, j) on, as wide as a register, and the one across.
  void join_squares(std::int64_t i, std::int64_t j, bool zeros) {
    constexpr int lanes = lane_count<V>;
    const V limit(T{asymmetry_limit}), half(T{0.5});
    Register<T> rows[lanes];
    for (int k = 0; k < lanes; ++k) load<T>(rows[k], a_ + (j + k) * n_ + i);
    turn_over<T>(rows);
    auto differ = V(0) > V(0);
    for (int k = 0; k < lanes; ++k) {
      using std::abs;
      V high;
      std::memcpy(static_cast<void*>(&high), &rows[k], sizeof high);
      const V low = V::load_unaligned(a_ + (i + k) * n_ + j), mean = half * (low + high);
      differ = differ | (abs(low - high) > limit * (abs(low) + abs(high)));
      std::memcpy(&rows[k], static_cast<const void*>(&mean), sizeof mean);
    }
    if (looking_ && any_lane(differ))
      for (int r = 0; r < lanes; ++r)
        for (int c = 0; c < lanes && j + c < i + r; ++c) look_at(i + r, j + c);
    for (int k = 0; k < lanes; ++k) store<T>(y_ + (i + k) * n_ + j, rows[k]);
    if (zeros)
      for (int k = 0; k < lanes; ++k) rows[k] = Register<T>{};
    else
      turn_over<T>(rows);
    for (int k = 0; k < lanes; ++k) store<T>(y_ + (j + k) * n_ + i, rows[k]);
  }

  const T* const a_;
  T* const y_;
  const std::int64_t n_;
  const bool lower_, looking_;
  std::int64_t asymmetric_ = none_asymmetric;
};

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

void symmetrize_bands(const Array& a, bool lower, const Array& y, std::int64_t begin,
                      std::int64_t end, std::int64_t* found) {
  dispatch_floating(a.dtype, [&]<class T>() {
    const std::int64_t n = a.shape.back(), pairs = band_pairs(n);
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t first = item / pairs * n * n;
      Halves<T> halves(a.data<T>() + first, y.data<T>() + first, n, lower, found);
      const auto band = [&](std::int64_t number) {
        halves.join_rows(number * band_rows, std::min(n, (number + 1) * band_rows));
      };
      const std::int64_t near = item % pairs, far = (n + band_rows - 1) / band_rows - 1 - near;
      band(near);
      if (far != near) band(far);
      if (found && halves.asymmetric() != none_asymmetric)
        *found = std::min(*found, first + halves.asymmetric());
    }
  });
}

void small_cholesky(const Array& a, double jitter, const Array& l, bool several, std::int64_t begin,
                    std::int64_t end, std::int64_t* codes) {
  dispatch_floating(a.dtype, [&]<class T>() {
    several ? run<Lane<T, true>>(a, jitter, l, begin, end, codes)
            : run<Lane<T, false>>(a, jitter, l, begin, end, codes);
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
