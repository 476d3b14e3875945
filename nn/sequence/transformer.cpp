#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/nn/init.hpp>
#include <cinta/nn/sequence/transformer.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/nn/dropout.hpp>
#include <cinta/ops/nn/sequence/positions.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta::nn {
namespace {

MultiheadAttention attention(std::int64_t d_model, std::int64_t nhead,
                             const TransformerLayerOptions& o, const Site& site) {
  return MultiheadAttention(
      d_model, nhead,
      {.dropout = o.dropout, .bias = o.bias, .batch_first = o.batch_first, .dtype = o.dtype}, site);
}

Linear linear_layer(std::int64_t in, std::int64_t out, const TransformerLayerOptions& o,
                    const Site& site) {
  return Linear(in, out, {.bias = o.bias, .dtype = o.dtype}, site);
}

LayerNorm norm(std::int64_t d_model, const TransformerLayerOptions& o, const Site& site) {
  return LayerNorm({d_model}, {.eps = o.layer_norm_eps, .bias = o.bias, .dtype = o.dtype}, site);
}

// x and what a block makes of it, together; the block's input or the sum is normalised.
template <class Block>
Tensor with_block(const Tensor& x, const TransformerLayerOptions& o, bool training,
                  const LayerNorm& norm, const Block& block) {
  const auto dropped = [&](const Tensor& in) { return dropout(block(in), o.dropout, training); };
  if (o.norm_first) {
    const Tensor y = dropped(norm(x));
    return x + y;
  }
  const Tensor y = dropped(x);
  return norm(x + y);
}

Tensor between(const Linear& first, const Linear& second, const TransformerLayerOptions& o,
               bool training, const Tensor& x) {
  const Tensor y = o.activation ? o.activation(first(x), {}) : relu(first(x));
  return second(dropout(y, o.dropout, training));
}

void check_layers(const char* name, std::int64_t num_layers, const Site& site) {
  if (num_layers >= 1) return;
  throw ValueError(
      std::string(name) + ": num_layers must be positive, got " + std::to_string(num_layers), site);
}

}  // namespace

TransformerEncoderLayer::TransformerEncoderLayer(std::int64_t d_model, std::int64_t nhead,
                                                 const TransformerLayerOptions& options, Site site)
    : options_(options),
      self_attn_(add("self_attn", attention(d_model, nhead, options, site), site)),
      linear1_(add("linear1", linear_layer(d_model, options.dim_feedforward, options, site), site)),
      linear2_(add("linear2", linear_layer(options.dim_feedforward, d_model, options, site), site)),
      norm1_(add("norm1", norm(d_model, options, site), site)),
      norm2_(add("norm2", norm(d_model, options, site), site)) {}

Tensor TransformerEncoderLayer::operator()(const Tensor& src, const AttentionMasks& masks,
                                           Site site) const {
  const Call call(*this, site);
  return call(
      [&](const Tensor& in) {
        const bool on = is_training();
        const Tensor x = with_block(in, options_, on, norm1_,
                                    [&](const Tensor& t) { return self_attn_(t, t, t, masks); });
        return with_block(x, options_, on, norm2_, [&](const Tensor& t) {
          return between(linear1_, linear2_, options_, on, t);
        });
      },
      src);
}

TransformerDecoderLayer::TransformerDecoderLayer(std::int64_t d_model, std::int64_t nhead,
                                                 const TransformerLayerOptions& options, Site site)
    : options_(options),
      self_attn_(add("self_attn", attention(d_model, nhead, options, site), site)),
      multihead_attn_(add("multihead_attn", attention(d_model, nhead, options, site), site)),
      linear1_(add("linear1", linear_layer(d_model, options.dim_feedforward, options, site), site)),
      linear2_(add("linear2", linear_layer(options.dim_feedforward, d_model, options, site), site)),
      norm1_(add("norm1", norm(d_model, options, site), site)),
      norm2_(add("norm2", norm(d_model, options, site), site)),
      norm3_(add("norm3", norm(d_model, options, site), site)) {}

Tensor TransformerDecoderLayer::operator()(const Tensor& tgt, const Tensor& memory,
                                           const AttentionMasks& masks,
                                           const AttentionMasks& memory_masks, Site site) const {
  const Call call(*this, site);
  return call(
      [&](const Tensor& in, const Tensor& seen) {
        const bool on = is_training();
        Tensor x = with_block(in, options_, on, norm1_,
                              [&](const Tensor& t) { return self_attn_(t, t, t, masks); });
        x = with_block(x, options_, on, norm2_, [&](const Tensor& t) {
          return multihead_attn_(t, seen, seen, memory_masks);
        });
        return with_block(x, options_, on, norm3_, [&](const Tensor& t) {
          return between(linear1_, linear2_, options_, on, t);
        });
      },
      tgt, memory);
}

