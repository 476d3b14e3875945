#pragma once
// Functions that a map's lambda calls: one name for scalars and SIMD batches. Only for .cpp files.

#include <cinta/ops/kernels/simd/math/erf.hpp>
#include <cinta/ops/kernels/simd/math/exp.hpp>
#include <cinta/ops/kernels/simd/math/log.hpp>
#include <cinta/ops/kernels/simd/math/pow.hpp>
#include <cinta/ops/kernels/simd/math/trigonometry.hpp>

namespace cinta::kernels {

template <class T>
concept Scalar = std::is_arithmetic_v<T>;

using xsimd::abs;
using xsimd::ceil;
using xsimd::cos;
using xsimd::erf;
using xsimd::erfc;
using xsimd::exp;
using xsimd::expm1;
using xsimd::floor;
using xsimd::fma;
using xsimd::fnma;
using xsimd::log;
using xsimd::log1p;
using xsimd::log2;
using xsimd::max;
using xsimd::min;
using xsimd::sin;
using xsimd::sqrt;
using xsimd::tanh;

/// a where `condition` holds, else b. (Batches have xsimd's, by their namespace; newer versions of it
/// have one of numbers too.)
template <Scalar T>
T select(bool condition, T a, T b) {
  return condition ? a : b;
}

/// tanh in single precision, in about half of xsimd's time: x P(x^2) / Q(x^2), where P and Q of
/// degree 4 minimise the largest relative error (2e-8) up to where tanh rounds to 1.
template <class A>
xsimd::batch<float, A> tanh(const xsimd::batch<float, A>& x) {
  using B = xsimd::batch<float, A>;
  // In this order of arguments NaN stays.
  const auto limited = [](float bound, B value) {
    return xsimd::min(B(bound), xsimd::max(B(-bound), value));
  };
  const B v = limited(9.0109f, x);
  const B z = v * v;
  B p(1.33330210367e-8f), q(7.76776829784e-7f);
  for (float c : {2.0593698664e-5f, 3.4946649071e-3f, 0.133802528263f, 0.999999979819f})
    p = xsimd::fma(p, z, B(c));
  for (float c : {3.28411644582e-4f, 2.58734835435e-2f, 0.467135684979f, 1.0f})
    q = xsimd::fma(q, z, B(c));
  return limited(1, v * p / q);
}

}  // namespace cinta::kernels
