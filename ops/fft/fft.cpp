#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/fft/fft.hpp>
#include <cinta/ops/kernels/fft/fft.hpp>
#include <cinta/ops/shape/pad.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>

namespace cinta {
namespace {

using std::to_string;

// What each is at heart, the real ones along the last axis (of pairs): linear, so that its rule is
// its adjoint.

Tensor transformed(const Tensor& x, int axis, bool inverse, double scale, const Site& site) {
  const std::int64_t n = x.shape()[axis];
  std::int64_t inner = 1;
  for (int i = axis + 1; i < x.rank() - 1; ++i) inner *= x.shape()[i];
  return apply(
      {"fft", Save::nothing(), site, {{"axis", axis}, {"inverse", inverse}, {"scale", scale}}}, {x},
      x.spec(),
      [=](const Inputs& in, const Tensor& y) {
        kernels::fft(contiguous(in[0]), y, n, inner, inverse, scale);
      },
      [=](const Grad& g) { return transformed(g.dy, axis, !inverse, scale, {}); });
}

// Along the last axis of real numbers or, of `planes`, along the last two. Interior bins stand for
// their conjugates too, so they count twice in the inverse; in the adjoint of the transform they
// count once.
struct RealTransform {
  bool planes;
  double scale, interior;

  std::int64_t rows(const Shape& reals) const { return planes ? reals[reals.rank() - 2] : 1; }
  const char* name(bool inverse) const {
    if (planes) return inverse ? "irfft2" : "rfft2";
    return inverse ? "irfft" : "rfft";
  }
};

Tensor from_bins(const Tensor& x, std::int64_t n, const RealTransform& what, const Site& site);

Tensor to_bins(const Tensor& x, const RealTransform& what, const Site& site) {
  const std::int64_t n = x.shape().back(), rows = what.rows(x.shape());
  Shape shape = Shape::filled(x.rank() + 1, 2);
  for (int i = 0; i < x.rank() - 1; ++i) shape[i] = x.shape()[i];
  shape[x.rank() - 1] = n / 2 + 1;
  return apply(
      {what.name(false),
       Save::nothing(),
       site,
       {{"scale", what.scale}, {"interior", what.interior}}},
      {x}, {shape, x.dtype()},
      [=](const Inputs& in, const Tensor& y) {
        kernels::real_fft(contiguous(in[0]), y, rows, n, what.scale, what.interior);
      },
      [=](const Grad& g) { return from_bins(g.dy, n, what, {}); });
}

Tensor from_bins(const Tensor& x, std::int64_t n, const RealTransform& what, const Site& site) {
  Shape shape = Shape::filled(x.rank() - 1, n);
  for (int i = 0; i < x.rank() - 2; ++i) shape[i] = x.shape()[i];
  const std::int64_t rows = what.rows(shape);
  return apply(
      {what.name(true),
       Save::nothing(),
       site,
       {{"scale", what.scale}, {"interior", what.interior}}},
      {x}, {shape, x.dtype()},
      [=](const Inputs& in, const Tensor& y) {
        kernels::real_fft_adjoint(contiguous(in[0]), y, rows, n, what.scale, what.interior);
      },
      [=](const Grad& g) { return to_bins(g.dy, what, {}); });
}

double scale_of(FftNorm norm, bool inverse, std::int64_t n) {
  if (norm == FftNorm::ortho) return 1 / std::sqrt(double(n));
  return (norm == FftNorm::backward) == inverse ? 1 / double(n) : 1;
}

// The transform of one call: its axis among those of the signal, with the sizes along it.
struct Along {
  Op op;
  int axes, axis;  // of the signal
  Tensor signals;

  Along(const Op& call, const Tensor& x, Axis along, bool pairs) : op(call), signals(x) {
    detail::check_defined(op, {x});
    const std::string name = op.name;
    if (!is_floating(x.dtype()))
      throw DtypeError(name + ": needs a floating dtype, got " + name_of(x.dtype()), op.site);
    if (pairs && (x.rank() < 2 || x.shape().back() != 2)) {
      throw ShapeError(name + ": needs pairs of a real and an imaginary part, (..., n, 2), got " +
                           x.shape().str(),
                       op.site);
    }
    axes = x.rank() - int(pairs);
    axis = along < 0 ? along + axes : int(along);
    if (axis < 0 || axis >= axes) {
      throw IndexError(name + ": axis " + to_string(along) + " is out of range for " +
                           x.shape().str() + ", which has " + to_string(axes) + " axes" +
                           (pairs ? " in front of that of the pairs" : ""),
                       op.site);
    }
  }

  std::int64_t size() const { return signals.shape()[axis]; }

