#pragma once
// Steps of optimizers, clipping and averaging on libtorch.

#include "works/sizes.hpp"
#include "works/work.hpp"

namespace bench {

Running start_update(const Update& update, const ParameterSet& set);

}  // namespace bench
