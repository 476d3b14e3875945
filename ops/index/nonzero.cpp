#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/index/detail/lookup.hpp>
#include <cinta/ops/index/nonzero.hpp>
#include <cinta/ops/kernels/table/nonzero.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

using std::to_string;

// The places, if there are still so many: operations that were recorded run again on other values.
void find_places(const Tensor& x, std::int64_t expected, std::int64_t* places) {
  const Tensor dense = contiguous(x);
  const std::int64_t count = kernels::count_nonzero(dense);
  if (count != expected) {
    throw ValueError("nonzero: recorded with " + to_string(expected) +
                     " elements that are not 0, run again with " + to_string(count));
  }
  kernels::nonzero_places(dense, places);
}

void check_mask(const Op& op, const Tensor& mask) {
  if (mask.dtype() == boolean) return;
  throw DtypeError(std::string(op.name) + ": the mask must be bool, it is " + name_of(mask.dtype()),
                   op.site);
}

}  // namespace

namespace detail {

Tensor nonzero_places(const Tensor& x) {
  const std::int64_t count = kernels::count_nonzero(contiguous(x));
  return apply(
      {"nonzero_places", Save::nothing(), {}}, {x}, {{count}, int64},
      [count](const Inputs& in, const Tensor& y) {
        find_places(in[0], count, y.data<std::int64_t>());
      },
      no_gradient);
}

Tensors mask_ids(const Op& op, const Tensor& mask, const Tensor& x, int axis) {
  bool fits = mask.rank() > 0 && axis + mask.rank() <= x.rank();
  for (int i = 0; fits && i < mask.rank(); ++i) fits = mask.shape()[i] == x.shape()[axis + i];
  if (!fits) {
    throw ShapeError(std::string(op.name) + ": a mask of " + mask.shape().str() +
                         " does not fit the axes from " + to_string(axis) + " on of " +
                         x.shape().str(),
                     op.site);
  }
  const Tensor ids = nonzero(mask, op.site);
  Tensors columns;
  for (int i = 0; i < mask.rank(); ++i) columns.push_back(select(ids, 1, i, op.site));
  return columns;
}

}  // namespace detail

Tensor nonzero(const Tensor& x, Site site) {
  const Op op{"nonzero", Save::nothing(), site};
  detail::check_defined(op, {x});
  const std::int64_t count = kernels::count_nonzero(contiguous(x, op.site));
  return apply(
      op, {x}, {{count, x.rank()}, int64},
      [count](const Inputs& in, const Tensor& y) {
        const Shape& shape = in[0].shape();
        const Tensor places = empty({count}, int64);
        find_places(in[0], count, places.data<std::int64_t>());
        std::int64_t* index = y.data<std::int64_t>();
        for (std::int64_t i = 0; i < count; ++i, index += shape.rank()) {
          std::int64_t flat = places.data<std::int64_t>()[i];
          for (int k = shape.rank() - 1; k >= 0; --k) {
            index[k] = flat % shape[k];
            flat /= shape[k];
          }
        }
      },
      no_gradient);
}

Tensor masked_select(const Tensor& x, const Tensor& mask, Site site) {
  const Op op{"masked_select", Save::input(1), site};
  detail::check_defined(op, {x, mask});
  check_mask(op, mask);
  const Shape shape = broadcast_shapes(op.name, x.shape(), mask.shape(), op.site);
  const OpScope scope(op);
  const Tensor places = detail::nonzero_places(broadcast_to(mask, shape));
  return detail::lookup(op, flatten(broadcast_to(x, shape)), places, places.shape());
}

Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& source, Site site) {
  const Op op{"masked_scatter", Save::input(1), site};
  detail::check_defined(op, {x, mask, source});
  check_mask(op, mask);
  if (source.dtype() != x.dtype()) {
    throw DtypeError(std::string("masked_scatter: source must be ") + name_of(x.dtype()) +
                         " as x, it is " + name_of(source.dtype()),
                     op.site);
  }
  if (!broadcasts_to(mask.shape(), x.shape())) {
    throw ShapeError("masked_scatter: a mask of " + mask.shape().str() + " does not broadcast to " +
                         x.shape().str(),
                     op.site);
  }
  const OpScope scope(op);
  const Tensor places = detail::nonzero_places(broadcast_to(mask, x.shape()));
  if (places.numel() > source.numel()) {
    throw ShapeError("masked_scatter: " + to_string(places.numel()) +
                         " elements are to be replaced, source " + source.shape().str() + " has " +
                         to_string(source.numel()),
                     op.site);
  }
  const Tensor y = clone(flatten(x));
  detail::put(op, y, {places}, slice(flatten(source), 0, 0, places.numel()), false);
  return reshape(y, x.shape());
}

}  // namespace cinta
