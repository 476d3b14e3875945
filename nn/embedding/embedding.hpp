#pragma once

#include <cinta/nn/module/module.hpp>
#include <cinta/ops/nn/embedding_bag.hpp>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta::nn {

struct EmbeddingOptions {
  /// Row that counts as zeros, receives no gradient and no decay; negative counts from the end.
  std::optional<std::int64_t> padding_idx = {};
  /// Row-sparse gradients: a step costs the rows that it looked up, see
  /// optim/detail/lazy_table.hpp.
  bool sparse = false;
  Dtype dtype = float32;
};

/// A table of `count` rows of `width`: int64 ids of any shape give ids.shape + (width,). Rows start
/// standard normal, as in PyTorch, the padding row as zeros. Throws ValueError on sizes below 1,
/// IndexError on a padding_idx or an id outside the table.
///
/// Output and input of a model share a table by using its weight: linear(x, embedding.weight).
class Embedding : public Module {
 public:
  Embedding(std::int64_t count, std::int64_t width, EmbeddingOptions options = {}, Site site = {});

  /// A table of given rows (count, width), which are not copied. Frozen unless told otherwise, as
  /// in PyTorch; the dtype is that of `table`. Throws ShapeError unless it has two axes, DtypeError
  /// unless it is floating, GraphError if it is the result of a recorded operation.
  static Embedding from_pretrained(const Tensor& table, bool freeze = true,
                                   EmbeddingOptions options = {}, Site site = {});

  Tensor operator()(const Tensor& ids, Site site = {}) const;

  Tensor weight;

 private:
  Embedding(Tensor table, EmbeddingOptions options, const Site& site);

  std::optional<std::int64_t> padding_idx_;
  bool sparse_;
};

struct EmbeddingBagOptions {
  BagMode mode = BagMode::mean;
  /// Row that does not count, not even in a mean; it receives no gradient and no decay. Negative
  /// counts from the end.
  std::optional<std::int64_t> padding_idx = {};
  bool sparse = false;  ///< as for Embedding
  Dtype dtype = float32;
};

/// Sum, mean or maximum of the rows of each bag of ids, without memory for the rows: see
/// embedding_bag. Starts as Embedding and throws like it.
class EmbeddingBag : public Module {
 public:
  EmbeddingBag(std::int64_t count, std::int64_t width, EmbeddingBagOptions options = {},
               Site site = {});

  /// ids (bags, n), or ids (n,) with offsets (bags,): where in ids each bag starts.
  Tensor operator()(const Tensor& ids, const Tensor& offsets = {},
                    const Tensor& per_sample_weights = {}, Site site = {}) const;

  Tensor weight;

 private:
  EmbeddingBagOptions options_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
