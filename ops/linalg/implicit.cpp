#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/functional.hpp>
#include <cinta/autograd/primitive/fill.hpp>
#include <cinta/autograd/tape/substitution.hpp>
#include <cinta/autograd/tape/watch/captures.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/linalg/detail/matrix.hpp>
#include <cinta/ops/linalg/implicit.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/linalg/solve.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>

namespace cinta {
namespace {

Tensors detached(const Tensors& tensors) {
  Tensors result;
  for (const Tensor& x : tensors) result.push_back(x.detach());
  return result;
}

// Runs the equation once. Returns what it reads, besides its arguments, that requires a gradient or
// that somebody who watches may change: further inputs of the operation. Throws if its result has
// not the shape of x.
Tensors captured(const Op& op, const Equation& f, const Tensor& x, const Tensors& parameters) {
  const EnableGrad enable;
  Tensors arguments = detached(parameters);
  arguments.push_back(x.detach());
  std::vector<detail::Captures::Read> reads;
  {
    detail::Captures captures(arguments, {});
    const Tensor y = f(arguments.back(), Tensors(arguments.begin(), arguments.end() - 1));
    if (!y.defined() || y.spec() != x.spec()) {
      throw ShapeError(std::string(op.name) + ": the equation gives " +
                           (y.defined() ? y.spec().str() : "an undefined tensor") + " for " +
                           x.spec().str(),
                       op.site);
    }
    reads = captures.take();
  }
  Tensors found;
  for (detail::Captures::Read& read : reads)
    if (read.tensor.requires_grad() || detail::OpWatch::any())
      found.push_back(std::move(read.tensor));
  return found;
}

// The first input of an operation, and the others: parameters and what is captured.
Tensors joined(const Tensor& first, const Tensors& parameters, const Tensors& captures) {
  Tensors all{first};
  all.insert(all.end(), parameters.begin(), parameters.end());
  all.insert(all.end(), captures.begin(), captures.end());
  return all;
}

// Saved inputs from `begin` to before `end`.
Tensors saved(const Grad& g, std::size_t begin, std::size_t end) {
  Tensors tensors;
  for (std::size_t i = begin; i < end; ++i) tensors.push_back(g.in(int(i)));
  return tensors;
}

// What an operation's rule knows of its inputs.
struct Count {
  std::size_t parameters, captures;

