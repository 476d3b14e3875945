#pragma once
// Formulas of several tensors that are one pass and one node. Inputs broadcast and promote as in
// arithmetic; at least one has to be floating.

#include <cinta/ops/operand.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// start + weight * (end - start), exactly `end` for a weight of 1.
Tensor lerp(Operand start, Operand end, Operand weight);
/// x + value * a * b
Tensor addcmul(Operand x, Operand a, Operand b, Operand value = 1);
/// x + value * a / b
Tensor addcdiv(Operand x, Operand a, Operand b, Operand value = 1);
/// log(exp(a) + exp(b)), and to the base 2 log2(2^a + 2^b), without overflow.
Tensor logaddexp(Operand a, Operand b);
Tensor logaddexp2(Operand a, Operand b);

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
