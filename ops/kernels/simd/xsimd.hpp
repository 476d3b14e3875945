#pragma once
// xsimd, for all that includes it, with better ones of its functions. Only for *_simd.cpp files.
//
// Its functions look these up where xsimd defines them, so ours must be declared before it.

#ifdef XSIMD_HPP
#error "include this header instead of xsimd's own, which came first"
#endif
#include <concepts>

namespace xsimd {

template <class T, class A>
class batch;
struct avx512f;
struct neon64;

namespace kernel {

// On 64-bit ARM its quotients and roots of float32 are estimates, refined twice and once, though
// the processor has both: off in the last places, 0 for the root of -0, and without a result where
// the reciprocal has none, as in 1e38 / 2e38. (13.2 still has none.)
#ifdef __aarch64__
template <class A>
requires std::same_as<A, neon64> batch<float, A> div(batch<float, A> const& a,
                                                     batch<float, A> const& b, neon64 const&)
noexcept;
template <class A>
requires std::same_as<A, neon64> batch<float, A> sqrt(batch<float, A> const& x, neon64 const&)
noexcept;
#endif

// For AVX-512 a product and a sum of xsimd 8 are rounded twice. g++ makes one operation of them, if
// not of another product with the same sum; clang never does. And its -x is 0 - x, which of 0 is 0
// instead of -0 (in 13.2, too).
#ifdef __AVX512F__
template <class A, std::floating_point T>
requires std::derived_from<A, avx512f> batch<T, A> neg(batch<T, A> const& x, avx512f const&)
noexcept;
template <class A, std::floating_point T>
requires std::derived_from<A, avx512f> batch<T, A> fma(batch<T, A> const& a, batch<T, A> const& b,
                                                       batch<T, A> const& c, avx512f const&)
noexcept;
template <class A, std::floating_point T>
requires std::derived_from<A, avx512f> batch<T, A> fms(batch<T, A> const& a, batch<T, A> const& b,
                                                       batch<T, A> const& c, avx512f const&)
noexcept;
template <class A, std::floating_point T>
requires std::derived_from<A, avx512f> batch<T, A> fnma(batch<T, A> const& a, batch<T, A> const& b,
                                                        batch<T, A> const& c, avx512f const&)
noexcept;
#endif

}  // namespace kernel
}  // namespace xsimd

#include <xsimd/xsimd.hpp>

namespace xsimd::kernel {

#ifdef __aarch64__
template <class A>
requires std::same_as<A, neon64>
inline batch<float, A> div(batch<float, A> const& a, batch<float, A> const& b,
                           neon64 const&) noexcept {
  return vdivq_f32(a, b);
}
template <class A>
requires std::same_as<A, neon64>
inline batch<float, A> sqrt(batch<float, A> const& x, neon64 const&) noexcept {
  return vsqrtq_f32(x);
}
#endif

#ifdef __AVX512F__
template <class A, std::floating_point T>
requires std::derived_from<A, avx512f>
inline batch<T, A> neg(batch<T, A> const& x, avx512f const&) noexcept {
  return x ^ batch<T, A>(T(-0.0));
}
/// a b + c
template <class A, std::floating_point T>
requires std::derived_from<A, avx512f>
inline batch<T, A> fma(batch<T, A> const& a, batch<T, A> const& b, batch<T, A> const& c,
                       avx512f const&) noexcept {
  if constexpr (sizeof(T) == 4)
    return _mm512_fmadd_ps(a, b, c);
  else
    return _mm512_fmadd_pd(a, b, c);
}
/// a b - c
template <class A, std::floating_point T>
requires std::derived_from<A, avx512f>
inline batch<T, A> fms(batch<T, A> const& a, batch<T, A> const& b, batch<T, A> const& c,
                       avx512f const&) noexcept {
  if constexpr (sizeof(T) == 4)
    return _mm512_fmsub_ps(a, b, c);
  else
    return _mm512_fmsub_pd(a, b, c);
}
/// c - a b
template <class A, std::floating_point T>
requires std::derived_from<A, avx512f>
inline batch<T, A> fnma(batch<T, A> const& a, batch<T, A> const& b, batch<T, A> const& c,
                        avx512f const&) noexcept {
  if constexpr (sizeof(T) == 4)
    return _mm512_fnmadd_ps(a, b, c);
  else
    return _mm512_fnmadd_pd(a, b, c);
}
#endif

}  // namespace xsimd::kernel