  std::size_t all() const { return 1 + parameters + captures; }
};

// -vᵀ df/dparameters and df/dcaptures at x, behind the gradient of the first input.
Tensors through_parameters(const Tensor& first, const Grad& g, Count count, const Equation& f,
                           const Tensor& x, const Tensor& v) {
  Tensors gradients(count.all()), sources = saved(g, 1, count.all()), wanted;
  gradients[0] = first;
  Tensor y;
  {
    const EnableGrad enable;
    for (std::size_t i = 0; i < count.parameters; ++i)
      if (sources[i].requires_grad()) sources[i] = detail::identity_view(sources[i]);
    y = f(x, Tensors(sources.begin(), sources.begin() + std::ptrdiff_t(count.parameters)));
  }
  for (std::size_t i = 1; i < count.all(); ++i)
    if (g.needs(int(i))) wanted.push_back(sources[i - 1]);
  if (wanted.empty() || !y.requires_grad()) return gradients;
  // It ends at what comes from outside, and at x, which is a function of it as well.
  sources.push_back(x);
  const Tensors found = grad({y}, wanted,
                             {.grad_outputs = {-v},
                              .create_graph = g.create_graph(),
                              .allow_unused = true,
                              .stop_gradients = sources});
  auto next = found.begin();
  for (std::size_t i = 1; i < count.all(); ++i)
    if (g.needs(int(i))) gradients[i] = *next++;
  return gradients;
}

double dot(const Tensor& a, const Tensor& b) {
  return map_sum([](auto x, auto y) { return x * y; }, a, b).item();
}

// The method itself; nothing is recorded.
Tensor run(const Op& op, const LinearMap& product, const Tensor& given, const CgOptions& options) {
  // By a power of two, so that the squares of a residual are numbers: x is linear in b.
  const double largest = given.numel() ? max(abs(given)).item() : 0;
  const double scale =
      largest > 0 && std::isfinite(largest) ? std::exp2(std::floor(std::log2(largest))) : 1;
  const Tensor b = scale == 1 ? given : given / scale;
  const double rtol = options.rtol.value_or(b.dtype() == float64 ? 1e-10 : 1e-5);
  const std::int64_t most = options.max_steps.value_or(2 * b.numel() + 10);
  const double size = std::sqrt(dot(b, b));
  Tensor x = zeros(b.shape(), b.dtype());
  if (size == 0) return x;
  if (!std::isfinite(size))
    throw ValueError(std::string(op.name) + ": the right side holds a NaN or infinity", op.site);
  const auto conditioned = [&](const Tensor& r) {
    return options.preconditioner ? options.preconditioner(r) : r;
  };
  Tensor r = b, z = conditioned(r), direction = z;
  double rz = dot(r, z), residual = size;
  for (std::int64_t step = 0; step < most; ++step) {
    const Tensor turned = product(direction);
    const double curvature = dot(direction, turned);
    if (!std::isfinite(curvature) || !std::isfinite(rz))
      throw ValueError(std::string(op.name) + ": after " + std::to_string(step) + " steps the " +
                           (std::isfinite(rz) ? "product" : "preconditioner") +
                           " gives a NaN or infinity",
                       op.site);
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
    if (residual <= rtol * size) return scale == 1 ? x : x * scale;
    z = conditioned(r);
    const double next = dot(r, z);
    direction = z + (next / rz) * direction;
    rz = next;
  }
  throw ValueError(std::string(op.name) + ": did not converge: after " + std::to_string(most) +
                       " steps the residual is " + std::to_string(residual / size) + " of |b|",
                   op.site);
}

// `places` are the captures as the product knows them.
Tensor solved(const Op& op, const Equation& product, const Tensor& b, const Tensors& parameters,
              const Tensors& captures, const Tensors& places, const CgOptions& options) {
  const Count count{parameters.size(), captures.size()};
  return apply(
      op.saving(Save::inputs() | Save::output()), joined(b, parameters, captures), b.spec(),
      [=, name = op.name, site = op.site](const Inputs& in, const Tensor& y) {
        Tensors p;
        for (std::size_t i = 1; i <= count.parameters; ++i) p.push_back(in[int(i)]);
        // Where a recording runs again, they are others.
        detail::Substitution::Pairs others;
        for (std::size_t i = 0; i < count.captures; ++i) {
          const Tensor& given = in[int(1 + count.parameters + i)];
          if (Array(given).memory != Array(places[i]).memory) others.push_back({places[i], given});
        }
        const detail::Substitution shown(std::move(others));
        kernels::copy(
            run(
                {name, site}, [&](const Tensor& v) { return product(v, p); }, in[0], options),
            y);
      },
      [=, name = op.name, substituted = detail::Substitution::active()](const Grad& g) {
        const detail::Substitution shown(substituted);
        const Tensors p = saved(g, 1, 1 + count.parameters);
        const Tensor v = solved({name, Site()}, product, g.dy, p,
                                saved(g, 1 + count.parameters, count.all()), places, options);
        return through_parameters(v, g, count, product, g.out(), v);
      });
}

// x with f(x, parameters) = 0; `given` is what f was made of.
Tensor root(const Op& op, const Tensor& solution, const Equation& given, const Equation& f,
            const Tensors& parameters, const ImplicitOptions& options) {
  detail::check_not_empty(op.name, "f", given, op.site);
  detail::check_defined(op, {solution});
  detail::check_defined(op, parameters);
  if (!is_floating(solution.dtype())) {
    throw DtypeError(
        std::string(op.name) + ": needs a floating dtype, got " + name_of(solution.dtype()),
        op.site);
  }
  const SiteScope scope(op.site);
  Tensors captures;
  if (GradMode::enabled() || detail::OpWatch::any())
    captures = captured(op, given, solution, parameters);
  const Count count{parameters.size(), captures.size()};
  return apply(
      op.saving(Save::inputs() | Save::output()), joined(solution.detach(), parameters, captures),
      solution.spec(), [](const Inputs& in, const Tensor& y) { kernels::copy(in[0], y); },
      [=, substituted = detail::Substitution::active()](const Grad& g) {
        const detail::Substitution shown(substituted);
        const Tensors p = saved(g, 1, 1 + count.parameters);
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
        return through_parameters({}, g, count, f, x, v);
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
  detail::check_not_empty(op.name, "product", product, op.site);
  detail::check_defined(op, {b});
  detail::check_defined(op, parameters);
  if (!is_floating(b.dtype())) {
    throw DtypeError(std::string("cg: needs a floating dtype, got ") + name_of(b.dtype()), op.site);
  }
  const SiteScope scope(op.site);
  Tensors captures;
  if (GradMode::enabled() || detail::OpWatch::any())
    captures = captured(op, product, b, parameters);
  return solved(op, product, b, parameters, captures, captures, options);
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
      op, [](const Tensor& x, const Tensors& p) { return matmul(p[0], x); }, b, {a}, {}, {},
      options);
}

}  // namespace cinta
