#pragma once
// A slow interpreter of tensor programs that shares nothing with the library: each tensor is a list
// of places in a memory, each number knows its derivatives.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <vector>

namespace plain {

using Size = std::int64_t;
using Sizes = std::vector<Size>;

/// Elements of all leaves of a program, to which numbers are differentiated.
inline constexpr int variables = 12;

/// A value, its derivatives by each variable, and those of all of them in one direction of the
/// variables. All are integers, and exact while `bound` is: it is more than any number that comes
/// up in computing them, in whatever order.
struct Number {
  double value = 0, along = 0;
  std::array<double, variables> by{}, by_along{};
  double bound = 1;

  bool constant() const {
    return std::all_of(by.begin(), by.end(), [](double d) { return d == 0; });
  }
};

inline Number constant(double value) {
  Number number;
  number.value = value;
  number.bound = std::max(1.0, std::fabs(value));
  return number;
}

inline Number scaled(Number a, double factor) {
  a.value *= factor;
  a.along *= factor;
  for (int i = 0; i < variables; ++i) {
    a.by[i] *= factor;
    a.by_along[i] *= factor;
  }
  a.bound *= std::max(1.0, std::fabs(factor));
  return a;
}

inline Number operator+(Number a, const Number& b) {
  a.value += b.value;
  a.along += b.along;
  for (int i = 0; i < variables; ++i) {
    a.by[i] += b.by[i];
    a.by_along[i] += b.by_along[i];
  }
  a.bound += b.bound;
  return a;
}

inline Number operator*(const Number& a, const Number& b) {
  Number c;
  c.value = a.value * b.value;
  c.along = a.along * b.value + a.value * b.along;
  for (int i = 0; i < variables; ++i) {
    c.by[i] = a.by[i] * b.value + a.value * b.by[i];
    c.by_along[i] =
        a.by_along[i] * b.value + a.by[i] * b.along + a.along * b.by[i] + a.value * b.by_along[i];
  }
  c.bound = 4 * a.bound * b.bound;
  return c;
}

struct Memory {
  std::vector<Number> numbers;
  bool leaf = false;  // which nobody may write to
};

/// The elements of a tensor in row-major order, by their places.
struct Array {
  Sizes shape;
  std::vector<std::size_t> places;
  std::shared_ptr<Memory> memory;

  int rank() const { return int(shape.size()); }
  Size count() const { return Size(places.size()); }
  const Number& operator[](Size i) const { return memory->numbers[places[std::size_t(i)]]; }
  Number& operator[](Size i) { return memory->numbers[places[std::size_t(i)]]; }
  bool dense() const {
    for (std::size_t i = 1; i < places.size(); ++i)
      if (places[i] != places[i - 1] + 1) return false;
    return true;
  }
  bool repeats() const {
    return std::set<std::size_t>(places.begin(), places.end()).size() != places.size();
  }
};

inline Size product(const Sizes& shape) {
  return std::accumulate(shape.begin(), shape.end(), Size{1}, std::multiplies<>());
}

/// For products and sums of sizes, which must not wrap here.
__extension__ using Wide = __int128;

/// Whether a tensor of 8-byte or 4-byte elements may have such a shape.
inline bool possible(const Sizes& shape, Size bytes_each) {
  Wide bytes = bytes_each;
  for (const Size size : shape) {
    if (size < 0) return false;
    bytes *= std::max<Size>(size, 1);
    if (bytes > std::numeric_limits<Size>::max()) return false;
  }
  return true;
}

inline Sizes index_of(Size flat, const Sizes& shape) {
  Sizes index(shape.size());
  for (int axis = int(shape.size()) - 1; axis >= 0; --axis) {
    index[std::size_t(axis)] = flat % shape[std::size_t(axis)];
    flat /= shape[std::size_t(axis)];
  }
  return index;
}

inline Size flat_of(const Sizes& index, const Sizes& shape) {
  Size flat = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) flat = flat * shape[axis] + index[axis];
  return flat;
}

/// New memory of this shape; `value(index)` gives each number.
template <class F>
Array made(const Sizes& shape, F value) {
  Array y{shape, {}, std::make_shared<Memory>()};
  const Size count = product(shape);
  for (Size i = 0; i < count; ++i) {
    y.places.push_back(std::size_t(i));
    y.memory->numbers.push_back(value(index_of(i, shape)));
  }
  return y;
}

/// A view of this shape: `from(index)` is the index in x.
template <class F>
Array viewed(const Array& x, const Sizes& shape, F from) {
  Array y{shape, {}, x.memory};
  const Size count = product(shape);
  for (Size i = 0; i < count; ++i)
    y.places.push_back(x.places[std::size_t(flat_of(from(index_of(i, shape)), x.shape))]);
  return y;
}

inline Array copied(const Array& x) {
  return made(x.shape, [&](const Sizes& index) { return x[flat_of(index, x.shape)]; });
}

/// Whether fixed steps along the axes of `shape` lead through the places of x.
inline bool steps_lead(const Array& x, const Sizes& shape) {
  if (x.count() == 0) return true;
  Sizes steps(shape.size());
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] < 2) continue;
    Sizes one(shape.size());
    one[axis] = 1;
    steps[axis] = Size(x.places[std::size_t(flat_of(one, shape))]) - Size(x.places[0]);
  }
  for (Size i = 0; i < x.count(); ++i) {
    const Sizes index = index_of(i, shape);
    Size place = Size(x.places[0]);
    for (std::size_t axis = 0; axis < shape.size(); ++axis) place += index[axis] * steps[axis];
    if (place != Size(x.places[std::size_t(i)])) return false;
  }
  return true;
}

/// A view where fixed steps allow it, else a copy.
inline Array reshaped(const Array& x, const Sizes& shape) {
  Array y = steps_lead(x, shape) ? x : copied(x);
  y.shape = shape;
  return y;
}

inline std::optional<Sizes> broadcast(const Sizes& a, const Sizes& b) {
  Sizes shape(std::max(a.size(), b.size()));
  for (std::size_t i = 1; i <= shape.size(); ++i) {
    const Size m = i <= a.size() ? a[a.size() - i] : 1, n = i <= b.size() ? b[b.size() - i] : 1;
    if (m != n && m != 1 && n != 1) return std::nullopt;
    shape[shape.size() - i] = m == 1 ? n : m;
  }
  return shape;
}

/// The index in a tensor of shape `from` that was broadcast.
inline Sizes narrowed(const Sizes& index, const Sizes& from) {
  Sizes narrow(index.end() - Size(from.size()), index.end());
  for (std::size_t i = 0; i < from.size(); ++i)
    if (from[i] == 1) narrow[i] = 0;
  return narrow;
}

inline const Number& at(const Array& x, const Sizes& index) {
  return x[flat_of(narrowed(index, x.shape), x.shape)];
}

}  // namespace plain
