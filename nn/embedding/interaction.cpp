#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/nn/embedding/interaction.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/loss/loss.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <limits>

namespace cinta::nn {
namespace {

void check_fields(const char* who, const Tensor& x, const Site& site) {
  if (x.rank() != 3)
    throw ShapeError(
        std::string(who) + ": takes (batch, fields, width), the shape is " + x.shape().str(), site);
}

void check_batch(const char* what, const Tensor& x, std::int64_t batch, const Site& site) {
  if (x.defined() && x.shape() != Shape{batch})
    throw ShapeError(std::string("in_batch_softmax_loss: ") + what + " is " + x.shape().str() +
                         ", the batch has " + std::to_string(batch) + " rows",
                     site);
}

}  // namespace

Tensor factorization_machine(const Tensor& x, Site site) {
  const SiteScope scope(SiteScope::resolve(site));
  check_fields("factorization_machine", x, site);
  return (sum(square(sum(x, 1)), 1) - sum(square(x), {1, 2})) * 0.5;
}

Tensor dot_interaction(const Tensor& x, Site site) {
  const SiteScope scope(SiteScope::resolve(site));
  check_fields("dot_interaction", x, site);
  const std::int64_t batch = x.size(0), fields = x.size(1);
  std::vector<std::int64_t> below;  // the places below the diagonal of a row of products
  for (std::int64_t i = 1; i < fields; ++i)
    for (std::int64_t j = 0; j < i; ++j) below.push_back(i * fields + j);
  const Tensor products = reshape(matmul(x, transpose(x, 1, 2)), {batch, fields * fields});
  return index_select(products, 1, from_data(below, {std::int64_t(below.size())}));
}

Tensor in_batch_softmax_loss(const Tensor& queries, const Tensor& items,
                             const InBatchOptions& options, Site site) {
  const Site& here = SiteScope::resolve(site);
  const SiteScope scope(here);
  if (queries.rank() != 2 || queries.shape() != items.shape())
    throw ShapeError("in_batch_softmax_loss: takes queries and items (batch, width), got " +
                         queries.shape().str() + " and " + items.shape().str(),
                     here);
  if (!(options.temperature > 0))
    throw ValueError("in_batch_softmax_loss: temperature must be positive, got " +
                         cinta::detail::text_of(options.temperature),
                     here);
  const std::int64_t batch = queries.size(0);
  check_batch("log_frequency", options.log_frequency, batch, here);
  check_batch("item_ids", options.item_ids, batch, here);
  Tensor scores = matmul(queries, transpose(items)) * (1 / options.temperature);
  if (options.log_frequency.defined()) scores = scores - options.log_frequency;
  const Tensor own = arange(batch);
  if (options.item_ids.defined()) {
    const Tensor ids = options.item_ids;
    const Tensor same = eq(reshape(ids, {batch, 1}), ids);
    const Tensor itself = eq(reshape(own, {batch, 1}), own);
    const Tensor never = full({}, -std::numeric_limits<double>::infinity(), scores.dtype());
    scores = where(ne(to(same, int64), to(itself, int64)), never, scores);
  }
  return cross_entropy(scores, own);
}

}  // namespace cinta::nn
