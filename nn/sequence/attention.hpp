#pragma once

#include <cinta/nn/linear.hpp>
#include <cinta/nn/module/module.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

struct MultiheadAttentionOptions {
  double dropout = 0;  ///< of the attention weights, in training
  bool bias = true;
  bool batch_first = false;    ///< inputs and output are (N, L, E) instead of (L, N, E)
  std::int64_t kdim = 0;       ///< width of key; 0: embed_dim
  std::int64_t vdim = 0;       ///< width of value; 0: embed_dim
  bool add_bias_kv = false;    ///< a further key and value that every query sees are parameters
  bool add_zero_attn = false;  ///< so are, behind them, zeros
  Dtype dtype = float32;
};

/// Who is not seen, as in PyTorch's module: true means IGNORED here, while it means seen in
/// scaled_dot_product_attention. Numbers are added to the scores.
struct AttentionMasks {
  Tensor key_padding_mask = {};  ///< (N, S), or (S,) without a batch: keys that are padding
  Tensor attn_mask = {};         ///< (L, S), or (N * heads, L, S)
  bool is_causal = false;        ///< query i sees the keys up to i, whatever the masks allow
};

struct AttentionAndWeights {
  Tensor output;
  Tensor weights;  ///< (N, L, S), the heads' mean, or of each head (N, heads, L, S); no N without
};

/// Several attentions of parts of the embedding side by side (Vaswani et al. 2017), between linear
/// layers: query (L, N, E), key (S, N, kdim), value (S, N, vdim), or without N; gives (L, N, E). A
/// query that sees no key has zeros in place of its attention.
///
/// Parameters as in PyTorch: in_proj_weight (3E, E), or, if kdim or vdim is not E, q_proj_weight
/// (E, E), k_proj_weight (E, kdim) and v_proj_weight (E, vdim), which start by xavier_uniform_;
/// in_proj_bias (zeros), bias_k and bias_v (1, 1, E), by xavier_normal_; out_proj.weight, which
/// starts as Linear's, and out_proj.bias (zeros). Throws ValueError unless num_heads divides
/// embed_dim, and on kdim or vdim below 0.
class MultiheadAttention : public Module {
 public:
  MultiheadAttention(std::int64_t embed_dim, std::int64_t num_heads,
                     MultiheadAttentionOptions options = {}, Site site = {});

  Tensor operator()(const Tensor& query, const Tensor& key, const Tensor& value,
                    const AttentionMasks& masks = {}, Site site = {}) const;

  /// The same, and the weights after dropout, which are computed as a whole for that: their memory
  /// grows with L x S. S counts the keys of add_bias_kv and add_zero_attn.
  AttentionAndWeights with_weights(const Tensor& query, const Tensor& key, const Tensor& value,
                                   const AttentionMasks& masks = {},
                                   bool average_attn_weights = true, Site site = {}) const;

  Tensor in_proj_weight;                               ///< undefined with the next three
  Tensor q_proj_weight, k_proj_weight, v_proj_weight;  ///< undefined with the one before
  Tensor in_proj_bias;                                 ///< undefined without bias
  Tensor bias_k, bias_v;                               ///< undefined without add_bias_kv

 private:
  enum class Weights { none, averaged, each };
  // {output} or {output, weights}.
  Tensors attend(const Tensor& query, const Tensor& key, const Tensor& value,
                 const AttentionMasks& masks, Weights weights) const;
  Tensors run(const Tensor& query, const Tensor& key, const Tensor& value,
              const AttentionMasks& masks, Weights weights, const Site& site) const;
  // (N, heads, length, width) each.
  Tensors project(const Tensor& query, const Tensor& key, const Tensor& value) const;

  std::int64_t embed_dim_, num_heads_;
  MultiheadAttentionOptions options_;
  Linear out_proj_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
