#pragma once
// Functions that a map's lambda calls: one name for scalars and SIMD batches. Only for .cpp files.

#include <cinta/ops/kernels/simd/math/bessel.hpp>
#include <cinta/ops/kernels/simd/math/division.hpp>
#include <cinta/ops/kernels/simd/math/erf.hpp>
#include <cinta/ops/kernels/simd/math/exp.hpp>
#include <cinta/ops/kernels/simd/math/gamma.hpp>
#include <cinta/ops/kernels/simd/math/hyperbolic.hpp>
#include <cinta/ops/kernels/simd/math/inverse_trigonometry.hpp>
#include <cinta/ops/kernels/simd/math/lanewise.hpp>
#include <cinta/ops/kernels/simd/math/log.hpp>
#include <cinta/ops/kernels/simd/math/logistic.hpp>
#include <cinta/ops/kernels/simd/math/normal.hpp>
#include <cinta/ops/kernels/simd/math/pow.hpp>
#include <cinta/ops/kernels/simd/math/saturating.hpp>
#include <cinta/ops/kernels/simd/math/trigonometry.hpp>

namespace cinta::kernels {

template <class T>
concept Scalar = std::is_arithmetic_v<T>;

using xsimd::abs;
using xsimd::ceil;
using xsimd::copysign;
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

/// a where `condition` holds, else b. (Batches have xsimd's, by their namespace; newer versions of
/// it have one of numbers too.)
template <Scalar T>
T select(bool condition, T a, T b) {
  return condition ? a : b;
}

}  // namespace cinta::kernels
