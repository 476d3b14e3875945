#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/shape/view/axes.hpp>

namespace cinta {

Shape Axes::marks(const char* op, const Shape& shape, const Site& site) const {
  // One more than there are without axes, where 0 may be named, once.
  Shape marks = Shape::filled(std::max(shape.rank(), 1), all_ ? 1 : 0);
  for (std::int64_t axis : axes_) {
    const int at = axis_of_elements(op, axis, shape, site);
    if (marks[at]++) {
      throw ValueError(
          std::string(op) + ": axis " + std::to_string(axis) + " is named twice in " + axes_.str(),
          site);
    }
  }
  return shape.rank() == 0 ? Shape{} : marks;
}

Shape Axes::marks_of_new(const char* op, const Shape& shape, const Site& site) const {
  for (const std::int64_t axis : axes_) normalize_new_axis(op, axis, shape, count(), site);
  return marks(op, Shape::filled(shape.rank() + count(), 1), site);
}

Shape Axes::reduced_keeping(const char* op, const Shape& shape, const Site& site) const {
  if (all_) return Shape::filled(shape.rank(), 1);
  const Shape reduced = marks(op, shape, site);
  Shape kept = shape;
  for (int i = 0; i < shape.rank(); ++i)
    if (reduced[i]) kept[i] = 1;
  return kept;
}

Shape Axes::reduced(const char* op, const Shape& shape, const Site& site) const {
  if (all_) return {};
  const Shape reduced = marks(op, shape, site);
  if (shape.rank() == 0) return {};
  Shape dropped = Shape::filled(shape.rank() - axes_.rank());
  for (int i = 0, k = 0; i < shape.rank(); ++i)
    if (!reduced[i]) dropped[k++] = shape[i];
  return dropped;
}

}  // namespace cinta
