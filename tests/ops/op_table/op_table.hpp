#pragma once
// Where the files in tests/ops/op_table/ put their rows, and what their references are made of.

#include <cinta/autograd/check/op.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/fill.hpp>

#include "support/source_of.hpp"

namespace op_table {

using namespace cinta;
using check::flags;
using check::integers;
using check::reals;
using check::Row;

/// All rows of all files, in the order in which they were linked.
std::vector<Row>& rows();

/// Adds rows: one object per file, `const op_table::Register here({{.name = "exp", ...}, ...});`
struct Register {
  explicit Register(const std::vector<Row>& added) {
    rows().insert(rows().end(), added.begin(), added.end());
  }
};

/// A new tensor filled by fill(element number) in row-major order.
template <class F>
Tensor build(const Shape& shape, Dtype dtype, F&& fill) {
  Tensor y = empty(shape, dtype);
  dispatch(dtype, [&]<class T>() {
    T* out = y.data<T>();
    for (std::int64_t i = 0; i < shape.numel(); ++i) out[i] = T(fill(i));
  });
  return y;
}

/// Element of a dense tensor as double, whatever its dtype.
inline double at(const Tensor& x, std::int64_t flat) {
  return dispatch(x.dtype(), [&]<class T>() { return double(x.data<T>()[flat]); });
}

/// Reference of an elementwise operation: f(double) or f(double, double) ... over broadcast inputs.
/// The result is `dtype`, or where that is float32, float64.
template <class F>
check::Function each(F f, Dtype dtype = float64) {
  return [f, dtype](const Tensors& in) {
    Shape shape;
    for (const Tensor& x : in) shape = broadcast_shapes("reference", shape, x.shape());
    return build(shape, dtype, [&](std::int64_t i) {
      const auto x = [&](std::size_t k) { return at(in[k], source_of(i, shape, in[k].shape())); };
      if constexpr (std::is_invocable_v<F, double>)
        return f(x(0));
      else if constexpr (std::is_invocable_v<F, double, double>)
        return f(x(0), x(1));
      else
        return f(x(0), x(1), x(2));
    });
  };
}

}  // namespace op_table
