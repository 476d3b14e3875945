#include <cinta/ops/kernels/linalg/blocked.hpp>
#include <cinta/ops/kernels/linalg/factor/cholesky.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <cmath>
#include <mutex>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(small_cholesky,
                    (const Array& a, double jitter, const Array& l, bool several,
                     std::int64_t begin, std::int64_t end, std::int64_t* codes),
                    (a, jitter, l, several, begin, end, codes))

namespace {

// Element (i, j) and the one across the diagonal.
template <class T>
bool is_asymmetric(T low, T high, T diagonal_i, T diagonal_j) {
  const T difference = std::abs(low - high);
  return difference > T(asymmetry_limit) * (std::abs(low) + std::abs(high)) &&
         difference * difference >
             T(asymmetry_limit * asymmetry_limit) * std::abs(diagonal_i * diagonal_j);
}

// One matrix, in squares that a cache holds together with those across the diagonal. Returns the
// first asymmetric place, or -1.
template <class T>
std::int64_t symmetrize(const T* a, std::int64_t n, bool lower, T* y) {
  constexpr std::int64_t side = 32;
  const std::int64_t bands = (n + side - 1) / side;
  std::int64_t place = -1;
  std::mutex mutex;
  parallel_for(bands, grain_of(n * side), [&](std::int64_t begin, std::int64_t end) {
    std::int64_t found = -1;
    for (std::int64_t band = begin; band < end; ++band) {
      const std::int64_t i0 = band * side, i1 = std::min(n, i0 + side);
      for (std::int64_t j0 = 0; j0 <= i0; j0 += side) {
        for (std::int64_t i = i0; i < i1; ++i) {
          const std::int64_t j1 = std::min(i, j0 + side);
          for (std::int64_t j = j0; j < j1; ++j) {
            const T low = a[i * n + j], high = a[j * n + i];
            if (low != high && is_asymmetric(low, high, a[i * n + i], a[j * n + j]) &&
                (found < 0 || i * n + j < found))
              found = i * n + j;
            y[i * n + j] = T(0.5) * (low + high);
            y[j * n + i] = lower ? T(0) : y[i * n + j];
          }
          if (j0 == i0) y[i * n + i] = a[i * n + i];
        }
      }
    }
    const std::lock_guard lock(mutex);
    if (found >= 0 && (place < 0 || found < place)) place = found;
  });
  return place;
}

}  // namespace

Stop symmetric_part(const Array& a, bool lower, const Array& y) {
  return dispatch_floating(a.dtype, [&]<class T>() {
    const std::int64_t n = a.shape.back();
    const Matrices in(a), out(y);
    for (std::int64_t i = 0; i < in.count(); ++i) {
      const std::int64_t place = symmetrize<T>(in.at<T>(i), n, lower, out.at<T>(i));
      if (place >= 0) return Stop{i, -1 - place};
    }
    return Stop();
  });
}

Stop cholesky(const Array& a, double jitter, const Array& l) {
  if (a.numel() == 0) return {};
  return dispatch_floating(a.dtype, [&]<class T>() {
    const std::int64_t n = a.shape.back(), count = a.numel() / (n * n);
    Codes codes(count);
    const Method method = method_for<T>(n, n);
    if (method != Method::lanes)
      if (const Stop stop = symmetric_part(a, method == Method::lapack, l)) return stop;
    if (method != Method::lapack) {
      const Array& from = method == Method::lanes ? a : l;
      const double work = double(n) * double(n) * double(n) / 6;
      for_matrices(count, work, [&](std::int64_t begin, std::int64_t end) {
        small_cholesky(from, jitter, l, method == Method::lanes, begin, end, codes.data());
      });
      return codes.first();
    }
    const Matrices factors(l);
    for_each_by_lapack(count, [&](std::int64_t i) {
      T* matrix = factors.at<T>(i);
      if (jitter != 0)
        for (std::int64_t k = 0; k < n; ++k) matrix[k * (n + 1)] += T(jitter);
      codes.data()[i] = blocked_cholesky(matrix, n);
    });
    return codes.first();
  });
}

}  // namespace cinta::kernels
