#pragma once
// What jacobian and its like, check_gradients and checkpoint take: a function of tensors.

#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/tensor.hpp>
#include <functional>
#include <type_traits>
#include <utility>

#pragma GCC visibility push(default)
namespace cinta {
namespace detail {

template <class F>
inline constexpr bool takes_list = std::is_invocable_v<F&, const Tensors&>;

template <class F, std::size_t... I>
constexpr bool takes_each(std::index_sequence<I...>) {
  return std::is_invocable_v<F&, decltype((void(I), std::declval<const Tensor&>()))...>;
}

/// How many tensors F takes one by one, up to 8; 0 if it takes none or a list.
template <class F, std::size_t count = 1>
constexpr std::size_t arity() {
  if constexpr (takes_list<F> || count > 8)
    return 0;
  else if constexpr (takes_each<F>(std::make_index_sequence<count>()))
    return count;
  else
    return arity<F, count + 1>();
}

/// Tensors if F takes a list or several, Tensor if it takes one.
template <class F>
using InputOf = std::conditional_t<arity<F>() == 1, Tensor, Tensors>;

template <class F, std::size_t... I>
decltype(auto) call_each(F& fn, const Tensors& inputs, std::index_sequence<I...>) {
  return fn(inputs[I]...);
}

/// fn(inputs), whichever way it takes them; there are as many as it takes.
template <class F>
decltype(auto) call_function(F& fn, const Tensors& inputs) {
  if constexpr (takes_list<F>)
    return fn(inputs);
  else
    return call_each(fn, inputs, std::make_index_sequence<arity<F>()>());
}

template <class F>
using OutputOf = std::remove_cvref_t<decltype(call_function(std::declval<F&>(),
                                                            std::declval<const Tensors&>()))>;

}  // namespace detail

/// A function of one tensor, of several (at most 8), or of a list, that returns one or a list:
///
///     [](const Tensor& x) { return x * x; }                        given x
///     [](const Tensor& a, const Tensor& b) { return a * b; }       given {a, b}
///     [](const Tensors& in) { return Tensors{in[0], in[1]}; }      given {a, b, ...}
template <class F>
concept TensorFunction = (detail::takes_list<F> || detail::arity<F>() > 0) &&
                         (std::is_same_v<detail::OutputOf<F>, Tensor> ||
                          std::is_same_v<detail::OutputOf<F>, Tensors>);

namespace detail {

using ListFunction = std::function<Tensors(const Tensors&)>;

Tensors to_list(const Tensor& x);
inline const Tensors& to_list(const Tensors& x) { return x; }
Tensors to_list(Tensors&& x);

template <class T>
T from_list(Tensors list) {
  if constexpr (std::is_same_v<T, Tensor>)
    return std::move(list[0]);
  else
    return list;
}

[[noreturn]] void refuse_count(const char* op, std::size_t taken, std::size_t given,
                               const Site& site);

/// Throws ValueError naming `op` unless F takes `given` tensors.
template <class F>
void check_count(const char* op, std::size_t given, const Site& site) {
  if (!takes_list<F> && given != arity<F>()) refuse_count(op, arity<F>(), given, site);
}

/// `fn`, borrowed, in the forms that implementations know.
template <TensorFunction F>
std::function<Tensors(const Tensors&)> list_function(const char* op, F& fn, const Site& site) {
  check_not_empty(op, "fn", fn, site);
  return [op, &fn, &site](const Tensors& inputs) -> Tensors {
    check_count<F>(op, inputs.size(), site);
    return to_list(call_function(fn, inputs));
  };
}

}  // namespace detail
}  // namespace cinta
#pragma GCC visibility pop
