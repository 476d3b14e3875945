#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/random/random.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(uniform, (const Array& y, double low, double high, const RandomKey& key),
                    (y, low, high, key))
CINTA_SIMD_FUNCTION(open_uniform, (const Array& y, const RandomKey& key), (y, key))
CINTA_SIMD_FUNCTION(normal, (const Array& y, double mean, double std, const RandomKey& key),
                    (y, mean, std, key))
CINTA_SIMD_FUNCTION(integers,
                    (const Array& y, std::int64_t low, std::uint64_t span, const RandomKey& key),
                    (y, low, span, key))
CINTA_SIMD_FUNCTION(bernoulli, (const Array& y, double p, const RandomKey& key), (y, p, key))
CINTA_SIMD_FUNCTION(dropout, (const Array& x, const Array& y, double p, const RandomKey& key),
                    (x, y, p, key))
CINTA_SIMD_FUNCTION(masked_affine,
                    (const Array& x, const Array& y, double p, const RandomKey& key, double scale,
                     double shift, double dropped),
                    (x, y, p, key, scale, shift, dropped))
CINTA_SIMD_FUNCTION(dropout_factors,
                    (const RandomKey& key, double p, std::int64_t first, std::int64_t count,
                     float* y),
                    (key, p, first, count, y))
CINTA_SIMD_FUNCTION(dropout_factors,
                    (const RandomKey& key, double p, std::int64_t first, std::int64_t count,
                     double* y),
                    (key, p, first, count, y))

void dropout_rows(const Array& x, const Array& y, std::int64_t width, const std::int64_t* ids,
                  double p, const RandomKey& key) {
  const std::uint32_t threshold = dropout_threshold(p);
  dispatch_floating(y.dtype, [&]<class T>() {
    const T scale = T(1 / (1 - p));
    const T* const from = x.data<T>();
    T* const to = y.data<T>();
    const std::int64_t rows = width > 0 ? y.numel() / width : 0;
    parallel_for(rows, grain_of(width), [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r) {
        const T* const row = from + r * width;
        if (random_word(key, std::uint64_t(ids ? ids[r] : r)) < threshold)
          std::fill_n(to + r * width, width, T(0));
        else
          std::transform(row, row + width, to + r * width, [scale](T v) { return v * scale; });
      }
    });
  });
}

}  // namespace cinta::kernels
