#pragma once
// Random tensors. Values are a function of the generator's seed, the number of the call and the
// element's place: the same for any number of threads.

#include <cinta/autograd/tensor.hpp>

namespace cinta {

/// Seeds the default generator and starts its calls from 0. It starts with seed 0.
void manual_seed(std::uint64_t seed);

/// The default generator's state: save it and set it again to repeat what followed.
struct GeneratorState {
  std::uint64_t seed = 0;
  std::uint64_t next_call = 0;
};
GeneratorState generator_state();
void set_generator_state(const GeneratorState& state);

/// While it lives, this thread draws from a generator of its own, which manual_seed and the state
/// functions then mean too: what other threads draw does not change its numbers. Scopes nest.
class GeneratorScope {
 public:
  explicit GeneratorScope(const GeneratorState& start);
  ~GeneratorScope();
  GeneratorScope(const GeneratorScope&) = delete;
  GeneratorScope& operator=(const GeneratorScope&) = delete;

 private:
  GeneratorState state_;
  GeneratorState* previous_;
};

/// Uniform on [low, high). Throws ValueError if low > high or the bounds are not finite,
/// DtypeError unless floating.
Tensor uniform(const Shape& shape, double low, double high, Dtype dtype = float32, Site site = {});
/// Uniform on [0, 1).
Tensor rand(const Shape& shape, Dtype dtype = float32, Site site = {});
/// Normal. Throws ValueError if deviation < 0, DtypeError unless floating.
Tensor normal(const Shape& shape, double mean, double deviation, Dtype dtype = float32,
              Site site = {});
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
const Tensor& normal_(const Tensor& x, double mean, double deviation, Site site = {});

namespace detail {

/// A call number of the default generator that nobody else gets, with the seed.
GeneratorState next_random_call();

}  // namespace detail
}  // namespace cinta
