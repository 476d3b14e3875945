#pragma once
// What tests of linear algebra share.

#include <cinta/cinta.hpp>

inline double largest(const cinta::Tensor& x) { return x.numel() ? max(abs(x)).item() : 0; }

// With zeros above the diagonal.
inline cinta::Tensor lower(const cinta::Tensor& x) {
  const cinta::Tensor i = cinta::arange(x.size(-1));
  return where(ge(unsqueeze(i, 1), i), x, 0);
}
