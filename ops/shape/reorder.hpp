#pragma once
// The same elements in another order along their axes.

#include <cinta/ops/shape/view/axes.hpp>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

/// View with these axes (by default all) running backwards.
Tensor flip(const Tensor& x, const Axes& axes = {}, Site site = {});

/// View turned by `quarters` of a turn, from `axis0` towards `axis1`. Throws ValueError if the two
/// are one.
Tensor rot90(const Tensor& x, std::int64_t quarters = 1, Axis axis0 = 0, Axis axis1 = 1,
             Site site = {});

/// A copy in which each axis is shifted by its number, positive ones towards higher indices; what
/// leaves at one end comes in at the other. Throws ValueError if the two lists differ in length or
/// name an axis twice.
Tensor roll(const Tensor& x, const Shape& shifts, const Shape& axes, Site site = {});
/// The same along one axis, or of all elements as one row.
Tensor roll(const Tensor& x, std::int64_t shift, std::optional<Axis> axis = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