  void check_length(std::int64_t n) const {
    if (n >= 1) return;
    throw ValueError(std::string(op.name) + ": the length must be at least 1, got " + to_string(n) +
                         " for axis " + to_string(axis) + " of size " + to_string(size()),
                     op.site);
  }

  // Cut, or with zeros behind it.
  Tensor resized(std::int64_t n) const {
    if (n == size()) return signals;
    if (n < size()) return slice(signals, axis, 0, n);
    Shape sizes = Shape::filled(2 * (signals.rank() - axis), 0);  // from the last axis on
    sizes[sizes.rank() - 1] = n - size();
    return pad(signals, sizes);
  }

  // With the axis behind all others, and back.
  Tensor moved(const Tensor& x) const { return axis == axes - 1 ? x : movedim(x, axis, axes - 1); }
  Tensor back(const Tensor& y) const { return axis == axes - 1 ? y : movedim(y, axes - 1, axis); }
};

Tensor complex_transform(const char* name, bool inverse, const Tensor& x, const FftOptions& options,
                         const Site& site) {
  const Op op{name, site};
  const OpScope scope(op);
  const Along along(op, x, options.axis, true);
  const std::int64_t n = options.n.value_or(along.size());
  along.check_length(n);
  return transformed(along.resized(n), along.axis, inverse, scale_of(options.norm, inverse, n),
                     op.site);
}

}  // namespace

Tensor fft(const Tensor& x, FftOptions options, Site site) {
  return complex_transform("fft", false, x, options, site);
}

Tensor ifft(const Tensor& x, FftOptions options, Site site) {
  return complex_transform("ifft", true, x, options, site);
}

Tensor rfft(const Tensor& x, FftOptions options, Site site) {
  const Op op{"rfft", site};
  const OpScope scope(op);
  const Along along(op, x, options.axis, false);
  const std::int64_t n = options.n.value_or(along.size());
  along.check_length(n);
  return along.back(to_bins(along.moved(along.resized(n)),
                            {false, scale_of(options.norm, false, n), 1}, op.site));
}

Tensor irfft(const Tensor& x, FftOptions options, Site site) {
  const Op op{"irfft", site};
  const OpScope scope(op);
  const Along along(op, x, options.axis, true);
  const std::int64_t n = options.n.value_or(2 * (along.size() - 1));
  along.check_length(n);
  return along.back(from_bins(along.moved(along.resized(n / 2 + 1)), n,
                              {false, scale_of(options.norm, true, n), 2}, op.site));
}

namespace {

// The two axes of one call, with the length along each.
struct AlongTwo {
  Along first, second;
  std::int64_t n0, n1;

  // The name of the call goes into the errors.
  AlongTwo(const Op& op, const Tensor& x, const Fft2Options& options, bool pairs)
      : first(op, x, options.axes.first, pairs), second(op, x, options.axes.second, pairs) {
    if (first.axis == second.axis) {
      throw ValueError(std::string(op.name) + ": axis " + to_string(first.axis) + " is given twice",
                       op.site);
    }
    n0 = options.n ? options.n->first : first.size();
    n1 = options.n ? options.n->second : pairs ? 2 * (second.size() - 1) : second.size();
    first.check_length(n0);
    second.check_length(n1);
  }

  double scale(FftNorm norm, bool inverse) const {
    return scale_of(norm, inverse, n0) * scale_of(norm, inverse, n1);
  }

  // Of these sizes, with the axes behind all others; and back.
  Tensor moved(std::int64_t size0, std::int64_t size1) {
    first.signals = second.resized(size1);
    const Tensor x = first.resized(size0);
    return in_place() ? x : movedim(x, given(), behind());
  }
  Tensor back(const Tensor& y) const { return in_place() ? y : movedim(y, behind(), given()); }

 private:
  bool in_place() const { return given() == behind(); }
  Shape given() const { return {first.axis, second.axis}; }
  Shape behind() const { return {first.axes - 2, first.axes - 1}; }
};

}  // namespace

Tensor rfft2(const Tensor& x, Fft2Options options, Site site) {
  const Op op{"rfft2", site};
  const OpScope scope(op);
  AlongTwo along(op, x, options, false);
  return along.back(to_bins(along.moved(along.n0, along.n1),
                            {true, along.scale(options.norm, false), 1}, op.site));
}

Tensor irfft2(const Tensor& x, Fft2Options options, Site site) {
  const Op op{"irfft2", site};
  const OpScope scope(op);
  AlongTwo along(op, x, options, true);
  return along.back(from_bins(along.moved(along.n0, along.n1 / 2 + 1), along.n1,
                              {true, along.scale(options.norm, true), 2}, op.site));
}

}  // namespace cinta
