#include <cinta/ops/kernels/copy.hpp>
#include <cinta/ops/kernels/map.hpp>
#include <cinta/ops/kernels/strided_copy.hpp>

namespace cinta::kernels {
namespace {

// A cast that is defined for every value.
template <class R, class T>
R convert(T value) {
  if constexpr (std::is_same_v<R, bool>) {
    return value != T(0);
  } else if constexpr (std::is_same_v<R, std::int64_t> && std::is_floating_point_v<T>) {
    const T bound = T(9223372036854775808.0);
    return value >= -bound && value < bound ? R(value) : 0;
  } else {
    return R(value);
  }
}

template <class R, class T>
void cast(const Array& from, const Array& to) {
  detail::zip<R, T>(
      to, [](T value) { return convert<R>(value); }, std::make_index_sequence<1>(), from);
}

}  // namespace

void copy(const Array& from, const Array& to) {
  if (from.dtype == to.dtype && from.shape == to.shape && from.is_contiguous() &&
      to.is_contiguous()) {
    const std::int64_t size = std::int64_t(size_of(to.dtype));
    parallel_for(to.numel() * size, 4 * map_grain, [&](std::int64_t begin, std::int64_t end) {
      std::memcpy(to.data<char>() + begin, from.data<char>() + begin, std::size_t(end - begin));
    });
    return;
  }
  if (from.dtype == to.dtype && copy_strided(from, to)) return;
  dispatch(to.dtype,
           [&]<class R>() { dispatch(from.dtype, [&]<class T>() { cast<R, T>(from, to); }); });
}

void fill(const Array& y, double value) {
  static const Shape scalar{};
  dispatch(y.dtype, [&]<class T>() {
    T element = convert<T>(value);
    cast<T, T>(Array{&element, scalar, scalar, y.dtype}, y);
  });
}

void accumulate(const Array& from, const Array& to) {
  dispatch(to.dtype, [&]<class T>() {
    if constexpr (std::is_same_v<T, bool>)
      map<T, T>(
          to, [](bool a, bool b) { return a || b; }, to, from);
    else
      map<T, T>(
          to, [](auto a, auto b) { return a + b; }, to, from);
  });
}

}  // namespace cinta::kernels
