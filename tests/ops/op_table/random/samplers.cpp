// Draws against plain code on the same random words.

#include <cinta/autograd/core/generator.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/random/random.hpp>
#include <cinta/ops/random/detail/gamma_slope.hpp>
#include <cinta/ops/random/samplers.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cmath>
#include <limits>
#include <numbers>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// The same calls of the generator each time, or no two runs would agree.
template <class F>
check::Function seeded(F f) {
  return [f](const Tensors& in) {
    manual_seed(7);
    return f(in);
  };
}

using Words = std::array<std::uint32_t, 4>;

// 53 bits of a call's number i, at the middle of their step.
double uniform(std::int64_t i, std::uint64_t call) {
  const Words words = kernels::random_block({7, call}, std::uint64_t(i / 32 * 16 + i % 16));
  const std::size_t k = std::size_t(i % 32 / 16 * 2);
  const double high = words[k] >> 5, low = words[k + 1] >> 6;
  return std::min((high * 0x1p26 + low + 0.5) * 0x1p-53, 1 - 0x1p-53);
}

double normal(std::int64_t i, std::uint64_t call) {
  const Words w = kernels::random_block({7, call}, std::uint64_t(i / 32 * 16 + i % 16));
  const auto unit = [](double high, double low) {
    return (std::floor(high / 32) * 0x1p26 + std::floor(low / 64)) * 0x1p-53;
  };
  const double radius = std::sqrt(-2 * std::log1p(-unit(w[0], w[1])));
  const double angle = 2 * std::numbers::pi * unit(w[2], w[3]);
  return i % 32 < 16 ? radius * std::cos(angle) : radius * std::sin(angle);
}

// The block number `count` of element i.
Words block(std::int64_t i, std::uint64_t call, std::uint64_t count) {
  return kernels::random_block({7, call}, std::uint64_t(i) + (count << 44));
}
double unit(std::uint32_t high, std::uint32_t low) {
  return (std::floor(double(high) * 0x1p20 + low / 4096) + 0.5) * 0x1p-52;
}

// Marsaglia and Tsang's method as it stands in their paper.
double log_gamma(double a, std::int64_t i, std::uint64_t call) {
  if (!(a > 0)) return nan;
  if (std::isinf(a)) return a;
  std::uint64_t blocks = 0;
  if (a < 1) {
    const Words w = block(i, call, 0);
    blocks = 1;
    const double boost = std::log(unit(w[0], w[1])) / a;
    a += 1;
    for (;;) {
      const Words v = block(i, call, blocks++);
      const double d = a - 1 / 3.0, x = std::sqrt(-2 * std::log(unit(v[0], v[1]))) *
                                        std::cos(2 * std::numbers::pi * (v[2] + 0.5) * 0x1p-32);
      const double cube = std::pow(1 + x / std::sqrt(9 * d), 3);
      if (cube > 0 &&
          std::log((v[3] + 0.5) * 0x1p-32) <= x * x / 2 + d - d * cube + d * std::log(cube))
        return std::log(d * cube) + boost;
    }
  }
  for (;;) {
    const Words v = block(i, call, blocks++);
    const double d = a - 1 / 3.0, x = std::sqrt(-2 * std::log(unit(v[0], v[1]))) *
                                      std::cos(2 * std::numbers::pi * (v[2] + 0.5) * 0x1p-32);
    const double cube = std::pow(1 + x / std::sqrt(9 * d), 3);
    if (cube > 0 &&
        std::log((v[3] + 0.5) * 0x1p-32) <= x * x / 2 + d - d * cube + d * std::log(cube))
      return std::log(d * cube);
  }
}

