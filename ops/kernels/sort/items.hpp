#pragma once
// Private to sorting: elements as whole numbers whose order is theirs, beside their places.

#include <bit>
#include <cinta/autograd/core/dtype.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cstdint>
#include <type_traits>

namespace cinta::kernels {

/// Unsigned numbers in the order of the elements of a dtype. All NaN are one, above all numbers; 0
/// and -0 are one. With `descending` the order is the other way round.
template <class T>
struct Keys {
  using Key = std::conditional_t<(sizeof(T) > 4), std::uint64_t, std::uint32_t>;

  static Key of(T x, bool descending) {
    Key key;
    if constexpr (std::is_floating_point_v<T>) {
      constexpr Key sign = Key{1} << (8 * sizeof(T) - 1);
      key = std::bit_cast<Key>(x + T(0));  // 0 of -0
      key ^= Key(std::make_signed_t<Key>(key) >> (8 * sizeof(T) - 1)) | sign;
      if (x != x) key = ~Key{0};
    } else if constexpr (std::is_same_v<T, bool>) {
      key = x;
    } else {
      key = Key(x) ^ (Key{1} << 63);
    }
    return descending ? Key(~key) : key;
  }

  /// The element with this key, which is `original`: that is read only where several share a key.
  static T value(Key key, bool descending, const T& original) {
    if (descending) key = Key(~key);
    if constexpr (std::is_floating_point_v<T>) {
      constexpr Key sign = Key{1} << (8 * sizeof(T) - 1);
      if (key == sign || key == Key(~Key{0})) return original;
      return std::bit_cast<T>(key & sign ? Key(key ^ sign) : Key(~key));
    } else if constexpr (std::is_same_v<T, bool>) {
      return key != 0;
    } else {
      return T(key ^ (Key{1} << 63));
    }
  }
};

/// A key and its place, smaller than others by key and then by place.
template <class Key>
struct Item {
  Key key;
  std::uint32_t place;

  static Item of(Key key, std::int64_t place) { return {key, std::uint32_t(place)}; }
  Key first() const { return key; }
  std::int64_t second() const { return place; }
  friend bool operator<(const Item& a, const Item& b) {
    return a.key != b.key ? a.key < b.key : a.place < b.place;
  }
};
template <>
struct Item<std::uint32_t> {
  std::uint64_t both;

  static Item of(std::uint32_t key, std::int64_t place) {
    return {std::uint64_t(key) << 32 | std::uint64_t(place)};
  }
  std::uint32_t first() const { return std::uint32_t(both >> 32); }
  std::int64_t second() const { return std::int64_t(both & 0xffffffff); }
  friend bool operator<(const Item& a, const Item& b) { return a.both < b.both; }
};

template <class T>
using ItemOf = Item<typename Keys<T>::Key>;

/// Those of n elements.
template <class T>
void make_items(const T* x, std::int64_t n, bool descending, ItemOf<T>* items) {
  parallel_for(n, grain, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      items[i] = ItemOf<T>::of(Keys<T>::of(x[i], descending), i);
  });
}

}  // namespace cinta::kernels
