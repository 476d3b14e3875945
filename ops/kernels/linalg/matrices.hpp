#pragma once
// Batches of matrices: which matrix comes next, and which of them failed.

#include <cinta/autograd/core/memory/storage.hpp>
#include <vector>

namespace cinta::kernels {

/// The matrices (or with `axes` 1 the vectors) of an array that is dense and whose leading axes
/// broadcast to those of a result.
class Matrices {
 public:
  explicit Matrices(const Array& x, int axes = 2) : Matrices(x, x.shape, axes, axes) {}
  /// `result` has as many axes behind the leading ones as `result_axes` says.
  Matrices(const Array& x, const Shape& result, int axes = 2, int result_axes = 2)
      : x_(x), own_(x.shape.rank() - axes), batch_(result.rank() - result_axes) {
    size_ = 1;
    for (int i = 0; i < axes; ++i) size_ *= x.shape[own_ + i];
    count_ = 1;
    same_ = own_ == batch_;
    for (int i = 0; i < batch_; ++i) count_ *= result[i];
    sizes_ = Shape::filled(batch_);
    steps_ = Shape::filled(batch_);
    std::int64_t step = size_;
    for (int i = batch_ - 1, k = own_ - 1; i >= 0; --i, --k) {
      sizes_[i] = result[i];
      if (k < 0) continue;
      steps_[i] = x.shape[k] == 1 ? 0 : step;
      same_ = same_ && x.shape[k] == result[i];
      step *= x.shape[k];
    }
  }

  std::int64_t count() const { return count_; }  ///< of the result
  template <class T>
  T* at(std::int64_t matrix) const {
    if (same_) return x_.data<T>() + matrix * size_;
    std::int64_t offset = 0;
    for (int i = batch_ - 1; i >= 0; --i) {
      offset += matrix % sizes_[i] * steps_[i];
      matrix /= sizes_[i];
    }
    return x_.data<T>() + offset;
  }

 private:
  const Array& x_;
  int own_, batch_;
  std::int64_t size_, count_;
  bool same_;
  Shape sizes_, steps_;
};

/// What stopped a factorization: the first matrix of the batch that has something, and what, in
/// numbers whose meaning each kernel says.
struct Stop {
  std::int64_t matrix = -1;
  std::int64_t code = 0;
  explicit operator bool() const { return matrix >= 0; }
};

/// A code for each matrix, 0 for those that went well, written by several threads.
class Codes {
 public:
  explicit Codes(std::int64_t count) : codes_(std::size_t(count)) {}
  std::int64_t* data() { return codes_.data(); }
  Stop first() const {
    for (std::size_t i = 0; i < codes_.size(); ++i)
      if (codes_[i]) return {std::int64_t(i), codes_[i]};
    return {};
  }

 private:
  std::vector<std::int64_t> codes_;
};

}  // namespace cinta::kernels
