#pragma once
// Reverse-mode differentiation of a recorded graph.

#include <cinta/autograd/tensor.hpp>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

struct GradOptions {
  Tensors grad_outputs = {};              ///< weights of each output's elements; ones for a scalar
  std::optional<bool> retain_graph = {};  ///< keep what was saved; default: create_graph
  bool create_graph = false;              ///< make the gradients differentiable themselves
  bool allow_unused = false;              ///< undefined gradient, not an error, for an unused input
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

/// Tensor::backward for several roots at once; `gradients` is empty or has one for each root.
void backward(const Tensors& roots, const Tensors& gradients = {}, BackwardOptions options = {},
              Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
