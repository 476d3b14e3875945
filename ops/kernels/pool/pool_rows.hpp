#pragma once
// Private to ops/kernels/pool: windows a row of the output at a time, tap by tap, so that vectors
// run along the row.

#include <cinta/ops/kernels/pool/pool.hpp>

namespace cinta::kernels {

/// The elements of a window along one axis: begin, begin + step, ... below end; and how many count
/// in a mean.
struct PoolRange {
  std::int64_t begin, end, step, counted;
};

inline PoolRange pool_range(const PoolGeometry& g, std::size_t a, std::int64_t o,
                            bool counts_padding = true) {
  if (g.adaptive) {
    const std::int64_t begin = o * g.x[a] / g.y[a], end = ((o + 1) * g.x[a] + g.y[a] - 1) / g.y[a];
    return {begin, end, 1, end - begin};
  }
  const std::int64_t step = g.dilation[a], first = o * g.stride[a] - g.padding[a];
  std::int64_t begin = first, end = first + (g.kernel[a] - 1) * step + 1;
  // What reaches beyond the padded input is in no divisor.
  const std::int64_t padded = end < g.x[a] + g.padding[a] ? end : g.x[a] + g.padding[a];
  if (begin < 0) begin += (-begin + step - 1) / step * step;
  if (end > g.x[a]) end = g.x[a];
  const std::int64_t reach = counts_padding ? padded - first : end - begin;
  return {begin, end, step, (reach + step - 1) / step};
}

/// All of one plane, of windows that are not adaptive. A plane of floats has fewer than 2^31
/// elements. `rows` has room for two rows of the output, `room`, if it is not null, for a plane of
/// all results: they are put together there and go around the caches, in whole lines.
void max_pool_plane(const PoolGeometry& g, const float* x, float* values, std::int64_t* indices,
                    char* room);
void max_pool_plane(const PoolGeometry& g, const double* x, double* values, std::int64_t* indices,
                    char* room);
/// y[indices[i]] is x[i], for i below `in`, as put_in_planes has it.
void put_in_plane(std::int64_t in, std::int64_t out, bool add, const float* x,
                  const std::int64_t* indices, float* y, char* room);
void put_in_plane(std::int64_t in, std::int64_t out, bool add, const double* x,
                  const std::int64_t* indices, double* y, char* room);
void avg_pool_plane(const PoolGeometry& g, const PoolDivisor& divisor, const float* x, float* y,
                    float* rows);
void avg_pool_plane(const PoolGeometry& g, const PoolDivisor& divisor, const double* x, double* y,
                    double* rows);
/// Adds to dx.
void avg_pool_adjoint_plane(const PoolGeometry& g, const PoolDivisor& divisor, const float* dy,
                            float* dx, float* rows);
void avg_pool_adjoint_plane(const PoolGeometry& g, const PoolDivisor& divisor, const double* dy,
                            double* dx, double* rows);

}  // namespace cinta::kernels
