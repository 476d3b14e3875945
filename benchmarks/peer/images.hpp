#pragma once
// Convolutions, pools and norms on libtorch.

#include <optional>

#include "works/work.hpp"

namespace bench {

std::optional<Running> start_images(const std::string& name);

}  // namespace bench
