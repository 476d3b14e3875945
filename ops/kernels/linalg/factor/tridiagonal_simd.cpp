// Compiled once per instruction set; see simd/dispatch.hpp.

#include <cinta/autograd/core/dtype.hpp>
#include <cinta/ops/kernels/linalg/lanes.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void add_symmetric_rows(Dtype dtype, const void* a, std::int64_t stride, std::int64_t n,
                        const void* x, void* y, std::int64_t begin, std::int64_t end);

namespace {

// Rows [row, row + rows): each element is read once, for its own row and for that across.
template <class T, int rows>
[[gnu::flatten]] void add_some_rows(const T* a, std::int64_t stride, std::int64_t n, const T* x,
                                    T* y, std::int64_t row) {
  using V = Lane<T, true>;
  constexpr std::int64_t lanes = lane_count<V>;
  const T* at[rows];
  T sum[rows] = {};
  V sums[rows], factor[rows];
  for (int i = 0; i < rows; ++i) {
    at[i] = a + (row + i) * stride;
    sums[i] = V(0);
    factor[i] = V(x[row + i]);
    sum[i] = at[i][row + i] * x[row + i];
  }
  for (int i = 0; i < rows; ++i) {
    for (int j = i + 1; j < rows; ++j) {
      sum[i] += at[i][row + j] * x[row + j];
      sum[j] += at[i][row + j] * x[row + i];
    }
  }
  std::int64_t c = row + rows;
  for (; c + lanes <= n; c += lanes) {
    const V other = V::load_unaligned(x + c);
    V mine = V::load_unaligned(y + c);
    for (int i = 0; i < rows; ++i) {
      const V element = V::load_unaligned(at[i] + c);
      sums[i] = sums[i] + element * other;
      mine = mine + element * factor[i];
    }
    mine.store_unaligned(y + c);
  }
  for (; c < n; ++c) {
    for (int i = 0; i < rows; ++i) {
      sum[i] += at[i][c] * x[c];
      y[c] += at[i][c] * x[row + i];
    }
  }
  for (int i = 0; i < rows; ++i) {
    for (int k = 0; k < lanes; ++k) sum[i] += lane(sums[i], k);
    y[row + i] += sum[i];
  }
}

}  // namespace

void add_symmetric_rows(Dtype dtype, const void* a, std::int64_t stride, std::int64_t n,
                        const void* x, void* y, std::int64_t begin, std::int64_t end) {
  dispatch_floating(dtype, [&]<class T>() {
    const auto* const matrix = static_cast<const T*>(a);
    const auto* const vector = static_cast<const T*>(x);
    T* const result = static_cast<T*>(y);
    std::int64_t row = begin;
    for (; row + 4 <= end; row += 4) add_some_rows<T, 4>(matrix, stride, n, vector, result, row);
    for (; row < end; ++row) add_some_rows<T, 1>(matrix, stride, n, vector, result, row);
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
