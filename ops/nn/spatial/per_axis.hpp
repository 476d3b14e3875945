#pragma once
// How strides, paddings and kernels are given: one number for all spatial axes, or one for each.

#include <cinta/autograd/core/shape.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// 2, or {2, 1}: a number for all spatial axes, or one for each, the last being the width.
class PerAxis {
 public:
  PerAxis() = default;  ///< not given: what that means, the option says
  template <Integer T>
  PerAxis(T all) : values_{std::int64_t(all)} {}
  PerAxis(std::initializer_list<std::int64_t> each) : values_(each) {}
  PerAxis(const Shape& each) : values_(each) {}
  template <IntegerRange R>
  PerAxis(const R& each) : values_(each) {}

  bool given() const { return count() > 0; }
  const PerAxis& or_else(const PerAxis& other) const { return given() ? *this : other; }
  /// How many numbers there are: 1 stands for any number of axes.
  int count() const { return values_.rank(); }
  bool fits(int axes) const { return count() == 1 || count() == axes; }
  /// The number of an axis; the list has to fit.
  std::int64_t operator[](int axis) const { return values_[count() == 1 ? 0 : axis]; }
  /// As it was given: "2" or "(2, 1)".
  std::string str() const;
  /// One number for each of so many axes; the list itself if it does not fit.
  Shape each(int axes) const;

 private:
  Shape values_;
};

/// Zeros on both sides of each spatial axis, in numbers; or "valid", none; or "same", as many as
/// give the output the input's sizes, the odd one at the end.
class ConvPadding {
 public:
  enum class Kind { numbers, valid, same };

  template <Integer T>
  ConvPadding(T all) : numbers_(all) {}
  ConvPadding(std::initializer_list<std::int64_t> each) : numbers_(each) {}
  ConvPadding(const PerAxis& numbers) : numbers_(numbers) {}
  /// Throws ValueError unless it is "same" or "valid".
  ConvPadding(const char* text, Site site = {});

  Kind kind() const { return kind_; }
  const PerAxis& numbers() const { return numbers_; }  ///< 0 unless kind() is numbers
  std::string str() const;

 private:
  Kind kind_ = Kind::numbers;
  PerAxis numbers_ = 0;
};

}  // namespace cinta
#pragma GCC visibility pop
