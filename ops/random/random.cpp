#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/apply_in_place.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/random/random.hpp>
#include <cinta/ops/random/random.hpp>
#include <cmath>
#include <numeric>

namespace cinta {
namespace {

kernels::RandomKey next_key() {
  const GeneratorState call = detail::next_random_call();
  return {call.seed, call.next_call};
}

// Fills x, which may have any strides, with what draw(dense tensor) puts into a dense one.
template <class Draw>
const Tensor& fill_with(const char* name, const Tensor& x, const Site& site, const Draw& draw) {
  return apply_in_place({name, Save::nothing(), site}, x, {},
                        [&draw](const Inputs&, const Tensor& y) {
                          if (y.is_contiguous()) return draw(y);
                          const Tensor dense = empty(y.shape(), y.dtype());
                          draw(dense);
                          kernels::copy(dense, y);
                        });
}

void check_floating(const char* name, Dtype dtype, const Site& site) {
  if (!is_floating(dtype)) {
    throw DtypeError(std::string(name) + ": needs a floating dtype, got " + name_of(dtype), site);
  }
}

const Tensor& fill_uniform(const char* name, const Tensor& x, double low, double high,
                           const Site& site) {
  check_floating(name, x.dtype(), site);
  if (!(low <= high && std::isfinite(high - low))) {
    throw ValueError(std::string(name) + ": low " + detail::text_of(low) + " and high " +
                         detail::text_of(high) + " are no finite interval",
                     site);
  }
  return fill_with(name, x, site,
                   [&](const Tensor& y) { kernels::uniform(y, low, high, next_key()); });
}

const Tensor& fill_normal(const char* name, const Tensor& x, double mean, double std,
                          const Site& site) {
  check_floating(name, x.dtype(), site);
  if (!(std >= 0)) {
    throw ValueError(std::string(name) + ": std must not be negative, got " + detail::text_of(std),
                     site);
  }
  return fill_with(name, x, site,
                   [&](const Tensor& y) { kernels::normal(y, mean, std, next_key()); });
}

}  // namespace

Tensor uniform(const Shape& shape, double low, double high, Dtype dtype, Site site) {
  return fill_uniform("uniform", detail::new_tensor("uniform", shape, dtype, site), low, high, site);
}

Tensor rand(const Shape& shape, Dtype dtype, Site site) {
  return fill_uniform("rand", detail::new_tensor("rand", shape, dtype, site), 0, 1, site);
}

Tensor normal(const Shape& shape, double mean, double std, Dtype dtype, Site site) {
  return fill_normal("normal", detail::new_tensor("normal", shape, dtype, site), mean, std, site);
}

Tensor randn(const Shape& shape, Dtype dtype, Site site) {
  return fill_normal("randn", detail::new_tensor("randn", shape, dtype, site), 0, 1, site);
}

Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, Site site) {
  if (low >= high) {
    throw ValueError(
        "randint: low " + std::to_string(low) + " is not below high " + std::to_string(high), site);
  }
  Tensor result = detail::new_tensor("randint", shape, int64, site);
  kernels::integers(result, low, std::uint64_t(high) - std::uint64_t(low), next_key());
  return result;
}

Tensor bernoulli(const Shape& shape, double p, Site site) {
  if (!(p >= 0 && p <= 1))
    throw ValueError("bernoulli: p must lie in [0, 1], got " + detail::text_of(p), site);
  Tensor result = detail::new_tensor("bernoulli", shape, boolean, site);
  kernels::bernoulli(result, p, next_key());
  return result;
}

Tensor randperm(std::int64_t n, Site site) {
  if (n < 0) throw ValueError("randperm: n must not be negative, got " + std::to_string(n), site);
  Tensor result = detail::new_tensor("randperm", {n}, int64, site);
  std::int64_t* p = result.data<std::int64_t>();
  std::iota(p, p + n, std::int64_t{0});
  const kernels::RandomKey key = next_key();
  for (std::int64_t i = n - 1; i > 0; --i) {  // Fisher and Yates, from the end
    const auto words = kernels::random_block(key, std::uint64_t(i));
    std::swap(p[i], p[kernels::random_below(std::uint64_t(i) + 1, words[0], words[1])]);
  }
  return result;
}

const Tensor& uniform_(const Tensor& x, double low, double high, Site site) {
  return fill_uniform("uniform_", x, low, high, site);
}

const Tensor& normal_(const Tensor& x, double mean, double std, Site site) {
  return fill_normal("normal_", x, mean, std, site);
}

}  // namespace cinta
