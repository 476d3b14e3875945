#pragma once
// Parameters that are computed from others whenever their layer is called: normed, symmetric, low
// rank, whatever.

#include <cinta/nn/module/module.hpp>
#include <functional>

#pragma GCC visibility push(default)
namespace cinta::nn {

/// How a parameter is computed.
struct Parametrization {
  /// The parameter, of its shape and dtype, from what is trained in its place. Recorded.
  std::function<Tensor(const Tensors& originals, bool training)> value;
  /// What is trained in its place, from the parameter as it is; left out it is the parameter.
  std::function<Tensors(const Tensor& parameter)> originals = {};
  /// State that `value` keeps, saved with the module.
  NamedTensors buffers = {};
};

/// From now on, layer's parameter `name` has at each call of the layer the value that the
/// parametrization computes. Trained, saved and loaded are the originals, as
/// "parametrizations.NAME.original" or, where there are several, "original0", "original1", ...;
/// buffers as "parametrizations.NAME.0.BUFFER" (PyTorch's names). To be done before an optimizer is
/// made. Outside its calls the layer's own handle is an empty tensor of shape (0), so that nobody
/// uses what is not trained: ask parametrized_value. Throws ValueError if the layer has no such
/// parameter of its own, or it is parametrized already, or `value` returns another shape or dtype.
///
///     register_parametrization(layer, "weight", {.value = [](const Tensors& w, bool) {
///       return triu(w[0]) + transpose(triu(w[0], 1));
///     }});
void register_parametrization(const Module& layer, const std::string& name,
                              Parametrization parametrization, Site site = {});
/// Makes it a parameter with its present value again. ValueError if it is not parametrized.
void remove_parametrization(const Module& layer, const std::string& name, Site site = {});
bool is_parametrized(const Module& layer, const std::string& name);
/// What the parameter would be in a call now, recorded. ValueError if it is not parametrized.
Tensor parametrized_value(const Module& layer, const std::string& name, Site site = {});

}  // namespace cinta::nn
#pragma GCC visibility pop
