#include <cinta/autograd/callable.hpp>
#include <cinta/autograd/core/error.hpp>
#include <string>

namespace cinta::detail {

Tensors to_list(const Tensor& x) { return {x}; }
Tensors to_list(Tensors&& x) { return std::move(x); }

void refuse_count(const char* op, std::size_t taken, std::size_t given, const Site& site) {
  throw ValueError(std::string(op) + ": the function takes " + std::to_string(taken) +
                       (taken == 1 ? " tensor" : " tensors") + " and is given " +
                       std::to_string(given),
                   site);
}

}  // namespace cinta::detail