// f(i, x0, x1, ...) of element i and the broadcast inputs.
template <class F>
check::Function drawn(F f) {
  return [f](const Tensors& in) {
    Shape shape;
    for (const Tensor& x : in) shape = broadcast_shapes("reference", shape, x.shape());
    return build(shape, float64, [&](std::int64_t i) {
      const auto x = [&](std::size_t k) { return at(in[k], source_of(i, shape, in[k].shape())); };
      if constexpr (std::is_invocable_v<F, std::int64_t, double>)
        return f(i, x(0));
      else if constexpr (std::is_invocable_v<F, std::int64_t, double, double>)
        return f(i, x(0), x(1));
      else if constexpr (std::is_invocable_v<F, std::int64_t, double, double, double>)
        return f(i, x(0), x(1), x(2));
      else
        return f(i, x(0), x(1), x(2), x(3));
    });
  };
}

double positive(double scale) { return scale > 0 ? scale : nan; }

double share_below(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

// By halving.
double truncated(double u, double a, double b) {
  if (!(a <= b)) return nan;
  // By the smaller one of the shares below and above, which is the more exact one.
  const auto between = [](double x, double y, double place) { return x + place * (y - x); };
  const double below = between(share_below(a), share_below(b), u);
  const double above = between(share_below(-b), share_below(-a), 1 - u);
  double low = std::max(a, -40.0), high = std::min(b, 40.0);
  for (int i = 0; i < 200; ++i) {
    const double x = 0.5 * (low + high);
    (below < above ? share_below(x) < below : share_below(-x) > above) ? low = x : high = x;
  }
  return std::clamp(0.5 * (low + high), a, b);
}

double digamma(double x) {
  double sum = 0;
  for (; x < 30; ++x) sum -= 1 / x;
  return sum + std::log(x) - 0.5 / x - 1 / (12 * x * x) + 1 / (120 * std::pow(x, 4)) -
         1 / (252 * std::pow(x, 6));
}

// The integral of (t - digamma(a)) f(t) / f(l) up to l, by Simpson's rule.
double slope(double a, double l) {
  const double x = std::exp(l), reach = 80 / a;
  constexpr int steps = 100000;
  double sum = 0;
  for (int i = 0; i <= steps; ++i) {
    const double s = reach * i / steps;
    const double weight = i == 0 || i == steps ? 1 : i % 2 ? 4 : 2;
    sum += weight * (l - s - digamma(a)) * std::exp(-a * s + x * (1 - std::exp(-s)));
  }
  return sum * reach / steps / 3;
}

// Poisson and binomial numbers by adding up probabilities.
double poisson_number(std::int64_t i, double rate) {
  if (!(rate >= 0)) return nan;
  const Words w = block(i, 0, 0);
  double u = unit(w[0], w[1]), k = 0;
  for (double p; u > (p = std::exp(-rate + k * std::log(rate) - std::lgamma(k + 1))); ++k) u -= p;
  return k;
}

double binomial_number(std::int64_t i, double n, double p) {
  if (n != n || p != p) return nan;
  const Words w = block(i, 0, 0);
  double u = unit(w[0], w[1]), k = 0;
  const double q = std::min(p, 1 - p);
  for (; k < n; ++k) {
    const double choices = std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
    const double share = std::exp(choices + k * std::log(q) + (n - k) * std::log1p(-q));
    if (u <= share) break;
    u -= share;
  }
  return p > 0.5 ? n - k : k;
}

std::vector<check::Refusal> refused(const char* name, Tensor (*f)(const Operand&, const Operand&)) {
  return {{[f] { return f(Tensor(), 1); }, std::string(name) + ": input 0 is an undefined tensor"},
          {[f] { return f(ones({2}), ones({3})); },
           std::string(name) + ": (2,) and (3,) do not broadcast: sizes 2 and 3 differ"}};
}

const Register here({
    {.name = "bernoulli",
     .function = seeded([](const Tensors& in) { return bernoulli(in[0]); }),
     .reference =
         [](const Tensors& in) {
           return build(in[0].shape(), boolean,
                        [&](std::int64_t i) { return uniform(i, 0) < at(in[0], i); });
         },
     .samples =
         {{reals({3, 4}, 0, 1)}, {reals({}, 0, 1)}, {reals({0, 2})}, {reals({3}, {0, 1, 0.5})}},
     .errors = {{{reals({2}, {0.5, 1.5})}, "bernoulli: p must lie in [0, 1], got 1.5"},
                {[] { return bernoulli(full({2}, nan)); },
                 "bernoulli: p must lie in [0, 1], got nan"},
                {[] { return bernoulli(Tensor()); }, "bernoulli: input 0 is an undefined tensor"}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false,  // which are refused
     .extremes = false},
    {.name = "exponential",
     .function = seeded([](const Tensors& in) { return exponential(in[0]); }),
     .reference = drawn([](std::int64_t i, double rate) {
       return -std::log(uniform(i, 0)) / positive(rate);
     }),
     .samples = {{reals({3, 4}, 0.1, 5)}},
     .errors = {{[] { return exponential(Tensor()); },
                 "exponential: input 0 is an undefined tensor"}},
     .elementwise = true},
    {.name = "exponential, of int64",
     .function = seeded([](const Tensors& in) { return exponential(in[0]); }),
     .reference =
         [](const Tensors& in) {
           return build(in[0].shape(), float64, [&](std::int64_t i) {
             return -std::log(uniform(i, 0)) / double(at(in[0], i));
           });
         },
     .samples = {{integers({3}, 1, 4)}},
     .differentiable = false},
    {.name = "laplace",
     .function = seeded([](const Tensors& in) { return laplace(in[0], in[1]); }),
     .reference = drawn([](std::int64_t i, double m, double s) {
       return m + positive(s) * (std::log(uniform(i, 0)) - std::log(uniform(i, 1)));
     }),
     .samples = {{reals({3, 4}), reals({3, 4}, 0.1, 3)}, {reals({3, 1}), reals({2}, 0.1, 3)}},
     .errors = refused("laplace", laplace)},
    {.name = "gumbel",
     .function = seeded([](const Tensors& in) { return gumbel(in[0], in[1]); }),
     .reference = drawn([](std::int64_t i, double m, double s) {
       return m - positive(s) * std::log(-std::log(uniform(i, 0)));
     }),
     .samples = {{reals({3, 4}), reals({3, 4}, 0.1, 3)}, {reals({3, 1}), reals({2}, 0.1, 3)}},
     .errors = refused("gumbel", gumbel)},
    {.name = "cauchy",
     .function = seeded([](const Tensors& in) { return cauchy(in[0], in[1]); }),
     .reference = drawn([](std::int64_t i, double m, double s) {
       return m + positive(s) / std::tan(std::numbers::pi * uniform(i, 0));
     }),
     .samples = {{reals({3, 4}), reals({3, 4}, 0.1, 3)}, {reals({3, 1}), reals({2}, 0.1, 3)}},
     .errors = refused("cauchy", cauchy)},
    {.name = "truncated_normal",
     .function = seeded([](const Tensors& in) {
       return truncated_normal(in[0], in[1], in[2], in[3]);
     }),
     .reference = drawn([](std::int64_t i, double m, double s, double a, double b) {
       s = positive(s);
       return std::clamp(m + s * truncated(uniform(i, 0), (a - m) / s, (b - m) / s), a, b);
     }),
     .samples = {{reals({2, 3}, -1, 1), reals({2, 3}, 0.5, 2), reals({2, 3}, -2, -1.2),
                  reals({2, 3}, 1.2, 2)},
                 {reals({}, 0, 1), reals({2, 1}, 0.5, 2), reals({2}, 1.2, 2), reals({2}, 2.1, 3)},
                 {reals({}, 0, 1), reals({0, 1}, 0.5, 2), reals({2}, -2, -1), reals({2}, 2.1, 3)}},
     .errors = {{{reals({2}), reals({3}), reals({}), reals({})},
                 "truncated_normal: (2,) and (3,) do not broadcast: sizes 2 and 3 differ"}},
     .infinities = false,  // bounds may be infinite: samplers_test
     .extremes = false},
    {.name = "truncated_normal, without one bound",
     .function = seeded([](const Tensors& in) {
       return truncated_normal(in[0], in[1], in[2], std::numeric_limits<double>::infinity());
     }),
     .reference = drawn([](std::int64_t i, double m, double s, double a) {
       return m + s * truncated(uniform(i, 0), (a - m) / s, 40);
     }),
     .samples = {{reals({2, 3}, -1, 1), reals({2, 3}, 0.5, 2), reals({2, 3}, -2, 2)}},
     .infinities = false,
     .extremes = false},
    // The gradient in the concentration is no derivative of what is drawn: see samplers_test.
    {.name = "log_standard_gamma",
     .function = seeded([](const Tensors& in) { return log_standard_gamma(in[0]); }),
     .reference = drawn([](std::int64_t i, double a) { return log_gamma(a, i, 0); }),
     .samples = {{reals({3, 4}, 0.1, 5).fixed()}, {reals({2, 3}, 20, 50).fixed()}},
     .errors = {{[] { return log_standard_gamma(Tensor()); },
                 "log_standard_gamma: input 0 is an undefined tensor"}},
     .extremes = false},
    {.name = "gamma",
     .function = seeded([](const Tensors& in) { return gamma(in[0], in[1]); }),
     .reference = drawn([](std::int64_t i, double a, double rate) {
       return std::exp(log_gamma(a, i, 0)) / positive(rate);
     }),
     .samples = {{reals({3, 4}, 0.1, 5).fixed(), reals({3, 4}, 0.5, 2)},
                 {reals({3, 1}, 0.1, 5).fixed(), reals({2}, 0.5, 2)}},
     .errors = refused("gamma", gamma),
     .infinities = false,  // 0 where the rate is: the smallest number
     .extremes = false},
    {.name = "beta",
     .function = seeded([](const Tensors& in) { return beta(in[0], in[1]); }),
     .reference = drawn([](std::int64_t i, double a, double b) {
       return 1 / (1 + std::exp(log_gamma(b, i, 1) - log_gamma(a, i, 0)));
     }),
     .samples = {{reals({3, 4}, 0.1, 5).fixed(), reals({3, 4}, 0.5, 2).fixed()},
                 {reals({3, 1}, 0.1, 5).fixed(), reals({2}, 0.5, 2).fixed()}},
     .errors = refused("beta", beta),
     .infinities = false,
     .extremes = false},
    {.name = "dirichlet",
     .function = seeded([](const Tensors& in) { return dirichlet(in[0]); }),
     .reference =
         [](const Tensors& in) {
           const std::int64_t width = in[0].shape().back();
           const auto part = [&](std::int64_t i) {
             return std::exp(log_gamma(at(in[0], i), i, 0));
           };
           return build(in[0].shape(), float64, [&](std::int64_t i) {
             double sum = 0;
             for (std::int64_t k = 0; k < width; ++k) sum += part(i / width * width + k);
             return part(i) / sum;
           });
         },
     .samples = {{reals({3, 4}, 0.2, 5).fixed()},
                 {reals({1}, 1, 2).fixed()},
                 {reals({0, 3}).fixed()}},
     .errors = {{[] { return dirichlet(ones({})); },
                 "dirichlet: concentrations need at least one axis"},
                {[] { return dirichlet(Tensor()); }, "dirichlet: input 0 is an undefined tensor"}},
     .infinities = false,
     .extremes = false},
    {.name = "student_t",
     .function = seeded([](const Tensors& in) { return student_t(in[0], in[1], in[2]); }),
     .reference = drawn([](std::int64_t i, double n, double m, double s) {
       return m + positive(s) * normal(i, 1) *
                      std::exp(0.5 * (std::log(n / 2) - log_gamma(n / 2, i, 0)));
     }),
     .samples = {{reals({3, 4}, 1, 9).fixed(), reals({3, 4}), reals({3, 4}, 0.5, 2)},
                 {reals({3, 1}, 1, 9).fixed(), reals({2}), reals({}, 0.5, 2)}},
     .errors = {{[] { return student_t(Tensor()); }, "student_t: input 0 is an undefined tensor"},
                {[] { return student_t(ones({2}), 0, ones({3})); },
                 "student_t: (2,) and (3,) do not broadcast: sizes 2 and 3 differ"}},
     .infinities = false,
     .extremes = false},
    {.name = "poisson",
     .function = seeded([](const Tensors& in) { return poisson(in[0]); }),
     .reference = drawn([](std::int64_t i, double rate) { return poisson_number(i, rate); }),
     .samples = {{reals({3, 4}, 0.1, 9)}, {reals({})}, {reals({0, 2})}, {reals({300}, 0.1, 3)}},
     .errors = {{[] { return poisson(Tensor()); }, "poisson: input 0 is an undefined tensor"}},
     .differentiable = false,
     .infinities = false,
     .extremes = false},
    {.name = "binomial",
     .function = seeded([](const Tensors& in) { return binomial(in[0], in[1]); }),
     .reference = drawn([](std::int64_t i, double n, double p) {
       return binomial_number(i, n, p);
     }),
     .samples = {{reals({3}, {0, 3, 20}), reals({3}, {0.3, 0.9, 0.4})},
                 {reals({4, 1}, {1, 2, 3, 10}), reals({3}, 0.05, 0.95)}},
     .errors = refused("binomial", binomial),
     .differentiable = false,
     .infinities = false,
     .extremes = false,
     .strided = false},
    {.name = "gumbel_softmax",
     .function = seeded([](const Tensors& in) {
       return gumbel_softmax(in[0], {.temperature = 0.7, .axis = 0});
     }),
     .reference =
         [](const Tensors& in) {
           const std::int64_t width = in[0].shape().back();
           const auto part = [&](std::int64_t i) {
             return std::exp((at(in[0], i) - std::log(-std::log(uniform(i, 0)))) / 0.7);
           };
           return build(in[0].shape(), float64, [&](std::int64_t i) {
             double sum = 0;
             for (std::int64_t k = i % width; k < in[0].numel(); k += width) sum += part(k);
             return part(i) / sum;
           });
         },
     .samples = {{reals({3, 4})}, {reals({1, 2})}, {reals({2, 0})}},
     .errors = {{[] { return gumbel_softmax(ones({2}), {.temperature = 0}); },
                 "gumbel_softmax: the temperature must be above 0, got 0"},
                {[] { return gumbel_softmax(ones({2}), {.axis = 1}); },
                 "gumbel_softmax: axis 1 is out of range for (2,), which has 1 axes"},
                {{integers({2}, 0, 1)}, "gumbel_softmax: needs a floating dtype, got int64"},
                {[] { return gumbel_softmax(Tensor()); },
                 "gumbel_softmax: input 0 is an undefined tensor"}},
     .infinities = false,  // several infinite logits share
     .extremes = false},
    {.name = "gamma_slope",
     .function =
         [](const Tensors& in) {
           return to(detail::gamma_slope(1, to(in[0], float64), to(in[1], float64)), in[0].dtype());
         },
     .reference = drawn([](std::int64_t, double a, double l) { return slope(a, l); }),
     .samples = {{reals({2, 3}, 0.3, 0.9), reals({2, 3}, -2, 1)},
                 {reals({2, 3}, 1.1, 5), reals({2, 3}, -1, 1.5)}},
     .infinities = false,
     .extremes = false,
     .ulps = 2048},  // the reference's integral has terms of both signs
});

}  // namespace
