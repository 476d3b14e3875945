#include <cinta/nn/loss/class_loss.hpp>

namespace cinta::nn {

using T = const Tensor&;

CrossEntropyLoss::CrossEntropyLoss(ClassLossOptions options, Site site)
    : Loss2([](T x, T t, const ClassLossOptions& o) { return cross_entropy(x, t, o); },
            std::move(options), site) {}
NLLLoss::NLLLoss(ClassLossOptions options, Site site)
    : Loss2([](T x, T t, const ClassLossOptions& o) { return nll_loss(x, t, o); },
            std::move(options), site) {}
BCELoss::BCELoss(WeightedLossOptions options, Site site)
    : Loss2([](T x, T t, const WeightedLossOptions& o) { return binary_cross_entropy(x, t, o); },
            std::move(options), site) {}
BCEWithLogitsLoss::BCEWithLogitsLoss(BinaryLossOptions options, Site site)
    : Loss2([](T x, T t,
               const BinaryLossOptions& o) { return binary_cross_entropy_with_logits(x, t, o); },
            std::move(options), site) {}
MultiMarginLoss::MultiMarginLoss(MultiMarginOptions options, Site site)
    : Loss2([](T x, T t, const MultiMarginOptions& o) { return multi_margin_loss(x, t, o); },
            std::move(options), site) {}
MultiLabelSoftMarginLoss::MultiLabelSoftMarginLoss(WeightedLossOptions options, Site site)
    : Loss2([](T x, T t,
               const WeightedLossOptions& o) { return multilabel_soft_margin_loss(x, t, o); },
            std::move(options), site) {}
MultiLabelMarginLoss::MultiLabelMarginLoss(LossOptions options, Site site)
    : Loss2(
          [](T x, T t, const LossOptions& o) { return multilabel_margin_loss(x, t, o.reduction); },
          options, site) {}
FocalLoss::FocalLoss(FocalOptions options, Site site)
    : Loss2([](T x, T t, const FocalOptions& o) { return focal_loss(x, t, o); }, options, site) {}
DiceLoss::DiceLoss(DiceLossOptions options, Site site)
    : Loss2(
          [](T x, T t, const DiceLossOptions& o) { return dice_loss(x, t, o.smooth, o.reduction); },
          options, site) {}

Tensor CTCLoss::operator()(const Tensor& log_probs, const Tensor& targets,
                           const Tensor& input_lengths, const Tensor& target_lengths,
                           Site site) const {
  const Call call(*this, site);
  return call([&](T x, T t, T steps, T labels) { return ctc_loss(x, t, steps, labels, options()); },
              log_probs, targets, input_lengths, target_lengths);
}

}  // namespace cinta::nn
