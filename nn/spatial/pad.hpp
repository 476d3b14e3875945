#pragma once
// Pads as layers, with PyTorch's names: x gets elements on both sides of its last axes.

#include <cinta/autograd/core/error.hpp>
#include <cinta/nn/module/module.hpp>
#include <cinta/ops/nn/spatial/per_axis.hpp>
#include <cinta/ops/shape/pad.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

namespace detail {

template <int axes, PadMode mode>
class Pad : public Module {
 public:
  /// One number for both sides of all axes, or {left, right, top, bottom, front, back}, as many as
  /// there are axes; negative ones crop. Throws ValueError.
  explicit Pad(const PerAxis& padding, Site site = {}) : Pad(padding, 0, site) {}

  Tensor operator()(const Tensor& x, Site site = {}) const {
    const Call call(*this, site);
    return call([&](const Tensor& in) { return pad(in, pads_, {.mode = mode, .value = value_}); },
                x);
  }

 protected:
  Pad(const PerAxis& padding, Number value, const Site& site)
      : pads_(padding.each(2 * axes)), value_(value) {
    if (padding.fits(2 * axes)) return;
    throw ValueError(
        "Pad: padding must be one number or " + std::to_string(2 * axes) + ", got " + padding.str(),
        site);
  }

 private:
  Shape pads_;
  Number value_;
};

/// The same with any number around.
template <int axes>
class ConstantPad : public Pad<axes, PadMode::constant> {
 public:
  ConstantPad(const PerAxis& padding, Number value, Site site = {})
      : Pad<axes, PadMode::constant>(padding, value, site) {}
};

}  // namespace detail

struct ZeroPad1d : detail::Pad<1, PadMode::constant> {
  using Pad::Pad;
};
struct ZeroPad2d : detail::Pad<2, PadMode::constant> {
  using Pad::Pad;
};
struct ZeroPad3d : detail::Pad<3, PadMode::constant> {
  using Pad::Pad;
};
struct ConstantPad1d : detail::ConstantPad<1> {
  using ConstantPad::ConstantPad;
};
struct ConstantPad2d : detail::ConstantPad<2> {
  using ConstantPad::ConstantPad;
};
struct ConstantPad3d : detail::ConstantPad<3> {
  using ConstantPad::ConstantPad;
};
struct ReflectionPad1d : detail::Pad<1, PadMode::reflect> {
  using Pad::Pad;
};
struct ReflectionPad2d : detail::Pad<2, PadMode::reflect> {
  using Pad::Pad;
};
struct ReflectionPad3d : detail::Pad<3, PadMode::reflect> {
  using Pad::Pad;
};
struct ReplicationPad1d : detail::Pad<1, PadMode::replicate> {
  using Pad::Pad;
};
struct ReplicationPad2d : detail::Pad<2, PadMode::replicate> {
  using Pad::Pad;
};
struct ReplicationPad3d : detail::Pad<3, PadMode::replicate> {
  using Pad::Pad;
};
struct CircularPad1d : detail::Pad<1, PadMode::circular> {
  using Pad::Pad;
};
struct CircularPad2d : detail::Pad<2, PadMode::circular> {
  using Pad::Pad;
};
struct CircularPad3d : detail::Pad<3, PadMode::circular> {
  using Pad::Pad;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
