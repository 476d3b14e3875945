#pragma once
// Types of elements that files and other libraries know and Cinta does not: how they become
// Cinta's, and Cinta's become them.

#include <algorithm>
#include <bit>
#include <cinta/autograd/core/dtype.hpp>
#include <cinta/autograd/core/shape.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/autograd/tape/watch/op_watch.hpp>
#include <cinta/autograd/tensor.hpp>
#include <cinta/io/detail/half.hpp>
#include <cinta/io/detail/source.hpp>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

namespace cinta::io::detail {

/// 'b' bool, 'i' and 'u' integers with and without a sign, 'f' floating-point, 'B' bfloat16.
struct ElementType {
  char kind = 'f';
  std::size_t bytes = 4;
  bool swapped = false;  ///< big-endian

  /// What a tensor of such elements is: every value fits but those of uint64 beyond int64.
  constexpr Dtype dtype() const {
    return kind == 'b'                  ? boolean
           : kind == 'i' || kind == 'u' ? int64
           : bytes == 8                 ? float64
                                        : float32;
  }
  /// Whether the elements are Cinta's as they lie; a bool may be another byte than 0 and 1.
  constexpr bool is_own() const {
    return !swapped && kind != 'b' && kind != 'u' && bytes == size_of(dtype());
  }
  /// As NumPy calls it: "uint16".
  std::string name() const {
    if (kind == 'b') return "bool";
    const char* const word = kind == 'i'   ? "int"
                             : kind == 'u' ? "uint"
                             : kind == 'B' ? "bfloat"
                                           : "float";
    return word + std::to_string(8 * bytes);
  }

