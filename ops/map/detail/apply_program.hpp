#pragma once
// Private to ops: programs as recorded operations.

#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/map/detail/program.hpp>

namespace cinta::detail {

using ProgramRef = std::shared_ptr<const Program>;

/// The program's only output, for inputs of one floating dtype that broadcast.
Tensor apply_program(const char* name, const ProgramRef& program, const Tensors& inputs,
                     const Site& site);

}  // namespace cinta::detail
