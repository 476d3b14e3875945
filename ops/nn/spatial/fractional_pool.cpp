#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/pool/pool.hpp>
#include <cinta/ops/nn/spatial/detail/planes.hpp>
#include <cinta/ops/nn/spatial/detail/window.hpp>
#include <cinta/ops/nn/spatial/fractional_pool.hpp>
#include <cinta/ops/random/random.hpp>
#include <cinta/ops/shape/copy.hpp>

namespace cinta {
namespace {

using kernels::PoolGeometry;
using std::to_string;

// The result's size along each spatial axis.
PerAxis fractional_size(const std::string& name, const Tensor& x, int axes,
                        const FractionalMaxPoolOptions& options, const Site& site) {
  const std::vector<double>& ratio = options.output_ratio;
  if (options.output_size.given() != ratio.empty()) {
    throw ValueError(
        name + ": needs output_size or output_ratio" + (ratio.empty() ? "" : ", and not both"),
        site);
  }
  if (ratio.empty()) return options.output_size;
  if (ratio.size() != 1 && ratio.size() != std::size_t(axes)) {
    throw ValueError(name + ": output_ratio must be one number or " + to_string(axes) + ", got " +
                         to_string(ratio.size()) + " numbers",
                     site);
  }
  Shape size = Shape::filled(axes);
  for (int i = 0; i < axes; ++i) {
    const double r = ratio[ratio.size() == 1 ? 0 : std::size_t(i)];
    if (!(r > 0 && r < 1)) {
      throw ValueError(name + ": output_ratio must lie in (0, 1), got " + detail::text_of(r), site);
    }
    size[i] = std::int64_t(double(detail::spatial_size(x, axes, i)) * r);
  }
  return size;
}

// Throws unless they are (batch, channels, axes), in [0, 1).
void check_samples(const std::string& name, const Tensor& x, const Tensor& samples,
                   const Spec& wanted, const Site& site) {
  if (samples.spec() != wanted) {
    throw ShapeError(name + ": random_samples must be " + wanted.str() + " for x " +
                         x.spec().str() + ", they are " + samples.spec().str(),
                     site);
  }
  for (const double u : to(samples, float64).to_vector<double>()) {
    if (u >= 0 && u < 1) continue;
    throw ValueError(name + ": random_samples must lie in [0, 1), got " + detail::text_of(u), site);
  }
}

ValuesAndIndices fractional_max(const char* name, int axes, const Tensor& x, const PerAxis& kernel,
                                const FractionalMaxPoolOptions& options, Site site) {
  site = SiteScope::resolve(site);
  detail::check_defined({name, site}, {x});
  detail::check_spatial(name, x, axes, site);
  detail::check_per_axis(name, "kernel", kernel, axes, 1, site);
  const PerAxis size = fractional_size(name, x, axes, options, site);
  detail::check_per_axis(name, "output_size", size, axes, 1, site);

  PoolGeometry g = detail::plain_geometry(x, axes);
  Shape shape = x.shape();
  for (int i = 0; i < axes; ++i) {
    const auto a = std::size_t(3 - axes + i);
    g.y[a] = shape[x.rank() - axes + i] = size[i];
    g.kernel[a] = kernel[i];
    const Checked least = Checked(size[i]) + Checked(kernel[i]) + Checked(-1);
    if (least.fits() && least.value() <= g.x[a]) continue;
    throw ShapeError(std::string(name) + ": x " + x.shape().str() + ": " + to_string(size[i]) +
                         " windows of " + to_string(kernel[i]) + " places do not fit into the " +
                         to_string(g.x[a]) + " along spatial axis " + to_string(i),
                     site);
  }

  const bool batched = x.rank() == axes + 2;
  const Spec wanted{{batched ? x.shape()[0] : 1, x.shape()[batched ? 1 : 0], axes}, x.dtype()};
  Tensor samples = options.random_samples;
  if (samples.defined()) {
    check_samples(name, x, samples, wanted, site);
  } else {
    samples = rand(wanted.shape, wanted.dtype);
  }
  const Shape places = kernel.each(axes), sizes = size.each(axes);
  Tensors found = apply(
      {name, Save::output(1), site, {{"kernel", places}, {"output_size", sizes}}}, {x, samples},
      {Spec{shape, x.dtype()}, Spec{shape, int64}},
      [g](const Inputs& in, const Tensors& y) {
        const Tensor dense = contiguous(in[0]), drawn = contiguous(in[1]);
        kernels::fractional_max_pool(g, drawn, dense, y[0], y[1]);
      },
      [planes = g.planes](const Grad& grad) {
        return detail::put_in_planes({"max_pool_put"}, grad.dy, grad.out(1), planes, true,
                                     grad.shape(0));
      },
      no_gradient);
  return {std::move(found[0]), std::move(found[1])};
}

}  // namespace

#define CINTA_FRACTIONAL_POOLS(axes)                                                               \
  ValuesAndIndices fractional_max_pool##axes##d_with_indices(                                      \
      const Tensor& x, const PerAxis& kernel, const FractionalMaxPoolOptions& options,             \
      Site site) {                                                                                 \
    return fractional_max("fractional_max_pool" #axes "d_with_indices", axes, x, kernel, options,  \
                          site);                                                                   \
  }                                                                                                \
  Tensor fractional_max_pool##axes##d(const Tensor& x, const PerAxis& kernel,                      \
                                      const FractionalMaxPoolOptions& options, Site site) {        \
    return fractional_max("fractional_max_pool" #axes "d", axes, x, kernel, options, site).values; \
  }

CINTA_FRACTIONAL_POOLS(2)
CINTA_FRACTIONAL_POOLS(3)

#undef CINTA_FRACTIONAL_POOLS

}  // namespace cinta
