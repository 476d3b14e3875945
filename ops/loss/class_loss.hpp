#pragma once
// Losses of classifiers, with weights and what else is asked of them. The plain ones are in
// ops/loss/loss.hpp.

#include <cinta/ops/loss/loss.hpp>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

struct ClassLossOptions {
  Tensor weight = {};                             ///< of each class: (classes,)
  std::optional<std::int64_t> ignore_index = {};  ///< labels that do not count
  double label_smoothing = 0;  ///< the share of the target spread over all classes
  Reduction reduction = Reduction::mean;
};

/// cross_entropy of logits (N, classes, d...), or (classes,), and either int64 labels without the
/// axis of classes or probabilities (floating) of the logits' shape. A mean is weighted: by the
/// classes' weights of the labels that count, or of probabilities, as in PyTorch, by the number of
/// rows. Rows that are ignored have no influence and no gradient, whatever they hold, and smoothing
/// leaves them out, too; where none is left sum and mean are 0. Throws IndexError naming a label
/// that is no class and its place, ShapeError, DtypeError, ValueError unless 0 <= label_smoothing
/// <= 1.
Tensor cross_entropy(const Tensor& logits, const Tensor& target, ClassLossOptions options,
                     Site site = {});
/// The same of log-probabilities and labels: -log_probabilities[label]. Takes no label_smoothing.
Tensor nll_loss(const Tensor& log_probabilities, const Tensor& labels,
                ClassLossOptions options = {}, Site site = {});

struct BinaryLossOptions {
  Tensor pos_weight = {};                 ///< of positive targets; broadcasts to the logits
  Tensor weight = {};                     ///< of elements; broadcasts to the logits
  Reduction reduction = Reduction::mean;  ///< the mean is over all elements, unweighted
};
/// binary_cross_entropy_with_logits with weights: weight * (pos_weight * target * log(1 + exp(-x))
/// + (1 - target) * log(1 + exp(x))).
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        BinaryLossOptions options, Site site = {});

struct WeightedLossOptions {
  Tensor weight = {};                     ///< broadcasts to the prediction
  Reduction reduction = Reduction::mean;  ///< the mean is unweighted
};
/// binary_cross_entropy with weights of its elements. Throws ShapeError for others.
Tensor binary_cross_entropy(const Tensor& probability, const Tensor& target,
                            WeightedLossOptions options, Site site = {});

struct FocalOptions {
  double alpha = 0.25;  ///< weight of positive targets, 1 - alpha of negative ones; below 0: none
  double gamma = 2;     ///< power of the probability that is missing
  Reduction reduction = Reduction::mean;
};
/// binary_cross_entropy_with_logits times (1 - p)^gamma, p the probability of the right answer,
/// which takes weight from what is easy. T.-Y. Lin et al., Focal loss for dense object detection,
/// 2017.
Tensor focal_loss(const Tensor& logits, const Tensor& target, FocalOptions options = {},
                  Site site = {});

/// 1 - (2 sum(p t) + smooth) / (sum(p) + sum(t) + smooth) of each row of (N, ...). F. Milletari et
/// al., V-Net, 2016, without the squares.
Tensor dice_loss(const Tensor& probabilities, const Tensor& target, double smooth = 1,
                 Reduction reduction = Reduction::mean, Site site = {});

struct MultiMarginOptions {
  double p = 1;  ///< power of what is missing: 1 or 2
  double margin = 1;
  Tensor weight = {};  ///< of the classes
  Reduction reduction = Reduction::mean;
};
/// The sum over wrong classes of max(0, margin - x[label] + x[class])^p, over the number of
/// classes, of scores (N, classes) and labels (N,). Throws as cross_entropy.
Tensor multi_margin_loss(const Tensor& scores, const Tensor& labels,
                         MultiMarginOptions options = {}, Site site = {});
/// binary_cross_entropy_with_logits averaged over the classes of (N, classes).
Tensor multilabel_soft_margin_loss(const Tensor& logits, const Tensor& target,
                                   Reduction reduction = Reduction::mean, Site site = {});
/// The same with weights of the classes.
Tensor multilabel_soft_margin_loss(const Tensor& logits, const Tensor& target,
                                   WeightedLossOptions options, Site site = {});
/// The sum over pairs of a right and a wrong class of max(0, 1 - x[right] + x[wrong]), over the
/// number of classes. `target` (N, classes) is bool, not PyTorch's list of indices. Throws
/// DtypeError.
Tensor multilabel_margin_loss(const Tensor& scores, const Tensor& target,
                              Reduction reduction = Reduction::mean, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
