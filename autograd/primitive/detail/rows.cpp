#include <cinta/autograd/primitive/as_strided.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/detail/rows.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>

namespace cinta::detail {

Tensor row(const Tensor& x, std::int64_t index) {
  Shape shape = x.shape();
  shape[0] = 1;
  return apply_view({"row", Save::nothing(), {}}, x, shape, x.strides(), index * x.strides()[0],
                    [shape, index](const Grad& g) {
                      const Layout place{shape, contiguous_strides(shape), index * shape.numel()};
                      return g.part(0, {.values = g.dy, .layout = place});
                    });
}

Tensor join(const Tensors& parts, const Shape& shape) {
  std::vector<Layout> places;
  std::int64_t offset = 0;
  for (const Tensor& part : parts) {
    places.push_back({part.shape(), contiguous_strides(part.shape()), offset});
    offset += part.numel();
  }
  return apply(
      {"join", Save::nothing(), {}}, parts, {shape, parts[0].dtype()},
      [places](const Inputs& in, const Tensor& y) {
        for (int i = 0; i < in.size(); ++i) {
          const Layout& place = places[std::size_t(i)];
          kernels::copy(in[i], alias(y, place.shape, place.strides, place.offset));
        }
      },
      [places](const Grad& g) {
        const Tensor dy = contiguous(g.dy);
        Tensors gradients(places.size());
        for (std::size_t i = 0; i < places.size(); ++i)
          if (g.needs(int(i)))
            gradients[i] = as_strided(dy, places[i].shape, places[i].strides, places[i].offset);
        return gradients;
      });
}

}  // namespace cinta::detail
