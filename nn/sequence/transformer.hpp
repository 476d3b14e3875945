#pragma once
// Transformers of Vaswani et al. 2017, with PyTorch's names, defaults and initial values.

#include <cinta/nn/dropout.hpp>
#include <cinta/nn/layer_norm.hpp>
#include <cinta/nn/sequence/attention.hpp>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::nn {

struct TransformerLayerOptions {
  std::int64_t dim_feedforward = 2048;
  double dropout = 0.1;
  Tensor (*activation)(const Tensor&, Site) = nullptr;  ///< null is relu; &gelu is the usual other
  double layer_norm_eps = 1e-5;
  bool batch_first = false;  ///< (N, L, E) instead of (L, N, E)
  bool norm_first = false;   ///< normalise what goes into each block, not the sum behind it
  bool bias = true;
  Dtype dtype = float32;
};

/// x + attention(x), normalised, then y + linear2(activation(linear1(y))), normalised; with
/// norm_first each block's input is normalised instead. Dropout behind each block and within the
/// second, and of the attention's weights.
class TransformerEncoderLayer : public Module {
 public:
  TransformerEncoderLayer(std::int64_t d_model, std::int64_t nhead,
                          const TransformerLayerOptions& options = {}, Site site = {});

  Tensor operator()(const Tensor& src, const AttentionMasks& masks = {}, Site site = {}) const;

 private:
  TransformerLayerOptions options_;
  MultiheadAttention self_attn_;
  Linear linear1_, linear2_;
  LayerNorm norm1_, norm2_;
};

/// The same with a second attention, of the encoder's output `memory`, between the two blocks.
class TransformerDecoderLayer : public Module {
 public:
  TransformerDecoderLayer(std::int64_t d_model, std::int64_t nhead,
                          const TransformerLayerOptions& options = {}, Site site = {});

  Tensor operator()(const Tensor& tgt, const Tensor& memory, const AttentionMasks& masks = {},
                    const AttentionMasks& memory_masks = {}, Site site = {}) const;

 private:
  TransformerLayerOptions options_;
  MultiheadAttention self_attn_, multihead_attn_;
  Linear linear1_, linear2_;
  LayerNorm norm1_, norm2_, norm3_;
};

/// Layers one after another, called layers.0, layers.1 ..., and a LayerNorm behind them (norm) if
/// `final_norm`. Each layer draws its own initial values (PyTorch copies one).
class TransformerEncoder : public Module {
 public:
  TransformerEncoder(std::int64_t d_model, std::int64_t nhead, std::int64_t num_layers,
                     const TransformerLayerOptions& options = {}, bool final_norm = false,
                     Site site = {});

  Tensor operator()(const Tensor& src, const AttentionMasks& masks = {}, Site site = {}) const;

 private:
  std::vector<TransformerEncoderLayer> layers_;
  std::vector<LayerNorm> norm_;  // one or none
};

class TransformerDecoder : public Module {
 public:
  TransformerDecoder(std::int64_t d_model, std::int64_t nhead, std::int64_t num_layers,
                     const TransformerLayerOptions& options = {}, bool final_norm = false,
                     Site site = {});

  Tensor operator()(const Tensor& tgt, const Tensor& memory, const AttentionMasks& masks = {},
                    const AttentionMasks& memory_masks = {}, Site site = {}) const;

 private:
  std::vector<TransformerDecoderLayer> layers_;
  std::vector<LayerNorm> norm_;
};

/// An encoder and a decoder, each with a final norm. All matrices start by xavier_uniform_.
class Transformer : public Module {
 public:
  explicit Transformer(std::int64_t d_model = 512, std::int64_t nhead = 8,
                       std::int64_t num_encoder_layers = 6, std::int64_t num_decoder_layers = 6,
                       const TransformerLayerOptions& options = {}, Site site = {});

  /// src (S, N, E) and tgt (T, N, E) give (T, N, E).
  Tensor operator()(const Tensor& src, const Tensor& tgt, const AttentionMasks& src_masks = {},
                    const AttentionMasks& tgt_masks = {}, const AttentionMasks& memory_masks = {},
                    Site site = {}) const;

  TransformerEncoder encoder;
  TransformerDecoder decoder;
};

/// x plus sinusoidal_positions of its length, then dropout: for x (L, N, E), or (N, L, E) with
/// batch_first. Holds no parameters and knows no longest length.
class PositionalEncoding : public Module {
 public:
  explicit PositionalEncoding(double dropout = 0.1, bool batch_first = false, Site site = {});

  Tensor operator()(const Tensor& x, Site site = {}) const;

 private:
  double dropout_;
  bool batch_first_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
