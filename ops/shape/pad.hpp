#pragma once
// Tensors with more elements around them.

#include <cinta/autograd/core/number.hpp>
#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// What stands beyond the end of 1 2 3 4.
enum class PadMode {
  constant,   ///< a number: 1 2 3 4 0 0
  reflect,    ///< the elements before the last one, backwards: 1 2 3 4 3 2
  replicate,  ///< the last element: 1 2 3 4 4 4
  circular    ///< the elements from the first one on: 1 2 3 4 1 2
};
struct PadOptions {
  PadMode mode = PadMode::constant;
  Number value = 0;  ///< of PadMode::constant
};
/// x with `pads` elements more: before and after its last axis, before and after the one before it,
/// and so on, as PyTorch counts; axes that are not mentioned stay. Negative pads crop, before
/// anything is added, and a crop counts for the modes' rules: reflect needs pads smaller than the
/// axis, circular ones not larger, replicate an axis with elements. Throws ShapeError otherwise,
/// and if a crop takes more than there is; ValueError for a list that is no list of pairs or too
/// long.
Tensor pad(const Tensor& x, const Shape& pads, PadOptions options = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