namespace {

// layers.0, layers.1 ... of a stack.
struct Layers : Module {
  template <class L>
  Layers(const std::vector<L>& all, const Site& site) {
    for (std::size_t i = 0; i < all.size(); ++i) add(std::to_string(i), all[i], site);
  }
};

}  // namespace

TransformerEncoder::TransformerEncoder(std::int64_t d_model, std::int64_t nhead,
                                       std::int64_t num_layers,
                                       const TransformerLayerOptions& options, bool final_norm,
                                       Site site) {
  check_layers("TransformerEncoder", num_layers, site);
  for (std::int64_t i = 0; i < num_layers; ++i) layers_.emplace_back(d_model, nhead, options, site);
  add("layers", Layers(layers_, site), site);
  if (final_norm) norm_.push_back(add("norm", norm(d_model, options, site), site));
}

Tensor TransformerEncoder::operator()(const Tensor& src, const AttentionMasks& masks,
                                      Site site) const {
  const Call call(*this, site);
  return call(
      [&](const Tensor& in) {
        Tensor x = in;
        for (const TransformerEncoderLayer& layer : layers_) x = layer(x, masks);
        return norm_.empty() ? x : norm_[0](x);
      },
      src);
}

TransformerDecoder::TransformerDecoder(std::int64_t d_model, std::int64_t nhead,
                                       std::int64_t num_layers,
                                       const TransformerLayerOptions& options, bool final_norm,
                                       Site site) {
  check_layers("TransformerDecoder", num_layers, site);
  for (std::int64_t i = 0; i < num_layers; ++i) layers_.emplace_back(d_model, nhead, options, site);
  add("layers", Layers(layers_, site), site);
  if (final_norm) norm_.push_back(add("norm", norm(d_model, options, site), site));
}

Tensor TransformerDecoder::operator()(const Tensor& tgt, const Tensor& memory,
                                      const AttentionMasks& masks,
                                      const AttentionMasks& memory_masks, Site site) const {
  const Call call(*this, site);
  return call(
      [&](const Tensor& in, const Tensor& seen) {
        Tensor x = in;
        for (const TransformerDecoderLayer& layer : layers_)
          x = layer(x, seen, masks, memory_masks);
        return norm_.empty() ? x : norm_[0](x);
      },
      tgt, memory);
}

Transformer::Transformer(std::int64_t d_model, std::int64_t nhead, std::int64_t num_encoder_layers,
                         std::int64_t num_decoder_layers, const TransformerLayerOptions& options,
                         Site site)
    : encoder(add("encoder",
                  TransformerEncoder(d_model, nhead, num_encoder_layers, options, true, site),
                  site)),
      decoder(add("decoder",
                  TransformerDecoder(d_model, nhead, num_decoder_layers, options, true, site),
                  site)) {
  const NoGrad initial_values;
  for (const Tensor& parameter : parameters())
    if (parameter.rank() > 1) init::xavier_uniform_(parameter);
}

Tensor Transformer::operator()(const Tensor& src, const Tensor& tgt,
                               const AttentionMasks& src_masks, const AttentionMasks& tgt_masks,
                               const AttentionMasks& memory_masks, Site site) const {
  const Call call(*this, site);
  return call(
      [&](const Tensor& from, const Tensor& to) {
        return decoder(to, encoder(from, src_masks), tgt_masks, memory_masks);
      },
      src, tgt);
}

PositionalEncoding::PositionalEncoding(double dropout, bool batch_first, Site site)
    : dropout_(dropout), batch_first_(batch_first) {
  detail::check_dropout("PositionalEncoding", dropout, site);
}

Tensor PositionalEncoding::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call(
      [&](const Tensor& in) {
        if (!in.defined() || in.rank() != 3) {
          throw ShapeError(
              std::string("PositionalEncoding: needs ") +
                  (batch_first_ ? "(N, L, E)" : "(L, N, E)") + ", got " +
                  (in.defined() ? in.shape().str() : std::string("an undefined tensor")),
              SiteScope::resolve({}));
        }
        const Tensor rows =
            sinusoidal_positions(in.size(batch_first_ ? 1 : 0), in.size(2), in.dtype());
        const Tensor positions = batch_first_ ? rows : unsqueeze(rows, 1);
        return dropout(in + positions, dropout_, is_training());
      },
      x);
}

}  // namespace cinta::nn
