#pragma once
// A closure and the tensors that it reads, as a function of one vector.

#include <cinta/optim/minimize/detail/vector.hpp>
#include <cinta/optim/minimize/function.hpp>

namespace cinta::optim::minimize {

/// A place, and what is known there.
struct Point {
  Vector x, gradient;
  double value = 0;
};

/// Evaluates a closure and differentiates it. What was recorded of the last evaluation serves all
/// derivatives until the next one.
class Objective {
 public:
  /// `name` is a literal: the minimizer, for errors and as the writer of the parameters.
  Objective(const char* name, const Closure& closure, const Parameters& parameters,
            const Site& site);

  /// The parameters as they are, in one vector.
  Vector read() const;
  /// Moves the parameters there, and x to what they can hold. Where they are there already, nothing
  /// is written, so that what was recorded stays good.
  void write(Vector& x);

  /// The value at x, which is rounded as by write.
  double value(Vector& x);
  /// The same for a closure that returns many: its elements.
  Vector values(Vector& x);
  /// The gradient of `value` where the last evaluation was. `keep` what was recorded for products.
  Vector gradient(bool keep = false);
  /// Both; without the gradient, which is left empty, if the value is not finite.
  void evaluate(Point& at);

  /// Hessian times v, after gradient(true).
  Vector hessian_product(const Vector& v);
  /// J v and J^T u, of `values`.
  Vector jacobian_product(const Vector& v);
  Vector transposed_product(const Vector& u);
  /// Drops what was recorded.
  void forget();

  const char* name() const { return name_; }
  const Site& site() const { return site_; }
  const Tensors& leaves() const { return leaves_; }
  const std::vector<std::string>& names() const { return names_; }
  std::size_t size() const { return size_; }
  /// What rounding may do to a value, relatively.
  double rounding() const { return rounding_; }
  std::int64_t evaluations() const { return evaluations_; }
  std::int64_t gradients() const { return gradients_; }
  std::int64_t products() const { return products_; }

 private:
  Tensor run(Vector& x);
  Tensors differentiate(const Tensors& outputs, const Tensors& inputs, const Tensors& weights,
                        bool create_graph);
  Tensors pulled_back(const Tensor& weights, bool create_graph);
  Tensors split(const Vector& v, const Tensors& like) const;
  static Vector joined(const Tensors& tensors, const Tensors& like);

  const char* name_;
  const Closure& closure_;
  const Site& site_;
  Tensors leaves_;
  std::vector<std::string> names_;
  std::size_t size_ = 0;
  double rounding_;
  Tensor output_;     // of the last evaluation
  Tensors recorded_;  // its gradient, if it was to be kept
  Tensor weights_;    // u, and J^T u as a function of it
  Tensors transposed_;
  std::int64_t evaluations_ = 0, gradients_ = 0, products_ = 0;
};

}  // namespace cinta::optim::minimize
