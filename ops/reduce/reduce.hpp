#pragma once
// Reductions over axes, and what follows from them. Reduced axes disappear from the shape, or stay
// with size 1 if `keepdims` is true.

#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/ops/shape/view/axes.hpp>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

/// Readable value for the parameter `keepdims`: sum(x, 1, keepdims).
inline constexpr bool keepdims = true;

/// Sum; of no elements 0. bool and int64 give int64.
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});
/// Arithmetic mean; of no elements NaN. bool and int64 give float32.
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});
struct VarOptions {
  double correction = 1;  ///< 1 gives the unbiased estimate
  bool keepdims = false;
};
/// Variance: squared deviations from the mean, summed and divided by their number less the
/// correction; NaN or inf where that is not positive. var(x, 1, {.correction = 0}). Deviations are
/// taken from a mean in double precision: right far from 0, too, and exactly 0 for equal elements.
Tensor var(const Tensor& x, const Axes& axes = {}, VarOptions options = {}, Site site = {});
/// Largest element; NaN if there is one. Elements that share the extreme share the gradient
/// equally, as do those that are NaN. Throws ShapeError for an empty reduction.
Tensor max(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});
Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});
/// max and min by PyTorch's names for several axes.
Tensor amax(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});
Tensor amin(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});
/// What an operation finds along an axis, and where: `indices` are int64 positions.
struct ValuesAndIndices {
  Tensor values, indices;
};
/// Largest (smallest) element along one axis and its position: the first of equal ones, the first
/// NaN if there is one. The gradient goes to that element alone. PyTorch's max and min with a dim.
/// Throws ShapeError for an empty axis.
ValuesAndIndices max_with_indices(const Tensor& x, int axis, bool keepdims = false, Site site = {});
ValuesAndIndices min_with_indices(const Tensor& x, int axis, bool keepdims = false, Site site = {});
/// log(sum(exp(x))) without overflow; its gradient is softmax(x), whatever the size of x. -inf with
/// gradient 0 where all elements are -inf, and of no elements; inf where one is inf, and elements
/// that are share the gradient equally. bool and int64 give float32.
Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});

/// Position of the first largest (smallest) element along one axis, or of all in row-major order,
/// as int64; the first NaN wins.
Tensor argmax(const Tensor& x, std::optional<Axis> axis = {}, bool keepdims = false,
              Site site = {});
Tensor argmin(const Tensor& x, std::optional<Axis> axis = {}, bool keepdims = false,
              Site site = {});

namespace detail {

/// x less its mean along the last axis, which is not rounded to the dtype of x.
Tensor centred(const Tensor& x);

}  // namespace detail

}  // namespace cinta
#pragma GCC visibility pop
