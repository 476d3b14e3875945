#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/index/detail/lookup.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/kernels/sort/search.hpp>
#include <cinta/ops/random/random.hpp>
#include <cinta/ops/reduce/logical.hpp>
#include <cinta/ops/reduce/scan.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cinta/ops/sort/search.hpp>
#include <cinta/ops/sort/sort.hpp>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

namespace cinta {
namespace {

using std::to_string;

Tensor placed(const Op& op, const Tensor& sorted, const Tensor& values, bool right) {
  if (sorted.dtype() != values.dtype()) {
    throw DtypeError(std::string(op.name) + ": one dtype is needed, got " +
                         name_of(sorted.dtype()) + " and " + name_of(values.dtype()),
                     op.site);
  }
  return apply(
      op, {sorted, values}, {values.shape(), int64},
      [right](const Inputs& in, const Tensor& y) {
        kernels::search_sorted(contiguous(in[0]), contiguous(in[1]), right, y);
      },
      no_gradient, no_gradient);
}

std::int64_t count_of(const Op& op, const Tensor& ids, std::optional<std::int64_t> size) {
  if (ids.dtype() != int64) {
    throw DtypeError(std::string("bincount: ids must be int64, they are ") + name_of(ids.dtype()),
                     op.site);
  }
  if (size && *size < 0) {
    throw ValueError("bincount: the size must not be negative, got " + to_string(*size), op.site);
  }
  std::int64_t count = size.value_or(0);
  if (!size && ids.numel() > 0) {
    const NoGrad constant;
    const std::int64_t largest = max(ids, {}, false, op.site).item<std::int64_t>();
    count = largest + (largest < std::numeric_limits<std::int64_t>::max());
  }
  if (count > 0) checked_bytes("bincount", {count}, float64, op.site);
  return count;
}

}  // namespace

UniqueValues unique(const Tensor& x, Site site) {
  const Op op{"unique", Save::nothing(), site};
  detail::check_defined(op, {x});
  if (x.numel() > std::numeric_limits<std::uint32_t>::max()) {
    throw ShapeError("unique: " + x.shape().str() + " has more elements than 32 bits can count",
                     op.site);
  }
  // Sorted for the number of elements, and then not once more the first time it runs.
  const auto sorted = std::make_shared<std::optional<kernels::Unique>>(contiguous(x, op.site));
  const std::int64_t count = (*sorted)->count();
  Tensors found = apply(
      op, {x},
      {{Spec{{count}, x.dtype()}, no_gradient}, Spec{x.shape(), int64}, Spec{{count}, int64}},
      [count, sorted](const Inputs& in, const Tensors& y) {
        const Tensor dense = contiguous(in[0]);
        auto unique = std::exchange(*sorted, std::nullopt);
        if (!unique) unique.emplace(dense);
        if (unique->count() != count) {
          throw ValueError("unique: recorded with " + to_string(count) +
                           " different elements, run again with " + to_string(unique->count()));
        }
        unique->write(dense, y[0], y[1], y[2]);
      },
      no_gradient);
  return {std::move(found[0]), std::move(found[1]), std::move(found[2])};
}

Tensor searchsorted(const Tensor& sorted, const Tensor& values, bool right, Site site) {
  const Op op{"searchsorted", Save::nothing(), site, {{"right", right}}};
  detail::check_defined(op, {sorted, values});
  bool fits = sorted.rank() == 1 || (sorted.rank() > 1 && sorted.rank() == values.rank());
  for (int i = 0; fits && sorted.rank() > 1 && i < sorted.rank() - 1; ++i)
    fits = sorted.shape()[i] == values.shape()[i];
  if (!fits) {
    throw ShapeError("searchsorted: sorted of " + sorted.shape().str() +
                         " has neither one axis nor the shape of values " + values.shape().str() +
                         " but for the last axis",
                     op.site);
  }
  return placed(op, sorted, values, right);
}

Tensor bucketize(const Tensor& x, const Tensor& boundaries, bool right, Site site) {
  const Op op{"bucketize", Save::nothing(), site, {{"right", right}}};
  detail::check_defined(op, {x, boundaries});
  if (boundaries.rank() != 1) {
    throw ShapeError(
        "bucketize: boundaries must have one axis, their shape is " + boundaries.shape().str(),
        op.site);
  }
  return placed(op, boundaries, x, right);
}

Tensor bincount(const Tensor& ids, std::optional<std::int64_t> size, Site site) {
  const Op op{"bincount", Save::nothing(), site, {{"size", size}}};
  detail::check_defined(op, {ids});
  const std::int64_t count = count_of(op, ids, size);
  detail::check_ids(op, ids, count, to_string(count) + " counts");
  return apply(
      op, {ids}, {{count}, int64},
      [](const Inputs& in, const Tensor& y) { kernels::count_ids(contiguous(in[0]), y); },
      no_gradient);
}

Tensor bincount(const Tensor& ids, const Tensor& weights, std::optional<std::int64_t> size,
                Site site) {
  const Op op{"bincount", Save::nothing(), site, {{"size", size}}};
  detail::check_defined(op, {ids, weights});
  const std::int64_t count = count_of(op, ids, size);
  if (weights.shape() != ids.shape()) {
    throw ShapeError("bincount: weights " + weights.shape().str() + " and ids " +
                         ids.shape().str() + " must have the same shape",
                     op.site);
  }
  if (!is_floating(weights.dtype())) {
    throw DtypeError(
        std::string("bincount: weights must be floating, they are ") + name_of(weights.dtype()),
        op.site);
  }
  detail::check_ids(op, ids, count, to_string(count) + " counts");
  const OpScope scope(op);
  return index_add({count}, flatten(ids), flatten(weights));
}

Histogram histogram(const Tensor& x, std::int64_t bins, double low, double high, Site site) {
  const Op op{"histogram", Save::nothing(), site, {{"bins", bins}, {"low", low}, {"high", high}}};
  detail::check_defined(op, {x});
  if (bins <= 0)
    throw ValueError("histogram: the number of bins must be positive, got " + to_string(bins),
                     op.site);
  if (!(low < high) || !std::isfinite(low) || !std::isfinite(high)) {
    throw ValueError("histogram: low and high must be finite and low below high, got " +
                         detail::text_of(low) + " and " + detail::text_of(high),
                     op.site);
  }
  if (!std::isfinite(high - low)) {
    throw ValueError("histogram: from " + detail::text_of(low) + " to " + detail::text_of(high) +
                         " is further than a number can be",
                     op.site);
  }
  if (!is_floating(x.dtype())) {
    throw DtypeError(std::string("histogram: x must be floating, it is ") + name_of(x.dtype()),
                     op.site);
  }
  const Tensor edges = linspace(low, high, bins + 1, x.dtype(), op.site);
  const Tensor counts = apply(
      op, {x}, {{bins}, int64},
      [low, high, edges](const Inputs& in, const Tensor& y) {
        kernels::histogram(contiguous(in[0]), low, high, edges, y);
      },
      no_gradient);
  return {counts, edges};
}

Tensor multinomial(const Tensor& probabilities, std::int64_t count, bool replacement, Site site) {
  const Op op{
      "multinomial", Save::nothing(), site, {{"count", count}, {"replacement", replacement}}};
  detail::check_defined(op, {probabilities});
  if (!is_floating(probabilities.dtype())) {
    throw DtypeError(std::string("multinomial: probabilities must be floating, they are ") +
                         name_of(probabilities.dtype()),
                     op.site);
  }
  if (probabilities.rank() == 0)
    throw ShapeError("multinomial: probabilities need at least one axis", op.site);
  if (count < 0)
    throw ValueError("multinomial: the count must not be negative, got " + to_string(count),
                     op.site);
  const NoGrad constant;
  const OpScope scope(op);
  const Tensor given = to(probabilities, float64);
  if (!all(logical_and(given >= 0, given <= std::numeric_limits<double>::max())).item<bool>())
    throw ValueError("multinomial: probabilities must not be negative and be finite", op.site);
  const std::int64_t least = replacement && count > 0 ? 1 : count;
  const Tensor possible = count_nonzero(given, -1);
  if (possible.numel() > 0 && min(possible).item<std::int64_t>() < least) {
    throw ValueError(
        "multinomial: fewer than " + to_string(least) + " probabilities of a row are not 0",
        op.site);
  }
  if (given.numel() == 0 || count == 0) {
    Shape none = given.shape();
    none[none.rank() - 1] = count;
    return zeros(none, int64);
  }
  // By powers of two, so that neither sums nor waiting times leave the range of numbers.
  const Tensor p = given / exp2(floor(log2(max(given, -1, keepdims))));
  if (!replacement) {
    // The first of exponential waiting times with these rates: 0 waits for ever.
    const Tensor waits = -log1p(-rand(p.shape(), float64)) / p;
    return topk(waits, count, -1, {.largest = false}).indices;
  }
  const Tensor sums = cumsum(p, -1);
  Shape shape = p.shape();
  shape[shape.rank() - 1] = count;
  const Tensor total = slice(sums, -1, -1);
  const Tensor found = searchsorted(contiguous(sums), rand(shape, float64) * total, true);
  // What is rounded up to the total belongs to the last one that can be drawn.
  return minimum(found, searchsorted(contiguous(sums), clone(broadcast_to(total, shape))));
}

}  // namespace cinta
