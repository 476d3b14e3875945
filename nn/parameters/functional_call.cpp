#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/substitution.hpp>
#include <cinta/nn/parameters/functional_call.hpp>
#include <unordered_map>

namespace cinta::nn::detail {

FunctionalCall::FunctionalCall(const Module& module, const NamedTensors& tensors,
                               const Site& site) {
  std::unordered_map<std::string, Tensor> places;
  for (const auto& [name, place] : module.named_tensors()) places.emplace(name, place);

  std::string complaints;
  const auto complain = [&](const std::string& text) {
    complaints += (complaints.empty() ? " " : "; ") + text;
  };
  cinta::detail::Substitution::Pairs pairs;
  std::unordered_map<const TensorImpl*, const TensorImpl*> given;
  for (const auto& [name, tensor] : tensors) {
    const auto found = places.find(name);
    if (found == places.end()) {
      complain("the module has no \"" + name + "\"");
      continue;
    }
    const Tensor& place = found->second;
    if (!tensor.defined())
      complain(name + " is undefined");
    else if (tensor.is_row_sparse())
      complain(name + " is row-sparse");
    else if (tensor.shape() != place.shape() ||
             is_floating(tensor.dtype()) != is_floating(place.dtype()))
      complain(name + " is " + place.spec().str() + " and was given " + tensor.spec().str());
    else if (const auto [before, is_new] = given.emplace(place.impl(), tensor.impl()); is_new)
      pairs.push_back({place, tensor});
    else if (before->second != tensor.impl())
      complain(name + " was given under another name too, as another tensor");
  }
  if (!complaints.empty()) throw ValueError("functional_call:" + complaints, site);
  places_ = new cinta::detail::Substitution(std::move(pairs));
}

FunctionalCall::~FunctionalCall() { delete places_; }

Tensor FunctionalCall::lasting(const Tensor& result) {
  return result.defined() ? cinta::detail::Substitution::lasting(result) : result;
}

}  // namespace cinta::nn::detail
