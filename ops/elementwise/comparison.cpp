#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/detail/convert.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/elementwise/elementwise.hpp>
#include <limits>

namespace cinta {
namespace {

using kernels::Function;

// f(a, b), or with `swapped` f(b, a), as bools.
Tensor compare(const char* name, const Operand& a, const Operand& b, Function f,
               bool swapped = false) {
  const detail::Converted in(name, a, b, int64);
  return apply(
      {name, Save::nothing(), in.site()}, {in.a(), in.b()}, {in.shape(), boolean},
      [f, swapped](const Inputs& x, const Tensor& y) {
        const kernels::Row row = kernels::rows().compare[int(x[0].dtype())][int(f)];
        kernels::elementwise(row, y, x[swapped ? 1 : 0], x[swapped ? 0 : 1]);
      },
      no_gradient, no_gradient);
}

Tensor logical(const char* name, const Tensor& a, const Tensor& b, const Site& site, Function f) {
  detail::check_defined({name, site}, {a, b});
  const Tensor x = to(a, boolean, site), y = to(b, boolean, site);
  return apply(
      {name, Save::nothing(), site}, {x, y},
      {broadcast_shapes(name, x.shape(), y.shape(), site), boolean},
      [f](const Inputs& in, const Tensor& out) { kernels::elementwise(f, out, in[0], in[1]); },
      no_gradient, no_gradient);
}

}  // namespace

Tensor where(const Tensor& condition, const Operand& a, const Operand& b) {
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
        kernels::elementwise(kernels::rows().where[int(y.dtype())], y, x[0], x[1], x[2]);
      },
      no_gradient,  //
      [](const Grad& g) { return where(g.in(0), g.dy, 0.0); },
      [](const Grad& g) { return where(g.in(0), 0.0, g.dy); });
}

Tensor eq(const Operand& a, const Operand& b) { return compare("eq", a, b, Function::eq); }
Tensor ne(const Operand& a, const Operand& b) { return compare("ne", a, b, Function::ne); }
Tensor lt(const Operand& a, const Operand& b) { return compare("lt", a, b, Function::lt); }
Tensor le(const Operand& a, const Operand& b) { return compare("le", a, b, Function::le); }
Tensor gt(const Operand& a, const Operand& b) { return compare("gt", a, b, Function::lt, true); }
Tensor ge(const Operand& a, const Operand& b) { return compare("ge", a, b, Function::le, true); }

Tensor isnan(const Tensor& x, Site site) {
  const Site here = SiteScope::resolve(site);
  return compare("isnan", {x, here}, {x, here}, Function::ne);
}

Tensor isinf(const Tensor& x, Site site) {
  const Op op{"isinf", Save::nothing(), site};
  detail::check_defined(op, {x});
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return eq({abs(x, op.site), op.site}, {infinity, op.site});
}

Tensor isfinite(const Tensor& x, Site site) {
  const Op op{"isfinite", Save::nothing(), site};
  detail::check_defined(op, {x});
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return lt({abs(x, op.site), op.site}, {infinity, op.site});
}

Tensor logical_and(const Tensor& a, const Tensor& b, Site site) {
  return logical("logical_and", a, b, site, Function::minimum);
}
Tensor logical_or(const Tensor& a, const Tensor& b, Site site) {
  return logical("logical_or", a, b, site, Function::maximum);
}
Tensor logical_xor(const Tensor& a, const Tensor& b, Site site) {
  detail::check_defined({"logical_xor", site}, {a, b});
  const Tensor x = to(a, boolean, site), y = to(b, boolean, site);
  return apply(
      {"logical_xor", Save::nothing(), site}, {x, y},
      {broadcast_shapes("logical_xor", x.shape(), y.shape(), site), boolean},
      [](const Inputs& in, const Tensor& out) {
        kernels::elementwise(kernels::rows().compare[int(boolean)][int(Function::ne)], out, in[0],
                             in[1]);
      },
      no_gradient, no_gradient);
}
Tensor logical_not(const Tensor& x, Site site) {
  detail::check_defined({"logical_not", site}, {x});
  const Tensor in = to(x, boolean, site);
  return apply(
      {"logical_not", Save::nothing(), site}, {in}, in.spec(),
      [](const Inputs& inputs, const Tensor& y) {
        kernels::elementwise(kernels::rows().compare[int(boolean)][int(Function::eq)], y, inputs[0],
                             detail::scalar(0, boolean));
      },
      no_gradient);
}

}  // namespace cinta
