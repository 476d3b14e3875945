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

// Equal ones apart: infinity less infinity is no number. Visible, as g++ takes no visibility from
// what a class declares as friends.
[[gnu::visibility("default")]] Element logaddexp(Element u, Element v) {
  return where(u == v, 0.5 * u + 0.5 * v + 0.69314718055994530942,  // ln(2)
               maximum(u, v) + softplus(-abs(u - v)));
}
Tensor logaddexp(Operand a, Operand b) {
  const auto f = [](Element u, Element v) { return logaddexp(u, v); };
  return detail::map("logaddexp", detail::program_of<2, false>(f, a.site()), {a, b});
}

[[gnu::visibility("default")]] Element logaddexp2(Element u, Element v) {
  constexpr double ln2 = 0.69314718055994530942;
  return where(u == v, 0.5 * u + 0.5 * v + 1,
               maximum(u, v) + softplus(-ln2 * abs(u - v)) * (1 / ln2));
}
Tensor logaddexp2(Operand a, Operand b) {
  const auto f = [](Element u, Element v) { return logaddexp2(u, v); };
  return detail::map("logaddexp2", detail::program_of<2, false>(f, a.site()), {a, b});
}

}  // namespace cinta
