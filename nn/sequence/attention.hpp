#pragma once

#include <cinta/nn/linear.hpp>
#include <cinta/nn/module/module.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

struct MultiheadAttentionOptions {
  double dropout = 0;  ///< of the attention weights, in training
  bool bias = true;
  bool batch_first = false;  ///< inputs and output are (N, L, E) instead of (L, N, E)
  Dtype dtype = float32;
};

/// Who is not seen, as in PyTorch's module: true means IGNORED here, while it means seen in
/// scaled_dot_product_attention. Numbers are added to the scores.
struct AttentionMasks {
  Tensor key_padding_mask = {};  ///< (N, S), or (S,) without a batch: keys that are padding
  Tensor attn_mask = {};         ///< (L, S), or (N * heads, L, S)
  bool is_causal = false;        ///< query i sees the keys up to i, whatever the masks allow
};

/// Several attentions of parts of the embedding side by side (Vaswani et al. 2017), between linear
/// layers: query (L, N, E), key and value (S, N, E), or without N; gives (L, N, E). A query that
/// sees no key has zeros in place of its attention. The weights are not returned, since nobody
/// computes them as a whole.
///
/// Parameters as in PyTorch: in_proj_weight (3E, E), which starts by xavier_uniform_, in_proj_bias
/// (zeros), out_proj.weight, which starts as Linear's, and out_proj.bias (zeros). kdim, vdim,
/// add_bias_kv and add_zero_attn are left out. Throws ValueError unless num_heads divides
/// embed_dim.
class MultiheadAttention : public Module {
 public:
  MultiheadAttention(std::int64_t embed_dim, std::int64_t num_heads,
                     MultiheadAttentionOptions options = {}, Site site = {});

  Tensor operator()(const Tensor& query, const Tensor& key, const Tensor& value,
                    const AttentionMasks& masks = {}, Site site = {}) const;

  Tensor in_proj_weight;
  Tensor in_proj_bias;  ///< undefined without bias

 private:
  Tensor attend(const Tensor& query, const Tensor& key, const Tensor& value,
                const AttentionMasks& masks) const;

  std::int64_t embed_dim_, num_heads_;
  MultiheadAttentionOptions options_;
  Linear out_proj_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
