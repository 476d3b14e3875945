#pragma once
// Operand: a tensor or a plain number as an argument of an operation, with the place of the call.

#include <cinta/autograd/core/number.hpp>
#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// An argument that is a Tensor or a C++ number. Operators such as a + 2 cannot take a trailing
/// Site, so the conversion to Operand notes the line. A number takes the dtype of the tensor
/// beside it, and only its kind promotes: int64 + 2.5 is float32, float32 + 2.5 stays float32;
/// beside int64 a whole number is exact.
/// Borrows the tensor: only for parameters.
class Operand {
 public:
  Operand(const Tensor& tensor, Site site = {}) : tensor_(&tensor), site_(site) {}
  template <class T>
  requires std::is_arithmetic_v<T> Operand(T number, Site site = {})
      : number_(number, site), site_(site) {}

  bool is_number() const { return !tensor_; }
  const Tensor& tensor() const { return *tensor_; }
  const Number& number() const { return number_; }
  Dtype kind() const { return number_.kind(); }  ///< of a number
  const Site& site() const { return site_; }

 private:
  const Tensor* tensor_ = nullptr;
  Number number_ = 0;
  Site site_;
};

}  // namespace cinta
#pragma GCC visibility pop
