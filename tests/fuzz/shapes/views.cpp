// Steps that make views.

#include "fuzz/shapes/program.hpp"

#include <algorithm>
#include <limits>

namespace fuzz {

void Program::reshape_() {
  const Pair x = any();
  Sizes shape;
  Size left = x.wanted.count();
  for (Size axes = below(5); axes > 0; --axes) {
    const Size wish = below(5) + 1;
    const Size size = axes == 1 ? left : left % wish == 0 ? (left == 0 ? below(2) : wish) : 1;
    shape.push_back(size);
    left = size == 0 ? 0 : left / size;
  }
  const unsigned b = byte();
  Sizes said = shape;
  if (!said.empty() && b % 8 == 1) said[b / 8 % said.size()] = strange_size();
  if (!said.empty() && b % 8 == 2) said[b / 8 % said.size()] = -1;
  // The one size of -1 is what is left.
  const Size each = Size(size_of(dtype_));
  shape = said;
  const auto unknown = std::find(shape.begin(), shape.end(), -1);
  if (unknown != shape.end()) {
    *unknown = 1;
    if (plain::possible(shape, each) && plain::product(shape) != 0 &&
        x.wanted.count() % plain::product(shape) == 0)
      *unknown = x.wanted.count() / plain::product(shape);
    else
      *unknown = -1;
  }
  std::optional<plain::Array> wanted;
  if (plain::possible(shape, each) && plain::product(shape) == x.wanted.count())
    wanted = plain::reshaped(x.wanted, shape);
  both_views(x, wanted, [&] { return reshape(x.ours, Shape(said)); });
}

void Program::flatten_() {
  const Pair x = any();
  const int rank = x.wanted.rank();
  const Size first = axis(rank), last = axis(rank);
  std::optional<plain::Array> wanted;
  const Size axes = std::max<Size>(rank, 1);  // a tensor without axes is one of one element
  const auto inside = [&](Size a) { return a >= -axes && a < axes; };
  if (rank == 0 && inside(first) && inside(last)) {
    wanted = plain::reshaped(x.wanted, {1});
  } else if (inside(first) && inside(last)) {
    const Size from = (first + rank) % rank, to = (last + rank) % rank;
    Sizes shape(x.wanted.shape.begin(), x.wanted.shape.begin() + from);
    Size size = 1;
    for (Size i = from; i <= to; ++i) size *= x.wanted.shape[std::size_t(i)];
    shape.push_back(size);
    for (Size i = to + 1; i < rank; ++i) shape.push_back(x.wanted.shape[std::size_t(i)]);
    if (from <= to) wanted = plain::reshaped(x.wanted, shape);
  }
  both_views(x, wanted, [&] { return flatten(x.ours, first, last); });
}

std::optional<int> Program::place(Size axis, int rank) const {
  if (axis < -rank || axis >= rank) return std::nullopt;
  return int(axis < 0 ? axis + rank : axis);
}

void Program::permute_() {
  const Pair x = any();
  const int rank = x.wanted.rank();
  std::vector<Size> left(static_cast<std::size_t>(rank));
  std::iota(left.begin(), left.end(), 0);
  Sizes axes;
  while (!left.empty()) {
    const auto chosen = left.begin() + below(Size(left.size()));
    axes.push_back(*chosen);
    left.erase(chosen);
  }
  if (const unsigned b = byte(); b % 16 == 1 && rank > 0)
    axes[b / 16 % std::size_t(rank)] = axis(rank);
  std::set<Size> named;
  for (Size& a : axes)
    if (const auto at = place(a, rank)) named.insert(*at);
  std::optional<plain::Array> wanted;
  if (int(named.size()) == rank) {
    Sizes shape;
    for (const Size a : axes) shape.push_back(x.wanted.shape[std::size_t(*place(a, rank))]);
    wanted = plain::viewed(x.wanted, shape, [&](const Sizes& index) {
      Sizes from(index.size());
      for (std::size_t i = 0; i < index.size(); ++i)
        from[std::size_t(*place(axes[i], rank))] = index[i];
      return from;
    });
  }
  both_views(x, wanted, [&] { return permute(x.ours, Shape(axes)); });
}

void Program::transpose_() {
  const Pair x = any();
  const Size a = axis(x.wanted.rank()), b = axis(x.wanted.rank());
  const int axes = std::max(x.wanted.rank(), 1);  // one without axes is of one element
  const auto m = place(a, axes), n = place(b, axes);
  std::optional<plain::Array> wanted;
  if (m && n && x.wanted.rank() == 0) {
    wanted = x.wanted;
  } else if (m && n) {
    const auto swapped = [&](Sizes index) {
      std::swap(index[std::size_t(*m)], index[std::size_t(*n)]);
      return index;
    };
    wanted = plain::viewed(x.wanted, swapped(x.wanted.shape), swapped);
  }
  both_views(x, wanted, [&] { return transpose(x.ours, a, b); });
}

void Program::unsqueeze_() {
  const Pair x = any();
  const Size a = axis(x.wanted.rank() + 1);
  std::optional<plain::Array> wanted;
  if (const auto at = place(a, x.wanted.rank() + 1)) {
    wanted = x.wanted;
    wanted->shape.insert(wanted->shape.begin() + *at, 1);
  }
  both_views(x, wanted, [&] { return unsqueeze(x.ours, a); });
}

void Program::squeeze_() {
  const Pair x = any();
  const int rank = x.wanted.rank();
  const Size a = axis(rank);
  std::optional<plain::Array> wanted;
  const auto at = place(a, std::max(rank, 1));  // a number has one that is squeezed already
  if (at && (rank == 0 || x.wanted.shape[std::size_t(*at)] == 1)) {
    wanted = x.wanted;
    if (rank > 0) wanted->shape.erase(wanted->shape.begin() + *at);
  }
  both_views(x, wanted, [&] { return squeeze(x.ours, a); });
}

plain::Array Program::selected(const plain::Array& x, int axis, Size position) {
  Sizes shape = x.shape;
  shape.erase(shape.begin() + axis);
  return plain::viewed(x, shape, [&](Sizes index) {
    index.insert(index.begin() + axis, position);
    return index;
  });
}

plain::Array Program::sliced(const plain::Array& x, int axis, Size start, Size step, Size count) {
  Sizes shape = x.shape;
  shape[std::size_t(axis)] = count;
  return plain::viewed(x, shape, [&](Sizes index) {
    index[std::size_t(axis)] = start + step * index[std::size_t(axis)];
    return index;
  });
}

void Program::select_() {
  const Pair x = any();
  const Size a = axis(x.wanted.rank());
  const auto at = place(a, x.wanted.rank());
  const Size size = at ? x.wanted.shape[std::size_t(*at)] : 1;
  const unsigned b = byte();
  const Size position = b % 16 == 15 ? strange_size() : below(2 * size + 1) - size;
  std::optional<plain::Array> wanted;
  if (at && position >= -size && position < size)
    wanted = selected(x.wanted, *at, position < 0 ? position + size : position);
  both_views(x, wanted, [&] { return select(x.ours, a, position); });
}

void Program::slice_() {
  const Pair x = any();
  const Size a = axis(x.wanted.rank());
  const auto at = place(a, x.wanted.rank());
  const Size size = at ? x.wanted.shape[std::size_t(*at)] : 1;
  const auto bound = [&] {
    return byte() % 16 == 15 ? strange_size() : below(2 * size + 4) - size - 2;
  };
  const Size start = bound(), stop = bound();
  const unsigned b = byte();
  Size step = b % 16 == 15 ? strange_size() : Size(b % 4) + (b >= 16);
  if (b % 16 == 14) step = -1 - Size(b / 16 % 4);
  std::optional<plain::Array> wanted;
  if (at && step != 0) {
    // As Python does it, one position after the other; end_of_axis is the None of either direction.
    const auto placed = [&](Size position) {
      return position < 0 ? std::max(-size - 1, position) + size : position;
    };
    const Size first =
        step > 0 ? std::max<Size>(placed(start), 0) : std::min(placed(start), size - 1);
    const Size last = step < 0 && stop == end_of_axis ? -1 : placed(stop);
    Size count = 0;
    for (Size i = 0; i < size; ++i) {
      const bool within = step > 0 ? first <= i && i < last : last < i && i <= first;
      count += within && (i - first) % step == 0;
    }
    wanted = sliced(x.wanted, *at, first, step, count);
  }
  both_views(x, wanted, [&] { return slice(x.ours, a, start, stop, step); });
}

void Program::broadcast_() {
  const Pair x = any();
  Sizes shape = x.wanted.shape;
  for (Size& size : shape) {
    const unsigned b = byte();
    if (size == 1 && b % 2) size = b % 32 == 31 ? strange_size() : Size(b / 2) % 4;
    if (b % 64 == 32) size = Size(b / 64);
  }
  for (Size more = below(3); more > 0; --more) {
    const unsigned b = byte();
    shape.insert(shape.begin(), b % 16 == 15 ? strange_size() : Size(b) % 4);
  }
  const auto joint = plain::broadcast(x.wanted.shape, shape);
  const bool fits = joint == shape && plain::possible(shape, Size(size_of(dtype_)));
  if (fits && few(shape)) {
    both_views(
        x,
        plain::viewed(x.wanted, shape,
                      [&](const Sizes& index) { return plain::narrowed(index, x.wanted.shape); }),
        [&] { return broadcast_to(x.ours, Shape(shape)); });
  } else if (fits) {
    vast(x, broadcast_to(x.ours, Shape(shape)));
  } else {
    both({}, [&] { return broadcast_to(x.ours, Shape(shape)); });
  }
}

bool Program::few(const Sizes& shape) {
  return plain::possible(shape, 1) && plain::product(shape) <= 8 * most_elements;
}

void Program::vast(const Pair& x, Tensor y) {
  both({}, [&] { return as_strided(y, {2}, {1}); });
  if (y.numel() >= std::numeric_limits<Size>::max() / Size(size_of(dtype_)))
    both({}, [&] { return cat({y, y, y}); });
  if (byte() % 2)
    y = permute(y, [&] {
      Shape axes = Shape::filled(y.rank());
      for (int i = 0; i < y.rank(); ++i) axes[i] = y.rank() - 1 - i;
      return axes;
    }());
  while (y.rank() > 0) {
    const Size size = y.shape()[0];
    if (size == 0) return;
    const Size step = std::max<Size>(size / 2, 1);
    y = slice(y, 0, 0, size, step);
    require(y.shape()[0] == (size - 1) / step + 1);
    y = select(y, 0, -1);
  }
  const std::vector<double> values = values_of(x.ours);
  require(std::find(values.begin(), values.end(), y.item()) != values.end());
}

void Program::as_strided_() {
  const Pair x = any();
  const Size axes = below(4);
  Sizes shape, steps;
  for (Size i = 0; i < axes; ++i) {
    const unsigned b = byte(), c = byte();
    shape.push_back(b % 32 == 31 ? strange_size() : Size(b) % 4);
    steps.push_back(c % 32 == 31 ? strange_size() : Size(c) % 7 - (c % 3 ? 0 : 3));
  }
  if (byte() % 32 == 31) steps.push_back(1);
  const Size offset = byte() % 32 == 31 ? strange_size() : below(x.wanted.count() + 2);
  const auto call = [&] { return as_strided(x.ours, Shape(shape), Shape(steps), offset); };
  const bool possible = x.ours.is_contiguous() && steps.size() == shape.size() &&
                        plain::possible(shape, Size(size_of(dtype_)));
  if (!possible) return both({}, call);
  // The lowest and the highest element that it shows.
  plain::Wide low = offset, high = offset;
  for (std::size_t i = 0; i < shape.size(); ++i)
    (steps[i] < 0 ? low : high) += plain::Wide(steps[i]) * std::max<Size>(shape[i] - 1, 0);
  const bool any = plain::product(shape) != 0;
  if (any && (low < 0 || high >= x.wanted.count())) return both({}, call);
  if (!few(shape)) return vast(x, call());
  plain::Array wanted{shape, {}, x.wanted.memory};
  for (Size i = 0; i < plain::product(shape); ++i) {
    const Sizes index = plain::index_of(i, shape);
    Size from = offset;
    for (std::size_t k = 0; k < shape.size(); ++k) from += index[k] * steps[k];
    wanted.places.push_back(x.wanted.places[std::size_t(from)]);
  }
  both_views(x, wanted, call);
}

}  // namespace fuzz
