#pragma once
// Tensors and xtensor, for those who want both: Tensor::view<T>() and Tensor(expression).
//
//   xt::xarray<float> a = ...;
//   cinta::Tensor t(2 * a + 1);       // evaluated straight into the tensor's memory
//   auto v = t.view<float>();         // the same memory as an xtensor view
//   v(0, 1) = 3;
//   v = xt::exp(v);
//
// A view is valid while the tensor lives and its memory is not replaced (set_data). Who writes
// through it and shares the tensor with a graph calls t.storage()->bump_version().
//
// Not part of <cinta/cinta.hpp>: xtensor's headers cost seconds of compile time.

#include <array>
#include <cinta/autograd/core/xtensor_compat.hpp>
#include <cinta/autograd/tensor.hpp>
#include <type_traits>

#pragma GCC visibility push(default)
namespace cinta {
namespace detail {

/// The dtype that holds an expression's elements: all integers become int64.
template <class V>
constexpr Dtype dtype_holding() {
  static_assert(std::is_arithmetic_v<V>, "tensors hold real numbers and bool");
  if (std::is_same_v<V, bool>) return boolean;
  if (std::is_integral_v<V>) return int64;
  return sizeof(V) <= sizeof(float) ? float32 : float64;
}

}  // namespace detail

// A strided view, although dense memory could do with a container adaptor: assigned to, that one
// would take over shape and strides of what it is given instead of filling the tensor's elements.
template <ElementType T>
auto Tensor::view(Site site) const {
  check_dtype("view", dtype_of<T>, site);
  T* const first = data<T>(site);
  std::vector<std::size_t> sizes;
  std::vector<std::ptrdiff_t> steps;
  std::ptrdiff_t lowest = 0, highest = 0;  // elements before and after the first in memory
  for (int axis = 0; axis < rank(); ++axis) {
    const std::int64_t size = shape()[axis];
    const std::ptrdiff_t step = size == 1 ? 0 : strides()[axis];  // 0 is what xtensor expects
    sizes.push_back(std::size_t(size));
    steps.push_back(step);
    if (size > 0) (step < 0 ? lowest : highest) += step * (size - 1);
  }
  const std::size_t span = numel() == 0 ? 0 : std::size_t(highest - lowest + 1);
  return xt::strided_view(
      xt::adapt(first + lowest, span, xt::no_ownership(), std::array<std::size_t, 1>{span}),
      std::move(sizes), std::move(steps), std::size_t(-lowest), xt::layout_type::dynamic);
}

template <class E>
Tensor::Tensor(const xt::xexpression<E>& expression) {
  const E& values = expression.derived_cast();
  Shape sizes = Shape::filled(int(values.dimension()));
  for (int axis = 0; axis < sizes.rank(); ++axis)
    sizes[axis] = std::int64_t(values.shape()[std::size_t(axis)]);
  *this = empty(sizes, detail::dtype_holding<typename E::value_type>());
  dispatch(dtype(), [&]<class T>() {
    if constexpr (dtype_of<T> == detail::dtype_holding<typename E::value_type>()) {
      const std::vector<std::size_t> dense(sizes.begin(), sizes.end());
      auto target = xt::adapt(data<T>(), std::size_t(numel()), xt::no_ownership(), dense);
      xt::noalias(target) = values;
    }
  });
}

}  // namespace cinta
#pragma GCC visibility pop
