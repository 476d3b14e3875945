#pragma once
// New tensors with given values. None of them is recorded; call requires_grad_() on what is to be
// trained.

#include <cinta/autograd/core/number.hpp>
#include <cinta/autograd/primitive/fill.hpp>
#include <cinta/autograd/tensor.hpp>
#include <concepts>
#include <initializer_list>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

// empty() is declared in autograd/tensor.hpp; full(), zeros() and ones() in
// autograd/primitive/fill.hpp.

namespace detail {
/// A value written out. The conversion tells {{5}, {7}}, a column, from a list of two values.
struct Literal {
  template <class T>
  requires std::is_arithmetic_v<T>
  constexpr Literal(T number) : value(double(number)) {}
  double value;
};
}  // namespace detail

/// A tensor of one or two axes from the values written out: {1, 2} has the shape (2), {{1}, {2}}
/// the shape (2, 1). Throws ShapeError if rows differ in length.
Tensor tensor(std::initializer_list<detail::Literal> values, Dtype dtype = float32, Site site = {});
Tensor tensor(std::initializer_list<std::initializer_list<double>> rows, Dtype dtype = float32,
              Site site = {});

namespace detail {
Tensor tensor_of(std::initializer_list<double> values, Dtype dtype, const Site& site);
}  // namespace detail

/// The first of a list that has a name, which is a list of doubles and never braces.
template <std::same_as<std::initializer_list<double>> List>
Tensor tensor(const List& values, Dtype dtype = float32, Site site = {}) {
  return detail::tensor_of(values, dtype, site);
}

/// A copy of `values` in row-major order; T is float, double, std::int64_t or bool and gives the
/// dtype. Throws ShapeError if the shape does not hold exactly that many.
template <ElementType T>
Tensor from_data(const std::vector<T>& values, const Shape& shape, Site site = {});

/// start, start + step, ... before `stop`; one axis. Without a dtype int64 if all numbers are whole
/// by their type, which is exact, else float32. Throws ValueError if step is 0 or one of
/// the three is not finite.
Tensor arange(Number start, Number stop, Number step = 1, std::optional<Dtype> dtype = {},
              Site site = {});
/// 0, 1, ... before `stop`.
Tensor arange(Number stop, std::optional<Dtype> dtype = {}, Site site = {});
/// `count` values from start to stop, both included. Throws ValueError if count < 1.
Tensor linspace(double start, double stop, std::int64_t count, Dtype dtype = float32,
                Site site = {});
/// base to the power of `count` values from start to stop, both included. Throws as linspace.
Tensor logspace(double start, double stop, std::int64_t count, double base = 10,
                Dtype dtype = float32, Site site = {});
/// (n, n), or (n, m), with ones on the diagonal.
Tensor eye(std::int64_t n, Dtype dtype = float32, Site site = {});
Tensor eye(std::int64_t n, std::int64_t m, Dtype dtype = float32, Site site = {});

/// New tensors of the shape of x and, unless one is given, its dtype.
Tensor empty_like(const Tensor& x, std::optional<Dtype> dtype = {}, Site site = {});
Tensor full_like(const Tensor& x, Number value, std::optional<Dtype> dtype = {}, Site site = {});
Tensor zeros_like(const Tensor& x, std::optional<Dtype> dtype = {}, Site site = {});
Tensor ones_like(const Tensor& x, std::optional<Dtype> dtype = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
