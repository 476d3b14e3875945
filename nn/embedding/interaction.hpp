#pragma once
// What recommenders and click models do with the vectors of their features.

#include <cinta/nn/module/module.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

/// Sum of the products of all pairs of vectors, of x (batch, fields, width): (batch). In time
/// linear in fields: half of the square of the sum less the sum of the squares (Rendle 2010).
/// Throws ShapeError unless x has three axes.
Tensor factorization_machine(const Tensor& x, Site site = {});

/// The products of all pairs of different vectors, of x (batch, fields, width): (batch, fields *
/// (fields - 1) / 2), in the order (1, 0), (2, 0), (2, 1), (3, 0), ... as in DLRM (Naumov et al.
/// 2019). Throws ShapeError unless x has three axes.
Tensor dot_interaction(const Tensor& x, Site site = {});

struct InBatchOptions {
  /// (batch), log of how likely each item is to be drawn into a batch: its share of the data, say.
  /// It is taken off the scores, since popular items are other rows' negatives more often (Yi et
  /// al. 2019). Undefined: no correction.
  Tensor log_frequency = {};
  /// (batch), int64. An item that stands in the batch twice is no negative of itself. Undefined:
  /// all are taken for different.
  Tensor item_ids = {};
  double temperature = 1;  ///< scores are divided by it
};

/// Softmax cross-entropy of each query (batch, width) for its own item among all items (batch,
/// width) of the batch, mean: how two towers are trained without scoring all items. Throws
/// ShapeError, DtypeError, ValueError unless temperature > 0.
Tensor in_batch_softmax_loss(const Tensor& queries, const Tensor& items,
                             const InBatchOptions& options = {}, Site site = {});

}  // namespace cinta::nn
#pragma GCC visibility pop
