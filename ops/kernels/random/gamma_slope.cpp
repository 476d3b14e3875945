#include <array>
#include <cinta/ops/kernels/elementwise/special.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/random/gamma_slope.hpp>
#include <cmath>
#include <limits>
#include <numbers>

namespace cinta::kernels {
namespace {

// f = exp(a l - x - log gamma(a)), F is its integral up to l, and so the derivatives of F in a are
// integrals of f times polynomials: B_k of z_1 = l - digamma(a) and z_j = -polygamma(j - 1, a), the
// complete Bell polynomials, since the derivatives of log f are the z.
constexpr int max_order = 8;
using Slopes = std::array<double, max_order>;

double bell(int k, const Slopes& z) {
  std::array<double, max_order + 1> b{1};
  for (int n = 0; n < k; ++n) {
    double sum = 0, choices = 1;
    for (int i = 0; i <= n; ++i) {
      sum += choices * b[std::size_t(n - i)] * z[std::size_t(i)];
      choices = choices * (n - i) / (i + 1);
    }
    b[std::size_t(n + 1)] = sum;
  }
  return b[std::size_t(k)];
}

// z of a density at concentration a, but for the l in z_1.
Slopes slopes_at(int k, double a) {
  Slopes z{};
  for (int j = 0; j < k; ++j) z[std::size_t(j)] = -special::polygamma(j, a);
  return z;
}

// Nodes and weights of Gauss and Legendre on [0, 1].
struct Quadrature {
  static constexpr int size = 32;
  double node[size], weight[size];

  Quadrature() {
    for (int i = 0; i < size; ++i) {
      double x = std::cos(std::numbers::pi * (i + 0.75) / (size + 0.5)), slope = 1;
      for (int step = 0; step < 20; ++step) {
        double p = 1, before = 0;
        for (int n = 1; n <= size; ++n) {
          const double next = ((2 * n - 1) * x * p - (n - 1) * before) / n;
          before = p;
          p = next;
        }
        slope = size * (x * p - before) / (x * x - 1);
        const double move = p / slope;
        x -= move;
        if (std::abs(move) < 1e-16) break;
      }
      node[i] = 0.5 * (1 - x);
      weight[i] = 1 / ((1 - x * x) * slope * slope);
    }
  }
};

// Where the exponent, which is convex and rises behind its start, passes 40: by Newton's method
// from beyond. What follows is below a rounding.
template <class Exponent, class Slope>
double end_of(double start, const Exponent& exponent, const Slope& slope) {
  double s = start;
  for (int i = 0; i < 100; ++i) {
    const double move = (exponent(s) - 40) / slope(s);
    s -= move;
    if (!(move > 1e-3 * s)) break;
  }
  return s;
}

double slope_of(int k, double a, double l) {
  if (!(a > 0) || l != l) return std::numeric_limits<double>::quiet_NaN();
  const double x = std::exp(l);
  if (std::isinf(x) || std::isinf(a)) return 0;
  if (a < 1 && l < special::digamma(a + 1)) {
    // The power series of F, a term of which is a density of concentration a + n + 1.
    Slopes z = slopes_at(k, a + 1);
    double term = 1 / a, sum = 0;
    for (int n = 0; n < 200; ++n) {
      Slopes here = z;
      here[0] += l;
      const double part = term * bell(k, here);
      sum += part;
      if (n > 2 && std::abs(part) <= 1e-17 * std::abs(sum)) break;
      const double next = a + n + 1;
      term *= x / next;
      double power = 1;
      for (int j = 0; j < k; ++j) {  // polygamma(j, next + 1) from that of next
        power /= next;
        z[std::size_t(j)] -= (j % 2 ? -1 : 1) * std::tgamma(j + 1) * power;
      }
    }
    return sum;
  }
  static const Quadrature rule;
  const Slopes z = slopes_at(k, a);
  // From below or, since the whole integral is 0, from above: where the terms have one sign.
  const bool below = l + z[0] < 0;
  const auto exponent = [=](double s) {
    return below ? a * s + x * std::expm1(-s) : x * std::expm1(s) - a * s;
  };
  const auto slope = [=](double s) { return below ? a - x * std::exp(-s) : x * std::exp(s) - a; };
  const double start = below ? (40 + x) / a : (a - x + std::sqrt((a - x) * (a - x) + 80 * x)) / x;
  const double end = end_of(start, exponent, slope);
  double sum = 0;
  for (int i = 0; i < Quadrature::size; ++i) {
    const double s = end * rule.node[i];
    Slopes here = z;
    here[0] += below ? l - s : l + s;
    sum += rule.weight[i] * bell(k, here) * std::exp(-exponent(s));
  }
  return (below ? end : -end) * sum;
}

}  // namespace

void gamma_slope(int k, const Array& a, const Array& l, const Array& y) {
  const double* const concentration = a.data<double>();
  const double* const place = l.data<double>();
  double* const to = y.data<double>();
  parallel_for(y.numel(), 64, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) to[i] = slope_of(k, concentration[i], place[i]);
  });
}

}  // namespace cinta::kernels
