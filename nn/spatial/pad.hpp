#pragma once
// Pads as layers, with PyTorch's names: x gets elements on both sides of its last axes.

#include <cinta/nn/module/module.hpp>
#include <cinta/ops/nn/spatial/per_axis.hpp>
#include <cinta/ops/shape/pad.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

namespace detail {

/// One number for both sides of all axes, or {left, right, top, bottom, front, back}, as many as
/// there are axes; negative ones crop. Throws ValueError.
class Pad : public Module {
 public:
  Tensor operator()(const Tensor& x, Site site = {}) const;

 protected:
  Pad(const char* name, int axes, PadMode mode, const PerAxis& padding, Number value,
      const Site& site);

 private:
  Shape pads_;
  PadMode mode_;
  Number value_;
};

}  // namespace detail

struct ZeroPad1d : detail::Pad {
  explicit ZeroPad1d(const PerAxis& padding, Site site = {});
};
struct ZeroPad2d : detail::Pad {
  explicit ZeroPad2d(const PerAxis& padding, Site site = {});
};
struct ZeroPad3d : detail::Pad {
  explicit ZeroPad3d(const PerAxis& padding, Site site = {});
};
/// With any number around.
struct ConstantPad1d : detail::Pad {
  ConstantPad1d(const PerAxis& padding, Number value, Site site = {});
};
struct ConstantPad2d : detail::Pad {
  ConstantPad2d(const PerAxis& padding, Number value, Site site = {});
};
struct ConstantPad3d : detail::Pad {
  ConstantPad3d(const PerAxis& padding, Number value, Site site = {});
};
struct ReflectionPad1d : detail::Pad {
  explicit ReflectionPad1d(const PerAxis& padding, Site site = {});
};
struct ReflectionPad2d : detail::Pad {
  explicit ReflectionPad2d(const PerAxis& padding, Site site = {});
};
struct ReflectionPad3d : detail::Pad {
  explicit ReflectionPad3d(const PerAxis& padding, Site site = {});
};
struct ReplicationPad1d : detail::Pad {
  explicit ReplicationPad1d(const PerAxis& padding, Site site = {});
};
struct ReplicationPad2d : detail::Pad {
  explicit ReplicationPad2d(const PerAxis& padding, Site site = {});
};
struct ReplicationPad3d : detail::Pad {
  explicit ReplicationPad3d(const PerAxis& padding, Site site = {});
};
struct CircularPad1d : detail::Pad {
  explicit CircularPad1d(const PerAxis& padding, Site site = {});
};
struct CircularPad2d : detail::Pad {
  explicit CircularPad2d(const PerAxis& padding, Site site = {});
};
struct CircularPad3d : detail::Pad {
  explicit CircularPad3d(const PerAxis& padding, Site site = {});
};

}  // namespace cinta::nn
#pragma GCC visibility pop
