#include <cinta/autograd/core/error.hpp>
#include <cinta/nn/spatial/pad.hpp>

namespace cinta::nn {
namespace detail {

Pad::Pad(const char* name, int axes, PadMode mode, const PerAxis& padding, Number value,
         const Site& site)
    : pads_(padding.each(2 * axes)), mode_(mode), value_(value) {
  if (padding.fits(2 * axes)) return;
  throw ValueError(std::string(name) + ": padding must be one number or " +
                       std::to_string(2 * axes) + ", got " + padding.str(),
                   site);
}

Tensor Pad::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& in) { return pad(in, pads_, {.mode = mode_, .value = value_}); },
              x);
}

}  // namespace detail

ZeroPad1d::ZeroPad1d(const PerAxis& padding, Site site)
    : Pad("ZeroPad1d", 1, PadMode::constant, padding, 0, site) {}
ZeroPad2d::ZeroPad2d(const PerAxis& padding, Site site)
    : Pad("ZeroPad2d", 2, PadMode::constant, padding, 0, site) {}
ZeroPad3d::ZeroPad3d(const PerAxis& padding, Site site)
    : Pad("ZeroPad3d", 3, PadMode::constant, padding, 0, site) {}
ConstantPad1d::ConstantPad1d(const PerAxis& padding, Number value, Site site)
    : Pad("ConstantPad1d", 1, PadMode::constant, padding, value, site) {}
ConstantPad2d::ConstantPad2d(const PerAxis& padding, Number value, Site site)
    : Pad("ConstantPad2d", 2, PadMode::constant, padding, value, site) {}
ConstantPad3d::ConstantPad3d(const PerAxis& padding, Number value, Site site)
    : Pad("ConstantPad3d", 3, PadMode::constant, padding, value, site) {}
ReflectionPad1d::ReflectionPad1d(const PerAxis& padding, Site site)
    : Pad("ReflectionPad1d", 1, PadMode::reflect, padding, 0, site) {}
ReflectionPad2d::ReflectionPad2d(const PerAxis& padding, Site site)
    : Pad("ReflectionPad2d", 2, PadMode::reflect, padding, 0, site) {}
ReflectionPad3d::ReflectionPad3d(const PerAxis& padding, Site site)
    : Pad("ReflectionPad3d", 3, PadMode::reflect, padding, 0, site) {}
ReplicationPad1d::ReplicationPad1d(const PerAxis& padding, Site site)
    : Pad("ReplicationPad1d", 1, PadMode::replicate, padding, 0, site) {}
ReplicationPad2d::ReplicationPad2d(const PerAxis& padding, Site site)
    : Pad("ReplicationPad2d", 2, PadMode::replicate, padding, 0, site) {}
ReplicationPad3d::ReplicationPad3d(const PerAxis& padding, Site site)
    : Pad("ReplicationPad3d", 3, PadMode::replicate, padding, 0, site) {}
CircularPad1d::CircularPad1d(const PerAxis& padding, Site site)
    : Pad("CircularPad1d", 1, PadMode::circular, padding, 0, site) {}
CircularPad2d::CircularPad2d(const PerAxis& padding, Site site)
    : Pad("CircularPad2d", 2, PadMode::circular, padding, 0, site) {}
CircularPad3d::CircularPad3d(const PerAxis& padding, Site site)
    : Pad("CircularPad3d", 3, PadMode::circular, padding, 0, site) {}

}  // namespace cinta::nn
