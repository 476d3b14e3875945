#pragma once
// Tensors of libtorch from the data that both libraries use.

#include <torch/torch.h>

#include <vector>

namespace bench {

inline torch::Tensor tensor(const std::vector<float>& data, std::vector<std::int64_t> shape) {
  return torch::from_blob(const_cast<float*>(data.data()), shape, torch::kFloat32).clone();
}
inline torch::Tensor tensor(const std::vector<std::int64_t>& data,
                            std::vector<std::int64_t> shape) {
  return torch::from_blob(const_cast<std::int64_t*>(data.data()), shape, torch::kInt64).clone();
}
inline double number(const torch::Tensor& x) { return x.item<double>(); }

}  // namespace bench
