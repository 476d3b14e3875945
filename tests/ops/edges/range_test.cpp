// Near the ends of the range of float32 results and slopes that are numbers there are those of
// float64, whatever squares and quotients on the way would be.

#include "support/catch_compat.hpp"

#include <algorithm>
#include <cinta/cinta.hpp>
#include <cmath>

namespace {

using namespace cinta;

struct Case {
  const char* name;
  Tensor (*function)(const Tensor& x);  // of (2, 4, 3)
  double unit;                          // of the elements
};

const Case cases[] = {
    {"layer_norm", [](const Tensor& x) { return layer_norm(x, {3}); }, 1e30},
    {"rms_norm", [](const Tensor& x) { return rms_norm(x, {3}); }, 1e30},
    {"group_norm", [](const Tensor& x) { return group_norm(x, 2); }, 1e30},
    {"instance_norm", [](const Tensor& x) { return instance_norm(x); }, 1e30},
    {"batch_norm",
     [](const Tensor& x) { return batch_norm(x, {}, {}, {}, {}, {.training = true}); }, 1e30},
    {"local_response_norm", [](const Tensor& x) { return local_response_norm(x, 3); }, 1e30},
    {"layer_norm of small rows", [](const Tensor& x) { return layer_norm(x, {3}, {}, {}, 0); },
     1e-30},
    {"rms_norm of small rows", [](const Tensor& x) { return rms_norm(x, {3}, {}, 0.0); }, 1e-30},
    {"rms_norm of small rows beside a small eps",
     [](const Tensor& x) { return rms_norm(x, {3}, {}, 1e-44); }, 1e-22},
    {"group_norm of small groups", [](const Tensor& x) { return group_norm(x, 2, {}, {}, 0); },
     1e-36},
    {"batch_norm of small channels",
     [](const Tensor& x) { return batch_norm(x, {}, {}, {}, {}, {.training = true, .eps = 0}); },
     1e-30},
    {"lp_pool1d", [](const Tensor& x) { return lp_pool1d(x, 3, 2); }, 1e30},
    {"lp_pool1d of small elements", [](const Tensor& x) { return lp_pool1d(x, 3, 2); }, 1e-36},
    {"gaussian_nll_loss", [](const Tensor& x) { return gaussian_nll_loss(x, -x, abs(x)); }, 1e25},
    {"softsign", [](const Tensor& x) { return softsign(x); }, 1e12},
    {"softplus", [](const Tensor& x) { return softplus(x, 5); }, 1e38},
    {"group_lasso_penalty", [](const Tensor& x) { return group_lasso_penalty(x, 0.1); }, 1e-40},
    {"group_lasso_penalty of a middle axis",
     [](const Tensor& x) { return group_lasso_penalty(x, 0.1, 1); }, 1e-40},
};

TEST_CASE("slopes near the ends of the range") {
  for (const Case& c : cases) {
    CAPTURE(c.name);
    manual_seed(1);
    const Tensor x = to(uniform({2, 4, 3}, -1, 1, float64) * c.unit, float32);
    const auto results = [&](Dtype dtype) {
      const Tensor leaf = clone(to(x, dtype)).requires_grad_();
      const Tensor y = c.function(leaf);
      const Tensor weights = reshape(arange(double(y.numel()), dtype), y.shape()) + 1;
      return Tensors{to(y, float64),
                     to(grad(sum(y * (weights / double(y.numel()))), leaf), float64)};
    };
    const Tensors ours = results(float32), exact = results(float64);
    for (std::size_t i = 0; i < ours.size(); ++i) {
      const Tensor size = max(abs(exact[i]));
      CHECK(max(abs(ours[i] / size - exact[i] / size)).item() < 1e-3);
    }
  }
}

TEST_CASE("the slope of a subnormal distance is a number") {
  for (const Dtype dtype : {float32, float64}) {
    const double unit = dtype == float32 ? 1e-40 : 1e-310;
    const Tensor a = (tensor({{1, 2}, {4, 6}}, dtype) * unit).detach().requires_grad_();
    const Tensor b = tensor({{0, 0}, {3, 3}}, dtype);
    for (const double value : to(grad(sum(cdist(a, b)), a), float64).to_vector<double>())
      CHECK(std::isfinite(value));
  }
}

}  // namespace
