#include <cinta/nn/distance.hpp>
#include <cinta/ops/linalg/product/distance.hpp>

namespace cinta::nn {

Tensor CosineSimilarity::operator()(const Tensor& a, const Tensor& b, Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& x,
                  const Tensor& y) { return cosine_similarity(x, y, options_.axis, options_.eps); },
              a, b);
}

Tensor PairwiseDistance::operator()(const Tensor& a, const Tensor& b, Site site) const {
  const Call call(*this, site);
  return call(
      [&](const Tensor& x, const Tensor& y) {
        return pairwise_distance(x, y, options_.p, options_.eps, options_.keepdims);
      },
      a, b);
}

}  // namespace cinta::nn
