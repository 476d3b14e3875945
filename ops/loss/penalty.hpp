#pragma once
// Penalties: terms that a loss is enlarged by to keep weights small, ordinary nodes of the graph.
// Each takes one tensor or several, of any floating dtypes, which make one node and a scalar of
// their common dtype: one pass over the elements for the value, one for the gradient.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// Value given to the derivative of |w| at w = 0, where every number in [-1, 1] is a subgradient.
enum class SignAtZero { zero, plus_one };

/// lambda * sum(|w|). Throws ValueError for no weights and unless lambda is at least 0 and finite,
/// DtypeError unless the weights are floating.
Tensor l1_penalty(const Tensors& weights, double lambda, SignAtZero at_zero = SignAtZero::zero,
                  Site site = {});
Tensor l1_penalty(const Tensor& w, double lambda, SignAtZero at_zero = SignAtZero::zero,
                  Site site = {});

/// lambda / 2 * sum(w * w): its gradient is lambda * w, so that a step of plain gradient descent
/// shrinks w by the factor 1 - lr * lambda. Throws as l1_penalty.
///
/// For a table whose lookups give row-sparse gradients, that gradient is not written out but
/// remembered as a factor (row_decay), which optimizers treat as weight decay; and plain SGD keeps
/// the value up to date by itself. A step then still costs the rows that it looks up.
Tensor l2_penalty(const Tensors& weights, double lambda, Site site = {});
Tensor l2_penalty(const Tensor& w, double lambda, Site site = {});

/// l1 * sum(|w|) + l2 / 2 * sum(w * w), in the same single pass (H. Zou, T. Hastie, "Regularization
/// and variable selection via the elastic net", J. R. Stat. Soc. B 67, 2005, whose lambda_2 is
/// l2 / 2). Throws as l1_penalty.
Tensor elastic_net_penalty(const Tensors& weights, double l1, double l2,
                           SignAtZero at_zero = SignAtZero::zero, Site site = {});
Tensor elastic_net_penalty(const Tensor& w, double l1, double l2,
                           SignAtZero at_zero = SignAtZero::zero, Site site = {});

/// lambda * sum over groups of sqrt(size of the group) * ||w_group||_2 (M. Yuan, Y. Lin, "Model
/// selection and estimation in regression with grouped variables", J. R. Stat. Soc. B 68, 2006).
/// The groups are the slices along `axis`: for axis 0 the rows of a table, for axis 1 of a Linear's
/// weight what one input feeds. The gradient of a group of zeros is 0. Throws as l1_penalty, and
/// IndexError for an axis that a tensor does not have.
Tensor group_lasso_penalty(const Tensors& weights, double lambda, Axis axis = 0, Site site = {});
Tensor group_lasso_penalty(const Tensor& w, double lambda, Axis axis = 0, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
