#pragma once
// Losses of scores that have to differ by a margin, and of distances. At a kink the slope is 0.

#include <cinta/ops/loss/loss.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// max(0, margin - target * score), targets 1 and -1.
Tensor hinge_loss(const Tensor& score, const Tensor& target, double margin = 1,
                  Reduction reduction = Reduction::mean, Site site = {});
/// x where the target is 1, max(0, margin - x) where it is -1.
Tensor hinge_embedding_loss(const Tensor& x, const Tensor& target, double margin = 1,
                            Reduction reduction = Reduction::mean, Site site = {});
/// max(0, margin - target * (a - b)): target 1 wants a above b, -1 below. One shape.
Tensor margin_ranking_loss(const Tensor& a, const Tensor& b, const Tensor& target,
                           double margin = 0, Reduction reduction = Reduction::mean,
                           Site site = {});

struct TripletOptions {
  double margin = 1, p = 2;
  double eps = 1e-6;  ///< added to each difference, so that distances have slopes at 0
  bool swap = false;  ///< the negative is compared with the nearer of anchor and positive
  Reduction reduction = Reduction::mean;
};
/// max(0, d(anchor, positive) - d(anchor, negative) + margin) with pairwise_distance over the last
/// axis. One shape.
Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                           TripletOptions options = {}, Site site = {});
/// 1 - cos where the target is 1, max(0, cos - margin) where it is -1, of cosine_similarity over
/// the last axis. target has the shape without it.
Tensor cosine_embedding_loss(const Tensor& a, const Tensor& b, const Tensor& target,
                             double margin = 0, Reduction reduction = Reduction::mean,
                             Site site = {});

struct GaussianOptions {
  bool full = false;  ///< with the constant log(2 pi) / 2
  double eps = 1e-6;  ///< least variance
  Reduction reduction = Reduction::mean;
};
/// (log(v) + (mean - target)^2 / v) / 2 with v = max(variance, eps), which below eps has no
/// gradient. variance broadcasts. Throws ValueError unless eps > 0.
Tensor gaussian_nll_loss(const Tensor& mean, const Tensor& target, const Tensor& variance,
                         GaussianOptions options = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
