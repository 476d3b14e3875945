#pragma once
// Rows mixed in pairs.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta::train {

struct Mixed {
  Tensor x, targets;
  double share = 1;  ///< of each row itself
};

/// lambda * row + (1 - lambda) * another row of the batch, of x (rows, ...) and of targets (rows,
/// ...) alike, with one lambda ~ Beta(alpha, alpha) for the batch and others in random order (H.
/// Zhang et al., "mixup: beyond empirical risk minimization", ICLR 2018). Both are floating;
/// classes are rows of probabilities, one_hot(labels, classes), whose cross entropy is that of the
/// mixture. Draws from this thread's generator. Throws ShapeError for other numbers of rows,
/// DtypeError for integers, ValueError unless alpha > 0.
Mixed mixup(const Tensor& x, const Tensor& targets, double alpha = 0.2, Site site = {});

}  // namespace cinta::train
#pragma GCC visibility pop
