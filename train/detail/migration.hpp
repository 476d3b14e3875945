#pragma once
// States that older versions of Cinta have saved.

#include <cinta/optim/state.hpp>
#include <cstdint>

namespace cinta::train::detail {

/// Of what a checkpoint holds. Raised by whatever changes that, an entry in the state of a part
/// too; then bring_up_to_date() gets a step from the version before, and tests/train/samples a file
/// of the new one.
inline constexpr std::int64_t format_version = 2;

/// Makes of the state in a file of `version`, from 1, what this version would have saved. `state`
/// has the entries of all parts, "part/entry". Throws ValueError for what that version did not
/// write.
void bring_up_to_date(optim::State& state, std::int64_t version);

}  // namespace cinta::train::detail
