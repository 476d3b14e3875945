#pragma once
// Memory that a kernel needs while it runs, aligned to cache lines.

#include <algorithm>
#include <cinta/autograd/core/memory/pool.hpp>
#include <cstdint>

namespace cinta::kernels {

/// `count` zeros of an arithmetic type, from the pool.
template <class T>
class Buffer {
 public:
  explicit Buffer(std::int64_t count)
      : bytes_(std::size_t(count) * sizeof(T)), data_(static_cast<T*>(pool::allocate(bytes_))) {
    std::fill_n(data_, count, T(0));
  }
  ~Buffer() { pool::deallocate(data_, bytes_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  T* data() { return data_; }

 private:
  std::size_t bytes_;
  T* data_;
};

}  // namespace cinta::kernels
