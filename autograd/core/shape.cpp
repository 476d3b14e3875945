#include <algorithm>
#include <cinta/autograd/core/checked.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/shape.hpp>
#include <cstdlib>
#include <vector>

namespace cinta {

std::string Shape::str() const {
  std::string text = "(";
  for (int i = 0; i < rank_; ++i) text += (i ? ", " : "") + std::to_string((*this)[i]);
  return text + (rank_ == 1 ? ",)" : ")");
}

namespace {

// The same for shapes that are not plainly possible.
std::int64_t checked_bytes_of_odd(const char* op, const Shape& shape, Dtype dtype,
                                  const Site& site) {
  Checked bytes = std::int64_t(size_of(dtype));
  bool empty = false;
  for (std::int64_t size : shape) {
    if (size < 0) throw ShapeError(std::string(op) + ": negative size in " + shape.str(), site);
    empty = empty || size == 0;
    bytes *= std::max<std::int64_t>(size, 1);
  }
  if (!bytes.fits()) {
    throw ShapeError(std::string(op) + ": " + shape.str() + " " + name_of(dtype) +
                         " has more bytes than 64 bits can count",
                     site);
  }
  return empty ? 0 : bytes.value();
}

}  // namespace

std::int64_t checked_bytes(const char* op, const Shape& shape, Dtype dtype, const Site& site) {
  Checked bytes = std::int64_t(size_of(dtype));
  for (std::int64_t size : shape) {
    if (size <= 0) return checked_bytes_of_odd(op, shape, dtype, site);
    bytes *= size;
  }
  return bytes.fits() ? bytes.value() : checked_bytes_of_odd(op, shape, dtype, site);
}

Strides contiguous_strides(const Shape& shape) {
  Strides strides = Strides::filled(shape.rank());
  std::int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

bool is_contiguous(const Shape& shape, const Strides& strides) {
  std::int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    if (shape[i] == 0) return true;
    if (shape[i] != 1 && strides[i] != step) return shape.numel() == 0;
    step *= shape[i];
  }
  return true;
}

bool may_overlap(const Shape& shape, const Strides& strides) {
  std::vector<std::pair<std::int64_t, std::int64_t>> axes;  // step and size
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] == 0) return false;
    if (shape[i] > 1) axes.emplace_back(std::abs(strides[i]), shape[i]);
  }
  std::sort(axes.begin(), axes.end());
  std::int64_t last = 0;  // the farthest element that the axes so far reach
  for (const auto& [step, size] : axes) {
    if (step <= last) return true;
    last += step * (size - 1);
  }
  return false;
}

Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b, const Site& site) {
  if (a == b) return a;
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  Shape out = longer;
  const int lead = longer.rank() - shorter.rank();
  for (int i = 0; i < shorter.rank(); ++i) {
    std::int64_t& size = out[lead + i];
    if (size == shorter[i] || shorter[i] == 1) continue;
    if (size != 1) {
      throw ShapeError(std::string(op) + ": " + a.str() + " and " + b.str() +
                           " do not broadcast: sizes " +
                           std::to_string(a[a.rank() - shorter.rank() + i]) + " and " +
                           std::to_string(b[b.rank() - shorter.rank() + i]) + " differ",
                       site);
    }
    size = shorter[i];
  }
  return out;
}

bool broadcasts_to(const Shape& from, const Shape& to) {
  const int lead = to.rank() - from.rank();
  if (lead < 0) return false;
  for (int i = 0; i < from.rank(); ++i)
    if (from[i] != to[lead + i] && from[i] != 1) return false;
  return true;
}

Strides broadcast_strides(const Shape& shape, const Strides& strides, const Shape& to) {
  Strides out = Strides::filled(to.rank());
  const int lead = to.rank() - shape.rank();
  for (int i = 0; i < shape.rank(); ++i)
    out[lead + i] = shape[i] == 1 && to[lead + i] != 1 ? 0 : strides[i];
  return out;
}

int normalize_axis(const char* op, std::int64_t axis, const Shape& shape, const Site& site) {
  return normalize_new_axis(op, axis, shape, 0, site);
}

int normalize_new_axis(const char* op, std::int64_t axis, const Shape& shape, int added,
                       const Site& site) {
  const int rank = shape.rank() + added;
  if (axis < -rank || axis >= rank) {
    throw IndexError(std::string(op) + ": axis " + std::to_string(axis) + " is out of range for " +
                         shape.str() + ", which " + (added > 0 ? "gets " : "has ") +
                         std::to_string(rank) + " axes",
                     site);
  }
  return int(axis < 0 ? axis + rank : axis);
}

Shape at_least_1d(const Shape& shape) { return shape.rank() == 0 ? Shape{1} : shape; }

int axis_of_elements(const char* op, std::int64_t axis, const Shape& shape, const Site& site) {
  if (shape.rank() == 0 && (axis == 0 || axis == -1)) return 0;
  return normalize_axis(op, axis, shape, site);
}

}  // namespace cinta
