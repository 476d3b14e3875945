#pragma once
// tanh and erf in single precision: odd functions that rise to 1. Only for *_simd.cpp files.
//
// A quotient of polynomials adds up four roundings, which is four units where the value is just
// below
// 1. Here |x| is cut into pieces, each with its polynomial p of the distance t from the piece's
// centre. There is no division, and coefficients are picked from registers: as many pieces as a
// register has floats, and so many terms that the largest error is 0.4 units. Minimax polynomials,
// about centres where the constant term is as good as exact. tanh is p(t), which is t (1 + ...)
// near 0: two roundings, not quite a unit. erf is 1.13 x there, whose factor would be rounded by a
// unit more: below a knee it is |x| + p(t), p small beside the sum, whose rounding is nearly all
// there is.

#include <cinta/ops/kernels/simd/math/parts.hpp>

namespace cinta::kernels::detail {

template <int pieces, int terms>
struct Pieces {
  float scale, offset;  ///< scale |x| + offset, in whose octaves the pieces lie evenly
  float knee;           ///< of that; below it p is of the value less |x|. 0 for no such pieces
  float top;            ///< of |x|: the value is 1 from here on
  alignas(64) float table[terms + 1][pieces];  ///< centres, coefficients

  static constexpr int count = pieces, rows = terms + 1;
};

/// Row i of the table at the pieces `index`, of whose bits the last ones count.
template <const auto& of, int i, class A>
[[gnu::always_inline]] inline xsimd::batch<float, A> pick(
    const xsimd::batch<std::int32_t, A>& index) {
#if defined(__AVX512F__)
  if constexpr (of.count == 16) return _mm512_permutexvar_ps(index, _mm512_load_ps(of.table[i]));
#elif defined(__AVX2__)
  if constexpr (of.count == 8) return _mm256_permutevar8x32_ps(_mm256_load_ps(of.table[i]), index);
#endif
  constexpr int lanes = int(xsimd::batch<float, A>::size);
  alignas(64) std::int32_t place[lanes];
  index.store_aligned(place);
  return [&]<int... k>(std::integer_sequence<int, k...>) {
    const typename VectorOf<float, lanes>::type y = {of.table[i][place[k] & (of.count - 1)]...};
    return std::bit_cast<xsimd::batch<float, A>>(y);
  }
  (std::make_integer_sequence<int, lanes>());
}

template <const auto& of, class A>
[[gnu::always_inline]] inline xsimd::batch<float, A> odd_saturating(
    const xsimd::batch<float, A>& x) {
  using B = xsimd::batch<float, A>;
  const B a = xsimd::min(B(of.top), xsimd::abs(x));  // in this order NaN stays
  const B scaled = xsimd::fma(a, B(of.scale), B(of.offset));
  const xsimd::batch<std::int32_t, A> index =
      std::bit_cast<xsimd::batch<std::int32_t, A>>(scaled) >> (of.count == 16 ? 21 : 22);
  const B t = a - pick<of, 0>(index);
  B p = pick<of, of.rows - 1>(index);
  [&]<int... i>(std::integer_sequence<int, i...>) {
    ((p = xsimd::fma(p, t, pick<of, of.rows - 2 - i>(index))), ...);
  }
  (std::make_integer_sequence<int, of.rows - 2>());
  if constexpr (of.knee > 0) p = xsimd::select(scaled < B(of.knee), a + p, p);
  return p | xsimd::bitofsign(x);
}

// clang-format off
#if defined(__AVX512F__)
inline constexpr Pieces<16, 6> tanh_pieces = {1.646f, 1.125f, 0.0f, 9.035f, {
    {0.68324548f, 0.987157404f, 1.29133666f, 1.59459567f, 2.05038214f, 2.65675426f, 3.26570511f, 3.87203455f, 4.78513813f, 5.99797726f, 7.21732044f, 8.42277431f, 0.0f, 0.151850179f, 0.303864956f, 0.455712795f},
    {0.593625247f, 0.756147623f, 0.859476209f, 0.920850992f, 0.967419505f, 0.990199029f, 0.99709034f, 0.999133766f, 0.999860466f, 0.999987662f, 0.999998927f, 0.999999881f, 0.0f, 0.1506937f, 0.294845581f, 0.426583588f},
    {0.647609174f, 0.428240776f, 0.261300623f, 0.152033448f, 0.0640994459f, 0.0195058882f, 0.00581086194f, 0.00173172005f, 0.0002790773f, 2.4678342e-05f, 2.15364753e-06f, 1.93258472e-07f, 1.0f, 0.977291405f, 0.913066089f, 0.818026423f},
    {-0.384434134f, -0.323817462f, -0.224584773f, -0.140001222f, -0.0620099977f, -0.0193124563f, -0.00579307787f, -0.001729941f, -0.00027825663f, -2.46089512e-05f, -2.23176175e-06f, 1.66997054e-07f, 2.1858364e-08f, -0.147271112f, -0.269212455f, -0.348956048f},
    {0.0123155667f, 0.102102026f, 0.105927043f, 0.0782428235f, 0.0386288576f, 0.0126228845f, 0.00383955101f, 0.00115132739f, 0.000185399869f, 1.64060384e-05f, 1.43221507e-06f, -1.70735518e-07f, -0.333336055f, -0.303571522f, -0.224984974f, -0.123808861f},
    {0.120413169f, 0.0313257799f, -0.0157378688f, -0.0252303407f, -0.0167366248f, -0.00614032336f, -0.00192803214f, -0.000583430286f, -9.9461322e-05f, -8.80493553e-06f, -5.4268844e-07f, -9.78531716e-07f, 9.88757456e-05f, 0.0944631994f, 0.155489415f, 0.168712392f},
    {-0.0598734654f, -0.0476154238f, -0.0158717986f, 0.00054388406f, 0.00461085513f, 0.00224167551f, 0.000752358057f, 0.000231172802f, 3.97652693e-05f, 3.50901996e-06f, 3.10910792e-07f, 9.99746021e-07f, 0.132145047f, 0.108688228f, 0.0502031967f, -0.0132738315f}}};
inline constexpr Pieces<16, 6> erf_pieces = {3.8f, 1.0f, 4.0f, 3.93f, {
    {0.328723699f, 0.459736854f, 0.591986835f, 0.723078966f, 0.935078919f, 1.14505267f, 1.43371058f, 1.66318417f, 2.11026311f, 2.60010529f, 3.18742108f, 3.69135451f, 0.0f, 0.0987960547f, 0.164177626f, 0.230250001f},
    {0.0292628556f, 0.0246782061f, 0.00553065306f, -0.0295816138f, 0.81396544f, 0.89462781f, 0.95739615f, 0.981332123f, 0.997158289f, 0.999764085f, 0.999993443f, 0.999999821f, 0.0f, 0.0123217106f, 0.0194258913f, 0.0250401441f},
    {0.0128042484f, -0.0865948498f, -0.205201119f, -0.331060022f, 0.47067368f, 0.304110885f, 0.144461364f, 0.0709770769f, 0.0131355245f, 0.00130701717f, 4.37410854e-05f, 1.36718609e-06f, 0.128379166f, 0.117419019f, 0.0983707458f, 0.0701161325f},
    {-0.332932264f, -0.419925481f, -0.470510006f, -0.483696103f, -0.440116614f, -0.348221987f, -0.207118616f, -0.11804682f, -0.0277157705f, -0.00339424494f, -0.000138423697f, -4.97034489e-06f, 9.03725805e-09f, -0.110396579f, -0.180327877f, -0.246394217f},
    {-0.26463899f, -0.175763741f, -0.0792424232f, 0.0101872282f, 0.117460191f, 0.164398924f, 0.149781436f, 0.107199825f, 0.0346273631f, 0.00548108993f, 0.000275387603f, 1.16273895e-05f, -0.376127392f, -0.365201831f, -0.346386284f, -0.318883836f},
    {0.154165149f, 0.180047199f, 0.180004388f, 0.157352701f, 0.0917195678f, 0.0219435096f, -0.0378628187f, -0.0498770662f, -0.0274415147f, -0.00617132289f, -0.000433767826f, -2.29858251e-05f, 3.77111064e-05f, 0.0548096523f, 0.0884967595f, 0.118780948f},
    {0.0589333437f, 0.0193351209f, -0.0188472122f, -0.0485798679f, -0.0686582774f, -0.0549338348f, -0.0213466566f, 0.00408602785f, 0.0124048069f, 0.00422232738f, 0.000526868273f, 3.24056491e-05f, 0.112351656f, 0.107351355f, 0.0980020761f, 0.0846785083f}}};
#else
#if defined(__FMA__) || defined(__aarch64__)
inline constexpr float first_knee = 0, first_slope = 1;
#else  // a third rounding, of the product
inline constexpr float first_knee = 1, first_slope = 0;
#endif
inline constexpr Pieces<8, 8> tanh_pieces = {1.2f, 0.75f, first_knee, 9.035f, {
    {1.45895064f, 2.29183984f, 3.54151773f, 5.20745611f, 7.53547239f, 0.0f, 0.416531622f, 0.8336882f},
    {0.897448599f, 0.97977221f, 0.998322964f, 0.999940038f, 0.999999404f, 0.0f, 0.394004494f, 0.682451427f},
    {0.194585994f, 0.0400464199f, 0.00335124671f, 0.000119920041f, 1.13980809e-06f, first_slope, 0.844760478f, 0.534260035f},
    {-0.174630225f, -0.0392362364f, -0.00334616122f, -0.000119938435f, -9.63158641e-07f, -9.54526325e-09f, -0.33283928f, -0.364606589f},
    {0.0918615982f, 0.0250936504f, 0.00222319737f, 7.9949983e-05f, 7.43269311e-07f, -0.333332419f, -0.150449798f, 0.0707414374f},
    {-0.0242554881f, -0.0115120653f, -0.0010994469f, -3.97425611e-05f, -5.55061604e-07f, -2.81128941e-05f, 0.170194894f, 0.0732740164f},
    {-0.0045757452f, 0.00380452001f, 0.000434410729f, 1.58933763e-05f, 1.83902415e-07f, 0.1337163f, 0.0020202403f, -0.0617710762f},
    {0.00855068769f, -0.000714347349f, -0.000152556517f, -5.84516283e-06f, -1.29554598e-08f, -0.00248619448f, -0.0635128766f, 0.00882526953f},
    {-0.00411648955f, -8.07128672e-05f, 4.0328272e-05f, 1.66107782e-06f, 4.73578288e-09f, -0.0472772419f, 0.0168201625f, 0.0152671197f}}};
inline constexpr Pieces<8, 8> erf_pieces = {2.7f, 0.75f, 3.0f, 3.93f, {
    {0.646925926f, 1.02140737f, 1.55074072f, 2.46288896f, 3.28667974f, 0.0f, 0.185796291f, 0.370574087f},
    {-0.00717456173f, 0.851398289f, 0.971698284f, 0.999504268f, 0.999996662f, 0.0f, 0.0214647762f, 0.0291966852f},
    {-0.25749889f, 0.397527665f, 0.101874419f, 0.00261878315f, 2.29790148e-05f, 0.128379166f, 0.0900918692f, -0.0164068341f},
    {-0.480343163f, -0.406037718f, -0.157981709f, -0.00645039696f, -7.65370496e-05f, -1.39935676e-11f, -0.202535018f, -0.364494145f},
    {-0.0403361097f, 0.143977404f, 0.129366234f, 0.00971781556f, 0.000157493443f, -0.376126379f, -0.338277131f, -0.237816334f},
    {0.173152938f, 0.0618234761f, -0.047612045f, -0.00979023241f, -0.000220379763f, -1.43193304e-07f, 0.0989362746f, 0.165561303f},
    {-0.0327019244f, -0.0684508309f, -0.00926003605f, 0.00678473106f, 0.000260228378f, 0.112842031f, 0.0941302031f, 0.0468038581f},
    {-0.0387170017f, 0.00647505978f, 0.0170671102f, -0.00322377286f, -0.000279719388f, -5.75610793e-05f, -0.0320784524f, -0.049739033f},
    {0.0147560155f, 0.0142828403f, -0.00528859952f, -0.000328915048f, 0.000157557806f, -0.0265286379f, -0.0206610095f, -0.00587071525f}}};
#endif
// clang-format on

}  // namespace cinta::kernels::detail

namespace cinta::kernels {

template <class A>
[[gnu::always_inline]] inline xsimd::batch<float, A> tanh(const xsimd::batch<float, A>& x) {
  return detail::odd_saturating<detail::tanh_pieces>(x);
}
template <class A>
[[gnu::always_inline]] inline xsimd::batch<float, A> erf(const xsimd::batch<float, A>& x) {
  return detail::odd_saturating<detail::erf_pieces>(x);
}

}  // namespace cinta::kernels
