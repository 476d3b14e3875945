#pragma once
// Scaled dot-product attention, a block of queries at a time: what a thread holds grows with the
// number of keys, and nothing with its product with the number of queries.

#include <cinta/autograd/core/memory/storage.hpp>
#include <cinta/ops/kernels/random/random.hpp>

namespace cinta::kernels {

/// What one call works on. All are of one floating dtype but for a bool mask, with any strides.
struct Attention {
  const Array& query;  ///< (..., heads, length, width)
  const Array& key;    ///< (..., heads / group, keys, width)
  const Array& value;  ///< (..., heads / group, keys, value width)
  /// (..., heads, length, keys), with strides 0 where it was broadcast: bool, which says who is
  /// seen, or numbers that are added to the scores. May be null.
  const Array* mask;
  std::int64_t group = 1;  ///< heads of queries that share one of keys
  bool causal = false;     ///< query i sees the keys up to i
  double scale = 1;
  double dropout = 0;     ///< of the weights; 0: none
  RandomKey random = {};  ///< what it draws from: the mask of an array (..., heads, length, keys)
};

/// Dense y (..., heads, length, value width) = softmax(query key^T scale + mask) value. A row that
/// sees no key is zeros.
void attention(const Attention& call, const Array& y);

/// Where gradients go, dense and of the shapes of their inputs; null ones are left out.
struct AttentionGradients {
  const Array *query, *key, *value;
};

/// The exact gradients, for dy with any strides: weights are computed again, row by row as a whole,
/// so that nothing has to be rebuilt from rounded results.
void attention_backward(const Attention& call, const Array& dy, const AttentionGradients& to);

}  // namespace cinta::kernels
