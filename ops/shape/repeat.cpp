#include <cinta/autograd/core/checked.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/shape/repeat.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

using std::to_string;

void check_counts(const Op& op, const Shape& counts) {
  for (const std::int64_t count : counts) {
    if (count < 0)
      throw ValueError(std::string(op.name) + ": negative count in " + counts.str(), op.site);
  }
}

// Copies along axes of their own before those of x, which then are one with them.
Tensor repeated(const Op& op, const Tensor& x, const Shape& counts) {
  const OpScope scope(op);
  const int rank = counts.rank(), added = rank - x.rank();
  Shape between = Shape::filled(2 * rank, 1), filled = between, joined = Shape::filled(rank);
  for (int i = 0; i < rank; ++i) {
    const std::int64_t size = i < added ? 1 : x.shape()[i - added];
    between[2 * i + 1] = filled[2 * i + 1] = size;
    filled[2 * i] = counts[i];
    const Checked product = Checked(counts[i]) * size;
    if (!product.fits()) {
      throw ShapeError(std::string(op.name) + ": " + x.shape().str() + " by " + counts.str() +
                           " has more elements than 64 bits can count",
                       op.site);
    }
    joined[i] = product.value();
  }
  checked_bytes(op.name, joined, x.dtype(), op.site);
  return reshape(clone(broadcast_to(reshape(x, between), filled)), joined);
}

// Each place as often as its count says.
Tensor places(const Tensor& counts, std::int64_t total) {
  return apply({"repeat_places", Save::nothing(), {}}, {counts}, {{total}, int64},
               [total](const Inputs& in, const Tensor& y) {
                 const Tensor dense = contiguous(in[0]);
                 const std::int64_t* count = dense.data<std::int64_t>();
                 std::int64_t *to = y.data<std::int64_t>(), *end = to + total;
                 for (std::int64_t i = 0; i < dense.numel(); ++i)
                   to = std::fill_n(to, std::min(count[i], end - to), i);
                 std::fill(to, end, 0);
               });
}

}  // namespace

Tensor expand(const Tensor& x, const Shape& shape, Site site) {
  const Op op{"expand", Save::nothing(), site, {{"shape", shape}}};
  detail::check_defined(op, {x});
  Shape full = shape;
  for (int i = 0; i < shape.rank(); ++i) {
    const int own = i - (shape.rank() - x.rank());
    if (shape[i] < -1) {
      throw ShapeError("expand: negative size in " + shape.str() + "; only -1 stands for one",
                       op.site);
    }
    if (shape[i] != -1) continue;
    if (own < 0) {
      throw ShapeError("expand: -1 at " + to_string(i) + " of " + shape.str() +
                           " stands for no axis of " + x.shape().str(),
                       op.site);
    }
    full[i] = x.shape()[own];
  }
  if (!broadcasts_to(x.shape(), full)) {
    throw ShapeError("expand: " + x.shape().str() + " does not broadcast to " + shape.str(),
                     op.site);
  }
  const OpScope scope(op);
  return broadcast_to(x, full);
}

Tensor repeat(const Tensor& x, const Shape& counts, Site site) {
  const Op op{"repeat", Save::nothing(), site, {{"counts", counts}}};
  detail::check_defined(op, {x});
  if (counts.rank() < x.rank()) {
    throw ValueError("repeat: counts " + counts.str() + " for the " + to_string(x.rank()) +
                         " axes of " + x.shape().str() + "; tile() takes fewer",
                     op.site);
  }
  check_counts(op, counts);
  return repeated(op, x, counts);
}

Tensor tile(const Tensor& x, const Shape& counts, Site site) {
  const Op op{"tile", Save::nothing(), site, {{"counts", counts}}};
  detail::check_defined(op, {x});
  check_counts(op, counts);
  Shape full = Shape::filled(std::max(counts.rank(), x.rank()), 1);
  for (int i = 0; i < counts.rank(); ++i) full[full.rank() - counts.rank() + i] = counts[i];
  return repeated(op, x, full);
}

Tensor repeat_interleave(const Tensor& x, std::int64_t count, Axis axis, Site site) {
  const Op op{"repeat_interleave", Save::nothing(), site, {{"count", count}, {"axis", axis}}};
  detail::check_defined(op, {x});
  const int at = normalize_axis("repeat_interleave", axis, x.shape(), op.site);
  if (count < 0) {
    throw ValueError("repeat_interleave: the count must not be negative, got " + to_string(count),
                     op.site);
  }
  const Checked size = Checked(x.shape()[at]) * count;
  if (!size.fits()) {
    throw ShapeError("repeat_interleave: more elements than 64 bits can count", op.site);
  }
  const OpScope scope(op);
  const Tensor rows = unsqueeze(x, at + 1);
  Shape filled = rows.shape(), joined = x.shape();
  filled[at + 1] = count;
  joined[at] = size.value();
  checked_bytes(op.name, joined, x.dtype(), op.site);
  return reshape(clone(broadcast_to(rows, filled)), joined);
}

Tensor repeat_interleave(const Tensor& x, const Tensor& counts, Axis axis, Site site) {
  const Op op{"repeat_interleave", Save::nothing(), site, {{"axis", axis}}};
  detail::check_defined(op, {x, counts});
  const int at = normalize_axis("repeat_interleave", axis, x.shape(), op.site);
  if (counts.dtype() != int64) {
    throw DtypeError(
        std::string("repeat_interleave: counts must be int64, they are ") + name_of(counts.dtype()),
        op.site);
  }
  const OpScope scope(op);
  const bool for_all = counts.rank() <= 1 && counts.numel() == 1;
  const Tensor each = for_all ? broadcast_to(counts, {x.shape()[at]}) : counts;
  if (each.shape() != Shape{x.shape()[at]}) {
    throw ShapeError("repeat_interleave: counts " + counts.shape().str() + " for axis " +
                         to_string(at) + " of " + x.shape().str(),
                     op.site);
  }
  Checked total = 0;
  for (const std::int64_t count : each.to_vector<std::int64_t>()) {
    if (count < 0) {
      throw ValueError("repeat_interleave: a count must not be negative, got " + to_string(count),
                       op.site);
    }
    total += count;
  }
  if (!total.fits())
    throw ShapeError("repeat_interleave: more elements than 64 bits can count", op.site);
  return index_select(x, at, places(each, total.value()));
}

}  // namespace cinta
