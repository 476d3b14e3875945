#pragma once
// Losses as modules, called as loss(prediction, target), with PyTorch's names and defaults. What
// each computes and throws is said in ops/loss/loss.hpp. An option that is out of range throws at
// the call.

#include <cinta/nn/loss/loss_module.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

struct L1Loss : detail::Loss2<LossOptions> {
  explicit L1Loss(LossOptions options = {}, Site site = {});
};
struct MSELoss : detail::Loss2<LossOptions> {
  explicit MSELoss(LossOptions options = {}, Site site = {});
};

struct HuberLossOptions {
  double delta = 1;
  Reduction reduction = Reduction::mean;
};
struct HuberLoss : detail::Loss2<HuberLossOptions> {
  explicit HuberLoss(HuberLossOptions options = {}, Site site = {});
};

struct SmoothL1LossOptions {
  double beta = 1;
  Reduction reduction = Reduction::mean;
};
struct SmoothL1Loss : detail::Loss2<SmoothL1LossOptions> {
  explicit SmoothL1Loss(SmoothL1LossOptions options = {}, Site site = {});
};

struct QuantileLossOptions {
  double quantile = 0.5;
  Reduction reduction = Reduction::mean;
};
/// Not one of PyTorch's.
struct QuantileLoss : detail::Loss2<QuantileLossOptions> {
  explicit QuantileLoss(QuantileLossOptions options = {}, Site site = {});
};

struct SoftMarginLoss : detail::Loss2<LossOptions> {
  explicit SoftMarginLoss(LossOptions options = {}, Site site = {});
};
struct PoissonNLLLoss : detail::Loss2<PoissonOptions> {
  explicit PoissonNLLLoss(PoissonOptions options = {}, Site site = {});
};
struct KLDivLoss : detail::Loss2<KLDivOptions> {
  explicit KLDivLoss(KLDivOptions options = {}, Site site = {});
};

}  // namespace cinta::nn
#pragma GCC visibility pop
