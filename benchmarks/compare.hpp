#pragma once
// Runs works on Cinta and the peer in turn.

#include "child.hpp"
#include "report.hpp"

namespace bench {

struct Options {
  std::vector<std::string> only;  ///< names of works, or their beginnings; empty: all
  std::vector<int> threads;       ///< empty: 1 and all processors
  bool quick = false;             ///< fewer and shorter rounds, and not the longest works
  std::string peer;               ///< its program; empty: none
  Child::Environment peer_environment;
  /// How fast Cinta has to be beside that program in every work; 0: each work says.
  double peer_target = 0;
  bool peer_is_cinta = false;  ///< compiled for this machine alone, or of another revision
  bool memory = true;          ///< measure the peak of a step
};

/// Measures; progress goes to standard error. Throws std::runtime_error for unknown names, for
/// results that differ, and when a process fails.
Report compare(const Works& works, const Options& options);

}  // namespace bench
