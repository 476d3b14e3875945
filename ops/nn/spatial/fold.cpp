#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/conv/unfold.hpp>
#include <cinta/ops/nn/spatial/detail/window.hpp>
#include <cinta/ops/nn/spatial/fold.hpp>
#include <cinta/ops/shape/copy.hpp>

namespace cinta {
namespace {

using kernels::UnfoldGeometry;
using std::to_string;

// The windows over planes of these sizes; `image` is what errors show.
UnfoldGeometry geometry(const std::string& name, const Tensor& image, const PerAxis& sizes,
                        const PerAxis& kernel, const FoldOptions& options, const Site& site) {
  detail::check_per_axis(name, "kernel", kernel, 2, 1, site);
  detail::check_per_axis(name, "dilation", options.dilation, 2, 1, site);
  detail::check_per_axis(name, "padding", options.padding, 2, 0, site);
  detail::check_per_axis(name, "stride", options.stride, 2, 1, site);
  const detail::Windows windows{kernel, options.stride, options.padding, options.dilation};
  UnfoldGeometry g{};
  for (int i = 0; i < 2; ++i) {
    const auto a = std::size_t(i);
    g.x[a] = sizes[i];
    g.y[a] = windows.count(name, image, i, sizes[i], site);
    g.kernel[a] = kernel[i];
    g.stride[a] = options.stride[i];
    g.padding[a] = options.padding[i];
    g.dilation[a] = options.dilation[i];
  }
  return g;
}

Tensor folded(const Op& op, const Tensor& columns, const UnfoldGeometry& g, const Shape& shape);

Tensor unfolded(const Op& op, const Tensor& x, const UnfoldGeometry& g, const Shape& shape) {
  return apply(
      op.saving(Save::nothing()), {x}, Spec{shape, x.dtype()},
      [g](const Inputs& in, const Tensor& y) {
        const Tensor dense = contiguous(in[0]);
        kernels::unfold(g, dense, y);
      },
      [g](const Grad& grad) { return folded({"fold"}, grad.dy, g, grad.shape(0)); });
}

Tensor folded(const Op& op, const Tensor& columns, const UnfoldGeometry& g, const Shape& shape) {
  return apply(
      op.saving(Save::nothing()), {columns}, Spec{shape, columns.dtype()},
      [g](const Inputs& in, const Tensor& y) {
        const Tensor dense = contiguous(in[0]);
        kernels::fold(g, dense, y);
      },
      [g](const Grad& grad) { return unfolded({"unfold"}, grad.dy, g, grad.shape(0)); });
}

}  // namespace

Tensor unfold(const Tensor& x, const PerAxis& kernel, const FoldOptions& options, Site site) {
  site = SiteScope::resolve(site);
  const std::string name = "unfold";
  detail::check_defined({"unfold", site}, {x});
  detail::check_spatial(name, x, 2, site);
  const int rank = x.rank();
  UnfoldGeometry g =
      geometry(name, x, {x.shape()[rank - 2], x.shape()[rank - 1]}, kernel, options, site);
  g.planes = rank == 4 ? x.shape()[0] * x.shape()[1] : x.shape()[0];
  const std::int64_t rows = x.shape()[rank - 3] * g.kernel[0] * g.kernel[1],
                     windows = g.y[0] * g.y[1];
  const Shape shape = rank == 4 ? Shape{x.shape()[0], rows, windows} : Shape{rows, windows};
  const Shape sizes = kernel.each(2);
  return unfolded({"unfold", Save::nothing(), site, {{"kernel", sizes}}}, x, g, shape);
}

Tensor fold(const Tensor& x, const PerAxis& output_size, const PerAxis& kernel,
            const FoldOptions& options, Site site) {
  site = SiteScope::resolve(site);
  const std::string name = "fold";
  detail::check_defined({"fold", site}, {x});
  if (x.rank() != 2 && x.rank() != 3) {
    throw ShapeError(
        name + ": x needs (batch, channels * kernel elements, windows), or no batch, got " +
            x.shape().str(),
        site);
  }
  if (!is_floating(x.dtype()))
    throw DtypeError(name + ": needs a floating dtype, got " + name_of(x.dtype()), site);
  detail::check_per_axis(name, "output_size", output_size, 2, 1, site);
  UnfoldGeometry g = geometry(name, x, output_size, kernel, options, site);
  const std::int64_t taps = g.kernel[0] * g.kernel[1], windows = g.y[0] * g.y[1];
  const std::int64_t rows = x.shape()[x.rank() - 2];
  if (rows % taps != 0 || x.shape().back() != windows) {
    throw ShapeError(name + ": x " + x.shape().str() + " needs a multiple of " + to_string(taps) +
                         " rows and " + to_string(windows) + " windows for an output of " +
                         output_size.each(2).str(),
                     site);
  }
  const std::int64_t channels = rows / taps;
  g.planes = (x.rank() == 3 ? x.shape()[0] : 1) * channels;
  const Shape shape = x.rank() == 3 ? Shape{x.shape()[0], channels, g.x[0], g.x[1]}
                                    : Shape{channels, g.x[0], g.x[1]};
  checked_bytes("fold", shape, x.dtype(), site);
  const Shape sizes = kernel.each(2);
  return folded({"fold", Save::nothing(), site, {{"kernel", sizes}}}, x, g, shape);
}

}  // namespace cinta
