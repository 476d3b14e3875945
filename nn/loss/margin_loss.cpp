#include <cinta/nn/loss/margin_loss.hpp>

namespace cinta::nn {

using T = const Tensor&;

MarginRankingLoss::MarginRankingLoss(MarginLossOptions options, Site site)
    : Loss3(
          [](T a, T b, T t, const MarginLossOptions& o) {
            return margin_ranking_loss(a, b, t, o.margin, o.reduction);
          },
          options, site) {}
CosineEmbeddingLoss::CosineEmbeddingLoss(MarginLossOptions options, Site site)
    : Loss3(
          [](T a, T b, T t, const MarginLossOptions& o) {
            return cosine_embedding_loss(a, b, t, o.margin, o.reduction);
          },
          options, site) {}
HingeEmbeddingLoss::HingeEmbeddingLoss(HingeLossOptions options, Site site)
    : Loss2(
          [](T x, T t, const HingeLossOptions& o) {
            return hinge_embedding_loss(x, t, o.margin, o.reduction);
          },
          options, site) {}
HingeLoss::HingeLoss(HingeLossOptions options, Site site)
    : Loss2([](T x, T t,
               const HingeLossOptions& o) { return hinge_loss(x, t, o.margin, o.reduction); },
            options, site) {}
TripletMarginLoss::TripletMarginLoss(TripletOptions options, Site site)
    : Loss3([](T a, T p, T n, const TripletOptions& o) { return triplet_margin_loss(a, p, n, o); },
            options, site) {}
GaussianNLLLoss::GaussianNLLLoss(GaussianOptions options, Site site)
    : Loss3([](T m, T t, T v, const GaussianOptions& o) { return gaussian_nll_loss(m, t, v, o); },
            options, site) {}

}  // namespace cinta::nn
