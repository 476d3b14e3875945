#include <cinta/ops/kernels/copy.hpp>
#include <cinta/ops/kernels/elementwise.hpp>
#include <cinta/ops/kernels/map_walk.hpp>
#include <cstring>

namespace cinta::kernels {

void copy(const Array& from, const Array& to) {
  if (from.dtype == to.dtype && from.shape == to.shape && from.is_contiguous() &&
      to.is_contiguous()) {
    const std::int64_t size = std::int64_t(size_of(to.dtype));
    parallel_for(to.numel() * size, 4 * map_grain, [&](std::int64_t begin, std::int64_t end) {
      std::memcpy(to.data<char>() + begin, from.data<char>() + begin, std::size_t(end - begin));
    });
    return;
  }
  elementwise(rows().cast[int(from.dtype)][int(to.dtype)], to, from);
}

void fill(const Array& y, double value) {
  static const Shape scalar{};
  copy(Array{&value, scalar, scalar, float64}, y);
}

void accumulate(const Array& from, const Array& to) { elementwise(Function::add, to, to, from); }

}  // namespace cinta::kernels
