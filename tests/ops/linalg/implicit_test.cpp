// Gradients of solutions that some solver found.

#include <cinta/autograd/tape/substitution.hpp>
#include <cinta/cinta.hpp>
#include <cinta/ops/linalg/implicit.hpp>
#include <cmath>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

double largest(const Tensor& x) { return max(abs(x)).item(); }

// x with x = tanh(w x + b), by repetition.
Tensor repeated(const Tensor& w, const Tensor& b) {
  const NoGrad no_grad;
  Tensor x = zeros(b.shape(), float64);
  for (int i = 0; i < 200; ++i) x = tanh(matmul(w, x) + b);
  return x;
}
Tensor step(const Tensor& x, const Tensors& p) { return tanh(matmul(p[0], x) + p[1]); }

}  // namespace

TEST_CASE("the gradient of a root solves with the transpose") {
  // A y = p with A = [[1, 2], [0, 1]], loss y0: dp = A⁻ᵀ e0 = [1, -2].
  const Tensor a = tensor({{1, 2}, {0, 1}}, float64);
  const Tensor p = tensor({3, 4}, float64).requires_grad_();
  const Tensor y =
      implicit_root(solve(a, p.detach()),
                    [a](const Tensor& x, const Tensors& q) { return matmul(a, x) - q[0]; }, {p});
  CHECK(largest(grad({y(0)}, {p})[0] - tensor({1, -2}, float64)) < 1e-15);
}

TEST_CASE("a fixed point has the gradients of the repetition, of first and second order") {
  const Tensor w = 0.3 * randn({3, 3}, float64), b = randn({3}, float64);
  const auto point = [](const Tensor& m, const Tensor& v) {
    return implicit_fixed_point(repeated(m, v), step, {m, v});
  };
  CHECK(check_gradients(point, {w, b}));
  const auto with_solver = [](const Tensor& m, const Tensor& v) {
    // Jᵀ = 1 - (d step)ᵀ: its inverse is a series.
    const auto series = [](const LinearMap& product, const Tensor& right) {
      Tensor u = right;
      for (int i = 0; i < 200; ++i) u = right + u - product(u);
      return u;
    };
    return implicit_fixed_point(repeated(m, v), step, {m, v}, {.solve = series});
  };
  CHECK(check_gradients(with_solver, {w, b}));
}

TEST_CASE("what an equation reads on the side is differentiated as its parameters are") {
  const Tensor w = 0.3 * randn({3, 3}, float64), b = randn({3}, float64);
  const auto loss = [](const Tensor& x) { return sum(x * x * x); };
  const auto listed = [&](const Tensor& m, const Tensor& v) {
    return loss(implicit_fixed_point(repeated(m, v), step, {m, v}));
  };
  // The matrix captured as it is, or as something computed; the vector both ways.
  const auto captured = [&](const Tensor& m, const Tensor& v) {
    const Tensor half = 0.5 * m;
    return loss(implicit_fixed_point(repeated(m, v),
                                     [=](const Tensor& x, const Tensors& p) {
                                       return tanh(matmul(half + 0.5 * m, x) + 0.25 * p[0] +
                                                   0.75 * v);
                                     },
                                     {v}));
  };
  const auto derivatives = [&](const auto& f) {
    const Tensor m = clone(w).requires_grad_(), v = clone(b).requires_grad_();
    const Tensors first = grad({f(m, v)}, {m, v}, {.create_graph = true});
    const Tensors second = grad({sum(first[0]) + sum(square(first[1]))}, {m, v});
    return Tensors{first[0], first[1], second[0], second[1]};
  };
  const Tensors wanted = derivatives(listed), got = derivatives(captured);
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(largest(got[i] - wanted[i]) < 1e-12);
  CHECK(check_gradients(captured, {w, b}));

  const Tensor p = tensor({6}, float64);
  CHECK(error_of([&] {
          implicit_root(tensor({3, 3}, float64), [](auto&, const Tensors& q) { return q[0]; }, {p});
        }).find("implicit_root: the equation gives float64 (1,) for float64 (2,)") == 0);
}

