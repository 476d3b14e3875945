#include <array>
#include <cinta/distributions/detail/formula.hpp>
#include <cinta/distributions/normal.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/random/samplers.hpp>
#include <cmath>
#include <vector>

namespace cinta::distributions {
namespace {

// What lies between two bounds of a standard normal variable. Shares of all that is below either
// cancel where the bounds are near each other, and moments where both are far out, so that each
// case has formulas of its own. Turned over so that the middle is not below 0, the densities
//
//     exp(-(t - base) (t + base) / 2)    for low <= t <= high,    base = max(low, 0),
//
// are at most 1, and so are computed with.
struct Between {
  Condition over;            // whether it is turned
  Element low, high, width;  // either bound may be infinite
  Condition is_tail, is_narrow;

  Between(Element a, Element b, Element size)
      : over(a + b < 0),
        low(where(over, -b, a)),
        high(where(over, -a, b)),
        width(size),
        is_tail(low > 0),
        is_narrow((is_tail && width * (low + 0.5 * width) <= 4) || (!is_tail && high <= 1.5)) {}

  Element base() const { return where(is_tail, low, 0); }
};

// Of what is between: the logarithm of the integral of the densities, the mean distance from low,
// its variance, the mean of (t - base) (t + base) / 2. Means and variances of a narrow interval are
// by its width.
struct Moments {
  Element log_mass, mean, variance, exponent;
};

// Gauss and Legendre's rule of 16 points: exact to rounding where densities differ by exp(4).
Moments narrow_moments(const Between& t) {
  constexpr double points[] = {0.095012509837637440513, 0.28160355077925891543,
                               0.45801677765722736968,  0.61787624440264377057,
                               0.75540440835500299865,  0.8656312023878317552,
                               0.94457502307323260027,  0.98940093499164993851};
  constexpr double weights[] = {0.18945061045506854911, 0.18260341504492358887,
                                0.16915651939500253819, 0.14959598881657673208,
                                0.12462897125553387205, 0.09515851168249278481,
                                0.06225352393864789286, 0.02715245941175409485};
  std::vector<Element> places, shares, exponents;
  Element mass = 0;
  for (int k = 0; k < 16; ++k) {
    const Element x = 0.5 + (k < 8 ? -0.5 : 0.5) * points[k % 8], step = t.width * x;
    const Element e = where(t.is_tail, step * (t.low + 0.5 * step), 0.5 * square(t.low + step));
    places.push_back(x), exponents.push_back(e);
    shares.push_back(0.5 * weights[k % 8] * exp(-e));
    mass = mass + shares.back();
  }
  Moments m{log(t.width) + log(mass), 0, 0, 0};
  for (std::size_t k = 0; k < 16; ++k) {
    m.mean = m.mean + places[k] * (shares[k] / mass);
    m.exponent = m.exponent + exponents[k] * (shares[k] / mass);
  }
  for (std::size_t k = 0; k < 16; ++k)
    m.variance = m.variance + square(places[k] - m.mean) * (shares[k] / mass);
  return m;
}

// sqrt(pi / 2) erfcx(x / sqrt(2)), the share beyond x over the density there: x > 0.
Element mills(Element x) {
  return 1.25331413731550025121 * erfcx(0.70710678118654752440 * where(x > 0, x, 0));
}

// The first and second moment of the distance from x of what is beyond it: far out by a continued
// fraction of positive terms.
std::array<Element, 2> moments_beyond(Element x) {
  constexpr int terms = 20;
  Element c = 0.5 * (hypot(x, std::sqrt(4.0 * terms)) - x);
  for (int n = terms - 1; n > 1; --n) c = n / (x + c);
  const Element near = 1 / mills(x) - x, far = 1 / (x + c);
  return {where(x > 6, far, near), where(x > 6, c * far, 1 - x * near)};
}

// Far out, and not narrow: what is beyond low, without what is beyond high.
Moments tail_moments(const Between& t) {
  const Element way = t.width * (t.low + 0.5 * t.width);
  const Element rest = where(way < 700, exp(-way) * mills(t.high) / mills(t.low), 0);
  const std::array<Element, 2> all = moments_beyond(t.low), beyond = moments_beyond(t.high);
  const auto without = [&](Element whole, Element part) {
    return where(rest == 0, whole, (whole - rest * part) / (1 - rest));
  };
  const Element mean = without(all[0], t.width + beyond[0]);
  const Element second = without(all[1], t.width * (t.width + 2 * beyond[0]) + beyond[1]);
  return {log(mills(t.low)) + log1p(-rest), mean, second - square(mean),
          t.low * mean + 0.5 * second};
}

// With 0 inside, and not narrow: nothing cancels. Infinite bounds are constants, since their own
// slopes are no numbers.
Moments middle_moments(const Between& t) {
  const auto edge = [](Element x) {
    return where(isinf(x), 0, exp(-0.5 * square(x) - half_log_two_pi));
  };
  const auto moment = [&](Element x) { return where(isinf(x), 0, x * edge(x)); };
  const Element share =
      where(t.low == -infinity, 1, ndtr(-t.low)) - where(t.high == infinity, 0, ndtr(-t.high));
  const Element mean = (edge(t.low) - edge(t.high)) / share;  // not from low, but from 0
  const Element second = 1 + (moment(t.low) - moment(t.high)) / share;
  return {log(share) + half_log_two_pi, mean, second - square(mean), 0.5 * second};
}

Element log_mass(const Between& t) {
  return where(t.is_narrow, narrow_moments(t).log_mass,
               where(t.is_tail, tail_moments(t).log_mass, middle_moments(t).log_mass));
}
Element mean_exponent(const Between& t) {
  return where(t.is_narrow, narrow_moments(t).exponent,
               where(t.is_tail, tail_moments(t).exponent, middle_moments(t).exponent));
}

// A truncated variable: m and s are those of the normal one.
struct Truncated {
  Element m, s, low, high;
  Between t;

