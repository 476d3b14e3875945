#pragma once
// Windows of images as columns, and the sums of overlapping windows.

#include <cinta/autograd/tensor.hpp>
#include <cinta/ops/nn/spatial/per_axis.hpp>

#pragma GCC visibility push(default)
namespace cinta {

struct FoldOptions {
  PerAxis dilation = 1;
  PerAxis padding = 0;
  PerAxis stride = 1;
};

/// PyTorch's nn.functional.unfold: x (batch, channels, height, width) gives (batch, channels *
/// kernel elements, windows), each column the elements of one window, channel by channel, zeros of
/// the padding among them. x without a batch gives a result without one. Throws ShapeError,
/// DtypeError, ValueError.
Tensor unfold(const Tensor& x, const PerAxis& kernel, const FoldOptions& options = {},
              Site site = {});

/// PyTorch's nn.functional.fold, the adjoint: x (batch, channels * kernel elements, windows) gives
/// (batch, channels, output_size), each element the sum of those that stand for it. Throws
/// ShapeError if x has another number of rows or windows than such an output has, DtypeError,
/// ValueError.
Tensor fold(const Tensor& x, const PerAxis& output_size, const PerAxis& kernel,
            const FoldOptions& options = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