TEST_CASE("an equation may be that of a module, also in a functional call") {
  const nn::Linear layer(3, 3);
  const Tensor start = zeros({3});
  const auto solution = [&] {
    Tensor x = start;
    const auto f = [&layer](const Tensor& at, const Tensors&) { return 0.3 * tanh(layer(at)); };
    {
      const NoGrad no_grad;
      for (int i = 0; i < 50; ++i) x = f(x, {});
    }
    return implicit_fixed_point(x, f, {});
  };
  sum(solution()).backward();
  const Tensor own = clone(layer.weight.grad());
  CHECK(largest(own) > 1e-3);
  // Other weights in their places: it is those that have the gradient.
  layer.zero_grad();
  const Tensor weight = clone(layer.weight.detach()).requires_grad_();
  Tensor y;
  {
    const detail::Substitution other({{layer.weight, weight}});
    y = solution();
  }
  {
    const NoGrad no_grad;
    layer.weight.detach()(0, 0) = 100;  // which nobody sees
  }
  sum(y).backward();
  CHECK(largest(weight.grad() - own) < 1e-6);
  CHECK_FALSE(layer.weight.grad().defined());
}

TEST_CASE("conjugate gradients differentiate what the product captures, and notice a write to it") {
  const Tensor m = randn({4, 4}, float64), b = randn({4}, float64);
  const auto by_capture = [](const Tensor& x, const Tensor& right) {
    const Tensor a = matmul(x, transpose(x)) + eye(4, float64);
    return cg([a](const Tensor& v, const Tensors&) { return matmul(a, v); }, right, {},
              {.rtol = 1e-13});
  };
  CHECK(check_gradients(by_capture, {m, b}, {.rtol = 1e-5, .atol = 1e-7}));
  const Tensor scale = tensor({2}, float64).requires_grad_();
  const Tensor y = cg([scale](const Tensor& v, const Tensors&) { return scale * v; }, b, {});
  scale.detach()(0) = 3;
  CHECK(error_of([&] { sum(y).backward(); }).find("cg: ") == 0);
}

TEST_CASE("a recording that runs again solves with what was captured then") {
  const auto function = [](const Tensors& in) {
    const Tensor a = matmul(in[0], transpose(in[0])) + eye(4, float64);
    const Tensor x = cg([a](const Tensor& v, const Tensors&) { return matmul(a, v); }, in[1], {},
                        {.rtol = 1e-13});
    const Tensor root = implicit_root(
        x.detach(), [a, b = in[1]](const Tensor& at, const Tensors&) { return matmul(a, at) - b; },
        {});
    if (!in[0].requires_grad()) return Tensors{x, root};
    const Tensors first = grad({sum(x * x)}, {in[0], in[1]}, {.retain_graph = true}),
                  second = grad({sum(root * root)}, {in[0], in[1]});
    return Tensors{x, root, first[0], first[1], second[0], second[1]};
  };
  for (const bool needed : {false, true}) {
    const auto inputs = [&] {
      return Tensors{randn({4, 4}, float64).requires_grad_(needed),
                     randn({4}, float64).requires_grad_(needed)};
    };
    const Recording recording = record_operations(function, inputs());
    const Tensors other = inputs(), wanted = function(other), got = recording.run(other);
    for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(largest(got[i] - wanted[i]) < 1e-10);
  }
}

