#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/nn/embedding/nearest_rows.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/linalg/product/distance.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/reduce/norm.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cinta/ops/sort/sort.hpp>

namespace cinta::nn {
namespace {

// Rows of length 1; of zeros, zeros.
Tensor directions(const Tensor& rows) {
  const Tensor lengths = norm(rows, 2, -1, true);
  return rows / where(eq(lengths, 0), 1, lengths);
}

void check(const Tensor& table, const Tensor& query, std::int64_t k, const Site& site) {
  const auto given = [&] {
    return "nearest_rows: table " +
           (table.defined() ? table.spec().str() : std::string("undefined")) + ", query " +
           (query.defined() ? query.spec().str() : std::string("undefined"));
  };
  if (!table.defined() || !query.defined() || table.rank() != 2 ||
      (query.rank() != 1 && query.rank() != 2) || query.size(-1) != table.size(1))
    throw ShapeError(given() + ": needs (rows, width) and (queries, width) or (width,)", site);
  if (!is_floating(table.dtype()) || query.dtype() != table.dtype())
    throw DtypeError(given() + ": needs one floating dtype for both; convert with to()", site);
  if (k < 1 || k > table.size(0)) {
    throw ValueError("nearest_rows: k must lie in [1, " + std::to_string(table.size(0)) +
                         "], the table's rows, got " + std::to_string(k),
                     site);
  }
}

}  // namespace

NearestRows nearest_rows(const Tensor& table, const Tensor& query, std::int64_t k, RowMetric metric,
                         Site site) {
  const SiteScope scope(SiteScope::resolve(site));
  check(table, query, k, SiteScope::resolve({}));
  const NoGrad constants;
  const bool largest = metric != RowMetric::euclidean, one = query.rank() == 1;
  const Tensor rows = metric == RowMetric::cosine ? directions(table) : table;
  const Tensor queries = one ? unsqueeze(query, 0) : query;
  constexpr std::int64_t most_scores = 1 << 22;
  const std::int64_t block = std::max<std::int64_t>(1, most_scores / table.size(0));
  Tensors values, ids;
  for (std::int64_t i = 0; i == 0 || i < queries.size(0); i += block) {
    const Tensor some = slice(queries, 0, i, std::min(i + block, queries.size(0)));
    const Tensor scores =
        metric == RowMetric::euclidean
            ? cdist(some, rows)
            : matmul(metric == RowMetric::cosine ? directions(some) : some, transpose(rows, 0, 1));
    ValuesAndIndices best = topk(scores, k, -1, {.largest = largest});
    values.push_back(std::move(best.values));
    ids.push_back(std::move(best.indices));
  }
  const NearestRows all{cat(values), cat(ids)};
  return one ? NearestRows{squeeze(all.values, 0), squeeze(all.ids, 0)} : all;
}

}  // namespace cinta::nn
