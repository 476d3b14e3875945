#include <cinta/optim/parameters.hpp>

namespace cinta::optim {

Parameters::Parameters(std::initializer_list<Tensor> list) : Parameters(Tensors(list)) {}

Parameters::Parameters(const Tensors& list) {
  entries_.reserve(list.size());
  for (const Tensor& tensor : list) entries_.emplace_back(std::string(), tensor);
}

Parameters::Parameters(NamedTensors named) : entries_(std::move(named)) {}
Parameters::Parameters(const Parameters&) = default;
Parameters::Parameters(Parameters&&) noexcept = default;
Parameters::~Parameters() = default;

Tensors Parameters::tensors() const {
  Tensors list;
  list.reserve(entries_.size());
  for (const auto& [name, tensor] : entries_) list.push_back(tensor);
  return list;
}

}  // namespace cinta::optim
