#include <cinta/ops/kernels/elementwise/special.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/random/samplers.hpp>
#include <limits>
#include <numbers>

namespace cinta::kernels {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t draw_grain = 512;  // elements: a draw costs as much as many sums

// In (0, 1).
double open_unit(std::uint32_t high, std::uint32_t low) {
  return (double(std::uint64_t{high} << 20 | low >> 12) + 0.5) * 0x1p-52;
}
double open_unit(std::uint32_t word) { return (double(word) + 0.5) * 0x1p-32; }

// The blocks of one element: its number in the lower bits of the counter, how many it has taken in
// the upper ones.
class Draws {
 public:
  Draws(const RandomKey& key, std::int64_t element) : key_(key), block_(std::uint64_t(element)) {}

  std::array<std::uint32_t, 4> next() {
    const auto words = random_block(key_, block_);
    block_ += std::uint64_t{1} << 44;
    return words;
  }
  double unit() {
    const auto words = next();
    return open_unit(words[0], words[1]);
  }

 private:
  RandomKey key_;
  std::uint64_t block_;
};

double gamma_of(double concentration, bool logarithm, Draws& draws) {
  if (!(concentration > 0)) return nan;
  if (concentration == infinity) return infinity;
  // Below 1 it is one of concentration + 1 times u^(1 / concentration).
  double boost = 0;
  const bool small = concentration < 1;
  if (small) boost = std::log(draws.unit()) / concentration;
  const double d = (small ? concentration + 1 : concentration) - 1.0 / 3;
  const double c = 1 / (3 * std::sqrt(d));
  for (;;) {
    const auto words = draws.next();
    const double radius = std::sqrt(-2 * std::log(open_unit(words[0], words[1])));
    const double x = radius * std::cos(2 * std::numbers::pi * open_unit(words[2]));
    const double y = c * x;
    if (y <= -1) continue;
    const double l = std::log1p(y);
    // d (1 - v + log v) of v = (1 + y)^3, whose terms nearly cancel for large d.
    const double h = d * (3 * (l - y) - y * y * (3 + y));
    if (std::log(open_unit(words[3])) > 0.5 * x * x + h) continue;
    if (logarithm) return std::log(d) + 3 * l + boost;
    const double v = d * (1 + y) * (1 + y) * (1 + y);
    // Never 0, whose logarithm a gradient would take.
    return small ? std::max(std::exp(std::log(v) + boost), std::numeric_limits<double>::min()) : v;
  }
}

// log k! less Stirling's (k + 1/2) log(k) - k + log(2 pi) / 2.
double stirling_error(double k) {
  if (k < 16) return special::lgamma(k + 1) - (k + 0.5) * std::log(k) + k - 0.91893853320467274178;
  const double z = 1 / (k * k);
  return (1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260 - z / 1680))) / k;
}

// The logarithm of the probability of k: C. Loader, "Fast and accurate computation of binomial
// probabilities", 2000, whose terms do not cancel for large rates.
double log_poisson(double k, double rate) {
  if (k == 0) return -rate;
  const double off = (k - rate) / rate;
  const double deviance = rate * ((1 + off) * std::log1p(off) - off);
  return -deviance - stirling_error(k) - 0.5 * std::log(2 * std::numbers::pi * k);
}

double poisson_of(double rate, Draws& draws) {
  if (!(rate >= 0)) return nan;
  if (rate == infinity) return infinity;
  if (rate < 10) {
    double u = draws.unit(), p = std::exp(-rate), k = 0;
    for (; u > p && k < 200; p *= rate / ++k) u -= p;
    return k;
  }
  const double b = 0.931 + 2.53 * std::sqrt(rate), a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), accepted = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const auto words = draws.next();
    const double u = open_unit(words[0], words[1]) - 0.5, v = open_unit(words[2], words[3]);
    const double us = 0.5 - std::abs(u);
    const double k = std::floor((2 * a / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= accepted) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (std::log(v * inverse_alpha / (a / (us * us) + b)) <= log_poisson(k, rate)) return k;
  }
}

