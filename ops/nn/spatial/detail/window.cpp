#include <cinta/ops/nn/spatial/detail/window.hpp>

namespace cinta::detail {

using std::to_string;

void check_spatial(const std::string& name, const Tensor& x, int axes, const Site& site) {
  if (x.rank() != axes + 1 && x.rank() != axes + 2) {
    const char* sizes[] = {"width", "height, width", "depth, height, width"};
    const std::string place = sizes[axes - 1];
    throw ShapeError(name + ": x needs (batch, channels, " + place + ") or (channels, " + place +
                         "), got " + x.shape().str(),
                     site);
  }
  if (!is_floating(x.dtype()))
    throw DtypeError(name + ": needs a floating dtype, got " + name_of(x.dtype()), site);
}

std::int64_t Windows::count(const std::string& name, const Tensor& x, int axis, std::int64_t size,
                            const Site& site) const {
  if (size == 0) {
    throw ShapeError(
        name + ": x " + x.shape().str() + " has no elements along spatial axis " + to_string(axis),
        site);
  }
  const std::int64_t pad = padding[axis], step = stride[axis];
  const Checked reach = reach_of(kernel[axis], dilation[axis]);
  const Checked padded = Checked(size) + Checked(pad) * Checked(2);
  if (!reach.fits() || !(padded + Checked(step)).fits()) {
    throw ShapeError(
        name + ": x " + x.shape().str() + ": the padded input's size is beyond 64 bits", site);
  }
  const std::int64_t room = padded.value() - reach.value();
  // The overhang makes room for at most one more.
  if (room < (ceil_mode ? 1 - step : 0)) {
    throw ShapeError(name + ": x " + x.shape().str() + ": a window covers " +
                         to_string(reach.value()) + " places, the padded input has " +
                         to_string(padded.value()) + " along spatial axis " + to_string(axis),
                     site);
  }
  std::int64_t count = (room + (ceil_mode ? step - 1 : 0)) / step + 1;
  if (ceil_mode && (count - 1) * step >= size + pad) --count;
  return count;
}

}  // namespace cinta::detail
