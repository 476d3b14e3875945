#include <cinta/ops/elementwise/fused.hpp>
#include <cinta/ops/map/map.hpp>

namespace cinta {

#pragma GCC visibility push(default)  // g++ takes none from what a class declares as friends
Element lerp(Element start, Element end, Element weight) {
  const Element range = end - start;
  return where(weight < 0.5, start + weight * range, end - (1 - weight) * range);
}
Element addcmul(Element x, Element a, Element b, Element value) { return x + value * a * b; }
Element addcmul(Element x, Element a, Element b) { return addcmul(x, a, b, 1); }
Element addcdiv(Element x, Element a, Element b, Element value) { return x + value * a / b; }
Element addcdiv(Element x, Element a, Element b) { return addcdiv(x, a, b, 1); }

// log(exp(u) + exp(v)) from the larger one, chosen by where: maximum and abs have kinks at u == v,
// the sum has none. Equal infinities apart: less one another they are no number.
namespace {
Element log_sum(Element u, Element v, double unit) {
  const Condition first = u > v;
  const Element larger = where(first, u, v), apart = where(first, v - u, u - v);
  return where(u == v && isinf(u), 0.5 * u + 0.5 * v, larger + softplus(unit * apart) * (1 / unit));
}
}  // namespace
Element logaddexp(Element u, Element v) { return log_sum(u, v, 1); }
Element logaddexp2(Element u, Element v) { return log_sum(u, v, 0.69314718055994530942); }  // ln(2)
#pragma GCC visibility pop

Tensor lerp(const Operand& start, const Operand& end, const Operand& weight) {
  const auto f = [](Element a, Element b, Element w) { return lerp(a, b, w); };
  return detail::map("lerp", detail::program_of<3, false>(f, start.site()), {start, end, weight});
}

Tensor addcmul(const Operand& x, const Operand& a, const Operand& b, const Operand& value) {
  const auto f = [](Element s, Element u, Element v, Element factor) {
    return addcmul(s, u, v, factor);
  };
  return detail::map("addcmul", detail::program_of<4, false>(f, x.site()), {x, a, b, value});
}

Tensor addcdiv(const Operand& x, const Operand& a, const Operand& b, const Operand& value) {
  const auto f = [](Element s, Element u, Element v, Element factor) {
    return addcdiv(s, u, v, factor);
  };
  return detail::map("addcdiv", detail::program_of<4, false>(f, x.site()), {x, a, b, value});
}

Tensor logaddexp(const Operand& a, const Operand& b) {
  const auto f = [](Element u, Element v) { return logaddexp(u, v); };
  return detail::map("logaddexp", detail::program_of<2, false>(f, a.site()), {a, b});
}

Tensor logaddexp2(const Operand& a, const Operand& b) {
  const auto f = [](Element u, Element v) { return logaddexp2(u, v); };
  return detail::map("logaddexp2", detail::program_of<2, false>(f, a.site()), {a, b});
}

}  // namespace cinta
