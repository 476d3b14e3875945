#pragma once
// Several texts as one, for a state.

#include <optional>
#include <string>
#include <vector>

namespace cinta::train::detail {

/// "3:cat4:fish"
std::string join_texts(const std::vector<std::string>& texts);
/// None for what join_texts() does not write.
std::optional<std::vector<std::string>> split_texts(const std::string& joined);

}  // namespace cinta::train::detail
