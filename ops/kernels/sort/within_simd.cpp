// Compiled once per instruction set; see simd/dispatch.hpp.

#include <bit>
#include <cinta/ops/kernels/simd/lane_bits.hpp>
#include <cinta/ops/kernels/simd/streaming.hpp>
#include <cinta/ops/kernels/sort/within.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void find_within(const WithinBounds& bounds, std::uint16_t* places, std::int64_t& found,
                 std::int64_t& below);

namespace {

template <class T, bool with_nan>
[[gnu::flatten]] void find(const WithinBounds& bounds, std::uint16_t* places, std::int64_t& found,
                           std::int64_t& below) {
  constexpr std::int64_t lanes = register_lanes<T>, step = 64;
  const T* const x = static_cast<const T*>(bounds.x);
  const T low = *static_cast<const T*>(bounds.low), high = *static_cast<const T*>(bounds.high);
  const Register<T> lows = low - Register<T>{}, highs = high - Register<T>{};
  std::int64_t count = 0, under = 0, i = 0;
  for (; i + step <= bounds.count; i += step) {
    std::uint64_t less = 0, more = 0;
#pragma GCC unroll 16
    for (std::int64_t k = 0; k < step; k += lanes) {
      if (k % (cache_line / std::int64_t(sizeof(T))) == 0)
        __builtin_prefetch(x + i + k + fetch_ahead / std::int64_t(sizeof(T)));
      Register<T> v;
      load(v, x + i + k);
      less |= lane_bits(v < lows) << k;
      // NaN is above all numbers.
      more |= lane_bits(with_nan ? v > highs : ~(v <= highs)) << k;
    }
    under += std::popcount(less);
    for (std::uint64_t within = ~(less | more); within != 0; within &= within - 1)
      places[count++] = std::uint16_t(i + std::countr_zero(within));
  }
  for (; i < bounds.count; ++i) {
    const bool less = x[i] < low, more = with_nan ? x[i] > high : !(x[i] <= high);
    under += less;
    if (!less && !more) places[count++] = std::uint16_t(i);
  }
  found += count;
  below += under;
}

}  // namespace

void find_within(const WithinBounds& bounds, std::uint16_t* places, std::int64_t& found,
                 std::int64_t& below) {
  const auto call = [&]<class T>() {
    bounds.with_nan ? find<T, true>(bounds, places, found, below)
                    : find<T, false>(bounds, places, found, below);
  };
  if (bounds.dtype == int64)
    call.template operator()<std::int64_t>();
  else
    dispatch_floating(bounds.dtype, call);
}

}  // namespace cinta::kernels::CINTA_SIMD
