#pragma once
// Where the files in tests/ops/op_table/ put their rows, and what their references are made of.

#include <cinta/autograd/check/op.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/fill.hpp>
#include <functional>

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

/// Reference of an elementwise operation: a function of one element of each input, which broadcast.
/// The result is `dtype`, or where that is float32, float64.
check::Function each_of(std::function<double(const double*)> f, Dtype dtype);
check::Function each_of_one(double (*f)(double), Dtype dtype);
check::Function each_of_two(double (*f)(double, double), Dtype dtype);

/// The same of f(double), f(double, double) or f(double, double, double). There are hundreds: what
/// can be a pointer to a function is compiled once.
template <class F>
check::Function each(F f, Dtype dtype = float64) {
  if constexpr (std::is_convertible_v<F, double (*)(double)>)
    return each_of_one(f, dtype);
  else if constexpr (std::is_convertible_v<F, double (*)(double, double)>)
    return each_of_two(f, dtype);
  else if constexpr (std::is_invocable_v<F, double>)
    return each_of([f](const double* x) { return double(f(x[0])); }, dtype);
  else if constexpr (std::is_invocable_v<F, double, double>)
    return each_of([f](const double* x) { return double(f(x[0], x[1])); }, dtype);
  else
    return each_of([f](const double* x) { return double(f(x[0], x[1], x[2])); }, dtype);
}

}  // namespace op_table
