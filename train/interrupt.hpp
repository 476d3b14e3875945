#pragma once
// Ctrl-C as a wish that a program looks at when it suits.

#pragma GCC visibility push(default)
namespace cinta::train {

/// While one lives, the first SIGINT or SIGTERM of the process is only noted; the second does what
/// it did before. A signal that is ignored, as SIGINT is in a job that a script runs in the
/// background, stays ignored. Scopes may overlap, in any threads; the last one to go puts the
/// handlers back.
class InterruptScope {
 public:
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

  /// Whether a signal has come since the first of the living scopes was made.
  static bool interrupted();
};

}  // namespace cinta::train
#pragma GCC visibility pop
