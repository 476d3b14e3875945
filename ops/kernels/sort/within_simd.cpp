// Compiled once per instruction set; see simd/dispatch.hpp.

#include <algorithm>
#include <bit>
#include <cinta/ops/kernels/simd/compress.hpp>
#include <cinta/ops/kernels/simd/lane_bits.hpp>
#include <cinta/ops/kernels/sort/within.hpp>
#include <type_traits>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void keep_within(const WithinBounds& bounds, void* kept, std::uint16_t* counts, Within& within);

namespace {

// Counts in vectors what is not below, and notes NaN, so that only one comparison becomes bits.
template <class T, bool with_nan>
class Looking {
 public:
  Looking(T low, T high) : low_(low - Register<T>{}), high_(high - Register<T>{}) {}

  // Bits of what lies within. NaN is above all numbers.
  std::uint64_t look(const Register<T>& v) {
#if defined(__AVX512DQ__)
    constexpr int from = with_nan ? _CMP_NLT_UQ : _CMP_GE_OQ,
                  to = with_nan ? _CMP_NGT_UQ : _CMP_LE_OQ;
    const __m512i one = sizeof(T) == 8 ? _mm512_set1_epi64(1) : _mm512_set1_epi32(1);
    if constexpr (std::is_same_v<T, float>) {
      const __mmask16 reaches = _mm512_cmp_ps_mask(__m512(v), __m512(low_), from);
      reached_ = Counts(_mm512_mask_add_epi32(__m512i(reached_), reaches, __m512i(reached_), one));
      return _mm512_mask_cmp_ps_mask(reaches, __m512(v), __m512(high_), to);
    } else {
      __mmask8 reaches;
      if constexpr (std::is_same_v<T, double>)
        reaches = _mm512_cmp_pd_mask(__m512d(v), __m512d(low_), from);
      else
        reaches = _mm512_cmpge_epi64_mask(__m512i(v), __m512i(low_));
      reached_ = Counts(_mm512_mask_add_epi64(__m512i(reached_), reaches, __m512i(reached_), one));
      if constexpr (std::is_same_v<T, double>)
        return _mm512_mask_cmp_pd_mask(reaches, __m512d(v), __m512d(high_), to);
      else
        return _mm512_mask_cmple_epi64_mask(reaches, __m512i(v), __m512i(high_));
    }
#else
    const auto reaches = with_nan ? ~(v < low_) : v >= low_;
    reached_ -= Counts(reaches);
    return lane_bits(reaches & (with_nan ? ~(v > high_) : v <= high_));
#endif
  }

  void note_nan(const Register<T>& v, const Register<T>& w) {
#if defined(__AVX512DQ__)
    if constexpr (std::is_same_v<T, float>)
      nan_ |= _mm512_cmp_ps_mask(__m512(v), __m512(w), _CMP_UNORD_Q);
    else if constexpr (std::is_same_v<T, double>)
      nan_ |= _mm512_cmp_pd_mask(__m512d(v), __m512d(w), _CMP_UNORD_Q);
#else
    if constexpr (std::is_floating_point_v<T>) nan_ |= Counts((v != v) | (w != w));
#endif
  }

  std::int64_t reached() const {
    std::int64_t sum = 0;
    for (int k = 0; k < register_lanes<T>; ++k) sum += reached_[k];
    return sum;
  }
#if defined(__AVX512DQ__)
  bool has_nan() const { return nan_ != 0; }
#else
  bool has_nan() const { return lane_bits(nan_) != 0; }
#endif

 private:
  using Counts = Register<std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>>;

  Register<T> low_, high_;
  Counts reached_ = {};
#if defined(__AVX512DQ__)
  unsigned nan_ = 0;
#else
  Counts nan_ = {};
#endif
};

template <class T, bool with_nan, bool keep>
[[gnu::flatten]] void look(const WithinBounds& bounds, T* kept, std::uint16_t* counts,
                           Within& within) {
  constexpr std::int64_t lanes = register_lanes<T>, step = 64;
  const T* const x = static_cast<const T*>(bounds.x);
  const T low = *static_cast<const T*>(bounds.low), high = *static_cast<const T*>(bounds.high);
  Looking<T, with_nan> looking(low, high);
  std::int64_t found = 0, i = 0;
  const std::int64_t whole = bounds.count / step * step;
  while (i < bounds.count) {
    const std::int64_t before = found, block_end = std::min(bounds.count, i + WithinBounds::block);
    for (; i < std::min(whole, block_end); i += step) {
      std::uint64_t all = 0;
#pragma GCC unroll 8
      for (std::int64_t k = 0; k < step; k += 2 * lanes) {
        Register<T> v[2];
        load(v[0], x + i + k);
        load(v[1], x + i + k + lanes);
        looking.note_nan(v[0], v[1]);
#pragma GCC unroll 2
        for (std::int64_t part = 0; part < 2; ++part) {
          const std::uint64_t inside = looking.look(v[part]);
          if constexpr (keep && has_compress)
            found += compress_store(kept + found, v[part], inside);
          else
            all |= inside << (k + part * lanes);
        }
      }
      if constexpr (!keep) found += std::popcount(all);
      for (; keep && all != 0; all &= all - 1) kept[found++] = x[i + std::countr_zero(all)];
    }
    for (; i < block_end; ++i) {
      const bool less = x[i] < low, more = with_nan ? x[i] > high : !(x[i] <= high);
      within.below += less;
      within.has_nan |= x[i] != x[i];
      if (less || more) continue;
      if constexpr (keep) kept[found] = x[i];
      ++found;
    }
    *counts++ = std::uint16_t(found - before);
  }
  within.count += found;
  within.below += whole - looking.reached();
  if (!looking.has_nan()) return;
  within.has_nan = true;
  if (!with_nan) within.below -= std::count_if(x, x + whole, [](T v) { return v != v; });
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
