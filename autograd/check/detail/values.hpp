#pragma once
// Private to the checks: plain values of tensors, and numbers to check with.

#include <cinta/autograd/tensor.hpp>

namespace cinta::detail {

/// A dense copy in any dtype, outside the graph.
Tensor dense_copy(const Tensor& x, Dtype dtype);

/// All elements as double, in row-major order.
std::vector<double> values_of(const Tensor& x);

/// A dense tensor of these values in row-major order.
Tensor from_values(const Spec& spec, const std::vector<double>& values);

/// Whether two dense tensors have the same spec and the same bits.
bool same_bits(const Tensor& a, const Tensor& b);

/// Position of the element with row-major number `flat` in a tensor of `shape`.
Shape unravel(std::int64_t flat, const Shape& shape);

/// "0.5", with ten digits at most.
std::string number_text(double value);

/// SplitMix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014): enough to draw samples with, and the same
/// numbers everywhere.
class SplitMix {
 public:
  explicit SplitMix(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }
  /// In [0, 1).
  double uniform() { return double(next() >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace cinta::detail
