#include <cinta/ops/reduce/detail/axes_last.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta::detail {

Tensor with_axes(const Tensor& y, const Shape& kept) {
  return y.shape() == kept ? y : reshape(y, kept);
}

std::int64_t reduced_count(const Shape& from, const Shape& kept) {
  std::int64_t n = 1;
  for (int i = 0; i < from.rank(); ++i)
    if (kept[i] != from[i]) n *= from[i];
  return n;
}

Tensor reduced_last(const Tensor& x, const Shape& kept) {
  Shape order = Shape::filled(x.rank());
  int next = 0;
  for (const bool reduced : {false, true})
    for (int i = 0; i < x.rank(); ++i)
      if ((kept[i] != x.shape()[i]) == reduced) order[next++] = i;
  return reshape(permute(x, order), {kept.numel(), reduced_count(x.shape(), kept)});
}

}  // namespace cinta::detail
