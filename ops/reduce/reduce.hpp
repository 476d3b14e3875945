#pragma once
// Reductions over axes, and what follows from them. Reduced axes disappear from the shape, or stay
// with size 1 if `keepdims` is true.

#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/tape/attributes.hpp>
#include <cinta/autograd/tensor.hpp>
#include <concepts>
#include <initializer_list>

#pragma GCC visibility push(default)
namespace cinta {

/// Readable value for the parameter `keepdims`: sum(x, 1, keepdims).
inline constexpr bool keepdims = true;

/// The axes of a reduction: one, a list, or (by default) all. Negative axes count from the end.
class Axes {
 public:
  Axes() = default;  ///< all axes
  Axes(int axis) : all_(false), axes_({axis}) {}
  Axes(std::initializer_list<std::int64_t> axes) : all_(false), axes_(axes) {}
  template <std::same_as<bool> Flag>
  Axes(Flag) = delete;  // sum(x, keepdims) would mean axis 1; write sum(x, {}, keepdims)

  /// The shape of `shape` reduced, with the reduced axes as size 1. Throws IndexError for an axis
  /// out of range, ValueError for one that is named twice.
  Shape reduced_keeping(const char* op, const Shape& shape, const Site& site) const;
  /// The same without the reduced axes.
  Shape reduced(const char* op, const Shape& shape, const Site& site) const;
  /// As an attribute: a list, or none for all.
  operator AttributeValue() const {
    return all_ ? AttributeValue(std::nullopt) : AttributeValue(axes_);
  }

 private:
  bool all_ = true;
  Shape axes_;
};

/// Sum; of no elements 0. bool and int64 give int64.
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});
/// Arithmetic mean; of no elements NaN. bool and int64 give float32.
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});
/// Variance: squared deviations from the mean, summed and divided by their number less
/// `correction` (1 gives the unbiased estimate); NaN or inf where that is not positive.
Tensor var(const Tensor& x, const Axes& axes = {}, double correction = 1, bool keepdims = false,
           Site site = {});
/// Largest element; NaN if there is one. Elements that share the extreme share the gradient
/// equally. Throws ShapeError for an empty reduction.
Tensor max(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});
Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});
/// What an operation finds along an axis, and where: `indices` are int64 positions.
struct ValuesAndIndices {
  Tensor values, indices;
};
/// Largest (smallest) element along one axis and its position: the first of equal ones, the first
/// NaN if there is one. The gradient goes to that element alone. PyTorch's max and min with a dim.
/// Throws ShapeError for an empty axis.
ValuesAndIndices max_with_indices(const Tensor& x, int axis, bool keepdims = false, Site site = {});
ValuesAndIndices min_with_indices(const Tensor& x, int axis, bool keepdims = false, Site site = {});
/// log(sum(exp(x))) without overflow; -inf with gradient 0 where all elements are -inf, and of no
/// elements. bool and int64 give float32.
Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});

/// Position of the first largest (smallest) element along one axis, as int64; the first NaN wins.
Tensor argmax(const Tensor& x, int axis, bool keepdims = false, Site site = {});
Tensor argmin(const Tensor& x, int axis, bool keepdims = false, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
