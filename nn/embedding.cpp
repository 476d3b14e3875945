#include <cinta/autograd/error.hpp>
#include <cinta/nn/embedding.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/indexing.hpp>
#include <cinta/ops/inplace.hpp>
#include <cinta/ops/random.hpp>
#include <cinta/ops/shaping.hpp>

namespace cinta::nn {

Embedding::Embedding(std::int64_t count, std::int64_t width, EmbeddingOptions options, Site site)
    : padding_idx_(options.padding_idx) {
  if (count < 1 || width < 1) {
    throw ValueError("Embedding: sizes must be positive, got count " + std::to_string(count) +
                         ", width " + std::to_string(width),
                     site);
  }
  const Tensor table = randn({count, width}, options.dtype);
  if (padding_idx_) {
    if (*padding_idx_ < -count || *padding_idx_ >= count) {
      throw IndexError("Embedding: padding_idx " + std::to_string(*padding_idx_) +
                           " is out of range for " + std::to_string(count) + " rows",
                       site);
    }
    if (*padding_idx_ < 0) *padding_idx_ += count;
    copy_(select(table, 0, *padding_idx_), zeros({width}, options.dtype));
  }
  weight = add("weight", table, site);
}

Tensor Embedding::operator()(const Tensor& ids, Site site) const {
  const Call call(*this, site);
  return embedding(weight, ids, padding_idx_);
}

}  // namespace cinta::nn
