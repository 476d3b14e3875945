#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/detail/rows.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>

namespace cinta::detail {

Tensor row(const Tensor& x, std::int64_t index) {
  Shape shape = x.shape();
  shape[0] = 1;
  return apply_view({"row", Save::nothing(), {}, {{"index", index}}}, x, shape, x.strides(),
                    index * x.strides()[0], [shape, index](const Grad& g) {
                      const Layout place{shape, contiguous_strides(shape), index * shape.numel()};
                      return g.part(0, {.values = g.dy, .layout = place});
                    });
}

namespace {

// The parts of a tensor in these layouts of its dense elements: the adjoint of join.
Tensors parts_of(const Tensor& x, const std::vector<Layout>& places) {
  return apply_view({"parts", Save::nothing(), {}}, contiguous(x), places, [](const Grad& g) {
    Tensors dys;
    for (int i = 0; i < g.output_count(); ++i) dys.push_back(g.dy_or_zeros(i));
    return join(dys, g.shape(0));
  });
}

}  // namespace

Tensor join(const Tensors& parts, const Shape& shape) {
  std::vector<Layout> places;
  std::int64_t offset = 0;
  for (const Tensor& part : parts) {
    places.push_back({part.shape(), contiguous_strides(part.shape()), offset});
    offset += part.numel();
  }
  return apply(
      {"join", Save::nothing(), {}, {{"shape", shape}}}, parts, Spec{shape, parts[0].dtype()},
      [places](const Inputs& in, const Tensor& y) {
        for (int i = 0; i < in.size(); ++i) {
          const Layout& to = places[std::size_t(i)];
          kernels::copy(in[i], alias(y, to.shape, to.strides, to.offset));
        }
      },
      [places](const Grad& g) { return parts_of(g.dy, places); });
}

}  // namespace cinta::detail
