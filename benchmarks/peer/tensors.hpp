#pragma once
// Tensors of libtorch from the data that both libraries use.

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <vector>

#include "works/data.hpp"
#include "works/work.hpp"

namespace bench {

inline torch::Tensor tensor(const std::vector<float>& data, std::vector<std::int64_t> shape) {
  return torch::from_blob(const_cast<float*>(data.data()), shape, torch::kFloat32).clone();
}
inline torch::Tensor tensor(const std::vector<std::int64_t>& data,
                            std::vector<std::int64_t> shape) {
  return torch::from_blob(const_cast<std::int64_t*>(data.data()), shape, torch::kInt64).clone();
}
inline double number(const torch::Tensor& x) { return x.item<double>(); }

/// As forward() of works/forward.hpp.
inline Running forward(const std::function<torch::Tensor()>& f) {
  using torch::Tensor;
  const auto result = std::make_shared<Tensor>();
  const auto step = [=] {
    const torch::NoGradGuard no_grad;
    *result = Tensor();
    *result = f();
  };
  const auto results = [=] {
    const Tensor flat = result->flatten();
    const Tensor weights = tensor(values(99, flat.numel()), {flat.numel()});
    return std::vector<double>{number(flat.abs().sum()), number((flat * weights).sum())};
  };
  return {step, results};
}

}  // namespace bench
