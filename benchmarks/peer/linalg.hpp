#pragma once
// Factorizations and sparse products on libtorch.

#include <optional>

#include "works/work.hpp"

namespace bench {

std::optional<Running> start_linalg(const std::string& name);

}  // namespace bench
