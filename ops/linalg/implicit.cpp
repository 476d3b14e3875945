#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/functional.hpp>
#include <cinta/autograd/primitive/fill.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/linalg/detail/matrix.hpp>
#include <cinta/ops/linalg/implicit.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/linalg/solve.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>

namespace cinta {
namespace {

Tensors detached(const Tensors& tensors) {
  Tensors result;
  for (const Tensor& x : tensors) result.push_back(x.detach());
  return result;
}

// Throws if f(x, parameters) has another shape, or a history although its arguments have none.
void check_equation(const Op& op, const Equation& f, const Tensor& x, const Tensors& parameters) {
  const EnableGrad enable;
  const Tensor y = f(x.detach(), detached(parameters));
  if (!y.defined() || y.spec() != x.spec()) {
    throw ShapeError(std::string(op.name) + ": the equation gives " +
                         (y.defined() ? y.spec().str() : "an undefined tensor") + " for " +
                         x.spec().str(),
                     op.site);
  }
  if (y.requires_grad()) {
    throw ValueError(std::string(op.name) +
                         ": the equation reads a tensor that requires a gradient and is not among "
                         "its parameters; pass it, or detach it",
                     op.site);
  }
}

// The saved parameters, which stand behind the first input.
Tensors saved_parameters(const Grad& g, std::size_t count) {
  Tensors parameters;
  for (std::size_t i = 0; i < count; ++i) parameters.push_back(g.in(int(i) + 1));
  return parameters;
}

Tensors with_first(const Tensor& first, const Tensors& rest) {
  Tensors all{first};
  all.insert(all.end(), rest.begin(), rest.end());
  return all;
}

// -vᵀ df/dparameters at x, behind the gradient of the first input.
Tensors through_parameters(const Tensor& first, const Equation& f, const Tensor& x,
                           const Tensors& parameters, const Tensor& v, FunctionalOptions options) {
  if (parameters.empty()) return {first};
  return with_first(first,
                    vjp([&](const Tensors& p) { return f(x, p); }, parameters, -v, options).second);
}

double dot(const Tensor& a, const Tensor& b) {
  return map_sum([](auto x, auto y) { return x * y; }, a, b).item();
}

// The method itself; nothing is recorded.
Tensor run(const Op& op, const LinearMap& product, const Tensor& b, const CgOptions& options) {
  const double rtol = options.rtol.value_or(b.dtype() == float64 ? 1e-10 : 1e-5);
  const std::int64_t most = options.max_steps.value_or(2 * b.numel() + 10);
  const double size = std::sqrt(dot(b, b));
  Tensor x = zeros(b.shape(), b.dtype());
  if (size == 0) return x;
  const auto conditioned = [&](const Tensor& r) {
    return options.preconditioner ? options.preconditioner(r) : r;
  };
  Tensor r = b, z = conditioned(r), direction = z;
  double rz = dot(r, z), residual = size;
  for (std::int64_t step = 0; step < most; ++step) {
    const Tensor turned = product(direction);
    const double curvature = dot(direction, turned);
    if (!(curvature > 0) || !(rz > 0)) {
      throw ValueError(std::string(op.name) + ": after " + std::to_string(step) +
                           " steps a direction shows that the " +
                           (curvature > 0 ? "preconditioner" : "matrix") +
                           " is not positive definite",
                       op.site);
    }
    const double length = rz / curvature;
    x = x + length * direction;
    r = r - length * turned;
    residual = std::sqrt(dot(r, r));
    if (residual <= rtol * size) return x;
    z = conditioned(r);
    const double next = dot(r, z);
    direction = z + (next / rz) * direction;
    rz = next;
  }
  throw ValueError(std::string(op.name) + ": did not converge: after " + std::to_string(most) +
                       " steps the residual is " + std::to_string(residual / size) + " of |b|",
                   op.site);
}

Tensor solved(const Op& op, const Equation& product, const Tensor& b, const Tensors& parameters,
              const CgOptions& options) {
  return apply(
      op.saving(Save::inputs() | Save::output()), with_first(b, parameters), b.spec(),
      [=, name = op.name, site = op.site](const Inputs& in, const Tensor& y) {
        Tensors p;
        for (int i = 1; i < in.size(); ++i) p.push_back(in[i]);
        kernels::copy(
            run(
                {name, site}, [&](const Tensor& v) { return product(v, p); }, in[0], options),
            y);
      },
      [=, name = op.name, count = parameters.size()](const Grad& g) {
        const Tensors p = saved_parameters(g, count);
        const Tensor v = solved({name, Site()}, product, g.dy, p, options);
        return through_parameters(v, product, g.out(), p, v, {g.create_graph()});
      });
}

// x with f(x, parameters) = 0; `given` is what f was made of.
Tensor root(const Op& op, const Tensor& solution, const Equation& given, const Equation& f,
            const Tensors& parameters, const ImplicitOptions& options) {
  detail::check_defined(op, {solution});
  detail::check_defined(op, parameters);
  if (!is_floating(solution.dtype())) {
    throw DtypeError(
        std::string(op.name) + ": needs a floating dtype, got " + name_of(solution.dtype()),
        op.site);
  }
  const SiteScope scope(op.site);
  if (GradMode::enabled()) check_equation(op, given, solution, parameters);
  return apply(
      op.saving(Save::inputs() | Save::output()), with_first(solution.detach(), parameters),
      solution.spec(), [](const Inputs& in, const Tensor& y) { kernels::copy(in[0], y); },
      [=, count = parameters.size()](const Grad& g) {
        const Tensors p = saved_parameters(g, count);
        const Tensor x = g.out();
        const FunctionalOptions recorded{g.create_graph()};
        const auto of_x = [&](const Tensor& at) { return f(at, p); };
        Tensor v;
        if (options.solve && !g.create_graph()) {
          v = options.solve([&](const Tensor& w) { return vjp(of_x, x, w).second; }, g.dy);
        } else {
          const std::int64_t n = x.numel();
          const Tensor j = reshape(jacobian(of_x, x, recorded), {n, n});
          v = reshape(solve(transpose(j), reshape(g.dy, {n})), x.shape());
        }
        return through_parameters({}, f, x, p, v, recorded);
      });
}

}  // namespace

Tensor implicit_root(const Tensor& solution, const Equation& f, const Tensors& parameters,
                     ImplicitOptions options, Site site) {
  return root({"implicit_root", site}, solution, f, f, parameters, options);
}

Tensor implicit_fixed_point(const Tensor& solution, const Equation& f, const Tensors& parameters,
                            ImplicitOptions options, Site site) {
  return root(
      {"implicit_fixed_point", site}, solution, f,
      [f](const Tensor& x, const Tensors& p) { return x - f(x, p); }, parameters, options);
}

Tensor cg(const Equation& product, const Tensor& b, const Tensors& parameters, CgOptions options,
          Site site) {
  const Op op{"cg", site};
  detail::check_defined(op, {b});
  detail::check_defined(op, parameters);
  if (!is_floating(b.dtype())) {
    throw DtypeError(std::string("cg: needs a floating dtype, got ") + name_of(b.dtype()), op.site);
  }
  const SiteScope scope(op.site);
  if (GradMode::enabled()) check_equation(op, product, b, parameters);
  return solved(op, product, b, parameters, options);
}

Tensor cg(const Tensor& a, const Tensor& b, CgOptions options, Site site) {
  const Op op{"cg", site};
  detail::check_defined(op, {a, b});
  detail::check_square(op, a);
  if (a.rank() != 2 || b.rank() < 1 || b.rank() > 2 || b.size(0) != a.size(0) ||
      b.dtype() != a.dtype()) {
    throw ShapeError("cg: " + a.spec().str() + " and " + b.spec().str() +
                         ": needs (n, n) and (n,) or (n, k) of one dtype",
                     op.site);
  }
  const SiteScope scope(op.site);
  return solved(
      op, [](const Tensor& x, const Tensors& p) { return matmul(p[0], x); }, b, {a}, options);
}

}  // namespace cinta
