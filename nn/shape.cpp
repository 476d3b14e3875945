#include <cinta/autograd/core/error.hpp>
#include <cinta/nn/shape.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta::nn {

Tensor Identity::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call([](const Tensor& in) { return in; }, x);
}

Tensor Flatten::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& in) { return flatten(in, start_, end_); }, x);
}

Tensor Unflatten::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call(
      [&](const Tensor& in) {
        const int axis = normalize_axis("Unflatten", axis_, in.shape(), SiteScope::resolve(site));
        Shape shape = Shape::filled(in.rank() + sizes_.rank() - 1, -1);
        int to = 0;
        for (int i = 0; i < in.rank(); ++i) {
          if (i != axis) {
            shape[to++] = in.shape()[i];
            continue;
          }
          for (const std::int64_t size : sizes_) shape[to++] = size;
        }
        return reshape(in, shape);
      },
      x);
}

}  // namespace cinta::nn
