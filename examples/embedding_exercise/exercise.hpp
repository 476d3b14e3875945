#pragma once
// The whole exercise: every model and every control with every seed.

#include <optional>

#include "controls.hpp"

namespace exercise {

struct Results {
  std::vector<Run> models;                    ///< baseline, without and with embeddings
  std::vector<Run> tables, shuffled, unseen;  ///< the controls; empty if they were left out
  std::optional<std::size_t> unseen_column;
  std::vector<Preprocessing> preprocessing;  ///< one a seed: what the models' inputs went through
};

/// Runs it all, in memory. Throws cinta::ValueError for a split that is impossible and a training
/// that diverges, Interrupted on Ctrl-C.
Results run_exercise(const Dataset& data, const Options& options);

}  // namespace exercise
