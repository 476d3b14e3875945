#pragma once
// Scans, orders, rows moved and added up, and einsum on libtorch.

#include <optional>

#include "works/work.hpp"

namespace bench {

std::optional<Running> start_moves(const std::string& name);

}  // namespace bench
