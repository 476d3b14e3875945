#pragma once
// Random tensors. Values are a function of the generator's seed, the number of the call and the
// element's place: the same for any number of threads.

#include <cinta/autograd/core/generator.hpp>
#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// Uniform on [low, high). Throws ValueError if low > high or the bounds are not finite in the
/// dtype, DtypeError unless floating.
Tensor uniform(const Shape& shape, double low, double high, Dtype dtype = float32, Site site = {});
/// Uniform on [0, 1).
Tensor rand(const Shape& shape, Dtype dtype = float32, Site site = {});
/// Normal. Throws ValueError if std < 0, DtypeError unless floating.
Tensor normal(const Shape& shape, double mean, double std, Dtype dtype = float32, Site site = {});
/// Standard normal.
Tensor randn(const Shape& shape, Dtype dtype = float32, Site site = {});
/// int64, uniform on low, ..., high - 1. Throws ValueError unless low < high.
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, Site site = {});
/// bool, true with probability p. Throws ValueError unless 0 <= p <= 1.
Tensor bernoulli(const Shape& shape, double p, Site site = {});
/// int64, the numbers below n in random order.
Tensor randperm(std::int64_t n, Site site = {});

// Fill a tensor of any strides in place; not recorded. Graphs that saved it notice. They throw like
// uniform and normal.
const Tensor& uniform_(const Tensor& x, double low, double high, Site site = {});
const Tensor& normal_(const Tensor& x, double mean, double std, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
