#pragma once
// Private to ops: what a forward draws from.

#include <cinta/autograd/core/generator.hpp>
#include <cinta/ops/kernels/random/random.hpp>

namespace cinta::detail {

/// The key of a call that the operation took (next_random_call), for its forward and its rules; in
/// a recording that is run again it is that of another call.
inline kernels::RandomKey key_of(const GeneratorState& call) {
  const GeneratorState now = this_run(call);
  return {now.seed, now.next_call};
}

}  // namespace cinta::detail
