#include <cinta/autograd/core/checked.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

using std::to_string;

}  // namespace

Tensor cat(const Tensors& parts, Axis axis, Site site) {
  const Op op{"cat", Save::nothing(), site, {{"axis", axis}}};
  if (parts.empty()) throw ValueError("cat: needs at least one tensor", op.site);
  detail::check_defined(op, parts);
  const int at = normalize_axis("cat", axis, parts[0].shape(), op.site);
  Spec spec = parts[0].spec();
  Checked total = 0;
  for (const Tensor& part : parts) {
    bool fits = part.rank() == spec.shape.rank();
    for (int i = 0; fits && i < part.rank(); ++i)
      fits = i == at || part.shape()[i] == parts[0].shape()[i];
    if (!fits) {
      throw ShapeError("cat: " + parts[0].shape().str() + " and " + part.shape().str() +
                           " differ outside axis " + to_string(at),
                       op.site);
    }
    total += part.shape()[at];
    spec.dtype = promote(spec.dtype, part.dtype());
  }
  if (!total.fits()) {
    throw ShapeError(
        "cat: axis " + to_string(at) + " of the result is longer than 64 bits can count", op.site);
  }
  spec.shape[at] = total.value();
  Tensors inputs;
  std::vector<std::int64_t> sizes;
  for (const Tensor& part : parts) {
    inputs.push_back(to(part, spec.dtype, op.site));
    sizes.push_back(part.shape()[at]);
  }
  return apply(
      op, inputs, spec,
      [at](const Inputs& in, const Tensor& y) {
        std::int64_t start = 0;
        for (int i = 0; i < in.size(); ++i) {
          const std::int64_t size = in[i].shape()[at];
          kernels::copy(in[i], slice(y, at, start, start + size));
          start += size;
        }
      },
      [at, sizes](const Grad& g) {
        Tensors gradients(sizes.size());
        std::int64_t start = 0;
        for (std::size_t i = 0; i < sizes.size(); ++i) {
          if (g.needs(int(i))) gradients[i] = slice(g.dy, at, start, start + sizes[i]);
          start += sizes[i];
        }
        return gradients;
      });
}

Tensor stack(const Tensors& parts, Axis axis, Site site) {
  const Op op{"stack", Save::nothing(), site, {{"axis", axis}}};
  if (parts.empty()) throw ValueError("stack: needs at least one tensor", op.site);
  detail::check_defined(op, parts);
  const OpScope scope(op);
  Tensors rows;
  for (const Tensor& part : parts) {
    if (part.shape() != parts[0].shape()) {
      throw ShapeError(
          "stack: shapes " + parts[0].shape().str() + " and " + part.shape().str() + " differ",
          op.site);
    }
    rows.push_back(unsqueeze(part, axis, op.site));
  }
  return cat(rows, axis, op.site);
}

namespace {

// Parts with at least so many axes; new ones have size 1 and come first.
Tensors with_rank(const Op& op, const Tensors& parts, int rank) {
  if (parts.empty())
    throw ValueError(std::string(op.name) + ": needs at least one tensor", op.site);
  detail::check_defined(op, parts);
  Tensors result;
  for (const Tensor& part : parts) {
    Tensor more = part;
    while (more.rank() < rank) more = unsqueeze(more, 0, op.site);
    result.push_back(more);
  }
  return result;
}

}  // namespace

Tensor hstack(const Tensors& parts, Site site) {
  const Op op{"hstack", Save::nothing(), site};
  const OpScope scope(op);
  const Tensors rows = with_rank(op, parts, 1);
  return cat(rows, rows[0].rank() == 1 ? 0 : 1, op.site);
}

Tensor vstack(const Tensors& parts, Site site) {
  const Op op{"vstack", Save::nothing(), site};
  const OpScope scope(op);
  return cat(with_rank(op, parts, 2), 0, op.site);
}

}  // namespace cinta
