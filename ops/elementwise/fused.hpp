#pragma once
// Formulas of several tensors that are one pass and one node. Inputs broadcast and promote as in
// arithmetic; at least one has to be floating.

#include <cinta/ops/operand.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// start + weight * (end - start), exactly `end` for a weight of 1.
Tensor lerp(const Operand& start, const Operand& end, const Operand& weight);
/// x + value * a * b
Tensor addcmul(const Operand& x, const Operand& a, const Operand& b, const Operand& value = 1);
/// x + value * a / b
Tensor addcdiv(const Operand& x, const Operand& a, const Operand& b, const Operand& value = 1);
/// log(exp(a) + exp(b)), and to the base 2 log2(2^a + 2^b), without overflow.
Tensor logaddexp(const Operand& a, const Operand& b);
Tensor logaddexp2(const Operand& a, const Operand& b);

class Element;

/// The same of elements of `map`, found where an argument is one.
struct ElementFormulas {
  friend Element lerp(Element start, Element end, Element weight);
  friend Element addcmul(Element x, Element a, Element b, Element value);
  friend Element addcmul(Element x, Element a, Element b);  ///< with the value 1
  friend Element addcdiv(Element x, Element a, Element b, Element value);
  friend Element addcdiv(Element x, Element a, Element b);
  friend Element logaddexp(Element a, Element b);
  friend Element logaddexp2(Element a, Element b);
};

}  // namespace cinta
#pragma GCC visibility pop
