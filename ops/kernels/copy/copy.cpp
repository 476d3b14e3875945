#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/copy/copy_row.hpp>
#include <cinta/ops/kernels/copy/strided_copy.hpp>
#include <cinta/ops/kernels/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/loop/long_sums.hpp>
#include <cinta/ops/kernels/loop/strided_walk.hpp>
#include <vector>

namespace cinta::kernels {

void copy(const Array& from, const Array& to) {
  if (from.dtype == to.dtype && from.shape == to.shape && from.is_contiguous() &&
      to.is_contiguous()) {
    const std::int64_t size = std::int64_t(size_of(to.dtype));
    parallel_for(to.numel() * size, 4 * grain, [&](std::int64_t begin, std::int64_t end) {
      copy_row(to.data<char>() + begin, from.data<char>() + begin, end - begin);
    });
    return;
  }
  if (from.dtype == to.dtype && copy_strided(from, to)) return;
  elementwise(rows().cast[int(from.dtype)][int(to.dtype)], to, from);
}

void fill(const Array& y, const Number& value) {
  static const Shape scalar{};
  dispatch(y.dtype, [&]<class T>() {
    T element = value.as<T>();
    copy(Array{&element, scalar, scalar, y.dtype}, y);
  });
}

void accumulate(const Array& from, const Array& to) { elementwise(Function::add, to, to, from); }

void accumulate_overlapping(const Array& from, const Array& to) {
  if (from.numel() == 0) return;
  std::int64_t low = 0, high = 0;  // the places that are reached
  for (int i = 0; i < to.shape.rank(); ++i)
    (to.strides[i] < 0 ? low : high) += to.strides[i] * (to.shape[i] - 1);
  dispatch_floating(to.dtype, [&]<class T>() {
    std::vector<T> errors(std::size_t(high - low + 1));
    Shape index = Shape::filled(to.shape.rank());
    for (std::int64_t n = to.numel(); n > 0; --n) {
      std::int64_t source = 0, place = 0;
      for (int i = 0; i < index.rank(); ++i) {
        source += index[i] * from.strides[i];
        place += index[i] * to.strides[i];
      }
      add_compensated(to.data<T>()[place], errors[std::size_t(place - low)],
                      from.data<T>()[source]);
      for (int i = index.rank() - 1; i >= 0 && ++index[i] == to.shape[i]; --i) index[i] = 0;
    }
    for (std::int64_t place = low; place <= high; ++place) {
      const T error = errors[std::size_t(place - low)];
      T& sum = to.data<T>()[place];
      if (error != 0) sum = compensated(sum, error);
    }
  });
}

}  // namespace cinta::kernels
