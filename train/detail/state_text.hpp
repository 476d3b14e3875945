#pragma once
// Values of a state as texts, for files that hold texts: "number 0.1", "whole 3", "flag true",
// "numbers 1 -inf nan", "text as it is". JSON has no spelling for infinities.

#include <cinta/optim/state.hpp>
#include <optional>
#include <string>

namespace cinta::train::detail {

/// Numbers come back to the bit, but for what a NaN holds.
std::string to_text(const optim::StateValue& value);
/// None for what to_text() does not write.
std::optional<optim::StateValue> from_text(const std::string& text);

}  // namespace cinta::train::detail
