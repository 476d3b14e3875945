#pragma once
// Operand: a tensor or a plain number as an argument of an operation, with the place of the call.

#include <cinta/autograd/tensor.hpp>
#include <concepts>

#pragma GCC visibility push(default)
namespace cinta {

/// An argument that is a Tensor or a C++ number. Operators such as a + 2 cannot take a trailing
/// Site, so the conversion to Operand notes the line. A number takes the dtype of the tensor
/// beside it, and only its kind promotes: int64 + 2.5 is float32, float32 + 2.5 stays float32.
/// Borrows the tensor: only for parameters.
class Operand {
 public:
  Operand(const Tensor& tensor, Site site = {}) : tensor_(&tensor), site_(site) {}
  template <class T>
  requires std::is_arithmetic_v<T> Operand(T number, Site site = {})
      : number_(double(number)),
        kind_(std::same_as<T, bool> ? boolean
              : std::integral<T>    ? int64
                                    : float32),
        site_(site) {}

  bool is_number() const { return !tensor_; }
  const Tensor& tensor() const { return *tensor_; }
  double number() const { return number_; }
  Dtype kind() const { return kind_; }  ///< of a number: boolean, int64, or float32 for any float
  const Site& site() const { return site_; }

 private:
  const Tensor* tensor_ = nullptr;
  double number_ = 0;
  Dtype kind_ = float32;
  Site site_;
};

}  // namespace cinta
#pragma GCC visibility pop
