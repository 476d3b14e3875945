#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/apply_in_place.hpp>
#include <cinta/ops/kernels/random/random.hpp>
#include <cinta/ops/random/detail/drawing.hpp>
#include <cinta/ops/random/random.hpp>
#include <cmath>
#include <limits>
#include <numeric>

namespace cinta {
namespace {

// The forward of an operation without inputs that draws: draw(y, key) fills a dense y.
template <class Draw>
auto filling(const Draw& draw) {
  return detail::drawing(
      [draw](const Inputs&, const Array& y, const kernels::RandomKey& key) { draw(y, key); });
}

void check_floating(const char* name, Dtype dtype, const Site& site) {
  if (!is_floating(dtype)) {
    throw DtypeError(std::string(name) + ": needs a floating dtype, got " + name_of(dtype), site);
  }
}

void check_uniform(const char* name, Dtype dtype, double low, double high, const Site& site) {
  check_floating(name, dtype, site);
  // In float32 what is further out would be infinite.
  const double largest = dtype == float32 ? double(std::numeric_limits<float>::max())
                                          : std::numeric_limits<double>::max();
  if (!(low <= high && low >= -largest && high <= largest && std::isfinite(high - low))) {
    throw ValueError(std::string(name) + ": low " + detail::text_of(low) + " and high " +
                         detail::text_of(high) + " are no finite interval",
                     site);
  }
}

auto uniform_numbers(double low, double high) {
  return filling([low, high](const Array& y, const kernels::RandomKey& key) {
    kernels::uniform(y, low, high, key);
  });
}

void check_normal(const char* name, Dtype dtype, double std, const Site& site) {
  check_floating(name, dtype, site);
  if (!(std >= 0)) {
    throw ValueError(std::string(name) + ": std must not be negative, got " + detail::text_of(std),
                     site);
  }
}

auto normal_numbers(double mean, double std) {
  return filling([mean, std](const Array& y, const kernels::RandomKey& key) {
    kernels::normal(y, mean, std, key);
  });
}

}  // namespace

Tensor uniform(const Shape& shape, double low, double high, Dtype dtype, Site site) {
  check_uniform("uniform", dtype, low, high, site);
  return apply({"uniform", Save::nothing(), site, {{"low", low}, {"high", high}}}, {},
               {shape, dtype}, uniform_numbers(low, high));
}

Tensor rand(const Shape& shape, Dtype dtype, Site site) {
  check_floating("rand", dtype, site);
  return apply({"rand", Save::nothing(), site}, {}, {shape, dtype}, uniform_numbers(0, 1));
}

Tensor normal(const Shape& shape, double mean, double std, Dtype dtype, Site site) {
  check_normal("normal", dtype, std, site);
  return apply({"normal", Save::nothing(), site, {{"mean", mean}, {"std", std}}}, {},
               {shape, dtype}, normal_numbers(mean, std));
}

Tensor randn(const Shape& shape, Dtype dtype, Site site) {
  check_floating("randn", dtype, site);
  return apply({"randn", Save::nothing(), site}, {}, {shape, dtype}, normal_numbers(0, 1));
}

Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, Site site) {
  if (low >= high) {
    throw ValueError(
        "randint: low " + std::to_string(low) + " is not below high " + std::to_string(high), site);
  }
  return apply({"randint", Save::nothing(), site, {{"low", low}, {"high", high}}}, {},
               {shape, int64}, filling([=](const Array& y, const kernels::RandomKey& key) {
                 kernels::integers(y, low, std::uint64_t(high) - std::uint64_t(low), key);
               }));
}

Tensor bernoulli(const Shape& shape, double p, Site site) {
  if (!(p >= 0 && p <= 1))
    throw ValueError("bernoulli: p must lie in [0, 1], got " + detail::text_of(p), site);
  return apply({"bernoulli", Save::nothing(), site, {{"p", p}}}, {}, {shape, boolean},
               filling([p](const Array& y, const kernels::RandomKey& key) {
                 kernels::bernoulli(y, p, key);
               }));
}

Tensor randperm(std::int64_t n, Site site) {
  if (n < 0) throw ValueError("randperm: n must not be negative, got " + std::to_string(n), site);
  return apply({"randperm", Save::nothing(), site}, {}, {{n}, int64},
               filling([n](const Array& y, const kernels::RandomKey& key) {
                 auto* p = y.data<std::int64_t>();
                 std::iota(p, p + n, std::int64_t{0});
                 for (std::int64_t i = n - 1; i > 0; --i) {  // Fisher and Yates, from the end
                   const auto words = kernels::random_block(key, std::uint64_t(i));
                   const auto other =
                       kernels::random_below(std::uint64_t(i) + 1, words[0], words[1]);
                   std::swap(p[i], p[other]);
                 }
               }));
}

const Tensor& uniform_(const Tensor& x, double low, double high, Site site) {
  check_uniform("uniform_", x.dtype(), low, high, site);
  return apply_in_place({"uniform_", Save::nothing(), site, {{"low", low}, {"high", high}}}, x, {},
                        uniform_numbers(low, high));
}

const Tensor& normal_(const Tensor& x, double mean, double std, Site site) {
  check_normal("normal_", x.dtype(), std, site);
  return apply_in_place({"normal_", Save::nothing(), site, {{"mean", mean}, {"std", std}}}, x, {},
                        normal_numbers(mean, std));
}

}  // namespace cinta
