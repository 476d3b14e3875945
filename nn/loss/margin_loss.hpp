#pragma once
// Losses of scores and distances as modules, with PyTorch's names and defaults. What each computes
// and throws is said in ops/loss/margin_loss.hpp.

#include <cinta/nn/loss/loss_module.hpp>
#include <cinta/ops/loss/margin_loss.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

struct MarginLossOptions {
  double margin = 0;
  Reduction reduction = Reduction::mean;
};
/// loss(a, b, target).
struct MarginRankingLoss : detail::Loss3<MarginLossOptions> {
  explicit MarginRankingLoss(MarginLossOptions options = {}, Site site = {});
};
struct CosineEmbeddingLoss : detail::Loss3<MarginLossOptions> {
  explicit CosineEmbeddingLoss(MarginLossOptions options = {}, Site site = {});
};

struct HingeLossOptions {
  double margin = 1;
  Reduction reduction = Reduction::mean;
};
/// loss(x, target).
struct HingeEmbeddingLoss : detail::Loss2<HingeLossOptions> {
  explicit HingeEmbeddingLoss(HingeLossOptions options = {}, Site site = {});
};
/// Not one of PyTorch's.
struct HingeLoss : detail::Loss2<HingeLossOptions> {
  explicit HingeLoss(HingeLossOptions options = {}, Site site = {});
};

/// loss(anchor, positive, negative).
struct TripletMarginLoss : detail::Loss3<TripletOptions> {
  explicit TripletMarginLoss(TripletOptions options = {}, Site site = {});
};
/// loss(mean, target, variance).
struct GaussianNLLLoss : detail::Loss3<GaussianOptions> {
  explicit GaussianNLLLoss(GaussianOptions options = {}, Site site = {});
};

}  // namespace cinta::nn
#pragma GCC visibility pop
