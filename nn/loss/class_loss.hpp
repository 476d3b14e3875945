#pragma once
// Losses of classifiers as modules, called as loss(prediction, target), with PyTorch's names. What
// each computes and throws is said in ops/loss/class_loss.hpp and loss.hpp. Defaults are
// PyTorch's, but ignore_index: no label is ignored unless said so, where PyTorch ignores -100.

#include <cinta/nn/loss/loss_module.hpp>
#include <cinta/ops/loss/class_loss.hpp>
#include <cinta/ops/loss/ctc.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

struct CrossEntropyLoss : detail::Loss2<ClassLossOptions> {
  explicit CrossEntropyLoss(ClassLossOptions options = {}, Site site = {});
};
struct NLLLoss : detail::Loss2<ClassLossOptions> {
  explicit NLLLoss(ClassLossOptions options = {}, Site site = {});
};
struct BCELoss : detail::Loss2<WeightedLossOptions> {
  explicit BCELoss(WeightedLossOptions options = {}, Site site = {});
};
struct BCEWithLogitsLoss : detail::Loss2<BinaryLossOptions> {
  explicit BCEWithLogitsLoss(BinaryLossOptions options = {}, Site site = {});
};
struct MultiMarginLoss : detail::Loss2<MultiMarginOptions> {
  explicit MultiMarginLoss(MultiMarginOptions options = {}, Site site = {});
};
struct MultiLabelSoftMarginLoss : detail::Loss2<WeightedLossOptions> {
  explicit MultiLabelSoftMarginLoss(WeightedLossOptions options = {}, Site site = {});
};
/// Its target is bool, not PyTorch's list of indices.
struct MultiLabelMarginLoss : detail::Loss2<LossOptions> {
  explicit MultiLabelMarginLoss(LossOptions options = {}, Site site = {});
};
/// Not one of PyTorch's, as the next.
struct FocalLoss : detail::Loss2<FocalOptions> {
  explicit FocalLoss(FocalOptions options = {}, Site site = {});
};
struct DiceLossOptions {
  double smooth = 1;
  Reduction reduction = Reduction::mean;
};
struct DiceLoss : detail::Loss2<DiceLossOptions> {
  explicit DiceLoss(DiceLossOptions options = {}, Site site = {});
};

/// loss(log_probs, targets, input_lengths, target_lengths).
class CTCLoss : public detail::LossModule<CtcOptions> {
 public:
  explicit CTCLoss(CtcOptions options = {}, Site site = {}) : LossModule(options, site) {}
  Tensor operator()(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                    const Tensor& target_lengths, Site site = {}) const;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
