#include <algorithm>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/resample/resample.hpp>
#include <cinta/ops/nn/spatial/detail/window.hpp>
#include <cinta/ops/nn/spatial/pool.hpp>
#include <cinta/ops/nn/spatial/resize.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cmath>
#include <memory>

namespace cinta {
namespace {

using kernels::ResampleTable;
using std::to_string;
using TablePointer = std::shared_ptr<const ResampleTable>;

// Where an axis is read: coordinates of x for those of the result.
struct Scaling {
  std::int64_t in, out;
  double factor;  // out / in if it was not given
  bool given, align_corners;

  double step() const {
    if (align_corners) return out > 1 ? double(in - 1) / double(out - 1) : 0;
    return given ? 1 / factor : double(in) / double(out);
  }
  double at(std::int64_t o) const {
    return align_corners ? double(o) * step() : (double(o) + 0.5) * step() - 0.5;
  }
  // Without rounding where sizes alone count; by a factor, what rounding leaves just below a whole
  // number, as 49 * (1 / 49.), is that number.
  std::int64_t nearest(std::int64_t o, bool exact) const {
    const double place = (double(o) + (exact ? 0.5 : 0)) * step();
    const std::int64_t index = given   ? std::int64_t(std::floor(place + place * 1e-15))
                               : exact ? (2 * o + 1) * in / (2 * out)
                                       : o * in / out;
    return std::min(index, in - 1);
  }
};

// Keys' cubic at a distance (IEEE Trans. ASSP 29, 1981).
double cubic(double distance) {
  constexpr double a = -0.75;
  const double d = std::fabs(distance);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

TablePointer table_of(const Scaling& scaling, InterpolationMode mode) {
  const std::int64_t taps = mode == InterpolationMode::linear    ? 2
                            : mode == InterpolationMode::bicubic ? 4
                                                                 : 1;
  auto table =
      std::make_shared<ResampleTable>(ResampleTable{scaling.in, scaling.out, taps, {}, {}});
  const auto add = [&](std::int64_t index, double weight) {
    table->indices.push_back(std::clamp<std::int64_t>(index, 0, scaling.in - 1));
    table->weights.push_back(weight);
  };
  for (std::int64_t o = 0; o < scaling.out; ++o) {
    if (taps == 1) {
      add(scaling.nearest(o, mode == InterpolationMode::nearest_exact), 1);
      continue;
    }
    const double at = taps == 2 ? std::max(scaling.at(o), 0.0) : scaling.at(o);
    const double floor = std::floor(at), rest = at - floor;
    const auto first = std::int64_t(floor);
    if (taps == 2) {
      add(first, 1 - rest);
      add(first + 1, rest);
    } else {
      for (std::int64_t k = -1; k < 3; ++k) add(first + k, cubic(rest - double(k)));
    }
  }
  return table;
}

Tensor resample_adjoint(const Tensor& dy, int axis, const TablePointer& table);

// Elements before and behind an axis.
std::pair<std::int64_t, std::int64_t> around(const Shape& shape, int axis) {
  std::int64_t outer = 1, inner = 1;
  for (int i = 0; i < axis; ++i) outer *= shape[i];
  for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  return {outer, inner};
}

Tensor resample(const Op& op, const Tensor& x, int axis, const TablePointer& table) {
  Shape shape = x.shape();
  shape[axis] = table->out;
  const auto [outer, inner] = around(shape, axis);
  return apply(
      op.saving(Save::nothing()), {x}, Spec{shape, x.dtype()},
      [table, before = outer, behind = inner](const Inputs& in, const Tensor& y) {
        const Tensor dense = contiguous(in[0]);
        kernels::resample(*table, before, behind, dense, y);
      },
      [axis, table](const Grad& g) { return resample_adjoint(g.dy, axis, table); });
}

Tensor resample_adjoint(const Tensor& dy, int axis, const TablePointer& table) {
  Shape shape = dy.shape();
  shape[axis] = table->in;
  const auto [outer, inner] = around(shape, axis);
  return apply(
      {"interpolate_gradient", Save::nothing(), {}, {{"axis", axis}}}, {dy},
      Spec{shape, dy.dtype()},
      [table, before = outer, behind = inner](const Inputs& in, const Tensor& dx) {
        const Tensor dense = contiguous(in[0]);
        kernels::resample_adjoint(*table, before, behind, dense, dx);
      },
      [axis, table](const Grad& g) { return resample({"interpolate"}, g.dy, axis, table); });
}

// The sizes of the result.
std::vector<Scaling> scalings(const Tensor& x, int axes, const InterpolateOptions& options,
                              const Site& site) {
  const auto refuse = [&](const std::string& why) {
    throw ValueError("interpolate: " + why, site);
  };
  const std::vector<double>& factors = options.scale_factor;
  if (options.size.given() == !factors.empty()) refuse("needs either size or scale_factor");
  if (options.size.given()) {
    detail::check_per_axis("interpolate", "size", options.size, axes, 1, site);
  } else if (factors.size() != 1 && factors.size() != std::size_t(axes)) {
    refuse("scale_factor must be one number or " + to_string(axes) + ", got " +
           to_string(factors.size()));
  }
  if (options.align_corners && options.mode != InterpolationMode::linear &&
      options.mode != InterpolationMode::bicubic)
    refuse("align_corners has a meaning for linear and bicubic alone");
  if (options.mode == InterpolationMode::bicubic && axes != 2)
    refuse("bicubic needs two spatial axes, x is " + x.shape().str());
  std::vector<Scaling> result;
  for (int i = 0; i < axes; ++i) {
    const std::int64_t in = detail::spatial_size(x, axes, i);
    Scaling scaling{in, 0, 0, !options.size.given(), options.align_corners};
    if (scaling.given) {
      scaling.factor = factors[factors.size() == 1 ? 0 : std::size_t(i)];
      const double size = std::floor(double(in) * scaling.factor);
      if (!(scaling.factor > 0) || !(size >= 1 && size < 0x1p62)) {
        refuse("scale_factor " + detail::text_of(scaling.factor) + " of size " + to_string(in) +
               " gives no size");
      }
      scaling.out = std::int64_t(size);
    } else {
      scaling.out = options.size[i];
      scaling.factor = double(scaling.out) / double(in);
    }
    if (in == 0) {
      throw ShapeError("interpolate: x " + x.shape().str() +
                           " has no elements along spatial axis " + to_string(i),
                       site);
    }
    result.push_back(scaling);
  }
  return result;
}

}  // namespace

Tensor interpolate(const Tensor& x, const InterpolateOptions& options, Site site) {
  site = SiteScope::resolve(site);
  detail::check_defined({"interpolate", site}, {x});
  if (x.rank() < 3 || x.rank() > 5) {
    throw ShapeError(
        "interpolate: x needs (batch, channels, ...) and one to three spatial axes, got " +
            x.shape().str(),
        site);
  }
  if (!is_floating(x.dtype())) {
    throw DtypeError(std::string("interpolate: needs a floating dtype, got ") + name_of(x.dtype()),
                     site);
  }
  const int axes = x.rank() - 2;
  const std::vector<Scaling> sizes = scalings(x, axes, options, site);
  Shape shape = x.shape();
  for (int i = 0; i < axes; ++i) shape[2 + i] = sizes[std::size_t(i)].out;
  checked_bytes("interpolate", shape, x.dtype(), site);
  const SiteScope scope(site);
  if (options.mode == InterpolationMode::area) {
    const std::vector<std::int64_t> out(shape.begin() + 2, shape.end());
    return axes == 1   ? adaptive_avg_pool1d(x, out)
           : axes == 2 ? adaptive_avg_pool2d(x, out)
                       : adaptive_avg_pool3d(x, out);
  }
  // The first axis first: it is long rows that are added then, and what they give is read once.
  Tensor y = x;
  for (int i = 0; i < axes; ++i) {
    y = resample({"interpolate", Save::nothing(), site, {{"axis", 2 + i}}}, y, 2 + i,
                 table_of(sizes[std::size_t(i)], options.mode));
  }
  return y;
}

}  // namespace cinta
