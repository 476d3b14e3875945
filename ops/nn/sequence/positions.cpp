#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/attention/rotary.hpp>
#include <cinta/ops/nn/sequence/positions.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cmath>

namespace cinta {
namespace {

// Turning back is the gradient of turning.
Tensor turn(const Tensor& x, const RotaryOptions& o, bool back, const Site& site) {
  return apply(
      {"rotary_positions",
       Save::nothing(),
       site,
       {{"base", o.base}, {"offset", o.offset}, {"interleaved", o.interleaved}, {"back", back}}},
      {x}, x.spec(),
      [o, back](const Inputs& in, const Tensor& y) {
        kernels::rotate_pairs(contiguous(in[0]), y, o.base, o.offset, o.interleaved, back);
      },
      [o, back](const Grad& g) { return turn(g.dy, o, !back, {}); });
}

}  // namespace

Tensor sinusoidal_positions(std::int64_t length, std::int64_t width, Dtype dtype, Site site) {
  const Op op{"sinusoidal_positions", site};
  if (length < 0 || width < 0) {
    throw ValueError("sinusoidal_positions: negative size in length " + std::to_string(length) +
                         ", width " + std::to_string(width),
                     op.site);
  }
  if (!is_floating(dtype)) {
    throw DtypeError(
        std::string("sinusoidal_positions: needs a floating dtype, got ") + name_of(dtype),
        op.site);
  }
  return apply(op, Inputs(), Spec{{length, width}, dtype},
               [length, width, dtype](const Inputs&, const Tensor& y) {
                 dispatch_floating(dtype, [&]<class T>() {
                   T* const to = y.data<T>();
                   for (std::int64_t i = 0; i < width; ++i) {
                     const double frequency = std::pow(10000.0, -double(i - i % 2) / double(width));
                     for (std::int64_t p = 0; p < length; ++p) {
                       const double angle = double(p) * frequency;
                       to[p * width + i] = T(i % 2 == 0 ? std::sin(angle) : std::cos(angle));
                     }
                   }
                 });
               });
}

Tensor rotary_positions(const Tensor& x, const RotaryOptions& options, Site site) {
  const Op op{"rotary_positions", site};
  detail::check_defined(op, {x});
  if (x.rank() < 2 || x.shape().back() % 2 != 0) {
    throw ShapeError("rotary_positions: needs (..., L, D) with an even D, got " + x.shape().str(),
                     op.site);
  }
  if (!is_floating(x.dtype())) {
    throw DtypeError(
        std::string("rotary_positions: needs a floating dtype, got ") + name_of(x.dtype()),
        op.site);
  }
  if (!(options.base > 0 && std::isfinite(options.base))) {
    throw ValueError(
        "rotary_positions: base must be positive, got " + detail::text_of(options.base), op.site);
  }
  return turn(x, options, false, op.site);
}

}  // namespace cinta