  Truncated(Element loc, Element scale, Element a, Element b)
      : m(loc), s(scale), low(a), high(b), t(between(a, b)) {}

  // What lies between two of its elements.
  Between between(Element a, Element b) const {
    const Condition is_endless = isinf(a) || isinf(b);
    return {standardized(a, m, s), standardized(b, m, s), where(is_endless, infinity, (b - a) / s)};
  }
  // (t - base) (t + base) / 2 of an element that lies within.
  Element exponent(Element x) const {
    const Element step = where(t.over, high - x, x - low) / s;
    return where(t.is_tail, step * (t.low + 0.5 * step), 0.5 * square((x - m) / s));
  }
  // The distance of the mean from the bound that low stands for, unless 0 is well inside.
  Element step() const {
    return where(t.is_narrow, (high - low) * narrow_moments(t).mean, s * tail_moments(t).mean);
  }
  Condition has_step() const { return t.is_narrow || t.is_tail; }
  Element mean() const {
    const Element from_bound = step(), inside = s * middle_moments(t).mean;
    return where(has_step(), where(t.over, high - from_bound, low + from_bound),
                 m + where(t.over, -inside, inside));
  }
  Element variance() const {
    return where(
        t.is_narrow, square(high - low) * narrow_moments(t).variance,
        square(s) * where(t.is_tail, tail_moments(t).variance, middle_moments(t).variance));
  }
  // The mean of exponent() of elements of p, which lies within.
  Element mean_exponent_of(const Truncated& p) const {
    // By the bounds' own distance, beside which that of the mean may be nothing.
    const Element step = p.step();
    const Element from_low = where(p.t.over, p.high - low - step, p.low - low + step);
    const Element to_high = where(p.t.over, high - p.high + step, high - p.low - step);
    const Element mean = p.mean(), far = where(t.over, high - mean, mean - low);
    const Element distance = where(p.has_step(), where(t.over, to_high, from_low), far) / s;
    return where(t.is_tail, distance * (t.low + 0.5 * distance), 0.5 * square((mean - m) / s)) +
           0.5 * p.variance() / square(s);
  }
};

}  // namespace

TruncatedNormal::TruncatedNormal(const Operand& loc, const Operand& scale, const Operand& low,
                                 const Operand& high)
    : Distribution(
          "TruncatedNormal",
          prepared(
              "TruncatedNormal",
              {{"loc", loc}, {"scale", scale, Domain::positive}, {"low", low}, {"high", high}}),
          0, loc.site()) {
  refuse_unless_below("low", this->low(), "high", this->high(), loc.site());
}

Tensor TruncatedNormal::do_sample(const Shape& shape) const {
  return truncated_normal(expanded(0, shape), scale(), low(), high());
}
Tensor TruncatedNormal::do_log_prob(const Tensor& value) const {
  return in_double(
      dtype(),
      [](Element x, Element m, Element s, Element a, Element b) {
        const Truncated p(m, s, a, b);
        return where(x < a || x > b, -infinity, -p.exponent(x) - log_mass(p.t) - log(s));
      },
      value, loc(), scale(), low(), high());
}
Tensor TruncatedNormal::do_entropy() const {
  return in_double(
      dtype(),
      [](Element m, Element s, Element low, Element high) {
        const Truncated p(m, s, low, high);
        return log(s) + log_mass(p.t) + mean_exponent(p.t);
      },
      loc(), scale(), low(), high());
}
Tensor TruncatedNormal::do_mean() const {
  return in_double(
      dtype(),
      [](Element m, Element s, Element low, Element high) {
        return Truncated(m, s, low, high).mean();
      },
      loc(), scale(), low(), high());
}
Tensor TruncatedNormal::do_variance() const {
  return in_double(
      dtype(),
      [](Element m, Element s, Element low, Element high) {
        return Truncated(m, s, low, high).variance();
      },
      loc(), scale(), low(), high());
}
Tensor TruncatedNormal::do_cdf(const Tensor& value) const {
  return in_double(
      dtype(),
      [](Element x, Element m, Element s, Element low, Element high) {
        const Truncated p(m, s, low, high);
        const Between below = p.between(low, x);
        // Both by the densities of the whole: what is below x is on the far side where that is
        // turned over.
        const Element from_base = 0.5 * square(p.t.base()) - 0.5 * square(below.base());
        const Element shift = where(p.t.is_tail, where(p.t.over, -p.exponent(x), 0), from_base);
        const Element share = exp(shift + log_mass(below) - log_mass(p.t));
        // The share of no number may be one: comparisons with NaN choose branches that forget it.
        return where(x <= low, 0, where(x >= high, 1, where(x == x, share, x)));
      },
      value, loc(), scale(), low(), high());
}

Tensor TruncatedNormal::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const TruncatedNormal*>(&q);
  if (!other) return {};
  const auto f = [](Element m, Element s, Element a, Element b, Element n, Element t, Element c,
                    Element d) {
    const Truncated own(m, s, a, b), others(n, t, c, d);
    return where(c <= a && b <= d,
                 log(t / s) + log_mass(others.t) - log_mass(own.t) + others.mean_exponent_of(own) -
                     mean_exponent(own.t),
                 infinity);
  };
  return in_double(dtype(), f, loc(), scale(), low(), high(), other->loc(), other->scale(),
                   other->low(), other->high());
}

}  // namespace cinta::distributions
