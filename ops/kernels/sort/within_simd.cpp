// Compiled once per instruction set; see simd/dispatch.hpp.

#include <bit>
#include <cinta/ops/kernels/simd/compress.hpp>
#include <cinta/ops/kernels/simd/lane_bits.hpp>
#include <cinta/ops/kernels/simd/streaming.hpp>
#include <cinta/ops/kernels/sort/within.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void keep_within(const WithinBounds& bounds, void* kept, std::uint16_t* counts, Within& within);

namespace {

template <class T, bool with_nan, bool keep>
[[gnu::flatten]] void look(const WithinBounds& bounds, T* kept, std::uint16_t* counts,
                           Within& within) {
  constexpr std::int64_t lanes = register_lanes<T>, step = 64;
  const T* const x = static_cast<const T*>(bounds.x);
  const T low = *static_cast<const T*>(bounds.low), high = *static_cast<const T*>(bounds.high);
  const Register<T> lows = low - Register<T>{}, highs = high - Register<T>{};
  std::int64_t found = 0, below = 0, i = 0;
  std::uint64_t no_number = 0;
  const auto look_at = [&](T v) {
    const bool less = v < low, more = with_nan ? v > high : !(v <= high);
    below += less;
    no_number |= v != v;
    if (less || more) return;
    if constexpr (keep) kept[found] = v;
    ++found;
  };
  while (i < bounds.count) {
    const std::int64_t before = found, end = std::min(bounds.count, i + WithinBounds::block);
    for (; i + step <= end; i += step) {
      std::uint64_t all_less = 0, all_inside = 0;
#pragma GCC unroll 16
      for (std::int64_t k = 0; k < step; k += lanes) {
        if (k % (cache_line / std::int64_t(sizeof(T))) == 0)
          __builtin_prefetch(x + i + k + fetch_ahead / std::int64_t(sizeof(T)));
        Register<T> v;
        load(v, x + i + k);
        const std::uint64_t less = less_bits<T>(v, lows), no_numbers = nan_bits<T>(v);
        // NaN is above all numbers.
        const std::uint64_t more = less_bits<T>(highs, v) | (with_nan ? 0 : no_numbers);
        const std::uint64_t inside = ~(less | more) & ((std::uint64_t{1} << lanes) - 1);
        no_number |= no_numbers;
        all_less |= less << k;
        all_inside |= inside << k;
        if constexpr (keep) found += compress_store(kept + found, v, inside);
      }
      below += std::popcount(all_less);
      if constexpr (!keep) found += std::popcount(all_inside);
    }
    for (; i < end; ++i) look_at(x[i]);
    *counts++ = std::uint16_t(found - before);
  }
  within.count += found;
  within.below += below;
  within.has_nan |= no_number != 0;
}

}  // namespace

void keep_within(const WithinBounds& bounds, void* kept, std::uint16_t* counts, Within& within) {
  const auto call = [&]<class T>() {
    T* const to = static_cast<T*>(kept);
    if (bounds.with_nan)
      to ? look<T, true, true>(bounds, to, counts, within)
         : look<T, true, false>(bounds, to, counts, within);
    else
      to ? look<T, false, true>(bounds, to, counts, within)
         : look<T, false, false>(bounds, to, counts, within);
  };
  if (bounds.dtype == int64)
    call.template operator()<std::int64_t>();
  else
    dispatch_floating(bounds.dtype, call);
}

}  // namespace cinta::kernels::CINTA_SIMD
