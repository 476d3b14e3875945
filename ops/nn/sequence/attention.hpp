#pragma once

#include <cinta/autograd/tensor.hpp>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

struct AttentionOptions {
  /// bool, true for the keys that a query sees, or numbers of the query's dtype that are added to
  /// the scores; broadcasts to (..., L, S).
  Tensor attn_mask = {};
  double dropout_p = 0;    ///< of the weights; applied whenever it is not 0, as in PyTorch
  bool is_causal = false;  ///< query i sees the keys up to i, whatever L and S (the top left)
  std::optional<double> scale = {};  ///< 1 / sqrt(E) if not given
  bool enable_gqa = false;           ///< several heads of queries share one of keys and values
};

/// softmax(query key^T scale + mask) value (Vaswani et al. 2017), for query (..., L, E), key
/// (..., S, E) and value (..., S, Ev): (..., L, Ev). Leading axes broadcast; with `enable_gqa` the
/// third last is that of heads, and query has a multiple of key's and value's: head h uses head
/// h / (Hq / H) of theirs. attn_mask and is_causal hold together. A query that sees no key has the
/// output 0 and gradients 0. What no query sees is weighted by 0 and must still be finite.
///
/// Keys come by in blocks with a running maximum and sum (Milakov & Gimelshein 2018; Rabe & Staats
/// 2021), so memory grows with L + S; so does that of the gradient, which computes the weights
/// again. Gradients that are to be differentiated, or that of a mask, keep L x S weights.
///
/// Dropout is a function of the call and of the weight's place: the same for any number of threads.
/// Throws ShapeError, DtypeError, ValueError unless 0 <= dropout_p < 1.
Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const AttentionOptions& options = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
