#pragma once
// Private to ops: how the arguments of an elementwise operation come to one dtype.

#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/operand.hpp>
#include <cinta/ops/shape/copy.hpp>

namespace cinta::detail {

/// A 0-dim tensor that holds a number.
Tensor scalar(const Number& value, Dtype dtype);

/// `x` itself if floating, else as float32.
inline Tensor floating(const Tensor& x, const Site& site) {
  return is_floating(x.dtype()) ? x : to(x, float32, site);
}

/// Two operands in their common dtype, at least `lowest`. Borrows tensors that need no conversion.
class Converted {
 public:
  Converted(const char* op, const Operand& a, const Operand& b, Dtype lowest);
  Converted(const Converted&) = delete;
  Converted& operator=(const Converted&) = delete;

  const Tensor& a() const { return *a_; }
  const Tensor& b() const { return *b_; }
  Dtype dtype() const { return dtype_; }
  Shape shape() const { return broadcast_shapes(op_, a_->shape(), b_->shape(), site_); }
  /// Of the result, if it has the operands' dtype.
  Spec spec() const { return {shape(), dtype_}; }
  const Site& site() const { return site_; }

 private:
  const Tensor* convert(const Operand& operand, Tensor& room);

  const char* op_;
  Site site_;
  Dtype dtype_;
  Tensor room_a_, room_b_;
  const Tensor* a_;
  const Tensor* b_;
};

/// The operand of an in-place operation, in the dtype of `x`, which is written to: a copy if it
/// shares memory with x. Throws DtypeError if the result, whose dtype is at least `lowest`, does
/// not fit into x (a float into int64, int64 into bool), ShapeError if it does not broadcast to x.
Tensor fitting(const Op& op, const Tensor& x, const Operand& operand, Dtype lowest);

/// `source`, or a clone() of it if it shares memory with `x`, which is written to.
Tensor unaliased(const Tensor& source, const Tensor& x, const Site& site);

/// Throws ShapeError unless `shape` broadcasts to that of `x`, which is written to.
void check_broadcast(const Op& op, const Shape& shape, const Tensor& x);

}  // namespace cinta::detail
