#include <cinta/ops/kernels/linalg/blocked.hpp>
#include <cinta/ops/kernels/linalg/factor/cholesky.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <mutex>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(small_cholesky,
                    (const Array& a, double jitter, const Array& l, bool several,
                     std::int64_t begin, std::int64_t end, std::int64_t* codes),
                    (a, jitter, l, several, begin, end, codes))
CINTA_SIMD_FUNCTION(symmetrize_bands,
                    (const Array& a, bool lower, const Array& y, std::int64_t begin,
                     std::int64_t end, std::int64_t* found),
                    (a, lower, y, begin, end, found))

namespace {

// Items of symmetrize_bands, in several threads.
template <class F>
void for_bands(const Array& a, const F& f) {
  if (a.numel() == 0) return;
  const std::int64_t n = a.shape.back(), pairs = band_pairs(n);
  parallel_for(a.numel() / (n * n) * pairs, grain_of(n * n / pairs), f);
}

}  // namespace

Stop symmetric_part(const Array& a, bool lower, const Array& y) {
  std::int64_t first = none_asymmetric;
  std::mutex mutex;
  for_bands(a, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t found = none_asymmetric;
    symmetrize_bands(a, lower, y, begin, end, &found);
    const std::lock_guard lock(mutex);
    first = std::min(first, found);
  });
  if (first == none_asymmetric) return {};
  const std::int64_t size = a.shape.back() * a.shape.back();
  return {first / size, -1 - first % size};
}

void mean_with_transpose(const Array& x, const Array& y) {
  for_bands(x, [&](std::int64_t begin, std::int64_t end) {
    symmetrize_bands(x, false, y, begin, end, nullptr);
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
      codes.data()[i] = blocked_cholesky(matrix, n, int(n));
    });
    return codes.first();
  });
}

}  // namespace cinta::kernels
