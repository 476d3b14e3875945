#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/index/detail/lookup.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/index/subscript.hpp>
#include <cinta/ops/shape/view.hpp>

namespace cinta {
namespace {

using std::to_string;

std::string axes(const Tensor& x) {
  return x.shape().str() + ", which has " + to_string(x.rank()) + " axes";
}

// Shape `x` with `axis` replaced by those of `ids`.
Shape spread(const Shape& x, int axis, const Shape& ids) {
  Shape shape = Shape::filled(x.rank() - 1 + ids.rank());
  for (int i = 0; i < shape.rank(); ++i) {
    const int within = i - axis;
    shape[i] = within < 0 ? x[i] : within < ids.rank() ? ids[within] : x[i - ids.rank() + 1];
  }
  return shape;
}

// Whether nobody but this handle can see what is written into its elements.
bool is_lost(const Tensor& x) {
  const TensorImpl& impl = *x.impl();
  if (!impl.unique()) return false;
  // A view of a temporary may be all that holds it.
  return impl.storage->unique() ||
         (impl.base && impl.base->unique() && impl.storage->holders() == 2);
}

}  // namespace

Tensor detail::part(const Tensor& x, std::initializer_list<Index> indices) {
  const Op op{"index", Save::nothing(), indices.begin()->site()};
  check_defined(op, {x});
  int named = 0, ellipses = 0;  // axes that an index stands for
  for (const Index& index : indices) {
    ellipses += index.kind() == Index::Kind::ellipsis;
    named += index.kind() != Index::Kind::ellipsis && index.kind() != Index::Kind::new_axis;
  }
  if (ellipses > 1) throw ValueError("index: only one Ellipsis may be given", op.site);
  if (named > x.rank())
    throw IndexError("index: " + to_string(named) + " indices for " + axes(x), op.site);

  const SiteScope scope(op.site);
  Tensor y = x;
  const Tensor* ids = nullptr;
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
        if (s.step < 1) {
          throw ValueError("index: the step of a slice must be positive, got " + to_string(s.step),
                           op.site);
        }
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
      case Index::Kind::ids:
        if (ids) {
          throw ValueError(
              "index: only one tensor of ids may be given; gather picks elements by ids", op.site);
        }
        ids = &index.ids();
        check_defined(op, {*ids});
        if (ids->dtype() == boolean) {
          throw DtypeError("index: ids are int64, got " + ids->spec().str() +
                               "; a mask chooses elements in where() and masked_fill_()",
                           op.site);
        }
        check_ids(op, *ids, x.shape()[of_x], "axis " + to_string(of_x) + " of " + x.shape().str());
        of_ids = axis;
        ++axis, ++of_x;
        break;
    }
  }
  if (ids) {
    const Shape shape = spread(y.shape(), of_ids, ids->shape());
    return reshape(index_select(y, of_ids, flatten(*ids)), shape);
  }
  return y.impl() == x.impl() ? identity_view(x) : y;
}

void Tensor::operator=(Operand value) && {
  self("operator=", value.site());
  if (is_lost(*this)) {
    throw ValueError(
        "operator=: nothing but this temporary holds the elements, so what is written into them "
        "is lost; x(ids) is a copy: write by index_put_",
        value.site());
  }
  if (value.is_number())
    fill_(*this, value.number(), value.site());
  else
    copy_(*this, value.tensor(), value.site());
}

}  // namespace cinta
