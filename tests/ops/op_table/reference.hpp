#pragma once
// What the references of several rows are made of.

#include <cinta/ops/loss/loss.hpp>
#include <cmath>

#include "ops/op_table/op_table.hpp"

namespace op_table {

using Coordinates = std::vector<std::int64_t>;

inline std::int64_t place_of(const Coordinates& index, const Shape& shape) {
  std::int64_t place = 0;
  for (int i = 0; i < shape.rank(); ++i) place = place * shape[i] + index[std::size_t(i)];
  return place;
}

/// A tensor whose element at an index is that of x at source(index).
template <class F>
Tensor moved(const Tensor& x, const Shape& shape, F source) {
  return build(shape, x.dtype(), [&](std::int64_t flat) {
    Coordinates index(std::size_t(shape.rank()), 0);
    for (int i = shape.rank() - 1; i >= 0; --i) {
      index[std::size_t(i)] = flat % shape[i];
      flat /= shape[i];
    }
    return at(x, place_of(source(index), x.shape()));
  });
}

/// The same elements in row-major order.
inline check::Function same_order(const Shape& shape) {
  return [shape](const Tensors& in) {
    return build(shape, in[0].dtype(), [&](std::int64_t i) { return at(in[0], i); });
  };
}

inline double sigmoid_of(double x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}
inline double softplus_of(double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

/// The reduction of losses.
inline Tensor reduced(const Tensor& losses, Reduction reduction) {
  if (reduction == Reduction::none) return losses;
  double sum = 0;
  for (std::int64_t i = 0; i < losses.numel(); ++i) sum += at(losses, i);
  if (reduction == Reduction::mean) sum /= double(losses.numel());
  return build({}, float64, [&](std::int64_t) { return sum; });
}

/// Pairs of inputs of one shape, of many.
inline std::vector<check::Sample> pairs(const check::Input& prediction,
                                        const check::Input& target) {
  std::vector<check::Sample> samples;
  for (const Shape& shape :
       {Shape{2, 3}, Shape{}, Shape{1}, Shape{0}, Shape{2, 0, 3}, Shape{67}, Shape{2, 1, 3}}) {
    samples.push_back({prediction, target});
    for (check::Input& input : samples.back()) input.shape = shape;
  }
  return samples;
}

}  // namespace op_table
