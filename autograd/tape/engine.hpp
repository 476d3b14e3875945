#pragma once
// Reverse-mode differentiation of a recorded graph.

#include <cinta/autograd/tensor.hpp>
#include <concepts>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

struct GradOptions {
  Tensors grad_outputs = {};              ///< weights of each output's elements; ones for a scalar
  std::optional<bool> retain_graph = {};  ///< keep what was saved; default: create_graph
  bool create_graph = false;              ///< make the gradients differentiable themselves
  /// An undefined gradient, not an error, for an input that is not used, be it that outputs are
  /// constants (the gradient of a linear function).
  bool allow_unused = false;
  /// Taken as constants: no path through one of them counts. With the inputs themselves in it,
  /// gradients are partial derivatives also where one input was computed from another. Hooks on
  /// them do not run: the gradient that they would see is not complete.
  Tensors stop_gradients = {};
};

/// Gradients of sum(outputs * grad_outputs) with respect to each input (leaf or interior), in the
/// inputs' shapes. Leaves' own gradients stay as they are. That of a table may be row-sparse if
/// lookups were told so. Throws GraphError.
Tensors grad(const Tensors& outputs, const Tensors& inputs, const GradOptions& options = {},
             Site site = {});

/// The gradient of one tensor with respect to one: grad(loss, x).
template <std::same_as<Tensor> Output, std::same_as<Tensor> Input>
Tensor grad(const Output& output, const Input& input, const GradOptions& options = {},
            Site site = {}) {
  return std::move(grad(Tensors{output}, Tensors{input}, options, site)[0]);
}

/// Tensor::backward for several roots at once; `gradients` is empty or has one for each root.
void backward(const Tensors& roots, const Tensors& gradients = {}, BackwardOptions options = {},
              Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
