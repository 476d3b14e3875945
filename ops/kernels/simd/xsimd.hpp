#pragma once
// xsimd, for all that includes it. Only for *_simd.cpp files.
//
// On 64-bit ARM its quotients and roots of float32 are estimates, refined twice and once, though
// the processor has both: off in the last places, 0 for the root of -0, and without a result where
// the reciprocal has none, as in 1e38 / 2e38. Operators look these two up where xsimd defines
// them, so better ones must be declared before it. (13.2 still has none.)

#ifdef __aarch64__
#ifdef XSIMD_HPP
#error "include this header instead of xsimd's own, which came first"
#endif
#include <concepts>

namespace xsimd {

template <class T, class A>
class batch;
struct neon64;

namespace kernel {

template <class A>
requires std::same_as<A, neon64> batch<float, A> div(batch<float, A> const& a,
                                                     batch<float, A> const& b, neon64 const&)
noexcept;
template <class A>
requires std::same_as<A, neon64> batch<float, A> sqrt(batch<float, A> const& x, neon64 const&)
noexcept;

}  // namespace kernel
}  // namespace xsimd
#endif

#include <xsimd/xsimd.hpp>

#ifdef __aarch64__
namespace xsimd::kernel {

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

}  // namespace xsimd::kernel
#endif
