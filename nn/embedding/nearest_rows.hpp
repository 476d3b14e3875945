#pragma once
// Which rows of a table lie nearest to a vector.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

enum class RowMetric {
  cosine,     ///< cosine_similarity, the largest first; a row of zeros has 0
  euclidean,  ///< ||row - query||_2, the least first
  dot         ///< products, the largest first
};

struct NearestRows {
  Tensor values;  ///< similarities or distances, (queries, k) or (k,)
  Tensor ids;     ///< int64, their rows; of equal ones the first comes first
};

/// The k rows of `table` (rows, width) nearest to each query (queries, width), or to one (width,).
/// Not recorded; memory is that of a block of queries, not of all scores. To compare a table's rows
/// with each other give `table` as the query: a row is its own nearest but for `dot`. Throws
/// ShapeError, DtypeError unless both have one floating dtype, ValueError unless 1 <= k <= rows.
///
///     auto [similarity, ids] = nn::nearest_rows(words.weight, words.weight[king], 5);
NearestRows nearest_rows(const Tensor& table, const Tensor& query, std::int64_t k,
                         RowMetric metric = RowMetric::cosine, Site site = {});

}  // namespace cinta::nn
#pragma GCC visibility pop
