#include <cinta/ops/elementwise/fused.hpp>
#include <cinta/ops/map/map.hpp>

namespace cinta {

Tensor lerp(Operand start, Operand end, Operand weight) {
  const auto f = [](Element a, Element b, Element w) {
    return where(w < 0.5, a + w * (b - a), b - (1 - w) * (b - a));
  };
  return detail::map("lerp", detail::program_of<3, false>(f, start.site()), {start, end, weight});
}

Tensor addcmul(Operand x, Operand a, Operand b, Operand value) {
  const auto f = [](Element s, Element u, Element v, Element factor) { return s + factor * u * v; };
  return detail::map("addcmul", detail::program_of<4, false>(f, x.site()), {x, a, b, value});
}

Tensor addcdiv(Operand x, Operand a, Operand b, Operand value) {
  const auto f = [](Element s, Element u, Element v, Element factor) { return s + factor * u / v; };
  return detail::map("addcdiv", detail::program_of<4, false>(f, x.site()), {x, a, b, value});
}

Tensor logaddexp(Operand a, Operand b) {
  const auto f = [](Element u, Element v) {
    // Equal ones apart: infinity less infinity is no number.
    return where(u == v, 0.5 * u + 0.5 * v + 0.69314718055994530942,  // ln(2)
                 maximum(u, v) + softplus(-abs(u - v)));
  };
  return detail::map("logaddexp", detail::program_of<2, false>(f, a.site()), {a, b});
}

}  // namespace cinta
