#include <cinta/autograd/error.hpp>
#include <cinta/ops/arithmetic.hpp>
#include <cinta/ops/comparison.hpp>
#include <cinta/ops/convert.hpp>
#include <cinta/ops/kernels/map.hpp>

namespace cinta {
namespace {

using kernels::map;

template <class F>
Tensor compare(const char* name, const Operand& a, const Operand& b, F f) {
  const detail::Converted in(name, a, b, int64);
  return apply(
      {name, Save::nothing(), in.site()}, {in.a(), in.b()}, {in.shape(), boolean},
      [f](const Inputs& x, const Tensor& y) {
        dispatch(x[0].dtype(), [&]<class T>() { map<bool, T>(y, f, x[0], x[1]); });
      },
      no_gradient, no_gradient);
}

template <class F>
Tensor logical(const char* name, const Tensor& a, const Tensor& b, const Site& site, F f) {
  detail::check_defined({name, site}, {a, b});
  const Tensor x = to(a, boolean, site), y = to(b, boolean, site);
  return apply(
      {name, Save::nothing(), site}, {x, y},
      {broadcast_shapes(name, x.shape(), y.shape(), site), boolean},
      [f](const Inputs& in, const Tensor& out) { map<bool, bool>(out, f, in[0], in[1]); },
      no_gradient, no_gradient);
}

// The larger or smaller of two: `wins(a, b)` tells whether a is chosen over b.
template <class F>
Tensor extremum(const char* name, const Operand& a, const Operand& b, F f,
                Tensor (*wins)(Operand, Operand)) {
  const detail::Converted in(name, a, b, int64);
  const auto share = [wins](const Tensor& dy, const Tensor& mine, const Tensor& other) {
    return where(wins(mine, other), dy, where(eq(mine, other), 0.5 * dy, 0.0));
  };
  return apply(
      {name, Save::inputs(), in.site()}, {in.a(), in.b()}, {in.shape(), in.dtype()},
      [f](const Inputs& x, const Tensor& y) {
        dispatch(y.dtype(), [&]<class T>() {
          if constexpr (!std::is_same_v<T, bool>) map<T, T>(y, f, x[0], x[1]);
        });
      },
      [share](const Grad& g) { return share(g.dy, g.in(0), g.in(1)); },
      [share](const Grad& g) { return share(g.dy, g.in(1), g.in(0)); });
}

}  // namespace

Tensor maximum(Operand a, Operand b) {
  // v != v finds NaN, which has to win.
  return extremum(
      "maximum", a, b,
      [](auto x, auto y) { return kernels::select(x > y, x, kernels::select(x != x, x, y)); }, gt);
}

Tensor minimum(Operand a, Operand b) {
  return extremum(
      "minimum", a, b,
      [](auto x, auto y) { return kernels::select(x < y, x, kernels::select(x != x, x, y)); }, lt);
}

Tensor where(const Tensor& condition, Operand a, Operand b) {
  const detail::Converted in("where", a, b, boolean);
  if (!condition.defined())
    throw ValueError("where: the condition is an undefined tensor", in.site());
  if (condition.dtype() != boolean) {
    throw DtypeError(
        std::string("where: the condition must be bool, it is ") + name_of(condition.dtype()),
        in.site());
  }
  const Shape shape = broadcast_shapes("where", condition.shape(), in.shape(), in.site());
  return apply(
      {"where", Save::input(0), in.site()}, {condition, in.a(), in.b()}, {shape, in.dtype()},
      [](const Inputs& x, const Tensor& y) {
        dispatch(y.dtype(), [&]<class T>() { kernels::where<T>(y, x[0], x[1], x[2]); });
      },
      no_gradient,  //
      [](const Grad& g) { return where(g.in(0), g.dy, 0.0); },
      [](const Grad& g) { return where(g.in(0), 0.0, g.dy); });
}

Tensor eq(Operand a, Operand b) {
  return compare("eq", a, b, [](auto x, auto y) { return x == y; });
}
Tensor ne(Operand a, Operand b) {
  return compare("ne", a, b, [](auto x, auto y) { return x != y; });
}
Tensor lt(Operand a, Operand b) {
  return compare("lt", a, b, [](auto x, auto y) { return x < y; });
}
Tensor le(Operand a, Operand b) {
  return compare("le", a, b, [](auto x, auto y) { return x <= y; });
}
Tensor gt(Operand a, Operand b) {
  return compare("gt", a, b, [](auto x, auto y) { return x > y; });
}
Tensor ge(Operand a, Operand b) {
  return compare("ge", a, b, [](auto x, auto y) { return x >= y; });
}

Tensor isnan(const Tensor& x, Site site) {
  const Site here = SiteScope::resolve(site);
  return compare("isnan", {x, here}, {x, here}, [](auto a, auto) { return a != a; });
}

Tensor logical_and(const Tensor& a, const Tensor& b, Site site) {
  return logical("logical_and", a, b, site, [](bool x, bool y) { return x && y; });
}
Tensor logical_or(const Tensor& a, const Tensor& b, Site site) {
  return logical("logical_or", a, b, site, [](bool x, bool y) { return x || y; });
}
Tensor logical_not(const Tensor& x, Site site) {
  return logical("logical_not", x, x, site, [](bool v, bool) { return !v; });
}

}  // namespace cinta
