#pragma once
// Several tables, one for each categorical feature, in one call.

#include <cinta/nn/embedding/embedding.hpp>
#include <cinta/nn/module/module.hpp>
#include <string>

#pragma GCC visibility push(default)
namespace cinta::nn {

/// A width for a table of so many rows: min(600, round(1.6 * rows^0.56)), the rule of thumb of the
/// fastai library. ValueError for less than one row.
std::int64_t embedding_width(std::int64_t rows, Site site = {});

struct TableOptions {
  std::string name;        ///< of the feature: "store"
  std::int64_t count;      ///< rows
  std::int64_t width = 0;  ///< 0 for embedding_width(count)
  /// How several ids of one example become one vector.
  BagMode mode = BagMode::mean;
  std::optional<std::int64_t> padding_idx = {};
  bool sparse = false;
};

/// The ids of a feature: one for each example (batch), as many for each (batch, n), or ragged: ids
/// (n) with the offsets (batch) at which each example's begin.
struct FeatureIds {
  FeatureIds(Tensor ids, Tensor offsets = {}) : ids(std::move(ids)), offsets(std::move(offsets)) {}
  Tensor ids, offsets;
};

/// Tables by feature: the vectors of all features of an example side by side, (batch, sum of the
/// widths), in the order of the tables. Tables are EmbeddingBags called by their feature's name.
///
///     nn::EmbeddingCollection tables({{"store", 1115}, {"words", 20'000, 16}});
///     Tensor y = tables({store_ids, {word_ids, word_offsets}});
///
/// Hooks see ids and offsets of each feature in turn, the offsets undefined where there are none.
class EmbeddingCollection : public Module {
 public:
  explicit EmbeddingCollection(const std::vector<TableOptions>& tables, Dtype dtype = float32,
                               Site site = {});

  /// Throws ValueError for another number of features, ShapeError naming the feature whose batch
  /// differs from the first one's, and what embedding_bag throws.
  Tensor operator()(const std::vector<FeatureIds>& features, Site site = {}) const;

  /// Of all tables together: what the next layer takes.
  std::int64_t width() const;
  /// The vectors (batch, width) of each feature instead, for interactions.
  Tensors each(const std::vector<FeatureIds>& features, Site site = {}) const;

 private:
  Tensors rows(const Tensors& ids_and_offsets, const Site& site) const;

  std::vector<std::pair<std::string, EmbeddingBag>> tables_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
