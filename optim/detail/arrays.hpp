#pragma once
// Many tensors for kernels, and copies of them.

#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/ops/kernels/optimizer/many_arrays.hpp>
#include <cinta/ops/shape/copy.hpp>

namespace cinta::optim::detail {

inline kernels::DenseArray array_of(const Tensor& x) {
  return {x.dtype(), Array(x).memory, x.numel()};
}
/// Dense tensors; rows that an optimizer left behind are brought up to date.
inline std::vector<kernels::DenseArray> arrays_of(const Tensors& tensors) {
  std::vector<kernels::DenseArray> arrays;
  for (const Tensor& x : tensors) arrays.push_back(array_of(x));
  return arrays;
}

inline Tensors copies_of(const Tensors& tensors) {
  const NoGrad no_grad;
  Tensors copies;
  for (const Tensor& x : tensors) copies.push_back(clone(x.detach()));
  return copies;
}

/// Overwrites the elements of dense tensors and says who did.
inline void write(const Tensors& to, const Tensors& from, const char* writer, const Site& site) {
  kernels::blend_arrays(arrays_of(to), arrays_of(from), 1);
  for (const Tensor& x : to) x.storage()->bump_version(writer, SiteScope::resolve(site));
}

}  // namespace cinta::optim::detail
