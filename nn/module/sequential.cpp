#include <cinta/nn/module/sequential.hpp>

namespace cinta::nn {

Tensor Sequential::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call(
      [&](Tensor y) {
        for (const auto& step : *steps_) y = step(y, site);
        return y;
      },
      x);
}

}  // namespace cinta::nn
