#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/detail/check_values.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/pool/pool.hpp>
#include <cinta/ops/nn/spatial/detail/planes.hpp>
#include <cinta/ops/nn/spatial/detail/window.hpp>
#include <cinta/ops/nn/spatial/pool.hpp>
#include <cinta/ops/shape/copy.hpp>

namespace cinta {
namespace {

using detail::Windows;
using kernels::PoolDivisor;
using kernels::PoolGeometry;
using std::to_string;

Shape shape_of_y(const Tensor& x, int axes, const PoolGeometry& g) {
  Shape shape = x.shape();
  for (int i = 0; i < axes; ++i) shape[x.rank() - axes + i] = g.y[std::size_t(3 - axes + i)];
  return shape;
}

// The windows of an ordinary pool.
PoolGeometry geometry(const std::string& name, const Tensor& x, int axes, const PerAxis& kernel,
                      const PerAxis& stride, const PerAxis& padding, const PerAxis& dilation,
                      bool ceil_mode, const Site& site) {
  detail::check_defined({name.c_str(), site}, {x});
  detail::check_spatial(name, x, axes, site);
  const Windows windows{kernel, stride.or_else(kernel), padding, dilation, ceil_mode};
  detail::check_per_axis(name, "kernel", kernel, axes, 1, site);
  detail::check_per_axis(name, "stride", windows.stride, axes, 1, site);
  detail::check_per_axis(name, "padding", padding, axes, 0, site);
  detail::check_per_axis(name, "dilation", dilation, axes, 1, site);
  PoolGeometry g = detail::plain_geometry(x, axes);
  for (int i = 0; i < axes; ++i) {
    if (padding[i] > kernel[i] / 2) {
      throw ValueError(name + ": padding must be at most half the kernel, got padding " +
                           padding.str() + " and kernel " + kernel.str(),
                       site);
    }
    const auto a = std::size_t(3 - axes + i);
    g.y[a] = windows.count(name, x, i, g.x[a], site);
    g.kernel[a] = kernel[i];
    g.stride[a] = windows.stride[i];
    g.padding[a] = padding[i];
    g.dilation[a] = dilation[i];
    // With gaps in the kernel all of it may miss a small input.
    for (std::int64_t o = 0; dilation[i] > 1 && o < g.y[a]; ++o) {
      const std::int64_t first = o * g.stride[a] - padding[i],
                         skipped = first < 0 ? (-first + dilation[i] - 1) / dilation[i] : 0;
      if (skipped < kernel[i] && first + skipped * dilation[i] < g.x[a]) continue;
      throw ShapeError(name + ": x " + x.shape().str() + ": window " + to_string(o) +
                           " along spatial axis " + to_string(i) + " has no element of x",
                       site);
    }
  }
  return g;
}

PoolGeometry adaptive_geometry(const std::string& name, const Tensor& x, int axes,
                               const PerAxis& size, const Site& site) {
  detail::check_defined({name.c_str(), site}, {x});
  detail::check_spatial(name, x, axes, site);
  detail::check_fits(name, "size", size, axes, site);
  PoolGeometry g = detail::plain_geometry(x, axes);
  g.adaptive = true;
  bool even = true;
  for (int i = 0; i < axes; ++i) {
    const auto a = std::size_t(3 - axes + i);
    if (size[i] < 1 && size[i] != -1) {
      throw ValueError(
          name + ": size must be at least 1, or -1 for an axis as it is, got " + size.str(), site);
    }
    if (g.x[a] == 0) {
      throw ShapeError(
          name + ": x " + x.shape().str() + " has no elements along spatial axis " + to_string(i),
          site);
    }
    g.y[a] = size[i] == -1 ? g.x[a] : size[i];
    even = even && g.x[a] % g.y[a] == 0 && g.x[a] / g.y[a] <= 16;
  }
  if (!even) return g;
  // Windows that do not overlap are those of an ordinary pool, which is faster.
  g.adaptive = false;
  for (std::size_t a = 0; a < 3; ++a) g.kernel[a] = g.stride[a] = g.x[a] / g.y[a];
  return g;
}

// --- maxima ---------------------------------------------------------------------------------

ValuesAndIndices max_of(const Op& op, const Tensor& x, int axes, const PoolGeometry& g) {
  const Shape shape = shape_of_y(x, axes, g);
  Tensors found = apply(
      op.saving(Save::output(1)), {x}, {Spec{shape, x.dtype()}, Spec{shape, int64}},
      [g](const Inputs& in, const Tensors& y) {
        const Tensor dense = contiguous(in[0]);
        kernels::max_pool(g, dense, y[0], y[1]);
      },
      [planes = g.planes](const Grad& grad) {
        return detail::put_in_planes({"max_pool_put"}, grad.dy, grad.out(1), planes, true,
                                     grad.shape(0));
      });
  return {std::move(found[0]), std::move(found[1])};
}

ValuesAndIndices max_pool(const char* name, int axes, const Tensor& x, const PerAxis& kernel,
                          const MaxPoolOptions& options, Site site) {
  site = SiteScope::resolve(site);
  const PoolGeometry g = geometry(name, x, axes, kernel, options.stride, options.padding,
                                  options.dilation, options.ceil_mode, site);
  const Shape sizes = kernel.each(axes), stride = options.stride.or_else(kernel).each(axes),
              padding = options.padding.each(axes), dilation = options.dilation.each(axes);
  return max_of({name,
                 Save::nothing(),
                 site,
                 {{"kernel", sizes},
                  {"stride", stride},
                  {"padding", padding},
                  {"dilation", dilation},
                  {"ceil_mode", options.ceil_mode}}},
                x, axes, g);
}

ValuesAndIndices adaptive_max(const char* name, int axes, const Tensor& x, const PerAxis& size,
                              Site site) {
  site = SiteScope::resolve(site);
  const PoolGeometry g = adaptive_geometry(name, x, axes, size, site);
  const Shape sizes = size.each(axes);
  return max_of({name, Save::nothing(), site, {{"size", sizes}}}, x, axes, g);
}

Tensor unpool(const char* name, int axes, const Tensor& x, const Tensor& indices,
              const PerAxis& kernel, const MaxUnpoolOptions& options, Site site) {
  site = SiteScope::resolve(site);
  detail::check_defined({name, site}, {x, indices});
  detail::check_spatial(name, x, axes, site);
  if (indices.spec() != Spec{x.shape(), int64}) {
    throw ShapeError(std::string(name) + ": indices must be " + Spec{x.shape(), int64}.str() +
                         ", they are " + indices.spec().str(),
                     site);
  }
  const PerAxis stride = options.stride.or_else(kernel);
  detail::check_per_axis(name, "kernel", kernel, axes, 1, site);
  detail::check_per_axis(name, "stride", stride, axes, 1, site);
  detail::check_per_axis(name, "padding", options.padding, axes, 0, site);
  if (options.output_size.given())
    detail::check_per_axis(name, "output_size", options.output_size, axes, 1, site);
  Shape shape = x.shape();
  std::int64_t plane = 1;
  for (int i = 0; i < axes; ++i) {
    std::int64_t& size = shape[x.rank() - axes + i];
    const Checked full = Checked(size - 1) * Checked(stride[i]) +
                         Checked(options.padding[i]) * Checked(-2) + Checked(kernel[i]);
    const bool given = options.output_size.given();
    const Checked low = full + Checked(1 - stride[i]), high = full + Checked(stride[i] - 1);
    if (!full.fits() || (given ? !low.fits() || !high.fits() : full.value() < 1)) {
      throw ShapeError(std::string(name) + ": x " + x.shape().str() +
                           " gives no size along spatial axis " + to_string(i),
                       site);
    }
    size = given ? options.output_size[i] : full.value();
    // Another one cannot have that many windows.
    if (size < low.value() || size > high.value()) {
      throw ValueError(std::string(name) + ": output_size must be from " +
                           to_string(std::max<std::int64_t>(low.value(), 1)) + " to " +
                           to_string(high.value()) + " along spatial axis " + to_string(i) +
                           ", got " + to_string(size),
                       site);
    }
  }
  checked_bytes(name, shape, x.dtype(), site);
  for (int i = 0; i < axes; ++i) plane *= shape[x.rank() - axes + i];
  const Tensor where = contiguous(indices);
  detail::check_values({name, site}, where, [=](const Tensor& given) {
    const std::int64_t* at = given.data<std::int64_t>();
    for (std::int64_t i = 0; i < given.numel(); ++i) {
      if (at[i] >= 0 && at[i] < plane) continue;
      throw IndexError(std::string(name) + ": index " + to_string(at[i]) + " is out of range for " +
                           to_string(plane) + " places",
                       site);
    }
  });
  return detail::put_in_planes({name, site}, x, where, detail::planes_of(x, axes), false, shape);
}

// --- means ----------------------------------------------------------------------------------

Tensor avg_adjoint(const Tensor& dy, const PoolGeometry& g, const PoolDivisor& divisor,
                   const Shape& shape);

Tensor avg(const Op& op, const Tensor& x, const PoolGeometry& g, const PoolDivisor& divisor,
           const Shape& shape) {
  return apply(
      op.saving(Save::nothing()), {x}, Spec{shape, x.dtype()},
      [g, divisor](const Inputs& in, const Tensor& y) {
        const Tensor dense = contiguous(in[0]);
        kernels::avg_pool(g, divisor, dense, y);
      },
      [g, divisor](const Grad& grad) { return avg_adjoint(grad.dy, g, divisor, grad.shape(0)); });
}

Tensor avg_adjoint(const Tensor& dy, const PoolGeometry& g, const PoolDivisor& divisor,
                   const Shape& shape) {
  return apply(
      {"avg_pool_gradient", Save::nothing(), {}}, {dy}, Spec{shape, dy.dtype()},
      [g, divisor](const Inputs& in, const Tensor& dx) {
        const Tensor dense = contiguous(in[0]);
        kernels::avg_pool_adjoint(g, divisor, dense, dx);
      },
      [g, divisor](const Grad& grad) {
        return avg({"avg_pool"}, grad.dy, g, divisor, grad.shape(0));
      });
}

Tensor avg_pool(const char* name, int axes, const Tensor& x, const PerAxis& kernel,
                const AvgPoolOptions& options, Site site) {
  site = SiteScope::resolve(site);
  const PoolGeometry g =
      geometry(name, x, axes, kernel, options.stride, options.padding, 1, options.ceil_mode, site);
  if (options.divisor_override && !(*options.divisor_override != 0)) {
    throw ValueError(std::string(name) + ": divisor_override must not be 0, got " +
                         detail::text_of(*options.divisor_override),
                     site);
  }
  const Shape sizes = kernel.each(axes), stride = options.stride.or_else(kernel).each(axes),
              padding = options.padding.each(axes);
  return avg({name,
              Save::nothing(),
              site,
              {{"kernel", sizes},
               {"stride", stride},
               {"padding", padding},
               {"ceil_mode", options.ceil_mode},
               {"count_include_pad", options.count_include_pad},
               {"divisor_override", options.divisor_override}}},
             x, g, {options.count_include_pad, options.divisor_override.value_or(0)},
             shape_of_y(x, axes, g));
}

Tensor adaptive_avg(const char* name, int axes, const Tensor& x, const PerAxis& size, Site site) {
  site = SiteScope::resolve(site);
  const PoolGeometry g = adaptive_geometry(name, x, axes, size, site);
  const Shape sizes = size.each(axes);
  return avg({name, Save::nothing(), site, {{"size", sizes}}}, x, g, {}, shape_of_y(x, axes, g));
}

Tensor lp_pool(const char* name, int axes, const Tensor& x, double p, const PerAxis& kernel,
               const LpPoolOptions& options, Site site) {
  site = SiteScope::resolve(site);
  const PoolGeometry g =
      geometry(name, x, axes, kernel, options.stride, 0, 1, options.ceil_mode, site);
  if (!(p > 0))
    throw ValueError(std::string(name) + ": p must be positive, got " + detail::text_of(p), site);
  const SiteScope scope(site);
  // In float64, where powers of float32 numbers are in range.
  const Tensor powers = pow(abs(to(x, float64)), p);
  const Tensor sum = avg({name}, powers, g, {true, 1}, shape_of_y(x, axes, g));
  // The root's slope at 0 is infinite, that of the norm is not.
  const Tensor empty = eq(sum, 0);
  return to(where(empty, sum, pow(where(empty, 1, sum), 1 / p)), promote(x.dtype(), float32));
}

}  // namespace

#define CINTA_POOLS(axes)                                                                         \
  ValuesAndIndices max_pool##axes##d_with_indices(const Tensor& x, const PerAxis& kernel,         \
                                                  const MaxPoolOptions& options, Site site) {     \
    return max_pool("max_pool" #axes "d_with_indices", axes, x, kernel, options, site);           \
  }                                                                                               \
  Tensor max_pool##axes##d(const Tensor& x, const PerAxis& kernel, const MaxPoolOptions& options, \
                           Site site) {                                                           \
    return max_pool("max_pool" #axes "d", axes, x, kernel, options, site).values;                 \
  }                                                                                               \
  Tensor avg_pool##axes##d(const Tensor& x, const PerAxis& kernel, const AvgPoolOptions& options, \
                           Site site) {                                                           \
    return avg_pool("avg_pool" #axes "d", axes, x, kernel, options, site);                        \
  }                                                                                               \
  Tensor lp_pool##axes##d(const Tensor& x, double p, const PerAxis& kernel,                       \
                          const LpPoolOptions& options, Site site) {                              \
    return lp_pool("lp_pool" #axes "d", axes, x, p, kernel, options, site);                       \
  }                                                                                               \
  Tensor adaptive_avg_pool##axes##d(const Tensor& x, const PerAxis& size, Site site) {            \
    return adaptive_avg("adaptive_avg_pool" #axes "d", axes, x, size, site);                      \
  }                                                                                               \
  ValuesAndIndices adaptive_max_pool##axes##d_with_indices(const Tensor& x, const PerAxis& size,  \
                                                           Site site) {                           \
    return adaptive_max("adaptive_max_pool" #axes "d_with_indices", axes, x, size, site);         \
  }                                                                                               \
  Tensor adaptive_max_pool##axes##d(const Tensor& x, const PerAxis& size, Site site) {            \
    return adaptive_max("adaptive_max_pool" #axes "d", axes, x, size, site).values;               \
  }                                                                                               \
  Tensor max_unpool##axes##d(const Tensor& x, const Tensor& indices, const PerAxis& kernel,       \
                             const MaxUnpoolOptions& options, Site site) {                        \
    return unpool("max_unpool" #axes "d", axes, x, indices, kernel, options, site);               \
  }

CINTA_POOLS(1)
CINTA_POOLS(2)
CINTA_POOLS(3)

#undef CINTA_POOLS

}  // namespace cinta
