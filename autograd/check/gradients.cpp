#include <cinta/autograd/check/detail/values.hpp>
#include <cinta/autograd/check/gradients.hpp>
#include <cinta/autograd/core/error.hpp>

namespace cinta {
namespace detail {

CheckedInputs::CheckedInputs(const NamedTensors& inputs, const Site& site) {
  bool chosen = false;
  for (const auto& [name, input] : inputs) {
    if (!input.defined()) throw ValueError("check_gradients: " + name + " is undefined", site);
    chosen |= input.requires_grad();
  }
  for (const auto& [name, input] : inputs) {
    const bool floating = is_floating(input.dtype());
    all.emplace_back(name, dense_copy(input, floating ? float64 : input.dtype()));
    if (floating && (!chosen || input.requires_grad()))
      leaves.emplace_back(name, all.back().second.requires_grad_());
  }
}

Tensors CheckedInputs::tensors() const {
  Tensors tensors;
  for (const auto& [name, tensor] : all) tensors.push_back(tensor);
  return tensors;
}

NamedTensors numbered(const Tensors& inputs) {
  NamedTensors named;
  for (const Tensor& input : inputs)
    named.emplace_back("input" + std::to_string(named.size()), input);
  return named;
}

GradientReport check_gradients(const ListFunction& fn, const NamedTensors& inputs,
                               const GradientCheckOptions& options, const Site& site) {
  const Site& here = SiteScope::resolve(site);
  const CheckedInputs checked(inputs, here);
  const Tensors tensors = checked.tensors();
  const std::function<Tensors()> call = [&] { return fn(tensors); };
  return check_in_place(call, checked.leaves, checked.all, options, here);
}

}  // namespace detail
}  // namespace cinta
