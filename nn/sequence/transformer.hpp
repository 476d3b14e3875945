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

namespace detail {

/// What encoder's and decoder's layers are: blocks whose results are added to what goes in.
class TransformerLayer : public Module {
 protected:
  /// With a second attention, multihead_attn, if it sees the other side's output.
  TransformerLayer(std::int64_t d_model, std::int64_t nhead, const TransformerLayerOptions& options,
                   bool sees_memory, const Site& site);

  Tensor run(const Tensor& x, const AttentionMasks& masks, const Tensor& memory,
             const AttentionMasks& memory_masks) const;

 private:
  MultiheadAttention attention(const char* name, std::int64_t d_model, std::int64_t nhead,
                               const Site& site);
  Linear linear(const char* name, std::int64_t in, std::int64_t out, const Site& site);

  TransformerLayerOptions options_;
  std::vector<MultiheadAttention> attentions_;
  Linear linear1_, linear2_;
  std::vector<LayerNorm> norms_;  // of each block
};

/// Layers one after another, and perhaps a norm.
template <class Layer>
class TransformerStack : public Module {
 protected:
  TransformerStack(const char* name, std::int64_t d_model, std::int64_t nhead,
                   std::int64_t num_layers, const TransformerLayerOptions& options, bool final_norm,
                   const Site& site);

  template <class Step>
  Tensor run(Tensor x, const Step& step) const {
    for (const Layer& layer : layers_) x = step(layer, x);
    return norm_.empty() ? x : norm_[0](x);
  }

 private:
  std::vector<Layer> layers_;
  std::vector<LayerNorm> norm_;  // one or none
};

}  // namespace detail

/// x + attention(x), normalised, then y + linear2(activation(linear1(y))), normalised; with
/// norm_first each block's input is normalised instead. Dropout behind each block and within the
/// second, and of the attention's weights.
class TransformerEncoderLayer : public detail::TransformerLayer {
 public:
  TransformerEncoderLayer(std::int64_t d_model, std::int64_t nhead,
                          const TransformerLayerOptions& options = {}, Site site = {})
      : TransformerLayer(d_model, nhead, options, false, site) {}

  Tensor operator()(const Tensor& src, const AttentionMasks& masks = {}, Site site = {}) const;
};

/// The same with a second attention, of the encoder's output `memory`, between the two blocks.
class TransformerDecoderLayer : public detail::TransformerLayer {
 public:
  TransformerDecoderLayer(std::int64_t d_model, std::int64_t nhead,
                          const TransformerLayerOptions& options = {}, Site site = {})
      : TransformerLayer(d_model, nhead, options, true, site) {}

  Tensor operator()(const Tensor& tgt, const Tensor& memory, const AttentionMasks& masks = {},
                    const AttentionMasks& memory_masks = {}, Site site = {}) const;
};

/// Layers one after another, called layers.0, layers.1 ..., and a LayerNorm behind them (norm) if
/// `final_norm`. Each layer draws its own initial values (PyTorch copies one).
class TransformerEncoder : public detail::TransformerStack<TransformerEncoderLayer> {
 public:
  TransformerEncoder(std::int64_t d_model, std::int64_t nhead, std::int64_t num_layers,
                     const TransformerLayerOptions& options = {}, bool final_norm = false,
                     Site site = {})
      : TransformerStack("TransformerEncoder", d_model, nhead, num_layers, options, final_norm,
                         site) {}

  Tensor operator()(const Tensor& src, const AttentionMasks& masks = {}, Site site = {}) const;
};

class TransformerDecoder : public detail::TransformerStack<TransformerDecoderLayer> {
 public:
  TransformerDecoder(std::int64_t d_model, std::int64_t nhead, std::int64_t num_layers,
                     const TransformerLayerOptions& options = {}, bool final_norm = false,
                     Site site = {})
      : TransformerStack("TransformerDecoder", d_model, nhead, num_layers, options, final_norm,
                         site) {}

  Tensor operator()(const Tensor& tgt, const Tensor& memory, const AttentionMasks& masks = {},
                    const AttentionMasks& memory_masks = {}, Site site = {}) const;
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
