#pragma once
// Part: a gradient that concerns a part of a tensor and costs no more than the part.

#include <cinta/autograd/tensor.hpp>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

struct Op;

/// Zeros of a tensor's shape, but for `values` in some places: those of `layout`, counted in the
/// tensor's dense memory, or the rows `ids` of its first axis, or for each value one along an axis.
/// Places may come several times.
struct Part {
  Tensor values;
  Layout layout = {};
  Tensor ids = {};                ///< int64 (k,); values have k rows
  std::optional<int> along = {};  ///< an axis: ids have the shape of values, as gather's
  std::int64_t skip_id = -1;      ///< rows of this id stay out
};

namespace detail {

/// Adds a part to its place in `whole`, a dense tensor, as an operation in place: recorded when
/// gradients are wanted. Its cost is that of the part.
void add_part(const Tensor& whole, const Part& part);

/// x[i, ids[i, j, k], k] for axis 1, and so on, where ids name places: gather, and the adjoint of
/// adding a part along an axis.
Tensor take_along(const Op& op, const Tensor& x, const Tensor& ids, int axis);
/// Whether ids of this shape have no entry outside of a tensor of shape `whole` but for `axis`.
bool fits_along(const Shape& ids, const Shape& whole, int axis);

/// Whether all places of a part are those of a tensor of this shape.
bool lies_within(const Part& part, const Shape& whole);

/// Where the gradients of the inputs of a node that is being differentiated add up.
class GradientSums {
 public:
  /// Adds a part to the gradient of an input. Returns the gradient that remains to be added: an
  /// undefined tensor, or if somebody watches the node, the whole one.
  virtual Tensor add(const Node& node, int input, const Part& part) = 0;

 protected:
  ~GradientSums() = default;
};

}  // namespace detail
}  // namespace cinta
#pragma GCC visibility pop
