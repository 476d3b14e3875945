#include <cinta/autograd/core/error.hpp>
#include <cinta/nn/parameters/parameter_vector.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta::nn {

Tensor parameters_to_vector(const Module& net, Site site) {
  const SiteScope scope(SiteScope::resolve(site));
  Tensors parts;
  for (const auto& [name, parameter] : net.named_parameters())
    parts.push_back(reshape(parameter, {parameter.numel()}));
  if (parts.empty())
    throw ValueError("parameters_to_vector: the module has no parameters",
                     SiteScope::resolve(site));
  return cat(parts);
}

NamedTensors vector_to_parameters(const Module& net, const Tensor& vector, Site site) {
  const Site here = SiteScope::resolve(site);
  const SiteScope scope(here);
  NamedTensors parts;
  std::int64_t begin = 0;
  const NamedTensors parameters = net.named_parameters();
  for (const auto& [name, parameter] : parameters) begin += parameter.numel();
  if (!vector.defined() || vector.shape() != Shape{begin}) {
    throw ShapeError("vector_to_parameters: the parameters need (" + std::to_string(begin) +
                         ",), got " + (vector.defined() ? vector.shape().str() : "nothing"),
                     here);
  }
  begin = 0;
  for (const auto& [name, parameter] : parameters) {
    const std::int64_t end = begin + parameter.numel();
    parts.emplace_back(
        name, to(reshape(slice(vector, 0, begin, end), parameter.shape()), parameter.dtype()));
    begin = end;
  }
  return parts;
}

}  // namespace cinta::nn
