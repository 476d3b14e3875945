#pragma once
// Whether operations of this thread are recorded.

#pragma GCC visibility push(default)
namespace cinta {

class GradMode {
 public:
  static bool enabled() { return enabled_; }

 private:
  friend class GradModeGuard;
  static thread_local constinit bool enabled_;
};

inline thread_local constinit bool GradMode::enabled_ = true;

/// Sets the mode for its lifetime and restores what was there before.
class GradModeGuard {
 public:
  explicit GradModeGuard(bool enabled) : previous_(GradMode::enabled_) {
    GradMode::enabled_ = enabled;
  }
  ~GradModeGuard() { GradMode::enabled_ = previous_; }
  GradModeGuard(const GradModeGuard&) = delete;
  GradModeGuard& operator=(const GradModeGuard&) = delete;

 private:
  bool previous_;
};

/// Within its lifetime nothing is recorded: results do not require gradients.
struct NoGrad : GradModeGuard {
  NoGrad() : GradModeGuard(false) {}
};

/// Records again inside a NoGrad.
struct EnableGrad : GradModeGuard {
  EnableGrad() : GradModeGuard(true) {}
};

}  // namespace cinta
#pragma GCC visibility pop
