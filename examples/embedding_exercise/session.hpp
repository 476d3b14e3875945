#pragma once
// What all runs share: the request, one progress bar for all of them, and Ctrl-C.

#include <cinta/train/progress.hpp>
#include <optional>
#include <stdexcept>

#include "options.hpp"

namespace exercise {

/// Thrown where the training notices that the user has pressed Ctrl-C.
struct Interrupted : std::runtime_error {
  Interrupted() : std::runtime_error("interrupted; nothing has been written") {}
};

/// From now on SIGINT and SIGTERM only leave a note, so that half-written files are cleaned up.
void catch_interrupts();

/// Throws Interrupted if there is such a note.
void check_interrupt();

class Session {
 public:
  /// Progress over `steps` training steps in all goes to standard error unless `options.quiet`.
  Session(const Options& options, std::int64_t steps);

  const Options& options() const { return options_; }

  /// Names what the following steps belong to.
  void begin(const std::string& model, std::uint64_t seed);
  /// Counts training steps. Throws Interrupted.
  void step(std::int64_t steps = 1);

 private:
  const Options& options_;
  std::optional<cinta::train::Progress> progress_;
};

}  // namespace exercise
