#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/nn/penalty.hpp>

namespace cinta::nn {

Tensors matching(const NamedTensors& named, std::string_view pattern, bool skip_biases, Site site) {
  Tensors found;
  for (const auto& [name, tensor] : named) {
    const bool bias = name == "bias" || name.ends_with(".bias");
    if (cinta::detail::fits(name, pattern) && !(skip_biases && bias)) found.push_back(tensor);
  }
  if (found.empty()) {
    std::string names;
    for (const auto& [name, tensor] : named) names += (names.empty() ? "" : ", ") + name;
    throw ValueError("matching: no name fits \"" + std::string(pattern) + "\"" +
                         (skip_biases ? " without biases" : "") + "; there are: " + names,
                     site);
  }
  return found;
}

}  // namespace cinta::nn
