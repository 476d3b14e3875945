#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/slice.hpp>
#include <cinta/ops/shape/view.hpp>

namespace cinta {
namespace {

using std::to_string;

}  // namespace

Tensor cat(const Tensors& parts, int axis, Site site) {
  const Op op{"cat", Save::nothing(), site, {{"axis", axis}}};
  if (parts.empty()) throw ValueError("cat: needs at least one tensor", op.site);
  detail::check_defined(op, parts);
  const int at = normalize_axis("cat", axis, parts[0].shape(), op.site);
  Spec spec = parts[0].spec();
  spec.shape[at] = 0;
  for (const Tensor& part : parts) {
    bool fits = part.rank() == spec.shape.rank();
    for (int i = 0; fits && i < part.rank(); ++i)
      fits = i == at || part.shape()[i] == parts[0].shape()[i];
    if (!fits) {
      throw ShapeError("cat: " + parts[0].shape().str() + " and " + part.shape().str() +
                           " differ outside axis " + to_string(at),
                       op.site);
    }
    spec.shape[at] += part.shape()[at];
    spec.dtype = promote(spec.dtype, part.dtype());
  }
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

Tensor stack(const Tensors& parts, int axis, Site site) {
  const Op op{"stack", Save::nothing(), site, {{"axis", axis}}};
  if (parts.empty()) throw ValueError("stack: needs at least one tensor", op.site);
  detail::check_defined(op, parts);
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

}  // namespace cinta
