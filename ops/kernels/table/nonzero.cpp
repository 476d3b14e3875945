#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/table/nonzero.hpp>
#include <utility>
#include <vector>

namespace cinta::kernels {
namespace {

// Elements are counted, and then written, in blocks of this size.
constexpr std::int64_t block = grain;

std::vector<std::int64_t> counts_of(const Array& x) {
  const std::int64_t n = x.numel();
  std::vector<std::int64_t> counts(std::size_t((n + block - 1) / block));
  std::int64_t* const to = counts.data();
  dispatch(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    parallel_for(std::int64_t(counts.size()), 1, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t b = begin; b < end; ++b) {
        std::int64_t count = 0;
        for (std::int64_t i = b * block; i < std::min(n, (b + 1) * block); ++i)
          count += from[i] != T(0);
        to[b] = count;
      }
    });
  });
  return counts;
}

}  // namespace

std::int64_t count_nonzero(const Array& x) {
  std::int64_t total = 0;
  for (const std::int64_t count : counts_of(x)) total += count;
  return total;
}

void nonzero_places(const Array& x, std::int64_t* places) {
  const std::int64_t n = x.numel();
  std::vector<std::int64_t> starts = counts_of(x);
  std::int64_t total = 0;
  for (std::int64_t& start : starts) total += std::exchange(start, total);
  const std::int64_t* const start = starts.data();
  dispatch(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    parallel_for(std::int64_t(starts.size()), 1, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t b = begin; b < end; ++b) {
        std::int64_t* to = places + start[b];
        for (std::int64_t i = b * block; i < std::min(n, (b + 1) * block); ++i)
          if (from[i] != T(0)) *to++ = i;
      }
    });
  });
}

}  // namespace cinta::kernels
