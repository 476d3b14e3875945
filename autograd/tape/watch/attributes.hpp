#pragma once
// Attributes: what an operation was called with besides tensors.

#include <array>
#include <cinta/autograd/core/dtype.hpp>
#include <cinta/autograd/core/shape.hpp>
#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta {

/// The value of one attribute: nothing, a bool, a whole or another number, a dtype, a list of whole
/// numbers (axes, sizes) or a text. Borrowed: a list or a text outlives the call that names it.
class AttributeValue {
 public:
  enum class Kind : unsigned char { none, boolean, integer, real, dtype, list, text };

  AttributeValue() {}  // not initialised: room for one
  AttributeValue(std::nullopt_t) : kind_(Kind::none) {}
  template <class T>
  requires std::is_arithmetic_v<T> AttributeValue(T value) {
    if constexpr (std::floating_point<T>) {
      kind_ = Kind::real;
      real_ = double(value);
    } else {
      kind_ = std::same_as<T, bool> ? Kind::boolean : Kind::integer;
      integer_ = std::int64_t(value);
    }
  }
  AttributeValue(Axis axis) : AttributeValue(int(axis)) {}
  AttributeValue(Dtype dtype) : kind_(Kind::dtype), integer_(std::int64_t(dtype)) {}
  AttributeValue(const Shape& list) : AttributeValue(list.data(), std::size_t(list.rank())) {}
  AttributeValue(const std::vector<std::int64_t>& list)
      : AttributeValue(list.data(), list.size()) {}
  AttributeValue(const char* text) : kind_(Kind::text), text_(text) {}
  AttributeValue(const std::string& text) : AttributeValue(text.c_str()) {}
  template <class T>
  AttributeValue(const std::optional<T>& value) : kind_(Kind::none) {
    if (value) *this = AttributeValue(*value);
  }
  // They would be gone before anybody asks.
  AttributeValue(Shape&&) = delete;
  AttributeValue(std::vector<std::int64_t>&&) = delete;
  AttributeValue(std::string&&) = delete;

  Kind kind() const { return kind_; }
  bool boolean() const { return integer_ != 0; }
  std::int64_t integer() const { return integer_; }
  double real() const { return real_; }
  Dtype dtype() const { return Dtype(integer_); }
  std::span<const std::int64_t> list() const;
  const char* text() const { return text_; }

  /// "none", "true", "3", "0.5", "float32", "(0, 2)", "\"mean\"".
  std::string str() const;

 private:
  AttributeValue(const std::int64_t* list, std::size_t size)
      : kind_(Kind::list), size_(unsigned(size)), list_(list) {}

  Kind kind_;
  unsigned size_;
  union {
    std::int64_t integer_;
    double real_;
    const std::int64_t* list_;
    const char* text_;
  };
};

struct Attribute {
  const char* key;  // a literal
  AttributeValue value;
};

/// The attributes of a call. Naming them costs some stores; only who keeps them copies lists.
class Attributes {
 public:
  static constexpr std::size_t capacity = 8;

  Attributes() {}  // the items stay uninitialised
  template <std::size_t N>
  explicit Attributes(const Attribute (&items)[N]) : size_(N) {
    static_assert(N <= capacity);
    for (std::size_t i = 0; i < N; ++i) items_[i] = items[i];
  }
  Attributes(const Attributes& other) { *this = other; }
  Attributes& operator=(const Attributes& other) {
    size_ = other.size_;
    for (std::size_t i = 0; i < size_; ++i) items_[i] = other.items_[i];
    return *this;
  }

  bool empty() const { return size_ == 0; }
  const Attribute* begin() const { return items_.data(); }
  const Attribute* end() const { return items_.data() + size_; }
  /// The value of a key; none if there is no such key.
  AttributeValue operator[](std::string_view key) const;
  void push_back(const Attribute& item) { items_[size_++] = item; }

  /// "axes=(0, 2), keepdims=true"
  std::string str() const;

 private:
  std::size_t size_ = 0;
  std::array<Attribute, capacity> items_;
};

/// Attributes that own what they name.
class KeptAttributes {
 public:
  KeptAttributes() = default;
  explicit KeptAttributes(const Attributes& attributes);
  /// Good while this object or a copy of it lives.
  Attributes borrowed() const;

 private:
  struct Items;
  std::shared_ptr<const Items> items_;  // copies share them
};

}  // namespace cinta
#pragma GCC visibility pop
