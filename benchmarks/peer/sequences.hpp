#pragma once
// Recurrent layers, attention and a Transformer's layer on libtorch.

#include <optional>

#include "works/work.hpp"

namespace bench {

std::optional<Running> start_sequences(const std::string& name);

}  // namespace bench
