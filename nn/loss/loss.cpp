#include <cinta/nn/loss/loss.hpp>

namespace cinta::nn {

using T = const Tensor&;

L1Loss::L1Loss(LossOptions options, Site site)
    : Loss2([](T x, T t, const LossOptions& o) { return l1_loss(x, t, o.reduction); }, options,
            site) {}
MSELoss::MSELoss(LossOptions options, Site site)
    : Loss2([](T x, T t, const LossOptions& o) { return mse_loss(x, t, o.reduction); }, options,
            site) {}
HuberLoss::HuberLoss(HuberLossOptions options, Site site)
    : Loss2([](T x, T t,
               const HuberLossOptions& o) { return huber_loss(x, t, o.delta, o.reduction); },
            options, site) {}
SmoothL1Loss::SmoothL1Loss(SmoothL1LossOptions options, Site site)
    : Loss2([](T x, T t,
               const SmoothL1LossOptions& o) { return smooth_l1_loss(x, t, o.beta, o.reduction); },
            options, site) {}
QuantileLoss::QuantileLoss(QuantileLossOptions options, Site site)
    : Loss2(
          [](T x, T t, const QuantileLossOptions& o) {
            return quantile_loss(x, t, o.quantile, o.reduction);
          },
          options, site) {}
SoftMarginLoss::SoftMarginLoss(LossOptions options, Site site)
    : Loss2([](T x, T t, const LossOptions& o) { return soft_margin_loss(x, t, o.reduction); },
            options, site) {}
PoissonNLLLoss::PoissonNLLLoss(PoissonOptions options, Site site)
    : Loss2([](T x, T t, const PoissonOptions& o) { return poisson_nll_loss(x, t, o); }, options,
            site) {}
KLDivLoss::KLDivLoss(KLDivOptions options, Site site)
    : Loss2([](T x, T t, const KLDivOptions& o) { return kl_div(x, t, o); }, options, site) {}

}  // namespace cinta::nn
