#pragma once
// What the references of several rows are made of.

#include <cinta/ops/nn/loss.hpp>
#include <cmath>

#include "ops/op_table/op_table.hpp"

namespace op_table {

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
