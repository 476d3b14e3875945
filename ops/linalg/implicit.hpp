#pragma once
// Solutions of equations, found by any solver, with gradients by the implicit function theorem:
// what the solver did is not recorded, and a gradient is one linear solve.

#include <cinta/autograd/tensor.hpp>
#include <functional>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

/// A function of x and of parameters, of the shape of x. What else it reads, tensors that it
/// captured or a module's parameters, is differentiated as well: those that its operations read in
/// the call are what they will read again.
using Equation = std::function<Tensor(const Tensor& x, const Tensors& parameters)>;
/// A linear function of a vector.
using LinearMap = std::function<Tensor(const Tensor& v)>;

struct ImplicitOptions {
  /// solve(product, right) is the v with product(v) = right, where product(v) = Jᵀ v for the
  /// Jacobian J of the equation in x; all have the shape of x. By default J is computed, one
  /// backward for each element of x, and solved with; so it is for derivatives of the gradient.
  std::function<Tensor(const LinearMap& product, const Tensor& right)> solve = {};
};

/// `solution`, an x with f(x, parameters) = 0, as a differentiable function of the parameters:
/// -J⁻¹ (df / dparameters). Its elements are taken as they are; a gradient is as good as the
/// solution.
///
/// Throws ShapeError if f's result has not the shape of the solution. Where J is singular backward
/// throws like solve(), and GraphError where something that f reads was written to since.
Tensor implicit_root(const Tensor& solution, const Equation& f, const Tensors& parameters,
                     ImplicitOptions options = {}, Site site = {});
/// The same for an x = f(x, parameters).
Tensor implicit_fixed_point(const Tensor& solution, const Equation& f, const Tensors& parameters,
                            ImplicitOptions options = {}, Site site = {});

struct CgOptions {
  /// |b - a x| as a share of |b|: by default 1e-10 in float64, 1e-5 in float32.
  std::optional<double> rtol = {};
  /// By default twice the number of elements, and ten.
  std::optional<std::int64_t> max_steps = {};
  /// An approximation of the inverse of a, symmetric and positive definite. It changes how soon the
  /// solution is found, not what it is: nothing is differentiated through it, and a recording that
  /// runs again uses it as it was.
  LinearMap preconditioner = {};
};
/// x with a x = b for a symmetric positive definite matrix that is known by its products:
/// product(x, parameters) is linear in x. The gradient is another such solve, of every order. For
/// b = 0 x is 0. x and b have any shape, and count as one vector.
///
/// Throws ValueError if it does not converge (naming the residual), and where a direction shows
/// that the matrix is not positive definite. Hestenes and Stiefel 1952.
Tensor cg(const Equation& product, const Tensor& b, const Tensors& parameters = {},
          CgOptions options = {}, Site site = {});
/// The same for a matrix a (n, n) and b (n) or (n, k).
Tensor cg(const Tensor& a, const Tensor& b, CgOptions options = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
