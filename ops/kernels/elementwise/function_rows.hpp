#pragma once
// The loops over a row of elements that functions_simd.cpp and integer_functions_simd.cpp make of
// the values of functions: each instruction set compiles its own copy.

#include <cinta/ops/kernels/elementwise/function_values.hpp>
#include <cinta/ops/kernels/loop/transform.hpp>

namespace cinta::kernels {

// In batches. F is a lambda without captures: any object of the type will do.
template <class T, class F, std::size_t... K>
void batch_row(void* y, const void* const* x, unsigned flags, std::int64_t n,
               std::index_sequence<K...> indices) {
  detail::map_batches<T>(static_cast<T*>(y), n, F{}, {static_cast<const T*>(x[K])...},
                         {(flags >> K & 1) != 0 ...}, (flags & streaming) != 0, indices);
}

// One by one, with the constant inputs known to the compiler, which makes vectors of it.
template <unsigned constant, class R, class F, class... T, std::size_t... K>
void scalar_loop(R* y, std::int64_t n, std::index_sequence<K...>, const T*... x) {
  const std::tuple<T...> first{*x...};
  for (std::int64_t i = 0; i < n; ++i) {
    const auto value = [&]<std::size_t k>(const auto* p) {
      if constexpr (constant >> k & 1)
        return std::get<k>(first);
      else
        return p[i];
    };
    y[i] = static_cast<R>(F{}(value.template operator()<K>(x)...));
  }
}

template <class R, class F, class... T>
void scalar_row(void* y, const void* const* x, unsigned flags, std::int64_t n) {
  if (n == 0) return;
  const unsigned constant = flags & ~streaming;
  constexpr auto indices = std::index_sequence_for<T...>();
  [&]<std::size_t... K, unsigned... C>(std::index_sequence<K...>,
                                       std::integer_sequence<unsigned, C...>) {
    (void)((constant == C && (scalar_loop<C, R, F, T...>(static_cast<R*>(y), n, indices,
                                                         static_cast<const T*>(x[K])...),
                              true)) ||
           ...);
  }
  (indices, std::make_integer_sequence<unsigned, 1u << sizeof...(T)>());
}

// The row of F from elements of type T to one of type R.
template <class R, class T, class F>
Row row() {
  if constexpr (std::is_same_v<R, T> && std::is_floating_point_v<T>) {
    return [](void* y, const void* const* x, unsigned flags, std::int64_t n) {
      using B = xsimd::batch<T>;
      constexpr std::size_t arity = std::is_invocable_v<F, B>      ? 1
                                    : std::is_invocable_v<F, B, B> ? 2
                                                                   : 3;
      batch_row<T, F>(y, x, flags, n, std::make_index_sequence<arity>());
    };
  } else if constexpr (std::is_invocable_v<F, T>) {
    return &scalar_row<R, F, T>;
  } else if constexpr (std::is_invocable_v<F, T, T>) {
    return &scalar_row<R, F, T, T>;
  } else {
    return &scalar_row<R, F, T, T, T>;
  }
}

/// The rows of all functions that T has, from T to T.
template <class T>
void fill_numbers(Row* rows) {
  for_each_function(
      [rows]<Dtypes dtypes, class F>(Function f, std::integral_constant<Dtypes, dtypes>, F) {
        if constexpr (dtypes == Dtypes::numeric || std::is_floating_point_v<T>)
          rows[int(f)] = row<T, T, F>();
      });
}

}  // namespace cinta::kernels