  static constexpr ElementType of(Dtype dtype) {
    return {dtype == boolean ? 'b' : dtype == int64 ? 'i' : 'f', size_of(dtype)};
  }
};

/// By NumPy's name; none for any other word.
inline std::optional<ElementType> element_type_named(std::string_view name) {
  for (const ElementType type : {ElementType{'b', 1},
                                 {'i', 1},
                                 {'i', 2},
                                 {'i', 4},
                                 {'i', 8},
                                 {'u', 1},
                                 {'u', 2},
                                 {'u', 4},
                                 {'u', 8},
                                 {'f', 2},
                                 {'f', 4},
                                 {'f', 8},
                                 {'B', 2}})
    if (type.name() == name) return type;
  return std::nullopt;
}

/// The bytes of a dense array; none if that is more than strides and offsets may be made of.
inline std::optional<std::uint64_t> bytes_of(const Shape& shape, std::size_t element) {
  // Sizes beside a 0 count as well, as NumPy has it.
  std::int64_t bytes = static_cast<std::int64_t>(element);
  bool empty = false;
  for (const std::int64_t size : shape) {
    empty = empty || size == 0;
    if (size < 0 || (size != 0 && __builtin_mul_overflow(bytes, size, &bytes))) return std::nullopt;
  }
  // Of Cinta's own elements, which may be wider.
  if (bytes > std::numeric_limits<std::int64_t>::max() / 8) return std::nullopt;
  return empty ? 0 : static_cast<std::uint64_t>(bytes);
}

/// Refuses what has no elements to write, in a ValueError that begins with `what`.
inline void check_has_elements(const Tensor& x, const std::string& what) {
  if (!x.defined()) throw ValueError(what + ": the tensor is undefined");
  if (x.is_row_sparse()) throw ValueError(what + ": the tensor is row-sparse: save its to_dense()");
}

/// The same elements in row-major order. What it takes for a file is no operation of the user's.
inline Tensor in_order(const Tensor& x) {
  const NoGrad no_grad;
  const cinta::detail::OpWatch::Inside inside;
  return contiguous(x);
}

/// Calls f(C++ type of the element's bits, C++ type of Cinta's): uint16_t for the 16-bit floats.
template <class F>
decltype(auto) with_types(const ElementType& type, F&& f) {
  const std::int64_t whole{};
  const auto integer = [&](auto one, auto two, auto four, auto eight) {
    switch (type.bytes) {
      case 1: return f(one, whole);
      case 2: return f(two, whole);
      case 4: return f(four, whole);
      default: return f(eight, whole);
    }
  };
  switch (type.kind) {
    case 'b': return f(std::uint8_t{}, bool{});
    case 'i': return integer(std::int8_t{}, std::int16_t{}, std::int32_t{}, whole);
    case 'u': return integer(std::uint8_t{}, std::uint16_t{}, std::uint32_t{}, std::uint64_t{});
    default:
      return type.bytes == 2   ? f(std::uint16_t{}, float{})
             : type.bytes == 4 ? f(float{}, float{})
                               : f(double{}, double{});
  }
}

/// The element whose bits are at `from`, of which it needs neither alignment nor order.
template <class Bits>
Bits bits_at(const unsigned char* from, bool swapped) {
  unsigned char bytes[sizeof(Bits)];
  std::memcpy(bytes, from, sizeof bytes);
  if (swapped) std::reverse(bytes, bytes + sizeof bytes);
  return std::bit_cast<Bits>(bytes);
}

/// Writes `n` elements, which lie `step` bytes apart, as Cinta's. Returns how many fitted: one of
/// uint64 beyond int64 ends it.
inline std::int64_t decode(const ElementType& type, const void* from, std::int64_t step,
                           std::int64_t n, void* to) {
  return with_types(type, [&]<class Bits, class To>(Bits, To) {
    const auto* place = static_cast<const unsigned char*>(from);
    To* const out = static_cast<To*>(to);
    for (std::int64_t i = 0; i < n; ++i, place += step) {
      const Bits bits = bits_at<Bits>(place, type.swapped);
      if constexpr (std::is_same_v<Bits, std::uint64_t>)
        if (bits >> 63) return i;
      if constexpr (std::is_same_v<To, bool>)
        out[i] = bits != 0;  // NumPy counts every other byte as true
      else if constexpr (std::is_same_v<Bits, std::uint16_t> && std::is_same_v<To, float>)
        out[i] = type.kind == 'B' ? from_bfloat16(bits) : from_float16(bits);
      else
        out[i] = static_cast<To>(+bits);
    }
    return n;
  });
}

/// Whether a number of `To` is just `value`.
template <class To, class From>
bool fits(From value) {
  if constexpr (std::is_floating_point_v<From>) {
    constexpr From low = From(std::numeric_limits<To>::min());
    constexpr From beyond = power_of_two<From>(std::numeric_limits<To>::digits);
    return value >= low && value < beyond && From(To(value)) == value;
  } else {
    return std::in_range<To>(std::int64_t(value));
  }
}

/// Writes `n` elements of Cinta's as elements of `type`, of this machine's order of bytes. Returns
/// how many fitted: what is no integer, or beyond the type's, ends it; floating types round.
inline std::int64_t encode(Dtype dtype, const void* from, std::int64_t n, const ElementType& type,
                           void* to) {
  return dispatch(dtype, [&]<class From>() {
    return with_types(type, [&]<class Bits, class Own>(Bits, Own) {
      const From* const in = static_cast<const From*>(from);
      auto* place = static_cast<unsigned char*>(to);
      for (std::int64_t i = 0; i < n; ++i, place += sizeof(Bits)) {
        Bits bits;
        if constexpr (std::is_same_v<Own, bool>) {
          if (in[i] != From(0) && in[i] != From(1)) return i;
          bits = in[i] != From(0);
        } else if constexpr (std::is_same_v<Own, std::int64_t>) {
          if (!fits<Bits>(in[i])) return i;
          bits = static_cast<Bits>(in[i]);
        } else if constexpr (std::is_same_v<Bits, std::uint16_t>) {
          using Wide = std::conditional_t<std::is_same_v<From, float>, float, double>;
          bits = type.kind == 'B' ? to_bfloat16(Wide(in[i])) : to_float16(Wide(in[i]));
        } else {
          bits = static_cast<Bits>(in[i]);
        }
        std::memcpy(place, &bits, sizeof bits);
      }
      return n;
    });
  });
}

/// A dense tensor of the elements that follow in `source`.
inline Tensor read_elements(Source& source, const ElementType& type, const Shape& shape) {
  Tensor out = empty(shape, type.dtype());
  char* to = static_cast<char*>(Array(out).memory);
  const std::int64_t n = out.numel();
  if (type.is_own()) {
    source.read(to, static_cast<std::size_t>(n) * type.bytes);
    return out;
  }
  constexpr std::int64_t at_a_time = 1 << 16;
  std::vector<unsigned char> bytes(static_cast<std::size_t>(std::min(n, at_a_time)) * type.bytes);
  for (std::int64_t done = 0; done < n;) {
    const std::int64_t count = std::min(n - done, at_a_time);
    const std::uint64_t position = source.position();
    source.read(bytes.data(), static_cast<std::size_t>(count) * type.bytes);
    const std::int64_t fitted =
        decode(type, bytes.data(), static_cast<std::int64_t>(type.bytes), count, to);
    if (fitted < count) {
      const std::size_t at = static_cast<std::size_t>(fitted) * 8;
      source.fail_at(position + at,
                     "element " + std::to_string(done + fitted) + " is " +
                         std::to_string(bits_at<std::uint64_t>(&bytes[at], type.swapped)) +
                         ", more than int64 holds");
    }
    to += static_cast<std::size_t>(count) * size_of(out.dtype());
    done += count;
  }
  return out;
}

/// Hands the elements of the dense `x` to `write(data, bytes)`, converted. Throws ValueError, which
/// begins with `what`, for one that the type cannot hold.
template <class Write>
void write_elements(const Tensor& x, const ElementType& type, const std::string& what,
                    Write write) {
  const char* from = static_cast<const char*>(Array(x).memory);
  const std::int64_t n = x.numel();
  const ElementType own = ElementType::of(x.dtype());
  if (own.kind == type.kind && own.bytes == type.bytes)
    return write(from, static_cast<std::size_t>(n) * type.bytes);
  constexpr std::int64_t at_a_time = 1 << 16;
  std::vector<unsigned char> bytes(static_cast<std::size_t>(std::min(n, at_a_time)) * type.bytes);
  for (std::int64_t done = 0; done < n;) {
    const std::int64_t count = std::min(n - done, at_a_time);
    const std::int64_t fitted = encode(x.dtype(), from, count, type, bytes.data());
    if (fitted < count)
      throw ValueError(what + ": element " + std::to_string(done + fitted) + " is no " +
                       type.name() + "; round or clamp the tensor first, or choose another dtype");
    write(static_cast<const void*>(bytes.data()), static_cast<std::size_t>(count) * type.bytes);
    from += static_cast<std::size_t>(count) * size_of(x.dtype());
    done += count;
  }
}

}  // namespace cinta::io::detail
