#pragma once
// Shapes and strides: small vectors of sizes, and what follows from them.

#include <cinta/autograd/core/dtype.hpp>
#include <cinta/autograd/core/site.hpp>
#include <climits>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>

#pragma GCC visibility push(default)
namespace cinta {

/// What counts as an integer where an axis or a size is asked for: a bool or a character does not.
template <class T>
concept Integer = std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char> &&
                  !std::is_same_v<T, wchar_t> && !std::is_same_v<T, char8_t> &&
                  !std::is_same_v<T, char16_t> && !std::is_same_v<T, char32_t>;

/// A vector, an array, a span ... of integers.
template <class R>
concept IntegerRange = requires(const R& range) {
  std::size(range);
  requires Integer<std::remove_cvref_t<decltype(*std::begin(range))>>;
};

/// One axis of a tensor; negative ones count from the end. Converts from and to integers, but no
/// bool and no floating number becomes an axis.
class Axis {
 public:
  template <Integer T>
  constexpr Axis(T axis)
      : axis_(std::in_range<int>(axis) ? int(axis)
              : axis < 0               ? INT_MIN
                                       : INT_MAX) {}
  constexpr operator int() const { return axis_; }

 private:
  int axis_;
};

/// A short list of sizes (or strides, or axes). Up to four entries lie inline, without heap: nodes
/// and tensors fit three cache lines with that.
class Shape {
 public:
  static constexpr int inline_rank = 4;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> sizes) : Shape(sizes.begin(), int(sizes.size())) {}
  /// Sizes that are known at run time only, in a std::vector, a std::span, ...
  template <IntegerRange R>
  requires(!std::is_same_v<R, Shape>) Shape(const R& sizes) : Shape(filled(int(std::size(sizes)))) {
    std::int64_t* next = data();
    for (const auto& size : sizes) *next++ = std::int64_t(size);
  }
  Shape(const Shape& other) : rank_(other.rank_) {
    if (rank_ > inline_rank) {
      heap_ = new std::int64_t[rank_];
      __builtin_memcpy(heap_, other.heap_, rank_ * sizeof(std::int64_t));
    } else {
      __builtin_memcpy(inline_, other.inline_, sizeof inline_);
    }
  }
  Shape(Shape&& other) noexcept : rank_(other.rank_) { take(other); }
  Shape& operator=(const Shape& other) {
    if (this != &other) *this = Shape(other);
    return *this;
  }
  Shape& operator=(Shape&& other) noexcept {
    if (this == &other) return *this;
    release();
    rank_ = other.rank_;
    take(other);
    return *this;
  }
  ~Shape() { release(); }

  /// `rank` entries of value `fill`.
  static Shape filled(int rank, std::int64_t fill = 0) {
    Shape shape;
    shape.rank_ = rank;
    if (rank > inline_rank) shape.heap_ = new std::int64_t[rank];
    for (int i = 0; i < rank; ++i) shape.data()[i] = fill;
    return shape;
  }

  int rank() const { return rank_; }
  std::int64_t* data() { return rank_ > inline_rank ? heap_ : inline_; }
  const std::int64_t* data() const { return rank_ > inline_rank ? heap_ : inline_; }
  std::int64_t& operator[](int i) { return data()[i]; }
  std::int64_t operator[](int i) const { return data()[i]; }
  std::int64_t back() const { return data()[rank_ - 1]; }
  const std::int64_t* begin() const { return data(); }
  const std::int64_t* end() const { return data() + rank_; }

  /// Product of the entries; 1 for rank 0.
  std::int64_t numel() const {
    std::int64_t n = 1;
    for (std::int64_t size : *this) n *= size;
    return n;
  }
  /// "(3, 4)"; a single entry prints as "(3,)", none as "()".
  std::string str() const;

  friend bool operator==(const Shape& a, const Shape& b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i)
      if (a[i] != b[i]) return false;
    return true;
  }

 private:
  Shape(const std::int64_t* sizes, int rank) : rank_(rank) {
    if (rank_ > inline_rank) heap_ = new std::int64_t[rank_];
    for (int i = 0; i < rank_; ++i) data()[i] = sizes[i];
  }
  void take(Shape& other) noexcept {
    if (rank_ > inline_rank) {
      heap_ = other.heap_;
      other.rank_ = 0;
    } else {
      __builtin_memcpy(inline_, other.inline_, sizeof inline_);
    }
  }
  void release() {
    if (rank_ > inline_rank) delete[] heap_;
  }

  int rank_ = 0;
  union {
    std::int64_t inline_[inline_rank] = {};
    std::int64_t* heap_;
  };
};

/// Elements to step over for one step along each axis; 0 repeats an element, negative runs back.
using Strides = Shape;

/// Where the elements of a tensor lie: `offset` is that of its first one, in elements.
struct Layout {
  Shape shape;
  Strides strides;
  std::int64_t offset = 0;
};

/// The bytes of a dense tensor. Throws ShapeError naming `op` if a size is negative or if they are
/// more than a std::int64_t can count; sizes of 0 count as 1 there. Whatever has passed may be
/// multiplied freely: elements, strides and offsets fit.
std::int64_t checked_bytes(const char* op, const Shape& shape, Dtype dtype, const Site& site = {});

/// Row-major strides of a dense tensor.
Strides contiguous_strides(const Shape& shape);

/// Whether elements lie densely in row-major order (axes of size 1 may have any stride).
bool is_contiguous(const Shape& shape, const Strides& strides);

/// Whether two elements may lie in one place. Layouts in which no axis steps over what those with
/// smaller strides cover count as such, even if the elements happen to miss each other.
bool may_overlap(const Shape& shape, const Strides& strides);

/// The shape that `a` and `b` broadcast to by NumPy's rule. Throws ShapeError naming `op`.
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b, const Site& site = {});

/// Whether a tensor of shape `from` can be repeated to fill `to`.
bool broadcasts_to(const Shape& from, const Shape& to);

/// Strides that walk a tensor of `shape` and `strides` as if it had the shape `to`.
Strides broadcast_strides(const Shape& shape, const Strides& strides, const Shape& to);

/// Maps an axis in [-rank, rank) to [0, rank). Throws IndexError naming `op` and `shape`.
int normalize_axis(const char* op, std::int64_t axis, const Shape& shape, const Site& site = {});
/// The same in a result that has `added` axes more than `shape`.
int normalize_new_axis(const char* op, std::int64_t axis, const Shape& shape, int added,
                       const Site& site = {});
/// The same for what goes along an axis (reductions, sorts, softmax, running sums, lookups) or
/// names axes of a view, where a tensor without axes is one of one element, as in PyTorch: there 0
/// and -1 are 0.
int axis_of_elements(const char* op, std::int64_t axis, const Shape& shape, const Site& site = {});
/// The shape that such an axis is one of: (1,) of a tensor without axes.
Shape at_least_1d(const Shape& shape);

}  // namespace cinta
#pragma GCC visibility pop
