#pragma once

#include <cinta/autograd/core/memory/pool.hpp>
#include <cstddef>

namespace cinta::kernels {

/// Memory for what a loop needs beside its arrays, aligned to a cache line: on the stack unless it
/// is much.
class Scratch {
 public:
  explicit Scratch(std::size_t bytes) : bytes_(bytes) {
    if (bytes > sizeof near_) memory_ = static_cast<char*>(pool::allocate(bytes));
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    if (memory_ != near_) pool::deallocate(memory_, bytes_);
  }
  char* memory() { return memory_; }

 private:
  std::size_t bytes_;
  char* memory_ = near_;
  alignas(64) char near_[12 * 1024];
};

}  // namespace cinta::kernels
