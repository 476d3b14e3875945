#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/nn/embedding/embedding.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/index/detail/lookup.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/random/random.hpp>
#include <cinta/ops/shape/view/slice.hpp>

namespace cinta::nn {
namespace {

void check_sizes(const char* name, std::int64_t count, std::int64_t width, const Site& site) {
  if (count >= 1 && width >= 1) return;
  throw ValueError(std::string(name) + ": sizes must be positive, got count " +
                       std::to_string(count) + ", width " + std::to_string(width),
                   site);
}

// The row that padding_idx means.
std::optional<std::int64_t> padding_row(const char* name, std::int64_t count,
                                        std::optional<std::int64_t> padding_idx, const Site& site) {
  if (!padding_idx) return padding_idx;
  if (*padding_idx < -count || *padding_idx >= count) {
    throw IndexError(std::string(name) + ": padding_idx " + std::to_string(*padding_idx) +
                         " is out of range for " + std::to_string(count) + " rows",
                     site);
  }
  return *padding_idx < 0 ? *padding_idx + count : *padding_idx;
}

Tensor new_table(const char* name, std::int64_t count, std::int64_t width, Dtype dtype,
                 std::optional<std::int64_t> padding_row, const Site& site) {
  const NameScope reported(name);
  Tensor table = randn({count, width}, dtype, site);
  if (padding_row) fill_(select(table, 0, *padding_row), 0);
  return table;
}

Tensor checked_table(const Tensor& table, const Site& site) {
  if (!table.defined())
    throw ValueError("Embedding::from_pretrained: the table is an undefined tensor", site);
  if (table.rank() != 2) {
    throw ShapeError("Embedding::from_pretrained: the table must have two axes, its shape is " +
                         table.shape().str(),
                     site);
  }
  return table;
}

}  // namespace

Embedding::Embedding(std::int64_t count, std::int64_t width, EmbeddingOptions options, Site site)
    : sparse_(options.sparse) {
  check_sizes("Embedding", count, width, site);
  padding_idx_ = padding_row("Embedding", count, options.padding_idx, site);
  weight =
      add("weight", new_table("Embedding", count, width, options.dtype, padding_idx_, site), site);
  cinta::detail::note_lookup(weight, sparse_, padding_idx_);
}

Embedding::Embedding(Tensor table, EmbeddingOptions options, const Site& site)
    : sparse_(options.sparse) {
  padding_idx_ = padding_row("Embedding", table.shape()[0], options.padding_idx, site);
  weight = add("weight", std::move(table), site);
  cinta::detail::note_lookup(weight, sparse_, padding_idx_);
}

Embedding Embedding::from_pretrained(const Tensor& table, bool freeze, EmbeddingOptions options,
                                     Site site) {
  // A table that others train stays theirs.
  const bool borrowed = freeze && table.defined() && table.is_leaf() && table.requires_grad();
  Embedding made(checked_table(borrowed ? table.detach() : table, site), options, site);
  made.weight.requires_grad_(!freeze);
  return made;
}

Tensor Embedding::operator()(const Tensor& ids, Site site) const {
  const Call call(*this, site, {&weight});
  return call(
      [&](const Tensor& in) {
        return embedding(weight, in, {padding_idx_, sparse_});
      },
      ids);
}

EmbeddingBag::EmbeddingBag(std::int64_t count, std::int64_t width, EmbeddingBagOptions options,
                           Site site)
    : options_(options) {
  check_sizes("EmbeddingBag", count, width, site);
  options_.padding_idx = padding_row("EmbeddingBag", count, options.padding_idx, site);
  weight =
      add("weight",
          new_table("EmbeddingBag", count, width, options.dtype, options_.padding_idx, site), site);
  cinta::detail::note_lookup(weight, options_.sparse, options_.padding_idx);
}

Tensor EmbeddingBag::operator()(const Tensor& ids, const Tensor& offsets,
                                const Tensor& per_sample_weights, Site site) const {
  const Call call(*this, site, {&weight});
  return call(
      [&](const Tensor& in, const Tensor& starts, const Tensor& weights) {
        return embedding_bag(weight, in, starts,
                             {.mode = options_.mode,
                              .per_sample_weights = weights,
                              .padding_idx = options_.padding_idx,
                              .sparse = options_.sparse});
      },
      ids, offsets, per_sample_weights);
}

}  // namespace cinta::nn
