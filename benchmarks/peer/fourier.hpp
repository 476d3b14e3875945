#pragma once
// Fourier transforms on libtorch.

#include <optional>

#include "works/work.hpp"

namespace bench {

std::optional<Running> start_fourier(const std::string& name);

}  // namespace bench
