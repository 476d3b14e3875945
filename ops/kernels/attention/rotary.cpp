#include <cinta/ops/kernels/attention/rotary.hpp>
#include <cinta/ops/kernels/loop/buffer.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cmath>

namespace cinta::kernels {

void rotate_pairs(const Array& x, const Array& y, double base, std::int64_t offset,
                  bool interleaved, bool back) {
  if (x.numel() == 0) return;
  const std::int64_t width = x.shape.back(), pairs = width / 2,
                     length = x.shape[x.shape.rank() - 2];
  dispatch_floating(x.dtype, [&]<class T>() {
    Buffer<T> table(2 * length * pairs);
    T *const cosine = table.data(), *const sine = cosine + length * pairs;
    for (std::int64_t i = 0; i < pairs; ++i) {
      const double frequency = std::pow(base, -2.0 * double(i) / double(width));
      for (std::int64_t p = 0; p < length; ++p) {
        const double angle = double(p + offset) * frequency;
        cosine[p * pairs + i] = T(std::cos(angle));
        sine[p * pairs + i] = T(back ? -std::sin(angle) : std::sin(angle));
      }
    }
    const std::int64_t step = interleaved ? 2 : 1, other = interleaved ? 1 : pairs;
    const T* const from = x.data<T>();
    T* const to = y.data<T>();
    parallel_for(x.numel() / width, grain_of(width), [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r) {
        const T *a = from + r * width, *c = cosine + r % length * pairs,
                *s = sine + r % length * pairs;
        T* const b = to + r * width;
        for (std::int64_t i = 0; i < pairs; ++i) {
          const T first = a[i * step], second = a[i * step + other];
          b[i * step] = first * c[i] - second * s[i];
          b[i * step + other] = second * c[i] + first * s[i];
        }
      }
    });
  });
}

}  // namespace cinta::kernels
