#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/copy/strided_copy.hpp>
#include <cinta/ops/kernels/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/loop/strided_walk.hpp>
#include <cstring>

namespace cinta::kernels {

void copy(const Array& from, const Array& to) {
  if (from.dtype == to.dtype && from.shape == to.shape && from.is_contiguous() &&
      to.is_contiguous()) {
    const std::int64_t size = std::int64_t(size_of(to.dtype));
    parallel_for(to.numel() * size, 4 * grain, [&](std::int64_t begin, std::int64_t end) {
      std::memcpy(to.data<char>() + begin, from.data<char>() + begin, std::size_t(end - begin));
    });
    return;
  }
  if (from.dtype == to.dtype && copy_strided(from, to)) return;
  elementwise(rows().cast[int(from.dtype)][int(to.dtype)], to, from);
}

void fill(const Array& y, double value) {
  static const Shape scalar{};
  copy(Array{&value, scalar, scalar, float64}, y);
}

void accumulate(const Array& from, const Array& to) { elementwise(Function::add, to, to, from); }

void accumulate_overlapping(const Array& from, const Array& to) {
  dispatch_floating(to.dtype, [&]<class T>() {
    Shape index = Shape::filled(to.shape.rank());
    for (std::int64_t n = to.numel(); n > 0; --n) {
      std::int64_t source = 0, place = 0;
      for (int i = 0; i < index.rank(); ++i) {
        source += index[i] * from.strides[i];
        place += index[i] * to.strides[i];
      }
      to.data<T>()[place] += from.data<T>()[source];
      for (int i = index.rank() - 1; i >= 0 && ++index[i] == to.shape[i]; --i) index[i] = 0;
    }
  });
}

}  // namespace cinta::kernels