TEST_CASE("conjugate gradients solve and are differentiated, with a preconditioner or without") {
  const Tensor x = randn({12, 12}, float64), b = randn({12}, float64);
  const Tensor scales = exp(linspace(-3, 3, 12, float64));
  const auto matrix = [&](const Tensor& m) {
    return unsqueeze(scales, 1) * (matmul(m, transpose(m)) / 12.0 + eye(12, float64)) * scales;
  };
  const Tensor inverse = 1 / (scales * scales);
  const CgOptions options{.rtol = 1e-13,
                          .preconditioner = [inverse](const Tensor& r) { return inverse * r; }};
  CHECK(largest(matmul(matrix(x), cg(matrix(x), b, options)) - b) < 1e-11);
  CHECK(check_gradients(
      [&](const Tensor& m, const Tensor& v) {
        return cg(matmul(m, transpose(m)) / 12.0 + eye(12, float64), v, {.rtol = 1e-13});
      },
      {x, b}, {.rtol = 1e-5, .atol = 1e-7}));
  // The preconditioner saves steps.
  CHECK(error_of([&] {
          cg(matrix(x), b, {.max_steps = 8});
        }).find("cg: did not converge: after 8 steps the residual is ") == 0);
  CHECK(largest(cg(matrix(x), zeros({12}, float64))) == 0);
  // As exact as its options say without one: a chain of 60, of which each step knows one more.
  const auto chain = [](const Tensor& v, const Tensors&) {
    const Tensor end = zeros({1}, v.dtype());
    return 2.5 * v - cat({slice(v, 0, 1), end}) - cat({end, slice(v, 0, 0, -1)});
  };
  for (const Dtype dtype : {float64, float32}) {
    const Tensor first = cat({ones({1}, dtype), zeros({59}, dtype)});
    int steps = 0;
    const Tensor found = cg(
        [&](const Tensor& v, const Tensors& p) {
          ++steps;
          return chain(v, p);
        },
        first);
    CAPTURE(steps);
    CHECK(largest(chain(found, {}) - first) < (dtype == float64 ? 1e-10 : 2e-5));
    if (dtype == float32) CHECK(steps < 25);
  }
  CHECK(error_of([&] {
          cg(-eye(12, float64), b);
        }).find("cg: after 0 steps a direction shows that the matrix is not") == 0);
  // What is no number says nothing of the matrix.
  for (const double bad : {NAN, INFINITY}) {
    CHECK(error_of([&] {
            cg(eye(12, float64), b * bad);
          }).find("cg: the right side holds a NaN or infinity") == 0);
    CHECK(error_of([&] {
            cg(eye(12, float64) * bad, b);
          }).find("cg: after 0 steps the product gives a NaN or infinity") == 0);
  }
  Tensor leaf = clone(b).requires_grad_();
  const Tensor solution = cg(2 * eye(12, float64), leaf);
  CHECK(error_of([&] {
          sum(solution * NAN).backward();
        }).find("cg: the right side holds a NaN or infinity") == 0);
}

TEST_CASE("conjugate gradients are linear in the right side, however small or large") {
  const Tensor m = randn({30, 30}, float64), v = randn({30}, float64);
  for (const Dtype dtype : {float32, float64}) {
    const Tensor a = to(matmul(m, transpose(m)) / 30.0 + eye(30, float64), dtype), b = to(v, dtype);
    const Tensor x = cg(a, b);
    const double end = dtype == float32 ? 100 : 1000;  // powers of two: the bits are the same
    for (const double power : {-end, -70.0, 70.0, end}) {
      INFO(name_of(dtype) << " " << power);
      const double scale = std::exp2(power);
      CHECK(largest(cg(a, b * scale) / scale - x) <= 1e-6 * largest(x));
    }
  }
}

TEST_CASE("a matrix known by its products") {
  // Second differences and a ridge, whose strength is to be differentiated.
  const auto product = [](const Tensor& x, const Tensors& p) {
    const Tensor d = slice(x, 0, 1) - slice(x, 0, 0, x.size(0) - 1);
    const Tensor zero = zeros({1}, float64);
    return p[0] * x - cat({d, zero}) + cat({zero, d});
  };
  const Tensor b = randn({20}, float64), ridge = tensor({0.5}, float64);
  CHECK(check_gradients(
      [&](const Tensor& v, const Tensor& r) { return cg(product, v, {r}, {.rtol = 1e-13}); },
      {b, ridge}, {.rtol = 1e-5, .atol = 1e-7}));
}
