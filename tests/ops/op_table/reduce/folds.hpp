#pragma once
// References of what reduces axes, or works along one.

#include <cinta/autograd/tape/engine.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <span>

#include "ops/op_table/op_table.hpp"

namespace op_table {

inline constexpr double inf = std::numeric_limits<double>::infinity();
inline constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

using Values = std::vector<double>;
using Fold = std::function<double(const Values&)>;

// Reference of a reduction: `fold` of the elements that meet when `axes` (all, if none are given)
// are gone, in row-major order.
inline check::Function over(const std::vector<int>& axes, bool keep, Fold fold,
                            Dtype dtype = float64) {
  return [=](const Tensors& in) {
    const Tensor& x = in[0];
    Shape kept = x.shape();
    for (int axis = 0; axis < x.rank() && axes.empty(); ++axis) kept[axis] = 1;
    for (int axis : axes)
      if (axis < x.rank()) kept[axis] = 1;  // axis 0 of a number is none
    std::vector<Values> groups(std::size_t(kept.numel()));
    for (std::int64_t i = 0; i < x.numel(); ++i)
      groups[std::size_t(source_of(i, x.shape(), kept))].push_back(at(x, i));
    Shape shape = kept;
    if (!keep) {
      std::vector<std::int64_t> rest;
      for (int axis = 0; axis < x.rank() && !axes.empty(); ++axis)
        if (std::find(axes.begin(), axes.end(), axis) == axes.end()) rest.push_back(kept[axis]);
      shape = Shape(std::span<const std::int64_t>(rest));
    }
    return build(shape, dtype, [&](std::int64_t i) { return fold(groups[std::size_t(i)]); });
  };
}

inline double total(const Values& v) {
  double sum = 0;
  for (double x : v) sum += x;
  return sum;
}
inline double product(const Values& v) {
  double all = 1;
  for (double x : v) all *= x;
  return all;
}
inline double average(const Values& v) { return total(v) / double(v.size()); }
inline Fold variance(double correction) {
  return [=](const Values& v) {
    double sum = 0;
    for (double x : v) sum += (x - average(v)) * (x - average(v));
    return sum / (double(v.size()) - correction);
  };
}
// The first element that no other beats; NaN beats all.
template <class Beats>
std::size_t first_extreme(const Values& v, Beats beats) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < v.size(); ++i)
    if (!std::isnan(v[best]) && (std::isnan(v[i]) || beats(v[i], v[best]))) best = i;
  return best;
}
inline std::size_t first_largest(const Values& v) { return first_extreme(v, std::greater<>()); }
inline std::size_t first_smallest(const Values& v) { return first_extreme(v, std::less<>()); }
inline double largest(const Values& v) { return v[first_largest(v)]; }
inline double smallest(const Values& v) { return v[first_smallest(v)]; }
// An extreme and its position along an axis.
inline check::Function both_over(const std::vector<int>& axes, bool keep,
                                 std::size_t (*first)(const Values&)) {
  return [=](const Tensors& in) {
    const Fold value = [first](const Values& v) { return v[first(v)]; };
    const Fold place = [first](const Values& v) { return double(first(v)); };
    return Tensors{over(axes, keep, value, in[0].dtype())(in)[0],
                   over(axes, keep, place, int64)(in)[0]};
  };
}
inline Tensors both(const ValuesAndIndices& found) { return {found.values, found.indices}; }
inline double log_sum_exp(const Values& v) {
  if (v.empty() || std::isinf(largest(v))) return v.empty() ? -inf : largest(v);
  double sum = 0;
  for (double x : v) sum += std::exp(x - largest(v));
  return largest(v) + std::log(sum);
}

// d sum(f(x)) / dx, for gradients that differences cannot see.
template <class F>
check::Function gradient_of(F f) {
  return [f](const Tensors& in) {
    if (!in[0].defined()) return f(in[0]);
    const EnableGrad enable;
    Tensor x = clone(in[0]).detach();
    x.requires_grad_();
    return grad({sum(f(x))}, {x})[0];
  };
}
inline check::Function given(const Shape& shape, Values values) {
  return [=](const Tensors&) {
    return build(shape, float64, [&](std::int64_t i) { return values[std::size_t(i)]; });
  };
}

/// Reference of what makes a line of elements along `axis` into another, of any length.
inline check::Function along(int axis, std::function<Values(const Values&)> f,
                             std::optional<Dtype> dtype = {}) {
  return [=](const Tensors& in) {
    const Tensor& x = in[0];
    Shape shape = x.rank() ? x.shape() : Shape{1};
    const int at = axis < 0 ? axis + shape.rank() : axis;
    std::int64_t inner = 1;
    for (int i = at + 1; i < shape.rank(); ++i) inner *= shape[i];
    const std::int64_t n = shape[at], lines = n ? x.numel() / n : 0;
    std::vector<Values> results;
    for (std::int64_t k = 0; k < lines; ++k) {
      Values line;
      for (std::int64_t i = 0; i < n; ++i)
        line.push_back(op_table::at(x, (k / inner * n + i) * inner + k % inner));
      results.push_back(f(line));
    }
    const std::size_t size = lines ? results[0].size() : f(Values(std::size_t(n), 0)).size();
    const std::int64_t m = std::int64_t(size);
    shape[at] = m;
    if (x.rank() == 0) shape = {};
    return build(shape, dtype.value_or(x.dtype()), [&](std::int64_t i) {
      return results[std::size_t(i / (m * inner) * inner + i % inner)][std::size_t(i / inner % m)];
    });
  };
}
/// The results of both.
inline check::Function with(const check::Function& first, const check::Function& second) {
  return [=](const Tensors& in) { return Tensors{first(in)[0], second(in)[0]}; };
}

}  // namespace op_table
