#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/nn/embedding/embedding_collection.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>

namespace cinta::nn {

std::int64_t embedding_width(std::int64_t rows, Site site) {
  if (rows < 1)
    throw ValueError("embedding_width: a table has at least one row, got " + std::to_string(rows),
                     site);
  const double rule = std::round(1.6 * std::pow(double(rows), 0.56));
  return std::int64_t(std::min(600., rule));
}

EmbeddingCollection::EmbeddingCollection(const std::vector<TableOptions>& tables, Dtype dtype,
                                         Site site) {
  if (tables.empty()) throw ValueError("EmbeddingCollection: there are no tables", site);
  for (const TableOptions& table : tables) {
    const std::int64_t width = table.width == 0 ? embedding_width(table.count, site) : table.width;
    tables_.emplace_back(table.name, add(table.name,
                                         EmbeddingBag(table.count, width,
                                                      {.mode = table.mode,
                                                       .padding_idx = table.padding_idx,
                                                       .sparse = table.sparse,
                                                       .dtype = dtype},
                                                      site),
                                         site));
  }
}

namespace {

Tensors as_list(const std::vector<FeatureIds>& features) {
  Tensors list;
  for (const FeatureIds& feature : features) {
    list.push_back(feature.ids);
    list.push_back(feature.offsets);
  }
  return list;
}

}  // namespace

Tensors EmbeddingCollection::rows(const Tensors& ids_and_offsets, const Site& site) const {
  const std::size_t count = ids_and_offsets.size() / 2;
  if (count != tables_.size())
    throw ValueError("EmbeddingCollection: " + std::to_string(count) + " features for " +
                         std::to_string(tables_.size()) + " tables",
                     site);
  Tensors rows;
  for (std::size_t i = 0; i < count; ++i) {
    const Tensor &ids = ids_and_offsets[2 * i], &offsets = ids_and_offsets[2 * i + 1];
    const bool one_each = ids.defined() && ids.rank() == 1 && !offsets.defined();
    rows.push_back(tables_[i].second(one_each ? reshape(ids, {-1, 1}) : ids, offsets, {}, site));
    if (rows[i].size(0) != rows[0].size(0))
      throw ShapeError("EmbeddingCollection: " + tables_[i].first + " has " +
                           std::to_string(rows[i].size(0)) + " examples, " + tables_[0].first +
                           " " + std::to_string(rows[0].size(0)),
                       site);
  }
  return rows;
}

Tensors EmbeddingCollection::each(const std::vector<FeatureIds>& features, Site site) const {
  const Call call(*this, site);
  return call.of_list([&](const Tensors& in) { return rows(in, SiteScope::resolve(site)); },
                      as_list(features));
}

Tensor EmbeddingCollection::operator()(const std::vector<FeatureIds>& features, Site site) const {
  const Call call(*this, site);
  return call.of_list([&](const Tensors& in) { return cat(rows(in, SiteScope::resolve(site)), 1); },
                      as_list(features));
}

std::int64_t EmbeddingCollection::width() const {
  std::int64_t width = 0;
  for (const auto& [name, table] : tables_) width += table.weight.size(1);
  return width;
}

}  // namespace cinta::nn
