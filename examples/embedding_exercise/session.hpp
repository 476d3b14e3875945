#pragma once
// What all runs share: the request, and one progress bar for all of them.

#include "../common/program.hpp"
#include "options.hpp"

namespace exercise {

class Session {
 public:
  /// Progress over `steps` training steps in all goes to standard error unless `options.quiet`.
  Session(const Options& options, std::int64_t steps)
      : options_(options), steps_(options.quiet, steps) {}

  const Options& options() const { return options_; }

  /// Names what the following steps belong to.
  void begin(const std::string& model, std::uint64_t seed) {
    steps_.note("seed " + std::to_string(seed) + ", " + model);
  }
  /// Counts training steps. Throws example::Interrupted.
  void step(std::int64_t steps = 1) { steps_.advance(steps); }

 private:
  const Options& options_;
  example::Steps steps_;
};

}  // namespace exercise
