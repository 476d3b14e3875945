#pragma once
// Sums that penalties are made of, their slopes and their proximal steps, each in one pass.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// sum |x| and sum x^2 of the elements of dense floating x, in double. Formed in blocks of fixed
/// size: the same bits for any number of threads.
void penalty_sums(const Array& x, double* absolute, double* squares);

/// dx = l1 * sign(x) + l2 * x, with `at_zero` for sign(0); NaN stays. Dense, one floating dtype.
void penalty_slope(const Array& x, double l1, double l2, double at_zero, const Array& dx);

/// A dense array as (outer, groups, inner): the elements of a group share the middle index.
struct Groups {
  std::int64_t outer, count, inner;
  std::int64_t size() const { return outer * inner; }  // of one group

  /// The slices x[..., i, ...] of a shape along one of its axes.
  static Groups along(const Shape& shape, int axis) {
    Groups groups{1, shape[axis], 1};
    for (int i = 0; i < axis; ++i) groups.outer *= shape[i];
    for (int i = axis + 1; i < shape.rank(); ++i) groups.inner *= shape[i];
    return groups;
  }
};

/// norms[g] = sqrt(sum of x^2) over group g of dense floating x, also where the squares overflow or
/// vanish. In a fixed order.
void group_norms(const Array& x, const Groups& groups, double* norms);

/// y = x * factor[g] for the elements of group g, and 0 where the factor is 0. Dense; y may be x.
void scale_groups(const Array& x, const Groups& groups, const double* factor, const Array& y);

/// dx = x * scale / norm of its group, and 0 in a group of zeros: the slope of scale * norm. With
/// infinite elements its limit as equal ones grow.
void group_slope(const Array& x, const Groups& groups, double scale, const Array& dx);

/// Each x becomes the u in [low, high] that minimises (u - x)^2 / 2 + threshold |u| + decay / 2 u^2
/// for shrink = 1 / (1 + decay): it moves towards 0 by `threshold` and stops there, is multiplied
/// by `shrink` and clamped. Dense floating x, in place; NaN stays.
void shrink_elements(const Array& x, double threshold, double shrink, double low, double high);

}  // namespace cinta::kernels
