#pragma once
// Mutex: <mutex> without <chrono>, which would cost every user's file a quarter of its compile
// time.

#include <atomic>

#pragma GCC visibility push(default)
namespace cinta::detail {

/// A lock for what is held shortly and rarely waited for; std::lock_guard and std::scoped_lock take
/// it. Who waits sleeps.
class Mutex {
 public:
  void lock() {
    while (!try_lock()) taken_.wait(true, std::memory_order_relaxed);
  }
  bool try_lock() { return !taken_.test_and_set(std::memory_order_acquire); }
  void unlock() {
    taken_.clear(std::memory_order_release);
    taken_.notify_one();
  }

 private:
  std::atomic_flag taken_;
};

}  // namespace cinta::detail
#pragma GCC visibility pop
