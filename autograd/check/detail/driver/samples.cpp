#include <algorithm>
#include <cinta/autograd/check/detail/driver/samples.hpp>
#include <cinta/autograd/check/detail/values.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cmath>

namespace cinta::check {
namespace {

using detail::SplitMix;
using detail::text_of;
using std::to_string;

double draw_one(const Input& input, SplitMix& random) {
  if (input.dtype == boolean) return double(random.next() >> 63);
  if (input.dtype == int64)
    return std::floor(input.low + random.uniform() * (input.high - input.low + 1));
  for (int attempt = 0; attempt < 1000; ++attempt) {
    // Values of float32, so that both dtypes compute with the same ones.
    const double value = float(input.low + random.uniform() * (input.high - input.low));
    if (std::none_of(input.avoid.begin(), input.avoid.end(),
                     [&](double place) { return std::fabs(value - place) < input.gap; }))
      return value;
  }
  throw ValueError("check: no value in [" + text_of(input.low) + ", " + text_of(input.high) +
                   ") is far enough from the places to avoid");
}

}  // namespace

Tensors draw(const Sample& sample, std::uint64_t seed) {
  SplitMix random(seed);
  std::int64_t grid = 0;
  for (const Input& input : sample) grid += input.separate ? input.shape.numel() : 0;
  std::vector<double> order(std::size_t(grid), 0);
  for (std::size_t i = 0; i < order.size(); ++i) {  // a random permutation
    const std::size_t j = random.next() % (i + 1);
    order[i] = order[j];
    order[j] = double(i);
  }
  Tensors tensors;
  std::size_t next = 0;
  for (const Input& input : sample) {
    const std::size_t count = std::size_t(input.shape.numel());
    std::vector<double> values = input.values;
    if (!values.empty() && values.size() != count)
      throw ValueError("check: " + to_string(values.size()) + " values for " + input.shape.str());
    if (values.empty()) {
      for (std::size_t i = 0; i < count; ++i) {
        values.push_back(
            input.separate
                ? float(input.low + (input.high - input.low) * (order[next++] + 0.5) / double(grid))
                : draw_one(input, random));
      }
    }
    tensors.push_back(detail::from_values(
        {input.shape, is_floating(input.dtype) ? float64 : input.dtype}, values));
  }
  return tensors;
}

Tensors converted(const Tensors& tensors, Dtype dtype) {
  Tensors copies;
  for (const Tensor& x : tensors)
    copies.push_back(detail::dense_copy(x, is_floating(x.dtype()) ? dtype : x.dtype()));
  return copies;
}

std::vector<Sample> elementwise_samples(const Sample& pattern) {
  const auto with_shapes = [&](auto shape_of) {
    Sample sample = pattern;
    for (std::size_t k = 0; k < sample.size(); ++k) {
      sample[k].shape = shape_of(k);
      sample[k].values.clear();
    }
    return sample;
  };
  std::vector<Sample> samples;
  // (67,) and (33, 47) leave a remainder beside any SIMD width.
  for (const Shape& shape :
       {Shape{}, Shape{1}, Shape{0}, Shape{2, 0, 3}, Shape{2, 1, 3}, Shape{67}, Shape{33, 47}})
    samples.push_back(with_shapes([&](std::size_t) { return shape; }));
  if (pattern.size() < 2) return samples;
  const std::pair<Shape, Shape> pairs[] = {
      {{2, 3}, {3}},    {{2, 3}, {}},     {{2, 1}, {1, 3}}, {{2, 1, 3}, {4, 1}},
      {{0, 3}, {1, 3}}, {{2, 1}, {1, 0}}, {{19, 35}, {35}}, {{19, 35}, {19, 1}}};
  for (const auto& pair : pairs) {
    for (std::size_t special = 0; special < pattern.size(); ++special) {
      samples.push_back(
          with_shapes([&](std::size_t k) { return k == special ? pair.first : pair.second; }));
    }
  }
  return samples;
}

Input Input::away_from(std::vector<double> places, double distance) const {
  Input input = *this;
  input.avoid = std::move(places);
  input.gap = distance;
  return input;
}

Input Input::distinct() const {
  Input input = *this;
  input.separate = true;
  return input;
}

Input Input::fixed() const {
  Input input = *this;
  input.differentiable = false;
  return input;
}

Input reals(const Shape& shape, double low, double high) {
  return {.shape = shape, .low = low, .high = high};
}
Input reals(const Shape& shape, std::vector<double> values) {
  return {.shape = shape, .values = std::move(values)};
}
Input integers(const Shape& shape, std::int64_t low, std::int64_t high) {
  return {.shape = shape, .dtype = int64, .low = double(low), .high = double(high)};
}
Input integers(const Shape& shape, std::vector<double> values) {
  return {.shape = shape, .dtype = int64, .values = std::move(values)};
}
Input flags(const Shape& shape) { return {.shape = shape, .dtype = boolean}; }

}  // namespace cinta::check
