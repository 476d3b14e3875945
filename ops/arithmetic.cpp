#include <cinta/autograd/row_sparse.hpp>
#include <cinta/ops/arithmetic.hpp>
#include <cinta/ops/comparison.hpp>
#include <cinta/ops/convert.hpp>
#include <cinta/ops/elementwise.hpp>
#include <cinta/ops/kernels/copy.hpp>
#include <cinta/ops/kernels/map.hpp>

namespace cinta {
namespace {

// Forward of a binary operation on any numeric dtype.
template <class F>
auto map_numeric(F f) {
  return [f](const Inputs& in, const Tensor& y) {
    dispatch(y.dtype(), [&]<class T>() {
      if constexpr (!std::is_same_v<T, bool>) kernels::map<T, T>(y, f, in[0], in[1]);
    });
  };
}

// Two bools count as integers, so that true + true is 2.
constexpr Dtype numbers = int64;

Tensor pow_number(const Tensor& base, double exponent, const Site& site) {
  const Op op{"pow", Save::inputs(), site};
  detail::check_defined(op, {base});
  const Tensor x = detail::floating(base, site);
  return apply(
      op, {x}, x.spec(),
      [exponent](const Inputs& in, const Tensor& y) {
        dispatch_floating(y.dtype(), [&]<class T>() {
          if (exponent == 2) {
            kernels::map<T, T>(
                y, [](auto v) { return v * v; }, in[0]);
          } else {
            kernels::map<T, T>(
                y, [exponent](auto v) { return kernels::pow(v, decltype(v)(T(exponent))); }, in[0]);
          }
        });
      },
      [exponent](const Grad& g) {
        if (exponent == 0) return g.dy * 0.0;
        if (exponent == 1) return g.dy;
        return g.dy * (exponent * pow(g.in(0), exponent - 1));
      });
}

}  // namespace

Tensor add(Operand a, Operand b) {
  const detail::Converted in("add", a, b, numbers);
  return apply(
      {"add", Save::nothing(), in.site()}, {in.a(), in.b()}, {in.shape(), in.dtype()},
      map_numeric([](auto x, auto y) { return x + y; }), [](const Grad& g) { return g.dy; },  //
      [](const Grad& g) { return g.dy; });
}

Tensor sub(Operand a, Operand b) {
  const detail::Converted in("sub", a, b, numbers);
  return apply(
      {"sub", Save::nothing(), in.site()}, {in.a(), in.b()}, {in.shape(), in.dtype()},
      map_numeric([](auto x, auto y) { return x - y; }), [](const Grad& g) { return g.dy; },  //
      [](const Grad& g) { return -g.dy; });
}

Tensor mul(Operand a, Operand b) {
  const detail::Converted in("mul", a, b, numbers);
  const Save save = Save::input(0, in.b().requires_grad()) | Save::input(1, in.a().requires_grad());
  return apply(
      {"mul", save, in.site()}, {in.a(), in.b()}, {in.shape(), in.dtype()},
      map_numeric([](auto x, auto y) { return x * y; }),
      [](const Grad& g) { return g.dy * g.in(1); }, [](const Grad& g) { return g.dy * g.in(0); });
}

Tensor div(Operand a, Operand b) {
  const detail::Converted in("div", a, b, float32);
  const Save save = in.b().requires_grad() ? Save::input(1) | Save::output() : Save::input(1);
  return apply(
      {"div", save, in.site()}, {in.a(), in.b()}, {in.shape(), in.dtype()},
      map_numeric([](auto x, auto y) { return x / y; }),
      [](const Grad& g) { return g.dy / g.in(1); },
      [](const Grad& g) { return -(g.dy * g.out() / g.in(1)); });
}

Tensor pow(Operand a, Operand b) {
  if (b.is_number() && !a.is_number()) return pow_number(a.tensor(), b.number(), a.site());
  const detail::Converted in("pow", a, b, float32);
  return apply(
      {"pow", in.site()}, {in.a(), in.b()}, {in.shape(), in.dtype()},
      [](const Inputs& x, const Tensor& y) {
        dispatch_floating(y.dtype(), [&]<class T>() {
          kernels::map<T, T>(
              y, [](auto base, auto exponent) { return kernels::pow(base, exponent); }, x[0], x[1]);
        });
      },
      [](const Grad& g) {
        const Tensor &x = g.in(0), &e = g.in(1);
        // x^e has slope 0 where e is 0, at x = 0 too, where the formula says 0 * inf.
        const Tensor constant = logical_and(eq(x, 0), eq(e, 0));
        return g.dy * (e * pow(x, where(constant, 1.0, e - 1)));
      },
      [](const Grad& g) {
        const Tensor &x = g.in(0), &e = g.in(1);
        // 0^e stays 0 as e > 0 varies, where the formula says 0 * -inf.
        const Tensor flat = logical_and(eq(x, 0), ge(e, 0));
        return g.dy * where(flat, 0.0, g.out() * log(where(flat, 1.0, x)));
      });
}

Tensor neg(const Tensor& x, Site site) {
  const Op op{"neg", Save::nothing(), site};
  detail::check_defined(op, {x});
  const Tensor in = x.dtype() == boolean ? to(x, int64, site) : x;
  return apply(
      op, {in}, in.spec(),
      [](const Inputs& inputs, const Tensor& y) {
        dispatch(y.dtype(), [&]<class T>() {
          if constexpr (!std::is_same_v<T, bool>)
            kernels::map<T, T>(
                y, [](auto v) { return -v; }, inputs[0]);
        });
      },
      [](const Grad& g) { return -g.dy; });
}

namespace detail {

Tensor add_gradients(const Tensor& a, const Tensor& b) {
  return a.is_row_sparse() || b.is_row_sparse() ? add_row_sparse(a, b) : a + b;
}

void add_in_place(const Tensor& into, const Tensor& x) {
  if (x.is_row_sparse())
    add_rows_in_place(into, x);
  else
    kernels::accumulate(x, into);
  into.storage()->bump_version("backward", SiteScope::resolve({}));
}

}  // namespace detail
}  // namespace cinta
