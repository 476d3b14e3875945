#pragma once
// What an optimizer knows of one parameter.

#include <cinta/optim/detail/planned_step.hpp>
#include <cinta/optim/optimizer.hpp>

namespace cinta::optim {

struct Optimizer::Slot {
  std::string name;
  Spec spec;  // when it was given
  std::size_t group;
  int without_gradient = 0;  // steps in a row; -1 once it has been said
  std::int64_t count = 0;    // steps with one
  Tensors states = {};       // undefined until they are asked for
  std::vector<double> numbers = {};
  std::unique_ptr<LazyRows> lazy = {};  // null until the first row-sparse gradient
};

}  // namespace cinta::optim
