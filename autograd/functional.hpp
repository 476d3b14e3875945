#pragma once
// Derivatives of functions: Jacobians, Hessians, their products with vectors, and the gradients of
// each sample of a batch.

#include <cinta/autograd/callable.hpp>
#include <type_traits>
#include <utility>

#pragma GCC visibility push(default)
namespace cinta {

// What all of them share. `fn` is a function of one tensor, of several, or of a list, that returns
// one or a list (autograd/callable.hpp); arguments and results of the functions below follow it:
//
//     Tensor j = jacobian([](const Tensor& x) { return x * x; }, x);
//     Tensors j = jacobian([](const Tensor& a, const Tensor& b) { return a * b; }, {a, b});
//
// Differentiated is with respect to every input, whether it requires gradients or not; `fn` gets
// views of the same elements. What is not to be differentiated, such as indices, `fn` captures. An
// input that `fn` does not use has derivative 0. Recording is on within `fn`, also under NoGrad.
//
// Throw ValueError for an undefined input, an undefined result or a wrong number of vectors,
// DtypeError for an input or a result that is not floating, ShapeError for a result or a vector of
// the wrong shape. What `fn` throws passes through.

struct FunctionalOptions {
  bool create_graph = false;  ///< make the results differentiable, in inputs, vectors and captures
};

namespace detail {

using ListPair = std::pair<Tensors, Tensors>;
std::vector<Tensors> jacobian(const ListFunction& fn, const Tensors& inputs,
                              const FunctionalOptions& options, const Site& site);
std::vector<Tensors> hessian(const ListFunction& fn, const Tensors& inputs,
                             const FunctionalOptions& options, const Site& site);
ListPair vjp(const ListFunction& fn, const Tensors& inputs, const Tensors& v,
             const FunctionalOptions& options, const Site& site);
ListPair jvp(const ListFunction& fn, const Tensors& inputs, const Tensors& v,
             const FunctionalOptions& options, const Site& site);
ListPair vhp(const ListFunction& fn, const Tensors& inputs, const Tensors& v,
             const FunctionalOptions& options, const Site& site);
ListPair hvp(const ListFunction& fn, const Tensors& inputs, const Tensors& v,
             const FunctionalOptions& options, const Site& site);
Tensors per_sample_gradients(const ListFunction& loss, const Tensors& parameters,
                             const Tensors& batch, const FunctionalOptions& options,
                             const Site& site);

}  // namespace detail

/// All derivatives of an output of shape (o...) by an input of shape (i...): shape (o..., i...), in
/// the input's dtype. Entry [j..., k...] is d output[j...] / d input[k...].
///
/// One output and one input give a Tensor; several inputs give Tensors, one for each; several
/// outputs do likewise; several of both give result[output][input]. Costs one backward for each
/// element of the outputs.
template <TensorFunction F>
auto jacobian(F fn, const detail::InputOf<F>& inputs, FunctionalOptions options = {},
              Site site = {}) {
  constexpr bool one_input = std::is_same_v<detail::InputOf<F>, Tensor>;
  auto all = detail::jacobian(detail::list_function("jacobian", fn, site), detail::to_list(inputs),
                              options, site);
  if constexpr (std::is_same_v<detail::OutputOf<F>, Tensor>) {
    return detail::from_list<detail::InputOf<F>>(std::move(all[0]));
  } else if constexpr (one_input) {
    Tensors column;
    for (Tensors& row : all) column.push_back(std::move(row[0]));
    return column;
  } else {
    return all;
  }
}

/// All second derivatives of an `fn` that returns one element (any shape of it). For one input of
/// shape (i...) a Tensor of shape (i..., i...); for several result[a][b] of shape (i_a..., i_b...)
/// with d^2 fn / (d input a d input b). Costs one backward through the gradient for each element of
/// the inputs.
template <TensorFunction F>
auto hessian(F fn, const detail::InputOf<F>& inputs, FunctionalOptions options = {},
             Site site = {}) {
  static_assert(std::is_same_v<detail::OutputOf<F>, Tensor>, "fn returns one Tensor");
  auto all = detail::hessian(detail::list_function("hessian", fn, site), detail::to_list(inputs),
                             options, site);
  if constexpr (std::is_same_v<detail::InputOf<F>, Tensor>)
    return std::move(all[0][0]);
  else
    return all;
}

/// The pair of fn(inputs) and v^T J, in the inputs' shapes: the gradient of sum(v * fn(inputs)).
/// `v` has the outputs' shapes and dtypes; it may be left out where an output has one element.
/// Costs one backward.
template <TensorFunction F>
auto vjp(F fn, const detail::InputOf<F>& inputs, const detail::OutputOf<F>& v = {},
         FunctionalOptions options = {}, Site site = {}) {
  auto [outputs, product] = detail::vjp(detail::list_function("vjp", fn, site),
                                        detail::to_list(inputs), detail::to_list(v), options, site);
  return std::pair(detail::from_list<detail::OutputOf<F>>(std::move(outputs)),
                   detail::from_list<detail::InputOf<F>>(std::move(product)));
}

/// The pair of fn(inputs) and J v, in the outputs' shapes: the derivative in the direction `v`,
/// which has the inputs' shapes and dtypes.
///
/// u^T J is linear in u, and its gradient with respect to u, weighted with v, is J v: so costs two
/// backwards, and needs of an operation only that its gradient can be differentiated (J. Townsend,
/// "A new trick for calculating Jacobian vector products", 2017).
template <TensorFunction F>
auto jvp(F fn, const detail::InputOf<F>& inputs, const detail::InputOf<F>& v,
         FunctionalOptions options = {}, Site site = {}) {
  auto [outputs, product] = detail::jvp(detail::list_function("jvp", fn, site),
                                        detail::to_list(inputs), detail::to_list(v), options, site);
  return std::pair(detail::from_list<detail::OutputOf<F>>(std::move(outputs)),
                   detail::from_list<detail::OutputOf<F>>(std::move(product)));
}

/// The pair of fn(inputs), one element, and v^T H, in the inputs' shapes. `v` has the inputs'
/// shapes and dtypes. Where fn is twice continuously differentiable, this is hvp at half the cost.
template <TensorFunction F>
auto vhp(F fn, const detail::InputOf<F>& inputs, const detail::InputOf<F>& v,
         FunctionalOptions options = {}, Site site = {}) {
  static_assert(std::is_same_v<detail::OutputOf<F>, Tensor>, "fn returns one Tensor");
  auto [outputs, product] = detail::vhp(detail::list_function("vhp", fn, site),
                                        detail::to_list(inputs), detail::to_list(v), options, site);
  return std::pair(std::move(outputs[0]),
                   detail::from_list<detail::InputOf<F>>(std::move(product)));
}

/// The pair of fn(inputs), one element, and H v, in the inputs' shapes. `v` has the inputs' shapes
/// and dtypes. The jvp of the gradient.
template <TensorFunction F>
auto hvp(F fn, const detail::InputOf<F>& inputs, const detail::InputOf<F>& v,
         FunctionalOptions options = {}, Site site = {}) {
  static_assert(std::is_same_v<detail::OutputOf<F>, Tensor>, "fn returns one Tensor");
  auto [outputs, product] = detail::hvp(detail::list_function("hvp", fn, site),
                                        detail::to_list(inputs), detail::to_list(v), options, site);
  return std::pair(std::move(outputs[0]),
                   detail::from_list<detail::InputOf<F>>(std::move(product)));
}

/// The gradient of every sample's loss with respect to every parameter: for a parameter of shape
/// (p...) a tensor of shape (n, p...), where the tensors of `batch` have first size n.
///
/// `loss` is called once for each sample, with batches of that one sample (first size 1), so that
/// what computes the loss of a batch does it here too; it returns one element and captures the
/// parameters:
///
///     Tensors g = per_sample_gradients(
///         [&](const Tensors& s) { return mse_loss(net(s[0]), s[1]); }, net.parameters(), {x, y});
///
/// Costs n forwards and backwards of one sample: a loop is what is right for every function.
/// Parameters are tensors that require gradients, leaves or not; their own gradients stay as they
/// are.
template <TensorFunction F>
Tensors per_sample_gradients(F loss, const Tensors& parameters, const detail::InputOf<F>& batch,
                             FunctionalOptions options = {}, Site site = {}) {
  static_assert(std::is_same_v<detail::OutputOf<F>, Tensor>, "the loss is one Tensor");
  return detail::per_sample_gradients(detail::list_function("per_sample_gradients", loss, site),
                                      parameters, detail::to_list(batch), options, site);
}

}  // namespace cinta
#pragma GCC visibility pop
