#include <cinta/ops/kernels/linalg/cross.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <type_traits>

namespace cinta::kernels {
namespace {

// Of `count` vectors, the first of which begin at a, b and y; elements of one lie `step` apart, of
// neighbours `next`.
template <class T>
void cross(const T* a, const T* b, T* y, std::int64_t count, std::int64_t step, std::int64_t next) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) {
    const T a0 = a[i * next], a1 = a[i * next + step], a2 = a[i * next + 2 * step];
    const T b0 = b[i * next], b1 = b[i * next + step], b2 = b[i * next + 2 * step];
    y[i * next] = a1 * b2 - a2 * b1;
    y[i * next + step] = a2 * b0 - a0 * b2;
    y[i * next + 2 * step] = a0 * b1 - a1 * b0;
  }
}

}  // namespace

void cross(const Array& a, const Array& b, int axis, const Array& y) {
  std::int64_t inner = 1;
  for (int i = axis + 1; i < y.shape.rank(); ++i) inner *= y.shape[i];
  dispatch(y.dtype, [&]<class T>() {
    using Element = std::conditional_t<std::is_floating_point_v<T>, T, std::uint64_t>;
    const Element *const of_a = a.data<Element>(), *const of_b = b.data<Element>();
    Element* const to = y.data<Element>();
    parallel_for(y.numel() / 3, grain, [=](std::int64_t begin, std::int64_t end) {
      if (inner == 1) {
        const std::int64_t first = 3 * begin;
        return cross(of_a + first, of_b + first, to + first, end - begin, 1, 3);
      }
      for (std::int64_t some = 0; begin < end; begin += some) {
        some = std::min(end - begin, inner - begin % inner);
        const std::int64_t first = begin / inner * 3 * inner + begin % inner;
        cross(of_a + first, of_b + first, to + first, some, inner, 1);
      }
    });
  });
}

}  // namespace cinta::kernels
