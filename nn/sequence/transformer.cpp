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

namespace detail {

MultiheadAttention TransformerLayer::attention(const char* name, std::int64_t d_model,
                                               std::int64_t nhead, const Site& site) {
  const TransformerLayerOptions& o = options_;
  return add(
      name,
      MultiheadAttention(
          d_model, nhead,
          {.dropout = o.dropout, .bias = o.bias, .batch_first = o.batch_first, .dtype = o.dtype},
          site),
      site);
}

Linear TransformerLayer::linear(const char* name, std::int64_t in, std::int64_t out,
                                const Site& site) {
  return add(name, Linear(in, out, {.bias = options_.bias, .dtype = options_.dtype}, site), site);
}

TransformerLayer::TransformerLayer(std::int64_t d_model, std::int64_t nhead,
                                   const TransformerLayerOptions& options, bool sees_memory,
                                   const Site& site)
    : options_(options),
      attentions_([&] {
        std::vector<MultiheadAttention> all{attention("self_attn", d_model, nhead, site)};
        if (sees_memory) all.push_back(attention("multihead_attn", d_model, nhead, site));
        return all;
      }()),
      linear1_(linear("linear1", d_model, options.dim_feedforward, site)),
      linear2_(linear("linear2", options.dim_feedforward, d_model, site)) {
  for (std::size_t i = 1; i <= attentions_.size() + 1; ++i)
    norms_.push_back(add("norm" + std::to_string(i), norm(d_model, options, site), site));
}

Tensor TransformerLayer::run(const Tensor& x, const AttentionMasks& masks, const Tensor& memory,
                             const AttentionMasks& memory_masks) const {
  const bool on = is_training();
  Tensor y = with_block(x, options_, on, norms_[0],
                        [&](const Tensor& t) { return attentions_[0](t, t, t, masks); });
  if (attentions_.size() > 1) {
    y = with_block(y, options_, on, norms_[1], [&](const Tensor& t) {
      return attentions_[1](t, memory, memory, memory_masks);
    });
  }
  return with_block(y, options_, on, norms_.back(),
                    [&](const Tensor& t) { return between(linear1_, linear2_, options_, on, t); });
}

// layers.0, layers.1 ... of a stack.
struct Layers : Module {
  template <class L>
  Layers(const std::vector<L>& all, const Site& site) {
    for (std::size_t i = 0; i < all.size(); ++i) add(std::to_string(i), all[i], site);
  }
};

template <class Layer>
TransformerStack<Layer>::TransformerStack(const char* name, std::int64_t d_model,
                                          std::int64_t nhead, std::int64_t num_layers,
                                          const TransformerLayerOptions& options, bool final_norm,
                                          const Site& site) {
  check_layers(name, num_layers, site);
  for (std::int64_t i = 0; i < num_layers; ++i) layers_.emplace_back(d_model, nhead, options, site);
  add("layers", Layers(layers_, site), site);
  if (final_norm) norm_.push_back(add("norm", norm(d_model, options, site), site));
}

template class TransformerStack<TransformerEncoderLayer>;
template class TransformerStack<TransformerDecoderLayer>;

}  // namespace detail

Tensor TransformerEncoderLayer::operator()(const Tensor& src, const AttentionMasks& masks,
                                           Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& in) { return run(in, masks, {}, {}); }, src);
}

Tensor TransformerDecoderLayer::operator()(const Tensor& tgt, const Tensor& memory,
                                           const AttentionMasks& masks,
                                           const AttentionMasks& memory_masks, Site site) const {
  const Call call(*this, site);
  return call(
      [&](const Tensor& in, const Tensor& seen) { return run(in, masks, seen, memory_masks); }, tgt,
      memory);
}

Tensor TransformerEncoder::operator()(const Tensor& src, const AttentionMasks& masks,
                                      Site site) const {
  const Call call(*this, site);
  return call(
      [&](const Tensor& in) {
        return run(in, [&](const TransformerEncoderLayer& layer, const Tensor& x) {
          return layer(x, masks);
        });
      },
      src);
}

Tensor TransformerDecoder::operator()(const Tensor& tgt, const Tensor& memory,
                                      const AttentionMasks& masks,
                                      const AttentionMasks& memory_masks, Site site) const {
  const Call call(*this, site);
  return call(
      [&](const Tensor& in, const Tensor& seen) {
        return run(in, [&](const TransformerDecoderLayer& layer, const Tensor& x) {
          return layer(x, seen, masks, memory_masks);
        });
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
  detail::check_dropout("PositionalEncoding", "dropout", dropout, site);
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
