#pragma once
// tanh and erf in single precision: odd functions that rise to 1. Only for *_simd.cpp files.
//
// A quotient of polynomials adds up four roundings, which is four units where the value is just
// below
// 1. Here |x| is cut into pieces, each with its polynomial p of the distance t from the piece's
// centre, and the value is |x| + p(t) below a knee and 1 + p(t) above it: p is small beside the
// sum, whose rounding is nearly all there is. There is no division, and coefficients are picked
// from registers: as many pieces as a register has floats, and so many terms that the largest error
// is 0.4 units. Minimax polynomials, about centres where the constant term is as good as exact.

#include <cinta/ops/kernels/simd/math/parts.hpp>

namespace cinta::kernels::detail {

template <int pieces, int terms>
struct Pieces {
  float scale, offset;  ///< scale |x| + offset, in whose octaves the pieces lie evenly
  float knee;           ///< of that
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
  return xsimd::select(scaled < B(of.knee), a + p, p) | xsimd::bitofsign(x);
}

// clang-format off
#if defined(__AVX512F__)
inline constexpr Pieces<16, 6> tanh_pieces = {1.66f, 1.0f, 2.0f, 9.035f, {
    {0.741144598f, 1.0515964f, 1.4001807f, 1.64463854f, 2.12403607f, 2.68662643f, 3.31500006f, 3.85704827f, 4.98710823f, 5.9261446f, 7.31036139f, 8.31785107f, 0.0f, 0.225903615f, 0.377545178f, 0.527304232f},
    {0.629836202f, 0.782426238f, 0.885390699f, 0.928118229f, 0.971819222f, 0.990764797f, 0.99736315f, 0.99910742f, 0.999906838f, 0.999985754f, 0.999999106f, 0.999999881f, 0.0f, -0.00376594928f, -0.0169714801f, -0.0439864956f},
    {0.603306413f, 0.387809217f, 0.216083139f, 0.138596579f, 0.0555673987f, 0.0183849819f, 0.0052667479f, 0.00178433151f, 0.000186506455f, 2.84763864e-05f, 1.7892047e-06f, 2.38264818e-07f, -3.60240748e-09f, -0.0493451431f, -0.130013391f, -0.233596027f},
    {-0.379983634f, -0.303437591f, -0.191317245f, -0.128634959f, -0.0539991409f, -0.0182128455f, -0.00525184534f, -0.00178260228f, -0.000186534686f, -2.84277103e-05f, -1.7837184e-06f, -2.37975812e-07f, 1.11762415e-06f, -0.211175054f, -0.313693047f, -0.370415807f},
    {0.0382169448f, 0.108136699f, 0.0974127576f, 0.0731845573f, 0.0339563712f, 0.0119252102f, 0.00348266237f, 0.00118824758f, 0.000120996687f, 1.91730378e-05f, 1.17282116e-06f, 1.6066997e-07f, -0.333388001f, -0.269973963f, -0.17688857f, -0.0764404982f},
    {0.102509588f, 0.0171803404f, -0.0224194136f, -0.0249311626f, -0.0150705772f, -0.00581223518f, -0.00175272755f, -0.00059784652f, -6.21167055e-05f, -1.00283269e-05f, -6.31572618e-07f, -8.33934877e-08f, 0.000893018325f, 0.129800647f, 0.167756945f, 0.160035998f},
    {-0.0631419048f, -0.0400636718f, -0.0109279137f, 0.00207043858f, 0.00447901199f, 0.00205388269f, 0.000687114138f, 0.000212598796f, 3.71326241e-05f, 3.34404149e-06f, 3.00517343e-07f, 2.7028733e-08f, 0.128288388f, 0.081924662f, 0.0181760434f, -0.0346297361f}}};
inline constexpr Pieces<16, 6> erf_pieces = {3.8f, 1.0f, 4.0f, 3.93f, {
    {0.328723699f, 0.459736854f, 0.591986835f, 0.723078966f, 0.935078919f, 1.14505267f, 1.43371058f, 1.66318417f, 2.11026311f, 2.60010529f, 3.18742108f, 3.69135451f, 0.0f, 0.0987960547f, 0.164177626f, 0.230250001f},
    {0.0292628556f, 0.0246782061f, 0.00553065306f, -0.0295816138f, 0.81396544f, 0.89462781f, 0.95739615f, 0.981332123f, 0.997158289f, 0.999764085f, 0.999993443f, 0.999999821f, 0.0f, 0.0123217106f, 0.0194258913f, 0.0250401441f},
    {0.0128042484f, -0.0865948498f, -0.205201119f, -0.331060022f, 0.47067368f, 0.304110885f, 0.144461364f, 0.0709770769f, 0.0131355245f, 0.00130701717f, 4.37410854e-05f, 1.36718609e-06f, 0.128379166f, 0.117419019f, 0.0983707458f, 0.0701161325f},
    {-0.332932264f, -0.419925481f, -0.470510006f, -0.483696103f, -0.440116614f, -0.348221987f, -0.207118616f, -0.11804682f, -0.0277157705f, -0.00339424494f, -0.000138423697f, -4.97034489e-06f, 9.03725805e-09f, -0.110396579f, -0.180327877f, -0.246394217f},
    {-0.26463899f, -0.175763741f, -0.0792424232f, 0.0101872282f, 0.117460191f, 0.164398924f, 0.149781436f, 0.107199825f, 0.0346273631f, 0.00548108993f, 0.000275387603f, 1.16273895e-05f, -0.376127392f, -0.365201831f, -0.346386284f, -0.318883836f},
    {0.154165149f, 0.180047199f, 0.180004388f, 0.157352701f, 0.0917195678f, 0.0219435096f, -0.0378628187f, -0.0498770662f, -0.0274415147f, -0.00617132289f, -0.000433767826f, -2.29858251e-05f, 3.77111064e-05f, 0.0548096523f, 0.0884967595f, 0.118780948f},
    {0.0589333437f, 0.0193351209f, -0.0188472122f, -0.0485798679f, -0.0686582774f, -0.0549338348f, -0.0213466566f, 0.00408602785f, 0.0124048069f, 0.00422232738f, 0.000526868273f, 3.24056491e-05f, 0.112351656f, 0.107351355f, 0.0980020761f, 0.0846785083f}}};
#else
inline constexpr Pieces<8, 8> tanh_pieces = {1.2f, 0.75f, 1.5f, 9.035f, {
    {1.45383334f, 2.3729167f, 3.56516671f, 5.10449982f, 7.51229143f, 0.0f, 0.415874988f, 0.857291639f},
    {0.896448255f, 0.982774019f, 0.99840039f, 0.999926329f, 0.999999404f, 0.0f, -0.0224253368f, 0.694859624f},
    {0.196380481f, 0.0341552459f, 0.00319663901f, 0.000147343642f, 1.19299341e-06f, 3.52331879e-11f, -0.15480262f, 0.517170072f},
    {-0.176044032f, -0.033566907f, -0.00319225038f, -0.000147351966f, -1.20681875e-06f, -1.60217617e-08f, -0.332542241f, -0.359360754f},
    {0.0923570544f, 0.021602368f, 0.00212167227f, 9.81269259e-05f, 8.00614373e-07f, -0.333332151f, -0.150894254f, 0.07731729f},
    {-0.0241380222f, -0.0100420583f, -0.00104879157f, -4.88909136e-05f, -3.69645903e-07f, -3.25781693e-05f, 0.170173913f, 0.0660802945f},
    {-0.00484195258f, 0.00344700855f, 0.000413093396f, 1.98835423e-05f, 1.51925761e-07f, 0.133750886f, 0.00215189159f, -0.0603091381f},
    {0.00870819204f, -0.000758391398f, -0.000146342194f, -7.0675942e-06f, -7.24949487e-08f, -0.00261254027f, -0.0633783266f, 0.0110881226f},
    {-0.0041135503f, -8.12782164e-05f, 4.03808845e-05f, 1.66463838e-06f, 1.953115e-08f, -0.0471019112f, 0.0184330009f, 0.0145954657f}}};
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
