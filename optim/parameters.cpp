#include <cinta/optim/parameters.hpp>

namespace cinta::optim {

Parameters::Parameters(const Tensors& list) {
  entries_.reserve(list.size());
  for (const Tensor& tensor : list) entries_.emplace_back(std::string(), tensor);
}

Tensors Parameters::tensors() const {
  Tensors list;
  list.reserve(entries_.size());
  for (const auto& [name, tensor] : entries_) list.push_back(tensor);
  return list;
}

}  // namespace cinta::optim
