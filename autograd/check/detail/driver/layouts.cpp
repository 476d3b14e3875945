#include <algorithm>
#include <cinta/autograd/check/detail/driver/samples.hpp>
#include <cinta/autograd/check/detail/values.hpp>
#include <limits>

namespace cinta::check {
namespace {

// What nobody may read: NaN, or an index that is out of any range.
Tensor poison(std::int64_t count, Dtype dtype) {
  Tensor buffer = empty({count}, dtype);
  dispatch(dtype, [&]<class T>() {
    T bad = T(1);
    if constexpr (std::is_floating_point_v<T>) bad = std::numeric_limits<T>::quiet_NaN();
    if constexpr (std::is_same_v<T, std::int64_t>) bad = std::numeric_limits<T>::min() / 4;
    std::fill_n(buffer.data<T>(), count, bad);
  });
  return buffer;
}

}  // namespace

const char* name_of(Layout layout) {
  constexpr const char* names[] = {"transposed", "sliced out of NaN", "reversed",
                                   "expanded (stride 0)"};
  return names[int(layout)];
}

Tensor laid_out(const Tensor& x, Layout layout) {
  const Shape& shape = x.shape();
  Strides strides = Strides::filled(x.rank());
  std::int64_t total = 1, offset = 0;
  bool expanded = false;
  for (int k = 0; k < x.rank(); ++k) {
    const int axis = layout == Layout::transposed ? k : x.rank() - 1 - k;
    const bool repeat = layout == Layout::expanded && shape[axis] > 1 && !expanded;
    expanded |= repeat;
    strides[axis] = repeat ? 0 : total;
    if (!repeat) total *= std::max<std::int64_t>(shape[axis], 1) * (layout == Layout::gaps ? 2 : 1);
    if (layout == Layout::gaps) strides[axis] *= 2;
  }
  if (layout == Layout::gaps) {
    offset = 1;
    total = 2 * total + 2;
  }
  if (layout == Layout::reversed) {
    for (int axis = 0; axis < x.rank(); ++axis) {
      offset += strides[axis] * std::max<std::int64_t>(shape[axis] - 1, 0);
      strides[axis] = -strides[axis];
    }
  }
  const Tensor buffer = poison(total, x.dtype());
  Tensor y = alias(buffer, shape, strides, offset);
  const Tensor source = detail::dense_copy(x, x.dtype());
  dispatch(x.dtype(), [&]<class T>() {
    T* to = y.data<T>();
    for (std::int64_t flat = 0; flat < x.numel(); ++flat) {
      const Shape index = detail::unravel(flat, shape);
      std::int64_t place = 0, from = 0;
      for (int axis = 0; axis < x.rank(); ++axis) {
        place += index[axis] * strides[axis];
        from = from * shape[axis] + (strides[axis] == 0 && shape[axis] > 1 ? 0 : index[axis]);
      }
      to[place] = source.data<T>()[from];
    }
  });
  return y;
}

}  // namespace cinta::check