// With p of at most 1/2.
double successes(double n, double p, Draws& draws) {
  const double q = 1 - p;
  if (n * p < 10) {
    const double odds = p / q;
    double u = draws.unit(), share = std::exp(n * std::log1p(-p)), k = 0;
    for (; u > share && k < n && k < 200; ++k) {
      u -= share;
      share *= (n - k) / (k + 1) * odds;
    }
    return k;
  }
  const double spread = std::sqrt(n * p * q);
  const double b = 1.15 + 2.53 * spread, a = -0.0873 + 0.0248 * b + 0.01 * p;
  const double alpha = (2.83 + 5.1 / b) * spread, accepted = 0.92 - 4.2 / b;
  const double mode = std::floor((n + 1) * p);
  const auto log_choices = [n](double k) {
    return -special::lgamma(k + 1) - special::lgamma(n - k + 1);
  };
  for (;;) {
    const auto words = draws.next();
    const double u = open_unit(words[0], words[1]) - 0.5, v = open_unit(words[2], words[3]);
    const double us = 0.5 - std::abs(u);
    const double k = std::floor((2 * a / us + b) * u + n * p + 0.5);
    if (k < 0 || k > n) continue;
    if (us >= 0.07 && v <= accepted) return k;
    const double ratio = log_choices(k) - log_choices(mode) + (k - mode) * std::log(p / q);
    if (std::log(v * alpha / (a / (us * us) + b)) <= ratio) return k;
  }
}

double binomial_of(double n, double p, Draws& draws) {
  if (!(n >= 0 && n == std::floor(n) && n < infinity && p >= 0 && p <= 1)) return nan;
  return p > 0.5 ? n - successes(n, 1 - p, draws) : successes(n, p, draws);
}

// x of which log_ndtr is l: in the tail by Newton's method from its leading term.
double inverse_log_ndtr(double l) {
  if (l > -20) return l > -0.7 ? -special::ndtri(-std::expm1(l)) : special::ndtri(std::exp(l));
  double x = -std::sqrt(-2 * l - 2 * std::log(-2 * l));
  for (int i = 0; i < 20; ++i) {
    // The slope is the density over the share, without their logarithms, which far out have no
    // digits behind the point.
    const double slope = 0.79788456080286535588 / special::erfcx(-0.70710678118654752440 * x);
    const double step = (special::log_ndtr(x) - l) / slope;
    x -= step;
    if (std::abs(step) <= 1e-15 * std::abs(x)) break;
  }
  return x;
}

double truncated_normal_of(double u, double a, double b) {
  if (!(a <= b) || u != u) return nan;
  if (a > 0) return -truncated_normal_of(1 - u, -b, -a);
  // Near each other the bounds have shares that rounding takes for one; there the density is that
  // of an exponential distribution.
  const double fall = 0.5 * (a + b) * (b - a);
  if (b - a < 1e-5 && std::abs(fall) < 1) {
    const double share = fall == 0 ? u : -std::log1p(u * std::expm1(-fall)) / fall;
    return std::clamp(a + share * (b - a), a, b);
  }
  double x;
  if (b <= 0) {
    // By logarithms: both shares may be below all numbers.
    const double high = special::log_ndtr(b);
    const double low = a == -infinity ? 0 : std::exp(special::log_ndtr(a) - high);
    x = inverse_log_ndtr(high + std::log(u + (1 - u) * low));
  } else {
    const double below = special::ndtr(a), above = special::ndtr(-b), inside = 1 - below - above;
    const double p = below + u * inside;
    x = p < 0.5 ? special::ndtri(p) : -special::ndtri(above + (1 - u) * inside);
  }
  return std::clamp(x, a, b);
}

// y[i] = f(i), several at a time.
template <class F>
void each(const Array& y, const F& f) {
  double* const to = y.data<double>();
  parallel_for(y.numel(), draw_grain, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) to[i] = f(i);
  });
}

}  // namespace

void gamma(const Array& concentration, const Array& y, bool logarithm, const RandomKey& key) {
  each(y, [=, from = concentration.data<double>()](std::int64_t i) {
    Draws draws(key, i);
    return gamma_of(from[i], logarithm, draws);
  });
}

void poisson(const Array& rate, const Array& y, const RandomKey& key) {
  each(y, [=, from = rate.data<double>()](std::int64_t i) {
    Draws draws(key, i);
    return poisson_of(from[i], draws);
  });
}

void binomial(const Array& count, const Array& p, const Array& y, const RandomKey& key) {
  each(y, [=, n = count.data<double>(), share = p.data<double>()](std::int64_t i) {
    Draws draws(key, i);
    return binomial_of(n[i], share[i], draws);
  });
}

void truncated_normal(const Array& u, const Array& a, const Array& b, const Array& y) {
  each(y, [place = u.data<double>(), low = a.data<double>(), high = b.data<double>()](
              std::int64_t i) { return truncated_normal_of(place[i], low[i], high[i]); });
}

}  // namespace cinta::kernels
