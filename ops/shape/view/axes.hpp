#pragma once
// Axes: which axes of a tensor an operation works on.

#include <cinta/autograd/tape/watch/attributes.hpp>
#include <cinta/autograd/tensor.hpp>
#include <initializer_list>

#pragma GCC visibility push(default)
namespace cinta {

/// The axes of an operation: one, a list (written out, a std::vector, a std::span ...), or by
/// default all. Negative axes count from the end. A tensor without axes is one of one element along
/// axis 0, as in PyTorch: sum(x, 0) is sum(x).
class Axes {
 public:
  Axes() = default;  ///< all axes
  Axes(Axis axis) : Axes({axis}) {}
  template <Integer T>
  Axes(T axis) : Axes(Axis(axis)) {}
  Axes(std::initializer_list<Axis> axes)
      : all_(false), axes_(Shape::filled(static_cast<int>(axes.size()))) {
    std::int64_t* next = axes_.data();
    for (Axis axis : axes) *next++ = axis;
  }
  Axes(const Shape& axes) : all_(false), axes_(axes) {}
  template <IntegerRange R>
  Axes(const R& axes) : all_(false), axes_(axes) {}
  // Of sum(x, keepdims) the flag would be axis 1: write sum(x, {}, keepdims). And max(x, 0.0) is no
  // maximum(x, 0.0).
  template <class T>
  requires(std::is_arithmetic_v<T> && !Integer<T>) Axes(T)
  = delete;

  bool all() const { return all_; }
  /// How many are named.
  int count() const { return axes_.rank(); }
  /// 1 for each axis of `shape` that is named, 0 for the others. Throws IndexError for an axis out
  /// of range, ValueError for one that is named twice.
  Shape marks(const char* op, const Shape& shape, const Site& site) const;
  /// The same for the axes of a result of which these are new, and the others those of `shape`.
  Shape marks_of_new(const char* op, const Shape& shape, const Site& site) const;
  /// The shape of `shape` reduced, with the reduced axes as size 1.
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

}  // namespace cinta
#pragma GCC visibility pop
