#pragma once

#include <cinta/nn/module.hpp>
#include <optional>

namespace cinta::nn {

struct EmbeddingOptions {
  /// Row whose output is zero and which receives no gradient; negative counts from the end.
  std::optional<std::int64_t> padding_idx = {};
  Dtype dtype = float32;
};

/// A table of `count` rows of `width`: int64 ids of any shape give ids.shape + (width,). Rows start
/// standard normal, as in PyTorch, the padding row as zeros. Throws ValueError on sizes below 1,
/// IndexError on a padding_idx or an id outside the table.
class Embedding : public Module {
 public:
  Embedding(std::int64_t count, std::int64_t width, EmbeddingOptions options = {}, Site site = {});

  Tensor operator()(const Tensor& ids, Site site = {}) const;

  Tensor weight;

 private:
  std::optional<std::int64_t> padding_idx_;
};

}  // namespace cinta::nn
