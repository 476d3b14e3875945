#pragma once
// Private to distributions: what their formulas are made of.

#include <cinta/ops/map/map.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <limits>

namespace cinta::distributions {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
inline constexpr double half_log_two_pi = 0.91893853320467274178;
inline constexpr double euler_gamma = 0.57721566490153286061;
inline constexpr double pi = 3.14159265358979323846;

/// (x - loc) / scale; an infinite x stays one, of which loc and scale change nothing: their slopes
/// would be 0 times infinity.
inline Element standardized(Element x, Element loc, Element scale) {
  return where(isinf(x), x, (x - loc) / scale);
}

/// f of elements in double precision, rounded to the dtype: differences of gamma functions lose the
/// digits that they have in common.
template <class F, class... X>
Tensor in_double(Dtype dtype, const F& f, const X&... x) {
  return to(map(f, to(x, float64)...), dtype);
}

}  // namespace cinta::distributions
