#pragma once
// Private to ops: forwards of operations that draw.

#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/random/detail/key.hpp>

namespace cinta::detail {

/// The forward of an operation that draws: draw(inputs, y, key) fills a dense y.
template <class Draw>
auto drawing(const Draw& draw) {
  return [draw, call = next_random_call()](const Inputs& in, const Tensor& y) {
    if (y.is_contiguous()) return draw(in, y, key_of(call));
    const Tensor dense = empty(y.shape(), y.dtype());
    draw(in, dense, key_of(call));
    kernels::copy(dense, y);
  };
}

}  // namespace cinta::detail
