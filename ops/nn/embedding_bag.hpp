#pragma once

#include <cinta/autograd/tensor.hpp>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

/// How the rows of a bag become one.
enum class BagMode { sum, mean, max };

struct BagOptions {
  BagMode mode = BagMode::mean;
  /// Factors of the rows, in the shape of the ids and the dtype of the table; for sums only.
  Tensor per_sample_weights = {};
  /// A row that does not count, not even in a mean, and receives no gradient.
  std::optional<std::int64_t> padding_idx = {};
  bool sparse = false;  ///< row-sparse gradients, as for embedding
};

/// Rows of `weight` (rows, width), summed or averaged within bags, or their maximum by column:
/// (bags, width), without memory for the rows. Either ids are (bags, n), or ids (n,) come with
/// `offsets` (bags,), where bag b holds ids[offsets[b]] up to before ids[offsets[b + 1]], or to the
/// end. An empty bag gives zeros. Of equal maxima the first one receives the gradient.
///
/// Throws DtypeError, ShapeError, IndexError naming an id outside the table and its position,
/// ValueError for offsets that do not start at 0, decrease or lead beyond the ids, and for
/// weights with another mode than sum.
Tensor embedding_bag(const Tensor& weight, const Tensor& ids, const Tensor& offsets = {},
                     const BagOptions& options = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
