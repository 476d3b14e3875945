#include "model.hpp"

namespace exercise {

using namespace cinta;

namespace {

constexpr auto unknown = train::Vocabulary::unknown;

}  // namespace

Net::Net(const Features& features, const Options& options, bool embeddings)
    : dropout_(add("dropout", nn::Dropout(options.dropout))), unknown_rate_(options.unknown_rate) {
  std::int64_t width = features.train.numeric.shape()[1];
  for (std::size_t c = 0; embeddings && c < features.learned.vocabularies.size(); ++c) {
    const std::int64_t ids = features.learned.vocabularies[c].size();
    tables_.push_back(
        add("embedding" + std::to_string(c), nn::Embedding(ids, options.embedding_dim)));
    width += options.embedding_dim;
  }
  for (const std::int64_t size : options.hidden) {
    layers_.push_back(add("hidden" + std::to_string(layers_.size()), nn::Linear(width, size)));
    width = size;
  }
  layers_.push_back(add("out", nn::Linear(width, 1)));
}

Tensor Net::forward(const Tensor& numeric, const Tensor& ids) const {
  Tensors inputs{numeric};
  const bool hide = !tables_.empty() && unknown_rate_ > 0 && is_training();
  const Tensor seen = hide ? where(bernoulli(ids.shape(), unknown_rate_), unknown, ids) : ids;
  for (std::size_t c = 0; c < tables_.size(); ++c)
    inputs.push_back(tables_[c](select(seen, 1, static_cast<std::int64_t>(c))));
  Tensor x = cat(inputs, 1);
  for (std::size_t i = 0; i + 1 < layers_.size(); ++i) x = dropout_(relu(layers_[i](x)));
  return layers_.back()(x);
}

Tensor Net::penalized(const Tensor& loss, double l1, double l2) const {
  if (l1 == 0 && l2 == 0) return loss;
  Tensors weights;
  for (const auto& table : tables_) weights.push_back(table.weight);
  for (const auto& layer : layers_) weights.push_back(layer.weight);
  return loss + nn::elastic_net_penalty(weights, l1, l2);
}

}  // namespace exercise
