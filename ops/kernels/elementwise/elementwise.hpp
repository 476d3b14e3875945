#pragma once
// One elementwise function of arrays.

#include <cinta/autograd/core/memory/storage.hpp>
#include <cinta/ops/kernels/elementwise/functions.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <span>

namespace cinta::kernels {

/// arrays[0] = row(arrays[1], ...), each broadcast to the shape of arrays[0]; any strides.
/// arrays[0] may be one of the inputs.
void elementwise(Row row, std::span<const Array> arrays);

namespace detail {

// Small dense arrays of one shape, and single numbers beside them, need neither plan nor threads.
template <class... X>
bool run_small(Row row, const Array& y, const X&... x) {
  const auto same = [&](const Array& a) { return a.is_contiguous() && a.shape == y.shape; };
  if (y.numel() > grain || !y.is_contiguous() || !((x.is_uniform() || same(x)) && ...))
    return false;
  const void* const from[] = {x.memory...};
  unsigned constant = 0, bit = 1;
  ((constant |= x.is_uniform() ? bit : 0, bit <<= 1), ...);
  if (y.numel() > 0) row(y.memory, from, constant, y.numel());
  return true;
}

template <class... X>
void run_row(Row row, const Array& y, const X&... x) {
  static_assert(0 < sizeof...(X) && sizeof...(X) <= max_inputs);
  if (run_small(row, y, x...)) return;
  const Array arrays[] = {y, x...};
  elementwise(row, std::span<const Array>(arrays));
}

inline Array as_array(const Array& x) { return x; }

}  // namespace detail

/// y = row(x...), each x broadcast to the shape of y; any strides. y may be one of the inputs.
template <class... X>
void elementwise(Row row, const Array& y, const X&... x) {
  detail::run_row(row, y, detail::as_array(x)...);
}

/// y = f(x...), all of y's dtype.
template <class... X>
void elementwise(Function f, const Array& y, const X&... x) {
  detail::run_row(row_of(f, y.dtype), y, detail::as_array(x)...);
}

}  // namespace cinta::kernels
