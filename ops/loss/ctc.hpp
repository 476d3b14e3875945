#pragma once
// Connectionist temporal classification.

#include <cinta/ops/loss/loss.hpp>

#pragma GCC visibility push(default)
namespace cinta {

struct CtcOptions {
  std::int64_t blank = 0;      ///< the class that stands for no label
  bool zero_infinity = false;  ///< loss and gradient 0 where no alignment exists
  Reduction reduction = Reduction::mean;
};
/// Minus the logarithm of the sum, over all ways to spread a sequence of labels over the steps
/// (repeats and blanks between them), of their probabilities. log_probs is (steps, N, classes),
/// targets int64 (N, labels), the lengths of both int64 (N,); what lies beyond a length has no
/// influence and no gradient. Where no alignment exists, as there are too few steps, the loss is
/// infinite with gradient 0. A mean divides each loss by its number of labels (at least 1) first,
/// as PyTorch does. The gradient is that of log_probs, normalised or not, of any order. Throws
/// ShapeError, DtypeError, IndexError for a label or a length out of range, ValueError for a label
/// that is the blank. A. Graves et al., Connectionist temporal classification, 2006.
Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                const Tensor& target_lengths, CtcOptions options = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
