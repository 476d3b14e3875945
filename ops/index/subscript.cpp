#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/index/detail/lookup.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/index/subscript.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

using std::to_string;

std::string axes(const Tensor& x) {
  return x.shape().str() + ", which has " + to_string(x.rank()) + " axes";
}

// Shape `x` with `count` axes from `axis` on replaced by those of `ids`.
Shape spread(const Shape& x, int axis, int count, const Shape& ids) {
  Shape shape = Shape::filled(x.rank() - count + ids.rank());
  for (int i = 0; i < shape.rank(); ++i) {
    const int within = i - axis;
    shape[i] = within < 0 ? x[i] : within < ids.rank() ? ids[within] : x[i - ids.rank() + count];
  }
  return shape;
}

// The entries of y that ids, one tensor for each axis from `axis` on, name together.
Tensor pick(const Tensor& y, const Tensors& ids, int axis, const Site& site) {
  const int count = int(ids.size());
  Tensor flat = ids[0];
  for (int k = 1; k < count; ++k) {
    broadcast_shapes("index", flat.shape(), ids[std::size_t(k)].shape(), site);
    flat = flat * y.shape()[axis + k] + ids[std::size_t(k)];
  }
  const Tensor rows = count == 1 ? y : flatten(y, axis, axis + count - 1);
  const Shape shape = spread(y.shape(), axis, count, flat.shape());
  return reshape(index_select(rows, axis, flatten(flat)), shape);
}

}  // namespace

Tensor detail::part(const Tensor& x, std::initializer_list<Index> indices) {
  const Op op{"index", Save::nothing(), indices.begin()->site()};
  check_defined(op, {x});
  int named = 0, ellipses = 0;  // axes that an index stands for
  for (const Index& index : indices) {
    ellipses += index.kind() == Index::Kind::ellipsis;
    if (index.kind() == Index::Kind::ids) {
      check_defined(op, {index.ids()});
      named += index.ids().dtype() == boolean ? index.ids().rank() : 1;
    } else {
      named += index.kind() != Index::Kind::ellipsis && index.kind() != Index::Kind::new_axis;
    }
  }
  if (ellipses > 1) throw ValueError("index: only one Ellipsis may be given", op.site);
  if (named > x.rank())
    throw IndexError("index: " + to_string(named) + " indices for " + axes(x), op.site);

  const OpScope scope(op);
  Tensor y = x;
  Tensors ids;
  int axis = 0, of_x = 0, of_ids = 0;  // the next axis of y, the one of x that it is
  for (const Index& index : indices) {
    switch (index.kind()) {
      case Index::Kind::position: {
        const std::int64_t i = index.position(), size = x.shape()[of_x];
        if (i < -size || i >= size) {
          throw IndexError("index: " + to_string(i) + " is out of range for axis " +
                               to_string(of_x) + " of " + x.shape().str(),
                           op.site);
        }
        y = select(y, axis, i);
        ++of_x;
        break;
      }
      case Index::Kind::slice: {
        const Slice& s = index.slice();
        if (s.step == 0) throw ValueError("index: the step of a slice must not be 0", op.site);
        if (s.start != 0 || s.stop != end_of_axis || s.step != 1)
          y = slice(y, axis, s.start, s.stop, s.step);
        ++axis, ++of_x;
        break;
      }
      case Index::Kind::ellipsis:
        axis += x.rank() - named;
        of_x += x.rank() - named;
        break;
      case Index::Kind::new_axis: y = unsqueeze(y, axis++); break;
      case Index::Kind::ids: {
        const Tensor& given = index.ids();
        if (ids.empty()) of_ids = axis;
        if (axis != of_ids + int(ids.size())) {
          throw ValueError(
              "index: tensors of ids must stand side by side; permute() the axes of x first",
              op.site);
        }
        if (given.dtype() == boolean) {
          for (Tensor& column : mask_ids(op, given, x, of_x)) ids.push_back(std::move(column));
          axis += given.rank(), of_x += given.rank();
          break;
        }
        check_ids(op, given, x.shape()[of_x], "axis " + to_string(of_x) + " of " + x.shape().str());
        ids.push_back(given);
        ++axis, ++of_x;
        break;
      }
    }
  }
  if (!ids.empty()) return pick(y, ids, of_ids, op.site);
  return y.impl() == x.impl() ? identity_view(x) : y;
}

void Tensor::operator=(const Operand& value) && {
  self("operator=", value.site());
  detail::refuse_lost("operator=", *this, value.site());
  if (value.is_number())
    fill_(*this, value.number(), value.site());
  else
    copy_(*this, value.tensor(), value.site());
}

}  // namespace cinta
